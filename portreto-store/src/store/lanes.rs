//! A bound on the calls of a directory that are under way.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use portreto_core::replica::StoreError;
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
};

use super::patience::within;

/// The calls of one directory that may be under way at once. A call to a disk that does not answer cannot be taken
/// back: its thread waits as long as the system does. Tokio has 512 such threads for the whole process, so that one
/// dead directory takes an eighth of them and leaves the others theirs. Small files share one.
const LANES: usize = 64;

#[derive(Debug, Clone)]
pub(super) struct Lanes(Arc<Semaphore>);

impl Lanes {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(LANES)))
    }

    /// Does `work` in a lane of its own, which it keeps until it has come to an end, even when nobody waits for it
    /// any more.
    ///
    /// # Errors
    ///
    /// Offline when there is no free lane, or no answer, in `limit`.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        limit: Duration,
        place: &str,
        what: &str,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, StoreError> {
        within(limit, place, what, self.start(work)).await
    }

    /// The same without a limit.
    pub(super) async fn start<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> T {
        // Is never closed.
        let lane = self.0.clone().acquire_owned().await.ok();
        Underway { work: Some(Box::pin(work)), lane }.await
    }

    /// Does `work`, which blocks, in a lane and on a thread of its own. Nobody waits for it.
    pub(super) fn begin(&self, runtime: &Handle, work: impl FnOnce() + Send + 'static) {
        let lanes = self.clone();
        runtime.spawn(async move {
            // Only what has a lane may take a thread.
            let work = async { tokio::task::spawn_blocking(work).await };
            lanes.start(work).await
        });
    }
}

/// Work in its lane. Whoever waits for it does it; when he leaves, it goes on by itself. To have it done by a task of its
/// own from the beginning would cost every call the way there and back.
struct Underway<F: Future<Output: Send> + Send + 'static> {
    work: Option<Pin<Box<F>>>,
    lane: Option<OwnedSemaphorePermit>,
}

impl<F: Future<Output: Send> + Send + 'static> Future for Underway<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let Some(work) = &mut self.work else { return Poll::Pending };
        let done = work.as_mut().poll(cx);
        if done.is_ready() {
            self.work = None;
            self.lane = None;
        }
        done
    }
}

impl<F: Future<Output: Send> + Send + 'static> Drop for Underway<F> {
    fn drop(&mut self) {
        let (Some(work), lane) = (self.work.take(), self.lane.take()) else { return };
        // Without a runtime the process is about to end.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                work.await;
                drop(lane);
            });
        }
    }
}
