//! The contract of one store.

use std::{collections::BTreeSet, error, fmt};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;

use super::key::{Key, Shard, Space};

/// One place that holds blobs and the small objects beside them: a directory, a bucket.
///
/// A store keeps bytes and judges nothing: whoever reads checks them against their digest. Every
/// implementation passes the conformance suite of `portreto-store`.
#[async_trait]
pub trait BlobStore: fmt::Debug + Send + Sync {
    /// Keeps `bytes` under `key`, replacing what was there.
    ///
    /// When it returns `Ok` the bytes are durable: they survive the loss of power. Other readers see the
    /// old bytes or the new ones whole, never a part.
    ///
    /// # Errors
    ///
    /// After an error the outcome is unknown: old, absent or new, but still never a part.
    async fn put(&self, key: &Key, bytes: Bytes) -> Result<(), StoreError>;

    /// All bytes under `key`, unchecked.
    ///
    /// # Errors
    ///
    /// [`StoreErrorKind::NotFound`] when the store answered that there is nothing; other kinds when it
    /// did not answer.
    async fn get(&self, key: &Key) -> Result<Bytes, StoreError>;

    /// What the store says about `key` without reading it.
    ///
    /// # Errors
    ///
    /// As for [`BlobStore::get`].
    async fn head(&self, key: &Key) -> Result<Head, StoreError>;

    /// Removes `key`. Removing what is not there is `Ok`.
    ///
    /// # Errors
    ///
    /// When the store did not answer or refused; the key may be there or not.
    async fn delete(&self, key: &Key) -> Result<(), StoreError>;

    /// Everything in `space`, or in one shard of it, in no particular order.
    ///
    /// What is there from before the call until the stream's end is listed once; what comes or goes
    /// meanwhile may be listed or not. Half-written objects are never listed.
    fn list(
        &self,
        space: Space,
        shard: Option<Shard>,
    ) -> BoxStream<'static, Result<Listed, StoreError>>;

    /// The shards that `space` has, so that a store too large to be listed at once is listed in parts. Costs
    /// about one request. What is set aside is not divided: it has none.
    ///
    /// # Errors
    ///
    /// When the store did not answer or refused.
    async fn shards(&self, space: Space) -> Result<Shards, StoreError>;
}

/// What a space is divided into.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shards {
    /// The shards that may have anything, each once.
    pub shards: BTreeSet<Shard>,
    /// The folders and objects beside them, which are not ours: their paths, in order.
    pub foreign: Vec<String>,
}

impl Shards {
    /// What the names directly below the folder of `space` say.
    pub fn of_names(space: Space, names: impl IntoIterator<Item = String>) -> Self {
        let mut shards = Self::default();
        if space == Space::SetAside {
            return shards;
        }
        for name in names {
            match Shard::parse(&name) {
                Some(shard) => {
                    shards.shards.insert(shard);
                }
                None => shards.foreign.push(format!("{}/{name}", space.prefix())),
            }
        }
        shards.foreign.sort();
        shards
    }
}

/// What a store says about an object without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Head {
    /// Length in bytes.
    pub bytes: u64,
}

impl Head {
    /// An object of `bytes` bytes.
    #[must_use]
    pub const fn new(bytes: u64) -> Self {
        Self { bytes }
    }
}

/// One object of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listed {
    /// Its path in the store.
    pub path: String,
    /// The key of that path; none for an object that is not ours.
    pub key: Option<Key>,
    /// Length in bytes.
    pub bytes: u64,
}

impl Listed {
    /// An object at `path`.
    #[must_use]
    pub fn new(path: String, bytes: u64) -> Self {
        Self { key: Key::parse(&path), path, bytes }
    }
}

/// A store did not do what was asked.
#[derive(Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    message: String,
    source: Option<Box<dyn error::Error + Send + Sync>>,
}

/// Why a store did not do what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// It answered: there is no such object.
    NotFound,
    /// It did not answer, is not mounted, or is not the store it was.
    Offline,
    /// It answered: not allowed (credentials, permissions, read-only).
    Denied,
    /// It has no room.
    Full,
    /// Anything else, such as an I/O error.
    Failed,
}

impl StoreError {
    /// An error of this kind; `message` is one clause that does not repeat its source.
    #[must_use]
    pub fn new(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// The same with what caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Why.
    #[must_use]
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }

    /// Whether the store answered that there is no such object.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.kind == StoreErrorKind::NotFound
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl error::Error for StoreError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
