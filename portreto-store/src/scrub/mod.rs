//! Scrub looks at every copy of every key and reports; repair makes it two good ones again.
//!
//! Both go through the 256 shards of the stores one after the other: they take a census of one, ask the catalog what
//! is wanted, check the copies, and let [`portreto_core::replica::plan`] decide what is wrong and what to do. Tombstones
//! come first: a record with a tombstone anywhere is wanted nowhere, however many copies of it come back. A record
//! and its tombstone are in the same shard, so no more than a few shards are ever in memory.

mod census;
mod examine;
mod liveness;
mod repair;
mod report;
mod round;
mod throttle;

use portreto_core::replica::{Shard, Space, StoreId};

use self::{
    examine::Examiner,
    round::{Round, SHARDS_AT_ONCE},
};
pub use self::{
    liveness::{AllLive, Life, Liveness},
    repair::{RepairOptions, mend, repair, sweep},
    report::{Done, Failure, Finding, RepairReport, ScrubReport, ScrubbedStore, Stray, Tally},
};
use crate::replicas::Replicas;

/// How to scrub.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ScrubOptions {
    /// Whether to read and check all bytes. Without, presence and lengths are compared.
    pub verify_bytes: bool,
    /// Batches of keys looked at at a time: up to sixteen keys, read one after the other. The bytes of those that something is
    /// wrong with are in memory.
    pub concurrency: usize,
    /// At most so many bytes are read per second; none for as many as can be.
    pub rate: Option<u64>,
    /// The shards to look at, in this order.
    pub shards: Vec<Shard>,
    /// Only keys that this store has: what must be moved when it is drained, also what only waits for its removal.
    pub only_in: Option<StoreId>,
}

impl Default for ScrubOptions {
    fn default() -> Self {
        Self {
            verify_bytes: true,
            concurrency: 16,
            rate: None,
            shards: Shard::all().collect(),
            only_in: None,
        }
    }
}

/// How far a scrub or repair is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Shards that are done.
    pub shards_done: u64,
    /// Shards to be looked at.
    pub shards_total: u64,
    /// Keys that were looked at.
    pub keys_done: u64,
    /// Keys that are known so far: those of the shards that were begun.
    pub keys_known: u64,
    /// Bytes that were read.
    pub bytes_read: u64,
}

impl Progress {
    /// How many keys there will be in all, if the shards that were not begun are like the others: names are spread
    /// evenly over them.
    #[must_use]
    pub fn keys_expected(&self) -> u64 {
        let begun = (self.shards_done + SHARDS_AT_ONCE as u64).clamp(1, self.shards_total.max(1));
        let expected =
            u128::from(self.keys_known) * u128::from(self.shards_total) / u128::from(begun);
        u64::try_from(expected).unwrap_or(u64::MAX).max(self.keys_known)
    }
}

/// The order in which keys are looked at and mended: tombstones first.
const ORDER: [Space; 5] =
    [Space::Tombstones, Space::Records, Space::Bundles, Space::Variants, Space::Blobs];

/// Looks at every copy in every store that answers. Changes nothing, except that it looks again at stores
/// that were away.
///
/// The report does not depend on the order in which anything happened to be read.
pub async fn scrub(
    replicas: &Replicas,
    liveness: &dyn Liveness,
    options: &ScrubOptions,
    progress: &(dyn Fn(Progress) + Sync),
) -> ScrubReport {
    replicas.refresh().await;
    let examiner = Examiner::new(replicas, liveness, options);
    Round::begin(&examiner, progress, false).await.finish().await.before
}

#[cfg(test)]
mod tests;
