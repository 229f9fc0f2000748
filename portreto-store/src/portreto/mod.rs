//! The facade that the command line and the server share.

use std::{collections::BTreeSet, path::PathBuf};

use bytes::Bytes;
use jiff::Timestamp;
use portreto_core::{
    Limits, Transform,
    replica::{Holding, Key, StoreId},
};
use serde::Serialize;

use crate::{
    error::Result,
    image::{Image, ImageId, Variant},
    store::StoreState,
};

/// How to open a home.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// The directory of the embedded catalog and, unless `stores` says otherwise, of the stores.
    pub home: PathBuf,
    /// URLs or paths of the stores to begin with in a new home (and to look into when rebuilding).
    /// Empty: two directories in the home.
    pub stores: Vec<String>,
    /// Bounds on pictures.
    pub limits: Limits,
    /// Whether to make the home when there is none.
    pub create: bool,
    /// Threads that render; 0 for one a core.
    pub threads: usize,
    /// How long unreferenced bytes are kept before `repair` collects them.
    pub grace: std::time::Duration,
}

impl Options {
    /// The defaults for the home in this directory.
    #[must_use]
    pub fn new(home: impl Into<PathBuf>) -> Self {
        Self {
            home: home.into(),
            stores: Vec::new(),
            limits: Limits::default(),
            create: false,
            threads: 0,
            grace: std::time::Duration::from_secs(24 * 60 * 60),
        }
    }
}

/// A picture to be added.
#[derive(Debug, Clone)]
pub struct Upload {
    /// The file's bytes.
    pub bytes: Bytes,
    /// The file's name, without directories.
    pub name: String,
    /// Labels to put on the image.
    pub labels: BTreeSet<String>,
    /// Whose it is.
    pub owner: String,
    /// Variants to make.
    pub transforms: Vec<Transform>,
}

/// What became of an upload.
#[derive(Debug)]
pub struct Added {
    /// The image, kept twice.
    pub image: Image,
    /// Whether the same bytes of the same owner were there before.
    pub already_there: bool,
    /// What became of each transform asked for, in their order.
    pub variants: Vec<Result<Variant>>,
}

/// Which images to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only images of this owner.
    pub owner: Option<String>,
    /// Only images with all these labels.
    pub labels: BTreeSet<String>,
    /// Only images whose name contains this, in any ASCII case.
    pub name: Option<String>,
    /// Only images first uploaded at or after this.
    pub since: Option<Timestamp>,
    /// Only images first uploaded before this.
    pub until: Option<Timestamp>,
}

/// Some images, oldest first.
#[derive(Debug, Clone)]
pub struct Page {
    /// The images.
    pub images: Vec<Image>,
    /// Where the next page begins; none at the end.
    pub next: Option<ImageId>,
}

/// What a deletion did.
#[derive(Debug, Clone)]
pub struct Deleted {
    /// The image as it was.
    pub image: Image,
    /// Stores that were away and will hear of it from `repair`.
    pub away: Vec<StoreId>,
}

/// Totals of the catalog.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Stats {
    /// Images.
    pub images: u64,
    /// Bytes of their distinct originals, one copy counted.
    pub original_bytes: u64,
    /// Variants.
    pub variants: u64,
    /// Bytes of distinct variants, one copy counted.
    pub variant_bytes: u64,
    /// Transforms asked for and not yet done.
    pub queued_jobs: u64,
}

/// A store and how it is.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct StoreStatus {
    /// Its id.
    pub id: StoreId,
    /// Where it is.
    pub url: String,
    /// Whether it takes new blobs.
    pub state: StoreState,
    /// Its share of new blobs relative to the others'.
    pub weight: u32,
    /// Why it cannot be used now; none when it can.
    pub offline: Option<String>,
}

/// What `rebuild` brought back.
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct RebuildReport {
    /// Images brought back.
    pub images: u64,
    /// Variants brought back.
    pub variants: u64,
    /// Images that stay deleted.
    pub deleted: u64,
    /// Records that no store has whole: their keys.
    pub unreadable: Vec<String>,
    /// The stores that were read.
    pub stores: Vec<StoreId>,
    /// Where the catalog that was there before is now.
    pub previous: Option<PathBuf>,
}

/// An open home: its catalog and its stores. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Portreto {}

impl Portreto {
    /// Opens a home, making it when there is none and `options.create` is set.
    ///
    /// # Errors
    ///
    /// `NotFound` when there is no home, `Catalog` when its catalog is missing although its stores are
    /// there (`rebuild` makes a new one).
    pub async fn open(_options: Options) -> Result<Self> {
        todo!()
    }

    /// Whether opening made the home.
    #[must_use]
    pub fn is_new(&self) -> bool {
        todo!()
    }

    /// Pairs of stores that the loss of one disk would take together.
    #[must_use]
    pub fn shared_disks(&self) -> Vec<(StoreId, StoreId)> {
        todo!()
    }

    /// Keeps a picture: both copies durable and catalogued when it returns.
    ///
    /// # Errors
    ///
    /// `NotAnImage`, `BadInput`, `TooFewStores`, `Catalog`. A transform that fails is not an error of
    /// the upload: see [`Added::variants`].
    pub async fn add(&self, _upload: Upload) -> Result<Added> {
        todo!()
    }

    /// The one image whose id begins with `prefix` (at least 4 hexadecimal digits; hyphens may be left
    /// out; the end of an id serves as well, since ids made together begin alike).
    ///
    /// # Errors
    ///
    /// `NotFound`, or `Conflict` naming the candidates when there are several.
    pub async fn find(&self, _prefix: &str) -> Result<Image> {
        todo!()
    }

    /// The original's bytes, checked.
    ///
    /// # Errors
    ///
    /// `Unreadable` when no store has them whole.
    pub async fn original(&self, _image: &Image) -> Result<Bytes> {
        todo!()
    }

    /// The variant's bytes, checked; made and kept first when it is not there.
    ///
    /// # Errors
    ///
    /// `BadInput` when the transform does not fit the picture; `Unreadable`, `TooFewStores`.
    pub async fn variant(
        &self,
        _image: &Image,
        _transform: &Transform,
    ) -> Result<(Variant, Bytes)> {
        todo!()
    }

    /// The variants that are kept of an image's original.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn variants(&self, _image: &Image) -> Result<Vec<Variant>> {
        todo!()
    }

    /// Up to `limit` images, oldest first, after the image `after`.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn list(
        &self,
        _filter: &Filter,
        _after: Option<ImageId>,
        _limit: u32,
    ) -> Result<Page> {
        todo!()
    }

    /// Deletes an image for ever. Its bytes are collected by `repair` after the grace period, when
    /// nothing else refers to them.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Catalog`.
    pub async fn delete(&self, _id: ImageId) -> Result<Deleted> {
        todo!()
    }

    /// Totals.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn stats(&self) -> Result<Stats> {
        todo!()
    }

    /// What each store holds under `key`, its bytes read and checked.
    pub async fn locate(&self, _key: &Key) -> Vec<(StoreId, Holding)> {
        todo!()
    }

    /// The stores and how they are.
    #[must_use]
    pub fn stores(&self) -> Vec<StoreStatus> {
        todo!()
    }

    /// Adds a store; `id` none for the next free letter.
    ///
    /// # Errors
    ///
    /// `Conflict` when it is another home's store or not empty, `BadInput` for a URL that is not one.
    pub async fn add_store(
        &self,
        _url: &str,
        _id: Option<StoreId>,
        _weight: u32,
    ) -> Result<StoreStatus> {
        todo!()
    }

    /// Stops writing to a store; `repair` then moves what it holds.
    ///
    /// # Errors
    ///
    /// `NotFound`; `Conflict` when fewer than two active stores would be left.
    pub async fn drain_store(&self, _id: &StoreId) -> Result<StoreStatus> {
        todo!()
    }

    /// Forgets a store. Its bytes stay where they are.
    ///
    /// # Errors
    ///
    /// `NotFound`; `Conflict` when it still holds the last copy of anything and `force` is not set, or
    /// when fewer than two active stores would be left.
    pub async fn remove_store(&self, _id: &StoreId, _force: bool) -> Result<()> {
        todo!()
    }

    /// Makes a new catalog from the stores alone and opens it.
    ///
    /// # Errors
    ///
    /// `NotFound` when no store is found; `Conflict` when a catalog is there and `force` is not set.
    pub async fn rebuild(_options: Options, _force: bool) -> Result<(Self, RebuildReport)> {
        todo!()
    }
}
