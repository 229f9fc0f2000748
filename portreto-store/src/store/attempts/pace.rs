//! When to ask a bucket again, and how often at all.

use std::time::Duration;

use rand::{RngExt, SeedableRng, rngs::StdRng};
use tokio::time::Instant;

/// Retries that may be made at once. A short fault is ridden out.
const BURST: u32 = 20;

/// So many calls that were answered allow one more retry. When everything fails, retries are a tenth more load on
/// a server that has enough of it, not four times as much. The same tenth as in Google's SRE book, chapter 21,
/// "Handling Overload", <https://sre.google/sre-book/handling-overload/>.
const CALLS_PER_RETRY: u32 = 10;

const FIRST_DELAY: Duration = Duration::from_millis(100);

#[derive(Debug)]
pub(super) struct Pace {
    rng: StdRng,
    /// What is left for retries, in calls.
    left: u32,
    /// The server asked all of us to wait until then.
    pub(super) not_before: Option<Instant>,
}

impl Pace {
    pub(super) fn new(seed: u64) -> Self {
        Self { rng: StdRng::seed_from_u64(seed), left: BURST * CALLS_PER_RETRY, not_before: None }
    }

    /// A call was answered.
    pub(super) fn succeeded(&mut self) {
        self.left = (self.left + 1).min(BURST * CALLS_PER_RETRY);
        if self.not_before.is_some_and(|moment| moment <= Instant::now()) {
            self.not_before = None;
        }
    }

    /// Whether there may be another retry; takes it off what is left.
    pub(super) fn take(&mut self) -> bool {
        let enough = self.left >= CALLS_PER_RETRY;
        if enough {
            self.left -= CALLS_PER_RETRY;
        }
        enough
    }

    /// How long to wait after this attempt, counted from 1. "Full jitter": any time up to one that doubles, so that
    /// those who failed together do not come back together. Brooker, "Exponential Backoff and Jitter", AWS, 2015,
    /// <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>. What the server asks for comes
    /// first, for every call to it.
    pub(super) fn backoff(&mut self, attempt: u32, asked_for: Option<Duration>) -> Duration {
        let most = FIRST_DELAY * (1 << (attempt - 1).min(8));
        let jitter = most.mul_f64(self.rng.random_range(0.0..1.0));
        let Some(asked_for) = asked_for else { return jitter };
        if asked_for <= super::LONGEST_WAIT {
            let moment = Instant::now() + asked_for;
            self.not_before = Some(self.not_before.map_or(moment, |other| other.max(moment)));
        }
        asked_for + jitter
    }
}
