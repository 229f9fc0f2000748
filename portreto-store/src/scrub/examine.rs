//! Judging one key.

use std::sync::Arc;

use portreto_core::replica::{Fault, Holder, Holding, Key, Plan, StoreId, Wanted, plan};

use super::{Life, Liveness, ScrubOptions, census::Census, throttle::Throttle};
use crate::{
    mutant::{self, Mutant},
    replicas::{Inspection, Look, Looked, Member, Members, Reason, Replicas},
};

/// One scrub under way.
pub(super) struct Examiner<'a> {
    pub(super) replicas: &'a Replicas,
    pub(super) members: Arc<Members>,
    pub(super) liveness: &'a dyn Liveness,
    pub(super) options: &'a ScrubOptions,
    throttle: Throttle,
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
    /// A store that was there and could not be asked about this, and why.
    pub(super) unread: Option<(StoreId, String)>,
}

impl<'a> Examiner<'a> {
    pub(super) fn new(
        replicas: &'a Replicas,
        liveness: &'a dyn Liveness,
        options: &'a ScrubOptions,
    ) -> Self {
        let (members, throttle) = (replicas.members(), Throttle::new(options.rate));
        Self { replicas, members, liveness, options, throttle }
    }

    /// Where `key` is wanted, which has a tombstone if it is `deleted`; none when it waits for its removal.
    pub(super) async fn wanted(&self, key: &Key, deleted: bool) -> Option<Wanted> {
        if let Key::Tombstone { .. } = key {
            return Some(Wanted::Every);
        }
        if deleted {
            return Some(Wanted::Nowhere);
        }
        match self.liveness.life(key).await {
            Life::Live => Some(Wanted::Two),
            Life::Garbage { collectable: true } => Some(Wanted::Nowhere),
            // It waits wherever it is, but not in a store that is to be emptied.
            Life::Garbage { collectable: false } if self.options.only_in.is_some() => {
                Some(Wanted::Two)
            }
            Life::Garbage { collectable: false } => {
                mutant::is(Mutant::CollectYoung).then_some(Wanted::Nowhere)
            }
        }
    }

    /// Looks at keys together.
    pub(super) async fn examine_all(&self, census: &Census, keys: Vec<Key>) -> Vec<Examined> {
        let mut looked = Looked::default();
        if self.options.verify_bytes {
            // What else there is may be garbage that need not be read.
            let is_wanted =
                |key: &&Key| matches!(key, Key::Tombstone { .. }) || census.wanted(key).is_some();
            let copies = self.members.list.iter().map(|member| {
                let is_there = |key: &&Key| matches!(census.look(key, member), Look::Verify);
                let keys = keys.iter().filter(is_wanted).filter(is_there);
                (member.clone(), keys.cloned().collect())
            });
            looked = self.replicas.look_at(copies.collect()).await;
        }
        let mut all = Vec::with_capacity(keys.len());
        for key in keys {
            all.push(self.examine(census, key, &mut looked).await);
        }
        all
    }

    /// Looks at one key. Whatever seems wrong is looked at a second time, since stores are listed while they
    /// are in use, and the catalog is asked again, if what it said of the whole shard was what counted.
    async fn examine(&self, census: &Census, key: Key, looked: &mut Looked) -> Examined {
        let holders = census.keys.get(&key).map_or(&[][..], |entry| &entry.holders);
        let replicas = holders.len() as u64;
        let mut examined = Examined {
            faults: Vec::new(),
            replicas,
            waiting: None,
            bytes_read: 0,
            unread: None,
            key,
        };
        let (said, deleted) = (census.wanted(&examined.key), census.deleted(&examined.key));
        let mut wanted = match said {
            Some(wanted) => Some(wanted),
            None => self.wanted(&examined.key, deleted).await,
        };
        if let Some(wanted @ (Wanted::Two | Wanted::Every)) = wanted
            && self.seems_well(census, looked, wanted, &mut examined).await
        {
            return examined;
        }
        if said.is_some() {
            wanted = self.wanted(&examined.key, deleted).await;
        }
        let key = &examined.key;
        match wanted {
            None => {
                examined.replicas = 0;
                examined.waiting = Some(holders.first().map_or(0, |(_, bytes)| *bytes));
            }
            Some(Wanted::Nowhere) => {
                examined.replicas = 0;
                examined.faults = plan(Wanted::Nowhere, &self.by_listing(census, key)).faults;
            }
            Some(wanted) => {
                let (inspection, second) = self.look_again(key, wanted).await;
                examined.bytes_read += inspection.bytes_read;
                examined.unread = told(&inspection);
                examined.faults = second.faults;
            }
        }
        examined
    }

    /// Whether nothing is wrong with a key at first sight.
    async fn seems_well(
        &self,
        census: &Census,
        looked: &mut Looked,
        wanted: Wanted,
        examined: &mut Examined,
    ) -> bool {
        let key = &examined.key;
        let holders = census.keys.get(key).map_or(&[][..], |entry| &entry.holders);
        let lengths_differ = holders.windows(2).any(|pair| pair[0].1 != pair[1].1);
        if !self.options.verify_bytes && !lengths_differ {
            return plan(wanted, &self.by_listing(census, key)).faults.is_empty();
        }
        let look = |member: &Member| {
            let seen = looked.take(member.id(), key);
            seen.map_or_else(|| census.look(key, member), Look::Seen)
        };
        let inspection = self.replicas.inspect(&self.members, key, look).await;
        examined.bytes_read += inspection.bytes_read;
        examined.unread = told(&inspection);
        self.throttle.read(inspection.bytes_read).await;
        plan(wanted, &inspection.holders()).faults.is_empty()
    }

    /// All that every store has of `key` now, and what must be done about it.
    pub(super) async fn look_again(&self, key: &Key, wanted: Wanted) -> (Inspection, Plan) {
        let inspection = self.replicas.inspect(&self.members, key, |_| Look::Read).await;
        let plan = plan(wanted, &inspection.holders());
        (inspection, plan)
    }

    /// The view of a key by the stores' word alone.
    fn by_listing(&self, census: &Census, key: &Key) -> Vec<Holder> {
        let holder = |member: Arc<Member>| Holder {
            store: member.id().clone(),
            holding: match census.look(key, &member) {
                Look::Read | Look::Verify | Look::Seen(_) => Holding::Good,
                Look::Absent => Holding::Absent,
                Look::Unknown => Holding::Unknown,
            },
            accepts: member.accepts(),
        };
        self.members.order(key).into_iter().map(holder).collect()
    }
}

fn told(inspection: &Inspection) -> Option<(StoreId, String)> {
    inspection.unread().map(|(store, error)| (store.clone(), Reason(error).to_string()))
}
