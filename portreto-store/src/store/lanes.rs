//! A bound on the calls of a directory that are under way.

use std::{future::Future, sync::Arc, time::Duration};

use portreto_core::replica::{StoreError, StoreErrorKind};
use tokio::sync::Semaphore;

use super::patience::within;

/// The calls of one directory that may be under way at once. A call to a disk that does not answer cannot be taken
/// back: its thread waits as long as the system does. Tokio has 512 such threads for the whole process, so that one
/// dead directory takes an eighth of them and leaves the others theirs; uploads have 16 to 32 under way.
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
        within(limit, place, what, self.start(work)).await?
    }

    /// The same without a limit.
    pub(super) async fn start<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let lane = self.0.clone().acquire_owned().await;
        let task = tokio::spawn(async move {
            let done = work.await;
            drop(lane);
            done
        });
        task.await.map_err(|error| {
            StoreError::new(StoreErrorKind::Failed, "a task was stopped").with_source(error)
        })
    }
}
