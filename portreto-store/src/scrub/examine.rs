//! Judging one key.

use std::sync::Arc;

use portreto_core::replica::{Fault, Holder, Holding, Key, Plan, Wanted, plan};

use super::{Life, Liveness, ScrubOptions, census::Census};
use crate::replicas::{Inspection, Look, Members, Replicas};

/// One scrub under way.
pub(super) struct Examiner<'a> {
    pub(super) replicas: &'a Replicas,
    pub(super) members: Arc<Members>,
    pub(super) census: Census,
    pub(super) liveness: &'a dyn Liveness,
    pub(super) options: &'a ScrubOptions,
}

/// What became of looking at a key.
#[derive(Debug)]
pub(super) struct Examined {
    pub(super) key: Key,
    pub(super) faults: Vec<Fault>,
    /// Copies that are wanted.
    pub(super) replicas: u64,
    /// Set when it is only waiting to be removed: the length of one copy.
    pub(super) waiting: Option<u64>,
    pub(super) bytes_read: u64,
}

impl Examiner<'_> {
    /// Where `key` is wanted; none when it waits for its removal.
    pub(super) async fn wanted(&self, key: &Key) -> Option<Wanted> {
        if let Key::Tombstone { .. } = key {
            return Some(Wanted::Every);
        }
        if self.deleted(key) {
            return Some(Wanted::Nowhere);
        }
        match self.liveness.life(key).await {
            Life::Live => Some(Wanted::Two),
            Life::Garbage { collectable: true } => Some(Wanted::Nowhere),
            Life::Garbage { collectable: false } => None,
        }
    }

    /// Whether `key` is the record of an image with a tombstone.
    pub(super) fn deleted(&self, key: &Key) -> bool {
        matches!(key, Key::Record { image, .. } if self.census.deleted.contains(image))
    }

    /// Looks at one key. Whatever seems wrong is looked at a second time, since stores are listed while they
    /// are in use.
    pub(super) async fn examine(&self, key: Key) -> Examined {
        let holders = self.census.keys.get(&key).map_or(&[][..], Vec::as_slice);
        let replicas = holders.len() as u64;
        let mut examined =
            Examined { faults: Vec::new(), replicas, waiting: None, bytes_read: 0, key };
        let key = &examined.key;
        let Some(wanted) = self.wanted(key).await else {
            examined.replicas = 0;
            examined.waiting = Some(holders.first().map_or(0, |(_, bytes)| *bytes));
            return examined;
        };
        if wanted == Wanted::Nowhere {
            examined.replicas = 0;
            examined.faults = plan(wanted, &self.by_listing(key)).faults;
            return examined;
        }
        let lengths_differ = holders.windows(2).any(|pair| pair[0].1 != pair[1].1);
        let first = if self.options.verify_bytes || lengths_differ {
            let look = |member: &_| self.census.look(key, member);
            let inspection = self.replicas.inspect(&self.members, key, look).await;
            examined.bytes_read += inspection.bytes_read;
            plan(wanted, &inspection.holders())
        } else {
            plan(wanted, &self.by_listing(key))
        };
        if first.faults.is_empty() {
            return examined;
        }
        let (inspection, second) = self.look_again(key, wanted).await;
        examined.bytes_read += inspection.bytes_read;
        examined.faults = second.faults;
        examined
    }

    /// All that every store has of `key` now, and what must be done about it.
    pub(super) async fn look_again(&self, key: &Key, wanted: Wanted) -> (Inspection, Plan) {
        let inspection = self.replicas.inspect(&self.members, key, |_| Look::Read).await;
        let plan = plan(wanted, &inspection.holders());
        (inspection, plan)
    }

    /// The view of a key by the stores' word alone.
    fn by_listing(&self, key: &Key) -> Vec<Holder> {
        let holder = |member: Arc<crate::replicas::Member>| Holder {
            store: member.id().clone(),
            holding: match self.census.look(key, &member) {
                Look::Read => Holding::Good,
                Look::Absent => Holding::Absent,
                Look::Unknown => Holding::Unknown,
            },
            accepts: member.accepts(),
        };
        self.members.order(key).into_iter().map(holder).collect()
    }
}
