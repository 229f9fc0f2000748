//! Counting what is done, and how long it takes, for whoever watches.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use portreto_core::Transform;

/// Upper bounds of the buckets of times, seconds: from a file in the page cache to a store that is about to be given up.
const BOUNDS: [f64; 12] =
    [0.000_25, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// How long things took.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Times {
    /// How many there were.
    pub count: u64,
    /// All of them together, seconds.
    pub seconds: f64,
    /// How many were within each bound in seconds and above the one before; the last bound is infinity.
    pub buckets: Vec<(f64, u64)>,
}

impl Times {
    /// The mean, seconds; none before there was one.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.seconds / self.count as f64)
    }
}

/// What was rendered since the home was opened.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RenderTally {
    /// Each time that pictures were rendered: of one original, by one transform or several.
    pub times: Times,
    /// How often each operation of a transform was done, by its name.
    pub operations: BTreeMap<String, u64>,
}

#[derive(Debug, Default)]
pub(crate) struct Clockwork {
    buckets: [AtomicU64; BOUNDS.len() + 1],
    micros: AtomicU64,
}

impl Clockwork {
    pub(crate) fn add(&self, took: Duration) {
        let seconds = took.as_secs_f64();
        let bucket = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len());
        self.buckets[bucket].fetch_add(1, Relaxed);
        self.micros.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Relaxed);
    }

    pub(crate) fn times(&self) -> Times {
        let bounds = BOUNDS.into_iter().chain([f64::INFINITY]);
        let buckets = bounds.zip(&self.buckets).map(|(bound, n)| (bound, n.load(Relaxed)));
        let buckets: Vec<(f64, u64)> = buckets.collect();
        let count = buckets.iter().map(|(_, n)| n).sum();
        Times { count, seconds: self.micros.load(Relaxed) as f64 / 1e6, buckets }
    }
}

/// Renders of a home.
#[derive(Debug, Default)]
pub(crate) struct Renders {
    clockwork: Clockwork,
    operations: Mutex<BTreeMap<String, u64>>,
}

impl Renders {
    pub(crate) fn add(&self, names: &[String], took: Duration) {
        self.clockwork.add(took);
        let mut operations = self.operations.lock().unwrap_or_else(PoisonError::into_inner);
        for name in names {
            match operations.get_mut(name) {
                Some(n) => *n += 1,
                None => drop(operations.insert(name.clone(), 1)),
            }
        }
    }

    pub(crate) fn tally(&self) -> RenderTally {
        let operations = self.operations.lock().unwrap_or_else(PoisonError::into_inner).clone();
        RenderTally { times: self.clockwork.times(), operations }
    }
}

/// The names of the operations of some transforms; `encode` for each that has none.
pub(crate) fn operation_names(transforms: &[Transform]) -> Vec<String> {
    let mut names = Vec::new();
    for transform in transforms {
        for operation in transform.operations() {
            let text = operation.to_string();
            names.push(text.split(':').next().unwrap_or_default().to_owned());
        }
        if transform.operations().is_empty() {
            names.push("encode".to_owned());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_fall_into_their_buckets() {
        let clockwork = Clockwork::default();
        assert_eq!(clockwork.times().mean(), None);
        for millis in [1, 2, 2, 40_000] {
            clockwork.add(Duration::from_millis(millis));
        }
        let times = clockwork.times();
        assert_eq!((times.count, times.seconds), (4, 40.005));
        let filled: Vec<_> = times.buckets.iter().filter(|(_, n)| *n > 0).copied().collect();
        assert_eq!(filled, [(0.001, 1), (0.0025, 2), (f64::INFINITY, 1)]);
    }

    #[test]
    fn operations_are_counted_by_name() {
        let read = |text: &str| text.parse::<Transform>().unwrap();
        let names = operation_names(&[read("resize:32x32,rotate:90,webp"), read("png")]);
        assert_eq!(names, ["resize", "rotate", "encode"]);
    }
}
