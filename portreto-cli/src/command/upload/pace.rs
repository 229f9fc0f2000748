//! A bound on bytes a second.

use std::{
    num::NonZeroU64,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

/// Lets bytes pass at a bounded rate, in the order in which they come.
#[derive(Debug)]
pub(super) struct Pace {
    bytes_per_second: NonZeroU64,
    /// When all that has passed will have had its time.
    free: Mutex<Instant>,
}

impl Pace {
    pub(super) fn new(bytes_per_second: NonZeroU64) -> Self {
        Self { bytes_per_second, free: Mutex::new(Instant::now()) }
    }

    /// Returns when it is the turn of these bytes.
    pub(super) async fn pass(&self, bytes: u64) {
        sleep_until(self.turn(bytes, Instant::now())).await;
    }

    /// When it is the turn of bytes that come now.
    fn turn(&self, bytes: u64, now: Instant) -> Instant {
        let takes = Duration::from_secs_f64(bytes as f64 / self.bytes_per_second.get() as f64);
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        // Time in which nothing came is not made up for.
        let turn = (*free).max(now);
        *free = turn + takes;
        turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_bytes_take_so_long() {
        let pace = Pace::new(NonZeroU64::new(1000).unwrap());
        let start = Instant::now() + Duration::from_secs(1);
        let turn =
            |after: u64| (pace.turn(500, start + Duration::from_millis(after)) - start).as_millis();
        // Of 500 bytes each, one after the other.
        assert_eq!([turn(0), turn(0), turn(0), turn(10)], [0, 500, 1000, 1500]);
        // A pause is over at once, and not made up for.
        assert_eq!([turn(9000), turn(9000)], [9000, 9500]);
    }
}
