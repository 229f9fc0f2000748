//! Who may render on the fly: as much at a time as memory allows, and no more waiting than can be served soon.
//!
//! Without this, a burst of requests would each hold an original while it waits for a core, and all would be answered
//! when nobody listens any more.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Error, ErrorKind, Result};

/// Memory is counted in pieces of this size, bytes.
const PIECE: u64 = 1 << 16;

#[derive(Debug)]
pub(super) struct Admission {
    memory: Arc<Semaphore>,
    pieces: u32,
    waiting: AtomicUsize,
    most_waiting: usize,
    patience: Duration,
}

/// Counts one who waits, until dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Admission {
    pub(super) fn new(bytes: u64, most_waiting: usize, patience: Duration) -> Self {
        let pieces = u32::try_from((bytes / PIECE).clamp(1, 1 << 28)).unwrap_or(u32::MAX);
        let memory = Arc::new(Semaphore::new(pieces as usize));
        Self { memory, pieces, waiting: AtomicUsize::new(0), most_waiting, patience }
    }

    /// How many wait for room.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Acquire)
    }

    /// Waits for room for `bytes` of pixels. What is larger than all the room there is has it alone.
    ///
    /// # Errors
    ///
    /// `Busy` when too many wait already, or it took too long.
    pub(super) async fn enter(&self, bytes: u64) -> Result<OwnedSemaphorePermit> {
        let pieces = u32::try_from(bytes.div_ceil(PIECE)).unwrap_or(u32::MAX);
        let pieces = pieces.clamp(1, self.pieces);
        if let Ok(permit) = self.memory.clone().try_acquire_many_owned(pieces) {
            return Ok(permit);
        }
        if self.waiting.fetch_add(1, Ordering::AcqRel) >= self.most_waiting {
            self.waiting.fetch_sub(1, Ordering::AcqRel);
            return Err(busy());
        }
        let _waiting = Waiting(&self.waiting);
        let permit = self.memory.clone().acquire_many_owned(pieces);
        match tokio::time::timeout(self.patience, permit).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(busy()),
        }
    }
}

fn busy() -> Error {
    Error::new(
        ErrorKind::Busy,
        "there is more to render than can be done soon: try again in some seconds",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn there_is_room_for_so_much_and_so_many_wait() {
        let admission = Arc::new(Admission::new(10 * PIECE, 2, Duration::from_hours(1)));
        let most = admission.enter(9 * PIECE).await.unwrap();
        let rest = admission.enter(1).await.unwrap();
        // Two wait, the third is sent away; larger than everything is everything.
        let wait = |bytes| {
            let admission = admission.clone();
            tokio::spawn(async move { admission.enter(bytes).await.map(drop) })
        };
        let waiting = [wait(5 * PIECE), wait(u64::MAX)];
        while admission.waiting.load(Ordering::Acquire) < 2 {
            tokio::task::yield_now().await;
        }
        assert_eq!(admission.enter(1).await.unwrap_err().kind(), ErrorKind::Busy);
        drop((most, rest));
        for waiting in waiting {
            waiting.await.unwrap().unwrap();
        }
        assert_eq!(admission.waiting.load(Ordering::Acquire), 0);
        drop(admission.enter(10 * PIECE).await.unwrap());

        let impatient = Admission::new(PIECE, 1, Duration::ZERO);
        let _all = impatient.enter(1).await.unwrap();
        assert_eq!(impatient.enter(1).await.unwrap_err().kind(), ErrorKind::Busy);
        assert_eq!(impatient.waiting.load(Ordering::Acquire), 0);
    }
}
