//! What scrub and repair say afterwards.

use portreto_core::replica::{Fault, Key, Step, StoreId};
use serde::{Serialize, Serializer};

use crate::store::StoreState;

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
    /// What is wrong, in the order of keys.
    pub findings: Vec<Finding>,
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
    /// Whether all stores answered and everything is as it should be.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
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
    /// Its length in bytes.
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
    /// What was done.
    pub done: Vec<Done>,
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

fn as_path<S: Serializer>(key: &Key, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(key)
}

fn as_paths<S: Serializer>(keys: &[Key], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(keys.iter().map(Key::to_string))
}
