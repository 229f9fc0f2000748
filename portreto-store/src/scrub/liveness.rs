//! What is still wanted: the catalog's word.

use async_trait::async_trait;
use bytes::Bytes;
use portreto_core::replica::{Key, Shard};

/// Tells what is still wanted. The catalog does.
///
/// Tombstones are not asked about: they are kept for ever, and a record with one is not wanted whatever
/// this says.
#[async_trait]
pub trait Liveness: Send + Sync {
    /// Whether anything refers to `key`, a blob, record or variant. When in doubt, [`Life::Live`].
    async fn life(&self, key: &Key) -> Life;

    /// Every key of this shard that must be in two stores, or in all: what is here and in no store is lost.
    async fn live_keys(&self, shard: Shard) -> Vec<Key>;

    /// Takes over what only the stores know, among these keys that are in one or more of them, before any of them is
    /// judged by a repair. Gives how many were new.
    async fn adopt(&self, keys: &[Key]) -> u64;

    /// Told that every copy of everything in this shard, in every store, has been read and is well, or has been mended; or that
    /// something in it is not.
    async fn judged(&self, shard: Shard, is_well: bool);

    /// Asked right before the copies of a key that nothing refers to are removed: whether that is still so.
    /// After `true` nobody may begin to refer to the copies there are.
    async fn release(&self, key: &Key) -> bool;

    /// The bytes of a record, variant or tombstone made anew, when no store has a good copy. None when
    /// they are not known.
    async fn remake(&self, key: &Key) -> Option<Bytes>;

    /// Which stores there are, as a number that is another one when they change.
    fn stores(&self) -> u64 {
        0
    }

    /// Whether the stores are, everywhere, still those of this number. What was found superfluous by others' stores may be one of two
    /// copies by theirs.
    async fn stores_are_still(&self, _number: u64) -> bool {
        true
    }
}

/// Whether a key is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// It belongs in two stores.
    Live,
    /// Nothing refers to it.
    Garbage {
        /// Whether it has been so for long enough to be removed.
        collectable: bool,
    },
}

/// Everything that is there is wanted: for stores without a catalog.
#[derive(Debug, Clone, Copy, Default)]
pub struct AllLive;

#[async_trait]
impl Liveness for AllLive {
    async fn life(&self, _key: &Key) -> Life {
        Life::Live
    }

    async fn live_keys(&self, _shard: Shard) -> Vec<Key> {
        Vec::new()
    }

    async fn adopt(&self, _keys: &[Key]) -> u64 {
        0
    }

    async fn judged(&self, _shard: Shard, _is_well: bool) {}

    async fn release(&self, _key: &Key) -> bool {
        false
    }

    async fn remake(&self, _key: &Key) -> Option<Bytes> {
        None
    }
}
