//! Who may render on the fly: as much at a time as memory allows, and no more waiting than can be served soon.
//!
//! Without this, a burst of requests would each hold an original while it waits for a core, and all would be answered
//! when nobody listens any more.
//!
//! Whoever wants to render first gets in line, having read nothing yet. How long it will wait there is known from how many are
//! before it and how long they took of late (Little's law), and when that is longer than anybody waits, it is told at once. When
//! its turn has come it reads its original, says how many bytes its pixels take, and waits until there is so much memory.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Error, ErrorKind, Result};

/// Memory is counted in pieces of this size, bytes.
const PIECE: u64 = 1 << 16;
/// Of what was found out about how long a turn takes, this part is new with each one.
const NEWS: u64 = 16;

#[derive(Debug)]
pub(super) struct Admission {
    turns: Arc<Semaphore>,
    n_turns: u32,
    memory: Arc<Semaphore>,
    pieces: u32,
    waiting: AtomicUsize,
    most_waiting: usize,
    patience: Duration,
    /// What a turn takes of late, microseconds; 0 before there was one.
    turn_micros: AtomicU64,
}

/// The turn of one who renders, until dropped.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    admission: &'a Admission,
    began: Instant,
    _permit: OwnedSemaphorePermit,
}

/// Counts one who waits, until dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Admission {
    /// For so many at a time, with so much memory for all of them together.
    pub(super) fn new(turns: usize, bytes: u64, most_waiting: usize, patience: Duration) -> Self {
        let n_turns = u32::try_from(turns.clamp(1, 1 << 16)).unwrap_or(u32::MAX);
        let pieces = u32::try_from((bytes / PIECE).clamp(1, 1 << 28)).unwrap_or(u32::MAX);
        Self {
            turns: Arc::new(Semaphore::new(n_turns as usize)),
            n_turns,
            memory: Arc::new(Semaphore::new(pieces as usize)),
            pieces,
            waiting: AtomicUsize::new(0),
            most_waiting,
            patience,
            turn_micros: AtomicU64::new(0),
        }
    }

    /// How many wait for their turn.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Acquire)
    }

    /// Waits for a turn.
    ///
    /// # Errors
    ///
    /// `Busy` at once when too many wait already, or it would take too long; and when it has.
    pub(super) async fn enter(&self) -> Result<Turn<'_>> {
        if let Ok(turn) = self.turns.clone().try_acquire_owned() {
            return Ok(self.begin(turn));
        }
        let before = self.waiting.fetch_add(1, Ordering::AcqRel);
        let _waiting = Waiting(&self.waiting);
        if before >= self.most_waiting || self.expected_wait(before) > self.patience {
            return Err(busy());
        }
        let turn = self.turns.clone().acquire_owned();
        match tokio::time::timeout(self.patience, turn).await {
            Ok(Ok(turn)) => Ok(self.begin(turn)),
            _ => Err(busy()),
        }
    }

    fn begin(&self, turn: OwnedSemaphorePermit) -> Turn<'_> {
        Turn { admission: self, began: Instant::now(), _permit: turn }
    }

    /// How long one waits who has so many before it.
    fn expected_wait(&self, before: usize) -> Duration {
        let turn = Duration::from_micros(self.turn_micros.load(Ordering::Relaxed));
        let before = u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1);
        turn.saturating_mul(before) / self.n_turns
    }
}

impl Turn<'_> {
    /// Ends the turn of one who has rendered. One that ends otherwise tells nothing of how long others take.
    pub(super) fn end(self) {
        let took = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX).max(1);
        let blend = |before: u64| match before {
            0 => Some(took),
            _ => Some((before - before / NEWS).saturating_add(took / NEWS)),
        };
        let micros = &self.admission.turn_micros;
        let _ = micros.fetch_update(Ordering::Relaxed, Ordering::Relaxed, blend);
    }

    /// Waits for room for `bytes` of pixels. What is larger than all the room there is has it alone.
    ///
    /// # Errors
    ///
    /// `Busy` when it took too long.
    pub(super) async fn room(&self, bytes: u64) -> Result<OwnedSemaphorePermit> {
        let pieces = u32::try_from(bytes.div_ceil(PIECE)).unwrap_or(u32::MAX);
        let room = self.admission.memory.clone();
        let room = room.acquire_many_owned(pieces.clamp(1, self.admission.pieces));
        match tokio::time::timeout(self.admission.patience, room).await {
            Ok(Ok(room)) => Ok(room),
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

    const LONG: Duration = Duration::from_hours(1);

    async fn until_waiting(admission: &Admission, n: usize) {
        while admission.waiting() < n {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn so_many_have_a_turn_and_so_many_wait() {
        let admission = Arc::new(Admission::new(2, u64::MAX, 2, LONG));
        let turns = [admission.enter().await.unwrap(), admission.enter().await.unwrap()];
        let wait = || {
            let admission = admission.clone();
            tokio::spawn(async move { admission.enter().await.map(drop) })
        };
        let waiting = [wait(), wait()];
        until_waiting(&admission, 2).await;
        assert_eq!(admission.enter().await.unwrap_err().kind(), ErrorKind::Busy);
        assert_eq!(admission.waiting(), 2);
        drop(turns);
        for waiting in waiting {
            waiting.await.unwrap().unwrap();
        }
        assert_eq!(admission.waiting(), 0);

        let impatient = Admission::new(1, u64::MAX, 1, Duration::ZERO);
        let _turn = impatient.enter().await.unwrap();
        assert_eq!(impatient.enter().await.unwrap_err().kind(), ErrorKind::Busy);
        assert_eq!(impatient.waiting(), 0);
    }

    #[tokio::test]
    async fn nobody_waits_who_would_wait_too_long() {
        let admission = Arc::new(Admission::new(2, u64::MAX, usize::MAX, Duration::from_secs(3)));
        // Two turns of a second each: of those who wait the sixth begins after three seconds, and no later one may.
        admission.turn_micros.store(1_000_000, Ordering::Relaxed);
        let turns = [admission.enter().await.unwrap(), admission.enter().await.unwrap()];
        let mut waiting = Vec::new();
        for n in 1..=6 {
            waiting.push(tokio::spawn({
                let admission = admission.clone();
                async move { admission.enter().await.map(drop) }
            }));
            until_waiting(&admission, n).await;
        }
        assert_eq!(admission.enter().await.unwrap_err().kind(), ErrorKind::Busy);
        drop(turns);
        for waiting in waiting {
            waiting.await.unwrap().unwrap();
        }
    }

    #[tokio::test]
    async fn memory_is_shared_by_those_who_have_a_turn() {
        let admission = Admission::new(4, 10 * PIECE, 0, Duration::from_millis(20));
        let turns = [admission.enter().await.unwrap(), admission.enter().await.unwrap()];
        let most = turns[0].room(9 * PIECE).await.unwrap();
        let rest = turns[1].room(1).await.unwrap();
        assert_eq!(turns[1].room(1).await.unwrap_err().kind(), ErrorKind::Busy);
        drop((most, rest));
        // Larger than everything is everything.
        let all = turns[0].room(u64::MAX).await.unwrap();
        assert_eq!(turns[1].room(1).await.unwrap_err().kind(), ErrorKind::Busy);
        drop(all);
        drop(turns[1].room(10 * PIECE).await.unwrap());
    }

    #[tokio::test]
    async fn the_time_of_turns_follows_them() {
        let admission = Admission::new(1, 1, 0, LONG);
        drop(admission.enter().await.unwrap());
        assert_eq!(admission.turn_micros.load(Ordering::Relaxed), 0);
        admission.enter().await.unwrap().end();
        let first = admission.turn_micros.load(Ordering::Relaxed);
        assert!((1..1_000_000).contains(&first), "{first}");
        admission.turn_micros.store(1_600_000, Ordering::Relaxed);
        admission.enter().await.unwrap().end();
        let then = admission.turn_micros.load(Ordering::Relaxed);
        assert!((1_500_000..1_510_000).contains(&then), "{then}");
    }
}
