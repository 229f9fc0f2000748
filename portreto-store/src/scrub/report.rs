//! What scrub and repair say afterwards.

use std::fmt;

use portreto_core::replica::{Fault, Key, Step, StoreError, StoreId};
use serde::{Serialize, Serializer};

use super::{census::Census, repair::Mended};
use crate::{replicas::Reason, store::StoreState};

/// The most entries of a list: what is wrong everywhere is not told in more detail for being told ten million times.
const LONGEST_LIST: usize = 100_000;

/// What a scrub found.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct ScrubReport {
    /// The stores, in the order they are attached.
    pub stores: Vec<ScrubbedStore>,
    /// Different keys that were looked at.
    pub keys: u64,
    /// Copies of them that are wanted.
    pub replicas: u64,
    /// Bytes that were read and checked.
    pub bytes_read: u64,
    /// What is wrong, tombstones first, then records, variants and blobs, each in order; no more than 100,000 of them.
    pub findings: Vec<Finding>,
    /// How much more is wrong.
    pub more_findings: u64,
    /// Records that the catalog does not know: their paths. Repair adopts them.
    pub unlisted: Vec<String>,
    /// What nothing refers to, but not for long enough to be removed. Nothing is wrong with it.
    pub waiting: Tally,
    /// Damaged bytes that were set aside earlier. A person may look at them and remove them.
    pub set_aside: Tally,
    /// Objects that are not ours, in the folders that are. They are left alone.
    pub foreign: Vec<Stray>,
    /// What killed writers left behind. In nobody's way; repair sweeps it when no writer can be alive.
    pub leftovers: Vec<Stray>,
}

impl ScrubReport {
    pub(super) fn find(&mut self, finding: Finding) {
        if self.findings.len() < LONGEST_LIST {
            self.findings.push(finding);
        } else {
            self.more_findings += 1;
        }
    }

    /// Adds what a census counted in each store, and why it could not list all.
    pub(super) fn count(&mut self, census: &Census) {
        for store in &mut self.stores {
            store.objects.join(census.objects.get(&store.id).copied().unwrap_or_default());
            store.away = store.away.take().or_else(|| census.unlisted.get(&store.id).cloned());
        }
    }

    /// Adds the report of a shard.
    fn join(&mut self, shard: Self) {
        self.keys += shard.keys;
        self.replicas += shard.replicas;
        self.bytes_read += shard.bytes_read;
        self.more_findings += shard.more_findings;
        for finding in shard.findings {
            self.find(finding);
        }
        self.waiting.join(shard.waiting);
        extend(&mut self.foreign, shard.foreign);
    }

    /// Whether all stores answered and everything is as it should be.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
            && self.more_findings == 0
            && self.unlisted.is_empty()
            && self.stores.iter().all(|store| store.away.is_none())
    }
}

/// A store's part in a scrub.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct ScrubbedStore {
    /// The store.
    pub id: StoreId,
    /// Where it is.
    pub url: String,
    /// Whether it takes new copies.
    pub state: StoreState,
    /// Why it, or a part of it, could not be looked at; none when all of it was.
    pub away: Option<String>,
    /// What it holds.
    pub objects: Tally,
}

/// How many objects with how many bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Objects.
    pub objects: u64,
    /// Bytes of them all.
    pub bytes: u64,
}

impl Tally {
    pub(super) fn add(&mut self, bytes: u64) {
        self.objects += 1;
        self.bytes += bytes;
    }

    pub(super) fn join(&mut self, other: Self) {
        self.objects += other.objects;
        self.bytes += other.bytes;
    }
}

/// Something that is wrong with a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The key; as JSON its path.
    #[serde(serialize_with = "as_path")]
    pub key: Key,
    /// What is wrong.
    #[serde(flatten)]
    pub fault: Fault,
}

/// An object that is none of ours, or not any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stray {
    /// The store it is in.
    pub store: StoreId,
    /// Its path there.
    pub path: String,
    /// Its length in bytes; 0 for a whole folder.
    pub bytes: u64,
}

/// What a repair did.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct RepairReport {
    /// What was found before anything was done.
    pub before: ScrubReport,
    /// Stores that were empty or had lost their marker, and are stores again.
    pub founded: Vec<StoreId>,
    /// Stores that were attached and could not be made usable, and why.
    pub away: Vec<Failure>,
    /// What was done; no more than 100,000 steps of it.
    pub done: Vec<Done>,
    /// How much more was done.
    pub more_done: u64,
    /// Keys that no store had whole and that were written anew from the catalog.
    #[serde(serialize_with = "as_paths")]
    pub remade: Vec<Key>,
    /// Images, variants and deletions that only the stores knew and that are catalogued now.
    pub adopted: u64,
    /// Blobs that nothing had referred to for the grace period and that are gone now.
    pub collected: u64,
    /// What was tried and failed: run repair again when the reason is gone.
    pub failed: Vec<Failure>,
    /// What repair cannot mend: [`Fault::Lost`] keys.
    pub lost: Vec<Finding>,
    /// What killed writers had left behind and is gone now.
    pub swept: Tally,
}

impl RepairReport {
    /// Adds the report of a shard.
    pub(super) fn join(&mut self, shard: Self) {
        self.before.join(shard.before);
        self.adopted += shard.adopted;
        self.more_done += shard.more_done;
        for done in shard.done {
            self.note(done);
        }
        self.remade.extend(shard.remade);
        self.failed.extend(shard.failed);
        self.lost.extend(shard.lost);
    }

    /// Adds the report of mending other keys.
    pub(crate) fn extend(&mut self, other: Self) {
        self.join(other);
    }

    /// Adds what became of one key.
    pub(super) fn take(&mut self, mended: Mended) {
        for done in mended.done {
            self.note(done);
        }
        self.remade.extend(mended.remade);
        self.failed.extend(mended.failed);
        self.lost.extend(mended.lost);
    }

    fn note(&mut self, done: Done) {
        if self.done.len() < LONGEST_LIST {
            self.done.push(done);
        } else {
            self.more_done += 1;
        }
    }

    /// Whether everything is as it should be now, as far as the stores answered.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.failed.is_empty() && self.lost.is_empty() && self.away.is_empty()
    }
}

/// One step of a repair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Done {
    /// The key; as JSON its path.
    #[serde(serialize_with = "as_path")]
    pub key: Key,
    /// What was done.
    #[serde(flatten)]
    pub step: Step,
}

/// Something that could not be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The store that refused.
    pub store: StoreId,
    /// What was to be done there: a path.
    pub path: String,
    /// Why it could not be.
    pub reason: String,
}

impl Failure {
    pub(super) fn of(store: &StoreId, what: impl fmt::Display, error: &StoreError) -> Self {
        Self { store: store.clone(), path: what.to_string(), reason: Reason(error).to_string() }
    }
}

fn extend<T>(list: &mut Vec<T>, more: Vec<T>) {
    let room = LONGEST_LIST.saturating_sub(list.len());
    list.extend(more.into_iter().take(room));
}

fn as_path<S: Serializer>(key: &Key, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(key)
}

fn as_paths<S: Serializer>(keys: &[Key], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(keys.iter().map(Key::to_string))
}
