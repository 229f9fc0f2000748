//! Going through the shards.

use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use futures::{StreamExt, future::join};
use portreto_core::replica::{Key, Shard, Space, StoreId};
use tokio::sync::Semaphore;

use super::{
    ORDER, Progress,
    census::{Census, Opening},
    examine::Examiner,
    report::{Finding, RepairReport, ScrubReport},
};

/// Shards that are worked on at a time: while one is listed, others are read.
pub(super) const SHARDS_AT_ONCE: usize = 8;

/// Keys that are in memory at a time, about 230 bytes each: with ten million images one shard has as many, with fewer there are several
/// shards at a time, and all of them take the same memory.
const KEYS_AT_ONCE: u32 = 1 << 18;

/// Keys that are looked at together: what it takes to ask for one is more than what it takes to read it.
const BATCH: usize = 16;
/// Bytes of one copy of them: not so many that a disk is busy with one batch for long.
const BATCH_BYTES: u64 = 4 << 20;

/// The keys of one space of a shard in batches, in order.
fn batches(census: &Census, space: Space) -> Vec<Vec<Key>> {
    let mut batches: Vec<Vec<Key>> = Vec::new();
    let mut room = 0;
    for (key, entry) in census.keys.iter().filter(|(key, _)| key.space() == Some(space)) {
        let bytes = entry.holders.iter().map(|(_, bytes)| *bytes).max().unwrap_or(0);
        match batches.last_mut() {
            Some(batch) if batch.len() < BATCH && bytes <= room => {
                room -= bytes;
                batch.push(key.clone());
            }
            _ => {
                room = BATCH_BYTES.saturating_sub(bytes);
                batches.push(vec![key.clone()]);
            }
        }
    }
    batches
}

/// One scrub or repair under way.
pub(super) struct Round<'a> {
    examiner: &'a Examiner<'a>,
    opening: Opening,
    progress: &'a (dyn Fn(Progress) + Sync),
    state: Mutex<Progress>,
    mends: bool,
    /// For keys.
    room: Semaphore,
    /// How many keys a shard has; before any is known, more than there is room for.
    largest: AtomicU32,
}

impl<'a> Round<'a> {
    pub(super) async fn begin(
        examiner: &'a Examiner<'a>,
        progress: &'a (dyn Fn(Progress) + Sync),
        mends: bool,
    ) -> Self {
        let opening = Opening::take(examiner.replicas, &examiner.members).await;
        let shards_total = examiner.options.shards.len() as u64;
        let state = Mutex::new(Progress { shards_total, ..Progress::default() });
        let (room, largest) = (Semaphore::new(KEYS_AT_ONCE as usize), AtomicU32::new(u32::MAX));
        Self { examiner, opening, progress, state, mends, room, largest }
    }

    /// Looks at all shards, and mends them if that is what it is for.
    pub(super) async fn finish(self) -> RepairReport {
        let before = ScrubReport {
            stores: self.opening.stores.clone(),
            set_aside: self.opening.set_aside,
            foreign: self.opening.foreign.clone(),
            ..ScrubReport::default()
        };
        let mut report = RepairReport { before, ..RepairReport::default() };
        self.tell(|_| {});
        let (leftovers, silent) = if self.mends {
            // Those who mend are writers too.
            let leftovers = self.opening.leftovers().await;
            self.shards(&mut report).await;
            leftovers
        } else {
            join(self.opening.leftovers(), self.shards(&mut report)).await.0
        };
        report.before.leftovers = leftovers;
        for (silent, reason) in silent {
            let store = report.before.stores.iter_mut().find(|store| store.id == silent);
            store.map(|store| store.away.get_or_insert(reason));
        }
        let place = |key: &Key| ORDER.iter().position(|space| key.space() == Some(*space));
        let findings = &mut report.before.findings;
        findings.sort_by(|a, b| place(&a.key).cmp(&place(&b.key)).then_with(|| a.key.cmp(&b.key)));
        report
    }

    async fn shards(&self, report: &mut RepairReport) {
        let shards = self.examiner.options.shards.clone();
        let mut done =
            futures::stream::iter(shards).map(|shard| self.shard(shard)).buffered(SHARDS_AT_ONCE);
        while let Some((shard, census)) = done.next().await {
            report.join(shard);
            report.before.count(&census);
        }
    }

    /// The report of one shard, and the census without its keys.
    async fn shard(&self, shard: Shard) -> (RepairReport, Census) {
        let Self { examiner, opening, .. } = self;
        let mut report = RepairReport::default();
        let expected = self.largest.load(Ordering::Relaxed).clamp(1, KEYS_AT_ONCE);
        // Is never closed.
        let mut room = self.room.acquire_many(expected).await.ok();
        let mut census = opening.census(&examiner.members, shard).await;
        if let Some(store) = &examiner.options.only_in {
            census.keys.retain(|_, entry| entry.is_in(store));
        } else if self.mends {
            let found = census.keys.keys().filter(|key| !matches!(key, Key::Blob(_)));
            let mut found: Vec<Key> = found.cloned().collect();
            found.sort_by_key(|key| ORDER.iter().position(|space| key.space() == Some(*space)));
            report.adopted = examiner.liveness.adopt(&found).await;
        }
        for key in examiner.liveness.live_keys(shard).await {
            // What no store has must be missed by somebody.
            if examiner.options.only_in.is_none() || census.keys.contains_key(&key) {
                census.keys.entry(key).or_default().is_live = true;
            }
        }
        report.before.keys = census.keys.len() as u64;
        let n = u32::try_from(census.keys.len()).unwrap_or(u32::MAX).max(1);
        let known = |before: u32| Some(if before == u32::MAX { n } else { before.max(n) });
        let _ = self.largest.fetch_update(Ordering::Relaxed, Ordering::Relaxed, known);
        // The others need not wait for what this one does not take.
        drop(room.as_mut().and_then(|room| room.split(expected.saturating_sub(n) as usize)));
        report.before.foreign = std::mem::take(&mut census.foreign);
        self.tell(|state| state.keys_known += report.before.keys);
        let mut unread = Vec::new();
        for space in ORDER {
            unread.extend(self.space(&census, space, &mut report).await);
        }
        for (store, reason) in unread {
            census.unlisted.entry(store).or_insert(reason);
        }
        census.keys.clear();
        drop(room);
        let is_well = if self.mends {
            report.failed.is_empty() && report.lost.is_empty()
        } else {
            report.before.findings.is_empty()
        };
        let is_whole = examiner.options.verify_bytes && census.unlisted.is_empty();
        // Of what is not drained nothing is known.
        if examiner.options.only_in.is_none() && (is_whole || !is_well) {
            examiner.liveness.judged(shard, is_well).await;
        }
        self.tell(|state| state.shards_done += 1);
        (report, census)
    }

    /// Looks at the keys of one space of a shard, then mends them, before any of the next space is judged. Gives the stores
    /// that could not be asked about all of them.
    async fn space(
        &self,
        census: &Census,
        space: Space,
        report: &mut RepairReport,
    ) -> HashMap<StoreId, String> {
        let Self { examiner, .. } = self;
        let concurrency = examiner.options.concurrency.div_ceil(SHARDS_AT_ONCE).max(1);
        let mut examined = futures::stream::iter(batches(census, space))
            .map(|keys| examiner.examine_all(census, keys))
            .buffered(concurrency)
            .flat_map(futures::stream::iter);
        let (mut faulty, mut unread) = (Vec::new(), HashMap::new());
        while let Some(examined) = examined.next().await {
            self.tell(|state| {
                state.keys_done += 1;
                state.bytes_read += examined.bytes_read;
            });
            report.before.replicas += examined.replicas;
            report.before.bytes_read += examined.bytes_read;
            if let Some(bytes) = examined.waiting {
                report.before.waiting.add(bytes);
            }
            unread.extend(examined.unread);
            let key = examined.key;
            if self.mends && !examined.faults.is_empty() {
                faulty.push(key.clone());
            }
            for fault in examined.faults {
                report.before.find(Finding { key: key.clone(), fault });
            }
        }
        let mut mended = futures::stream::iter(faulty)
            .map(|key| {
                let deleted = census.deleted(&key);
                examiner.mend(key, deleted)
            })
            .buffered(concurrency);
        while let Some(mended) = mended.next().await {
            report.take(mended);
        }
        unread
    }

    fn tell(&self, change: impl FnOnce(&mut Progress)) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut state);
        (self.progress)(*state);
    }
}
