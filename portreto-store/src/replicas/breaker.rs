//! When to leave something alone that keeps failing: a circuit breaker.
//!
//! Source: Nygard, "Release It!", Pragmatic Bookshelf 2007, section 5.2 (closed, open, half-open). The pause before each
//! trial doubles, so that what is away for days costs nothing and what is back after seconds is used soon.

use std::time::Duration;

use tokio::time::Instant;

/// The pause after the first failure of a working thing.
pub(super) const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest pause: how long what is mended may wait to be used.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// A decision whether to use something, by how its last uses went. It is told the time and has no clock.
#[derive(Debug)]
pub(super) struct Breaker {
    /// Failures in a row that open it.
    tolerance: u32,
    /// Failures in a row so far.
    failures: u32,
    /// The next pause.
    pause: Duration,
    state: State,
}

#[derive(Debug, Clone)]
enum State {
    Closed,
    Open {
        reason: String,
        until: Instant,
    },
    /// One trial is under way; should nobody ever tell how it went, the next may begin at `until`.
    HalfOpen {
        reason: String,
        until: Instant,
    },
}

/// What a [`Breaker`] says to someone who is about to use the thing.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Advice {
    /// Use it.
    Go,
    /// Leave it alone, for this reason.
    Stay(String),
    /// The pause is over: try it and tell how that went. Said to one caller only.
    Try(String),
}

impl Breaker {
    /// A closed one, which this many failures in a row open.
    pub(super) const fn new(tolerance: u32) -> Self {
        Self { tolerance, failures: 0, pause: FIRST_PAUSE, state: State::Closed }
    }

    pub(super) fn ask(&mut self, now: Instant) -> Advice {
        match &self.state {
            State::Closed => Advice::Go,
            State::Open { reason, until } | State::HalfOpen { reason, until } if *until <= now => {
                let reason = reason.clone();
                self.state = State::HalfOpen { reason: reason.clone(), until: now + LONGEST_PAUSE };
                Advice::Try(reason)
            }
            State::Open { reason, .. } | State::HalfOpen { reason, .. } => {
                Advice::Stay(reason.clone())
            }
        }
    }

    /// Why it is not closed.
    pub(super) fn reason(&self) -> Option<&str> {
        match &self.state {
            State::Closed => None,
            State::Open { reason, .. } | State::HalfOpen { reason, .. } => Some(reason),
        }
    }

    /// Whether a trial is due or under way: its outcome is worth waiting for.
    pub(super) fn is_on_trial(&self, now: Instant) -> bool {
        match &self.state {
            State::Closed => false,
            State::Open { until, .. } => *until <= now,
            State::HalfOpen { .. } => true,
        }
    }

    pub(super) fn succeeded(&mut self) {
        *self = Self::new(self.tolerance);
    }

    /// A use failed; it opens when that has happened too often in a row, or was a trial.
    pub(super) fn failed(&mut self, now: Instant, reason: impl Into<String>) {
        self.failures = self.failures.saturating_add(1);
        match self.state {
            State::Closed if self.failures < self.tolerance => {}
            // Uses that began before it opened end late and say nothing new.
            State::Open { .. } => {}
            State::Closed | State::HalfOpen { .. } => self.open(now, reason),
        }
    }

    /// As [`Breaker::failed`], for a failure that leaves no doubt.
    pub(super) fn failed_surely(&mut self, now: Instant, reason: impl Into<String>) {
        self.failures = self.failures.max(self.tolerance.saturating_sub(1));
        self.failed(now, reason);
    }

    fn open(&mut self, now: Instant, reason: impl Into<String>) {
        self.state = State::Open { reason: reason.into(), until: now + self.pause };
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_failures_in_a_row_and_tries_once_after_each_pause() {
        let start = Instant::now();
        let at = |seconds: f64| start + Duration::from_secs_f64(seconds);
        let mut breaker = Breaker::new(3);
        for _ in 0..2 {
            breaker.failed(start, "one");
        }
        breaker.succeeded();
        for _ in 0..2 {
            breaker.failed(start, "two");
        }
        assert_eq!(breaker.ask(start), Advice::Go, "not three in a row");
        breaker.failed(start, "three");
        assert_eq!(breaker.ask(at(0.9)), Advice::Stay("three".to_owned()));
        assert!(!breaker.is_on_trial(at(0.9)) && breaker.is_on_trial(at(1.0)));
        assert_eq!(breaker.ask(at(1.0)), Advice::Try("three".to_owned()));
        assert_eq!(breaker.ask(at(1.0)), Advice::Stay("three".to_owned()), "one at a time");
        breaker.failed(at(2.0), "still");
        breaker.failed(at(2.5), "a late one");
        assert_eq!(breaker.reason(), Some("still"));
        assert_eq!(breaker.ask(at(3.9)), Advice::Stay("still".to_owned()), "twice as long");
        assert_eq!(breaker.ask(at(4.0)), Advice::Try("still".to_owned()));
        breaker.succeeded();
        assert_eq!((breaker.ask(at(4.0)), breaker.reason()), (Advice::Go, None));
        breaker.failed_surely(at(5.0), "surely");
        assert_eq!(
            breaker.ask(at(5.9)),
            Advice::Stay("surely".to_owned()),
            "the first pause again"
        );
    }

    #[test]
    fn pauses_have_an_end_and_a_lost_trial_is_followed_by_another() {
        let mut now = Instant::now();
        let mut breaker = Breaker::new(1);
        breaker.failed(now, "away");
        for _ in 0..20 {
            now += LONGEST_PAUSE;
            assert_eq!(breaker.ask(now), Advice::Try("away".to_owned()));
            breaker.failed(now, "away");
        }
        now += LONGEST_PAUSE;
        assert_eq!(breaker.ask(now), Advice::Try("away".to_owned()));
        now += LONGEST_PAUSE;
        assert_eq!(breaker.ask(now), Advice::Try("away".to_owned()), "nobody told of the last");
    }
}
