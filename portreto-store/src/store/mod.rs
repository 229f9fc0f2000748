//! One store: a directory, a bucket, a piece of memory, all behind [`Place`].

mod attempts;
mod backend;
mod counted;
mod directory;
mod durable;
mod failure;
mod lanes;
mod location;
mod marker;
mod multipart;
mod objects;
mod patience;
mod remote;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use object_store::client::HttpConnector;
use portreto_core::{
    Digest,
    replica::{BlobStore, Key, StoreError, StoreErrorKind},
};
use url::Url;

pub use self::counted::CallTally;
pub(crate) use self::counted::{Counted, Tally};
pub(crate) use self::patience::{Patience, within};
pub use self::{
    location::{bucket, directory, directory_url, store_url},
    marker::{LAYOUT_VERSION, Marker, ParseStoreStateError, StoreEntry, StoreState},
};

use crate::replicas::Reason;

/// The file beside the marker that explains the layout to a person.
pub const README_PATH: &str = "README.txt";

const README: &str = include_str!("README.txt");

/// A place for a store: the store, and what must be known to make it one and to keep it clean.
///
/// Nothing here is done for a place that does not do it: one that is put in front of another passes every call on, and
/// what it forgot would be done the long way without anybody's notice.
#[async_trait]
pub trait Place: BlobStore {
    /// What is there.
    ///
    /// # Errors
    ///
    /// When the place does not answer.
    async fn survey(&self) -> Result<Survey, StoreError>;

    /// Makes it the store that `marker` says: creates the directory if there is none, and writes marker
    /// and README, durably, the marker last. What else is there stays. Of two who do it at the same time one is
    /// refused, where the place can tell them apart: see [`Place::honors_conditions`].
    ///
    /// # Errors
    ///
    /// When the place does not answer or refuses, or is another store already, with a sound marker.
    async fn found(&self, marker: &Marker) -> Result<(), StoreError>;

    /// What killed writers left behind. None where a store cleans up by itself.
    ///
    /// # Errors
    ///
    /// When the place does not answer.
    async fn leftovers(&self) -> Result<Vec<Leftover>, StoreError>;

    /// Removes what [`Place::leftovers`] gave. Removing what is gone is `Ok`.
    ///
    /// # Errors
    ///
    /// When the place does not answer or refuses, or `leftover` is not one.
    async fn sweep(&self, leftover: &Leftover) -> Result<(), StoreError>;

    /// What is under `key` and its digest, which a place may compute while it reads.
    ///
    /// # Errors
    ///
    /// As for [`BlobStore::get`].
    async fn get_with_digest(&self, key: &Key) -> Result<(Bytes, Digest), StoreError>;

    /// What is under each of these keys, to be checked, in their order: read one after the other, without keeping the bytes of
    /// blobs. A place may save the way there and back for each.
    ///
    /// # Errors
    ///
    /// For each, as for [`BlobStore::get`]. Once the place is offline, nothing more is asked of it.
    async fn look_at(&self, keys: &[Key]) -> Vec<Result<Seen, StoreError>>;

    /// A URL from which whoever has it can get `key` until it expires, without credentials and without us; none
    /// where a store has no such URLs. `expires` is at most 7 days in S3. Nothing is asked of the store: what is at
    /// the URL, if anything, is unchecked.
    ///
    /// # Errors
    ///
    /// When there are no credentials to sign with.
    async fn presign_get(&self, key: &Key, expires: Duration) -> Result<Option<Url>, StoreError>;

    /// Whether the store makes a new object only where there is none when asked to: none until
    /// [`Place::found`] has tried, and where it cannot be tried.
    fn honors_conditions(&self) -> Option<bool>;
}

/// What was found under a key that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The digest of all that is there.
    pub digest: Digest,
    /// How many bytes that are.
    pub length: u64,
    /// The bytes; none of a blob, which its digest tells enough about.
    pub bytes: Option<Bytes>,
}

impl Seen {
    /// Of the bytes under `key`.
    pub(crate) fn new(key: &Key, bytes: Bytes, digest: Digest) -> Self {
        let length = bytes.len() as u64;
        Self { digest, length, bytes: (!matches!(key, Key::Blob(_))).then_some(bytes) }
    }
}

/// What is to be said of the next key, instead of asking for it, after these were looked at: that the place is offline, if
/// it was.
pub(crate) fn still_offline(seen: &[Result<Seen, StoreError>]) -> Option<StoreError> {
    let error = seen.last()?.as_ref().err()?;
    let is_offline = error.kind() == StoreErrorKind::Offline;
    is_offline.then(|| StoreError::new(StoreErrorKind::Offline, Reason(error).to_string()))
}

/// What is at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Survey {
    /// Nothing: no such directory, or an empty one.
    Empty,
    /// A store.
    Store(Marker),
    /// Our layout, but without a marker or with a damaged one.
    Unmarked {
        /// What is wrong with the marker.
        reason: String,
    },
    /// A store of a newer layout than this Portreto knows.
    Newer {
        /// What it is and what to do.
        reason: String,
    },
    /// Something else's files.
    Foreign {
        /// One of them.
        example: String,
    },
}

/// A half-written file that nobody will finish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// Its path in the store.
    pub path: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// When it was last written to.
    pub modified: Timestamp,
}

/// Opens the place at `url`, which [`store_url`] gave.
///
/// Nothing is read or made: a directory may be missing, a server may not answer. `memory:` is a new place
/// each time, `memory:NAME` the same one within the process.
///
/// Buckets take credentials and options from the environment, as `object_store` documents them for `AWS_…`,
/// `GOOGLE_…` and `AZURE_…`, and options for one store from the query of its URL, by the same names without that
/// prefix:
///
/// | in the query | means |
/// |---|---|
/// | `endpoint=http://nas:9000&allow_http=true` | a server that is not Amazon's, without encryption |
/// | `region=eu-west-1` | the region, `us-east-1` if nothing says otherwise |
/// | `virtual_hosted_style_request=true` | `bucket.host/key` and not `host/bucket/key`; the endpoint then names the bucket |
/// | `ca=/etc/ssl/nas.pem` | certificates to trust besides the system's |
/// | `env=NAS` | `NAS_ACCESS_KEY_ID` and so on instead of `AWS_…`: credentials of its own for each store |
/// | `answer_timeout=20` | seconds to wait for an answer, 5 if nothing says otherwise |
///
/// Secrets are not taken from there: the URL of a store is kept in the catalog and in every other store.
///
/// Calls of a place have time limits, so tokio's timer must be enabled where they are made, as it is by default.
///
/// # Errors
///
/// When the URL cannot be understood or credentials are missing.
///
/// # Examples
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// use portreto_core::replica::BlobStore;
///
/// let place = portreto_store::store::open("memory:")?;
/// assert_eq!(place.survey().await?, portreto_store::store::Survey::Empty);
/// # Ok::<(), portreto_core::replica::StoreError>(()) }).unwrap();
/// ```
pub fn open(url: &str) -> Result<Arc<dyn Place>, StoreError> {
    open_wired(url, &Wiring::default())
}

/// What tests put in the place of what is behind a store.
#[doc(hidden)]
#[derive(Debug, Clone, Default)]
pub struct Wiring {
    /// Instead of sockets.
    pub connector: Option<Arc<dyn HttpConnector>>,
    /// Instead of the usual time for an answer.
    pub answer: Option<Duration>,
    /// Of the jitter between attempts.
    pub seed: Option<u64>,
    /// Instead of the environment's variables.
    pub variables: Option<Vec<(String, String)>>,
}

/// [`open`] with other wires.
#[doc(hidden)]
pub fn open_wired(url: &str, wiring: &Wiring) -> Result<Arc<dyn Place>, StoreError> {
    let url = store_url(url)?;
    let backend = backend::Backend::open(&url, wiring)?;
    Ok(Arc::new(objects::Objects::new(location::name(&url), backend)))
}

#[cfg(test)]
mod tests;
