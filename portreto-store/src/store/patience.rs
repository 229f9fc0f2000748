//! How long a place may take to answer.
//!
//! Time-outs of `object_store` live in its HTTP client: a directory has none, and a mount whose server is gone
//! (NFS), or a disk that is dying, keeps a thread waiting for ever. So every call of a place has a limit of its own.

use std::{future::Future, time::Duration};

use portreto_core::replica::{StoreError, StoreErrorKind};

/// How long a place may take for one attempt of one call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    answer: Duration,
    /// Of all attempts but the last.
    retries: Duration,
}

/// No attempt begins later than this after the first. With a second copy elsewhere it is better to say soon that a
/// store is away than to try for minutes.
pub(super) const RETRIES_TIME: Duration = Duration::from_secs(10);

/// The slowest transfer that is still one, bytes a second: 64 KiB/s is half a megabit, a sixteenth of an
/// 8 Mbit/s line when 16 transfers share it.
const FLOOR_RATE: u64 = 64 << 10;

impl Patience {
    /// Of a bucket. Healthy ones answer in 10 to 200 ms, at the 99.9th percentile in 1 or 2 s, and a second copy
    /// waits elsewhere: who has said nothing for 5 s is away.
    pub(crate) const BUCKET: Self = Self { answer: Duration::from_secs(5), retries: RETRIES_TIME };

    /// Of a directory. A disk that sleeps takes up to 10 s to spin up, and a sync behind a full write cache of a
    /// slow one as long: neither is a failure.
    pub(crate) const DIRECTORY: Self =
        Self { answer: Duration::from_secs(15), retries: Duration::ZERO };

    /// The same with another time for an answer.
    #[must_use]
    pub(crate) const fn with_answer(self, answer: Duration) -> Self {
        Self { answer, ..self }
    }

    /// For an answer without a body, and between two pieces of one.
    pub(crate) const fn answer(self) -> Duration {
        self.answer
    }

    /// For `bytes` bytes, there or back.
    pub(crate) const fn transfer(self, bytes: u64) -> Duration {
        self.answer.saturating_add(Duration::from_millis(bytes.saturating_mul(1000) / FLOOR_RATE))
    }

    /// For a call that moves `bytes` bytes, with all its attempts.
    pub(super) const fn call(self, bytes: u64) -> Duration {
        self.transfer(bytes).saturating_add(self.retries)
    }
}

/// Waits for `work` no longer than `limit`. `what` is what it does: "reading blobs/af/…".
///
/// # Errors
///
/// Offline when there is no answer by then: whether `work` has had an effect, or will have, is not known.
pub(crate) async fn within<T>(
    limit: Duration,
    place: &str,
    what: &str,
    work: impl Future<Output = T>,
) -> Result<T, StoreError> {
    tokio::time::timeout(limit, work).await.map_err(|_| {
        let message = format!("{place} gave no answer in {} s when {what}", limit.as_secs_f32());
        StoreError::new(StoreErrorKind::Offline, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_bodies_have_the_time_of_a_slow_line() {
        assert_eq!(Patience::BUCKET.transfer(0), Duration::from_secs(5));
        assert_eq!(Patience::BUCKET.transfer(8 << 20), Duration::from_secs(5 + 128));
        assert!(Patience::DIRECTORY.transfer(u64::MAX) > Duration::from_secs(1 << 30));
    }

    #[tokio::test(start_paused = true)]
    async fn who_never_answers_is_offline() {
        let started = tokio::time::Instant::now();
        let never = std::future::pending::<()>();
        let error = within(Patience::BUCKET.answer(), "/data/a", "reading blobs/x", never).await;
        let error = error.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Offline);
        assert_eq!(error.to_string(), "/data/a gave no answer in 5 s when reading blobs/x");
        assert_eq!(started.elapsed(), Duration::from_secs(5));
    }
}
