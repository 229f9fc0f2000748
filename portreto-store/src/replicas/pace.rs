//! How long a store's answers take, and when to ask another one as well.
//!
//! Source: Dean & Barroso, "The Tail at Scale", Communications of the ACM 56(2), 2013, doi:10.1145/2408776.2408794: a
//! second request after the 95th percentile of the expected time costs about 5 % more requests and cuts the tail off.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

/// Answers that are remembered.
const WINDOW: usize = 64;
/// With fewer than this there is no telling what is usual.
const ENOUGH: usize = 8;
/// How long to wait before there is.
const AT_FIRST: Duration = Duration::from_millis(500);
/// Below this, asking twice costs more than waiting: a local disk's own jitter.
const SHORTEST: Duration = Duration::from_millis(10);
/// A reader's patience, whatever is usual.
const LONGEST: Duration = Duration::from_secs(2);

/// The times of a store's last answers.
#[derive(Debug)]
pub(super) struct Pace {
    recent: [Duration; WINDOW],
    seen: usize,
}

impl Pace {
    pub(super) const fn new() -> Self {
        Self { recent: [Duration::ZERO; WINDOW], seen: 0 }
    }

    pub(super) fn add(&mut self, took: Duration) {
        self.recent[self.seen % WINDOW] = took;
        self.seen += 1;
    }

    /// The time that all but one in twenty of the last answers took at most; none before there were enough.
    pub(super) fn p95(&self) -> Option<Duration> {
        let known = self.seen.min(WINDOW);
        if known < ENOUGH {
            return None;
        }
        let mut recent = self.recent;
        let rank = (known * 19).div_ceil(20) - 1;
        Some(*recent[..known].select_nth_unstable(rank).1)
    }

    /// How long to wait for an answer before another store is asked, too.
    pub(super) fn patience(&self) -> Duration {
        self.p95().unwrap_or(AT_FIRST).clamp(SHORTEST, LONGEST)
    }
}

/// Twentieths of a second request, earned one by each first request: 5 % more requests, and no more when all stores are
/// slow because they have too much to do.
#[derive(Debug)]
pub(super) struct HedgeBudget(AtomicU32);

/// One second request.
const PRICE: u32 = 20;
/// Ten of them can be saved up.
const SAVINGS: u32 = 10 * PRICE;

impl HedgeBudget {
    pub(super) const fn new() -> Self {
        Self(AtomicU32::new(SAVINGS))
    }

    pub(super) fn earn(&self) {
        let more = |saved: u32| (saved < SAVINGS).then(|| saved + 1);
        let _full = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
    }

    pub(super) fn spend(&self) -> bool {
        let less = |saved: u32| saved.checked_sub(PRICE);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_is_what_nineteen_of_twenty_take() {
        let mut pace = Pace::new();
        assert_eq!(pace.patience(), AT_FIRST);
        for ms in (1..=100).rev() {
            pace.add(Duration::from_millis(ms));
        }
        // The last 64 took 1 to 64 ms; 61 of them are 95 %.
        assert_eq!(pace.patience(), Duration::from_millis(61));
        for _ in 0..WINDOW {
            pace.add(Duration::from_micros(50));
        }
        assert_eq!(pace.patience(), SHORTEST);
        for _ in 0..WINDOW {
            pace.add(Duration::from_secs(9));
        }
        assert_eq!(pace.patience(), LONGEST);
    }

    #[test]
    fn one_request_in_twenty_may_be_asked_twice() {
        let budget = HedgeBudget::new();
        let spent = (0..1000).filter(|_| {
            budget.earn();
            budget.spend()
        });
        assert_eq!(spent.count(), 10 + 1000 / 20 - 1);
    }
}
