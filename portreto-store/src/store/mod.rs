//! One store: a directory, a bucket, a piece of memory, all behind [`Place`].

mod backend;
mod directory;
mod failure;
mod location;
mod marker;
mod objects;
mod patience;
mod remote;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use portreto_core::replica::{BlobStore, StoreError};

pub(crate) use self::patience::{Patience, within};
pub use self::{
    location::{directory, directory_url, store_url},
    marker::{LAYOUT_VERSION, Marker, ParseStoreStateError, StoreEntry, StoreState},
};

/// The file beside the marker that explains the layout to a person.
pub const README_PATH: &str = "README.txt";

const README: &str = include_str!("README.txt");

/// A place for a store: the store, and what must be known to make it one and to keep it clean.
#[async_trait]
pub trait Place: BlobStore {
    /// What is there.
    ///
    /// # Errors
    ///
    /// When the place does not answer.
    async fn survey(&self) -> Result<Survey, StoreError>;

    /// Makes it the store that `marker` says: creates the directory if there is none, and writes marker
    /// and README, durably, the marker last. What else is there stays.
    ///
    /// # Errors
    ///
    /// When the place does not answer or refuses.
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
/// each time, `memory:NAME` the same one within the process. Buckets take credentials and options from the
/// environment, as `object_store` documents them for `AWS_…`, `GOOGLE_…` and `AZURE_…`.
///
/// # Errors
///
/// When the URL cannot be understood or credentials are missing.
///
/// # Examples
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use portreto_core::replica::BlobStore;
///
/// let place = portreto_store::store::open("memory:")?;
/// assert_eq!(place.survey().await?, portreto_store::store::Survey::Empty);
/// # Ok::<(), portreto_core::replica::StoreError>(()) }).unwrap();
/// ```
pub fn open(url: &str) -> Result<Arc<dyn Place>, StoreError> {
    let url = store_url(url)?;
    Ok(Arc::new(objects::Objects::new(location::name(&url), backend::Backend::open(&url)?)))
}

#[cfg(test)]
mod tests;
