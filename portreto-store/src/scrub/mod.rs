//! Scrub looks at every copy of every key and reports; repair makes it two good ones again.
//!
//! Both take a census of the stores, ask the catalog what is wanted, check the copies, and let
//! [`portreto_core::replica::plan`] decide what is wrong and what to do. Tombstones come first: a record
//! with a tombstone anywhere is wanted nowhere, however many copies of it come back.

mod census;
mod examine;
mod liveness;
mod repair;
mod report;

use futures::StreamExt;
use portreto_core::replica::{Key, Space};

use self::{census::Census, examine::Examiner};
pub use self::{
    liveness::{AllLive, Life, Liveness},
    repair::{RepairOptions, repair, sweep},
    report::{Done, Failure, Finding, RepairReport, ScrubReport, ScrubbedStore, Stray, Tally},
};
use crate::replicas::Replicas;

/// How to scrub.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ScrubOptions {
    /// Whether to read and check all bytes. Without, presence and lengths are compared.
    pub verify_bytes: bool,
    /// Keys looked at at a time, each with all its copies in memory.
    pub concurrency: usize,
}

impl Default for ScrubOptions {
    fn default() -> Self {
        Self { verify_bytes: true, concurrency: 8 }
    }
}

/// How far a scrub or repair is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Keys that were looked at.
    pub keys_done: u64,
    /// Keys there are.
    pub keys_total: u64,
    /// Bytes that were read.
    pub bytes_read: u64,
}

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
    examine_all(replicas, liveness, options, progress).await.1
}

/// The order in which keys are looked at and mended: tombstones first.
const ORDER: [Space; 4] = [Space::Tombstones, Space::Records, Space::Variants, Space::Blobs];

async fn examine_all<'a>(
    replicas: &'a Replicas,
    liveness: &'a dyn Liveness,
    options: &'a ScrubOptions,
    progress: &(dyn Fn(Progress) + Sync),
) -> (Examiner<'a>, ScrubReport) {
    let members = replicas.members();
    let mut census = Census::take(replicas, &members).await;
    for key in liveness.live_keys().await {
        // What no store has must be missed by somebody.
        if key.space().is_some_and(|space| ORDER.contains(&space)) {
            census.keys.entry(key).or_default();
        }
    }
    let mut report = ScrubReport {
        stores: std::mem::take(&mut census.stores),
        keys: census.keys.len() as u64,
        set_aside: census.set_aside,
        foreign: std::mem::take(&mut census.foreign),
        leftovers: std::mem::take(&mut census.leftovers),
        ..ScrubReport::default()
    };
    let examiner = Examiner { replicas, members, census, liveness, options };
    let mut state = Progress { keys_done: 0, keys_total: report.keys, bytes_read: 0 };
    progress(state);
    for space in ORDER {
        let keys: Vec<Key> =
            examiner.census.keys.keys().filter(|key| key.space() == Some(space)).cloned().collect();
        let mut examined = futures::stream::iter(keys)
            .map(|key| examiner.examine(key))
            .buffered(options.concurrency.max(1));
        while let Some(examined) = examined.next().await {
            state.keys_done += 1;
            state.bytes_read += examined.bytes_read;
            progress(state);
            report.replicas += examined.replicas;
            report.bytes_read += examined.bytes_read;
            if let Some(bytes) = examined.waiting {
                report.waiting.add(bytes);
            }
            let key = examined.key;
            let findings = examined.faults.into_iter();
            report.findings.extend(findings.map(|fault| Finding { key: key.clone(), fault }));
        }
    }
    (examiner, report)
}

#[cfg(test)]
mod tests;
