//! Reading no faster than was asked for, so that checking everything does not disturb those who use it.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep_until};

/// A pace in bytes per second. Whoever has read waits until that many bytes were due.
#[derive(Debug)]
pub(super) struct Throttle {
    rate: Option<u64>,
    due: Mutex<Instant>,
}

impl Throttle {
    /// At most `rate` bytes per second in the mean; none for no limit.
    pub(super) fn new(rate: Option<u64>) -> Self {
        Self { rate: rate.map(|rate| rate.max(1)), due: Mutex::new(Instant::now()) }
    }

    /// Takes note that so many bytes were read, and waits.
    pub(super) async fn read(&self, bytes: u64) {
        let Some(rate) = self.rate else { return };
        let took = Duration::from_secs_f64(bytes as f64 / rate as f64);
        let until = {
            let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
            // What was not used while nobody read is not saved up.
            *due = (*due).max(Instant::now()) + took;
            *due
        };
        sleep_until(until).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn bytes_take_their_time_and_no_limit_takes_none() {
        let begin = Instant::now();
        Throttle::new(None).read(u64::MAX).await;
        assert_eq!(begin.elapsed(), Duration::ZERO);
        let throttle = Throttle::new(Some(1000));
        let readers = (0..10).map(|_| throttle.read(500));
        futures::future::join_all(readers).await;
        let took = begin.elapsed().as_millis();
        assert!((5000..5010).contains(&took), "{took} ms");
        tokio::time::advance(Duration::from_mins(1)).await;
        throttle.read(500).await;
        assert!(begin.elapsed() >= Duration::from_millis(65_500), "idle time is not saved up");
    }
}
