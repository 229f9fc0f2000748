//! The facade that the command line and the server share: one file for each thing that can be asked.

mod add;
mod admission;
mod bell;
mod bench;
mod delete;
mod direct;
mod drain;
mod dupes;
mod feed;
mod files;
mod found;
mod home;
mod jobs;
mod keep;
mod kept;
mod look;
mod membership;
mod migrate;
mod owed;
mod people;
mod read;
mod rebuild;
mod request_key;
mod roster;
mod variant;
mod work;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, atomic::AtomicU64},
    time::Duration,
};

use bytes::Bytes;
use portreto_core::{Limits, replica::StoreId};
use tokio::sync::Semaphore;

pub(crate) use self::look::Seen;
pub use self::{
    add::{Added, AddedLater, Checked, Look, Upload},
    bench::{Load, Measured},
    delete::Deleted,
    direct::Direct,
    drain::Drained,
    dupes::{Alike, Duplicates},
    feed::EVENTS_LAST,
    files::FileState,
    jobs::{JobCensus, JobFilter, JobPage, Pulse, Wanted},
    kept::{Checkup, Depth, Kept},
    look::LookedAt,
    membership::StoreStatus,
    migrate::CopiedCatalog,
    read::{Filter, Page, Stats},
    rebuild::RebuildReport,
};
use self::{
    admission::Admission,
    bell::{Bell, News},
    home::HomeLock,
    roster::Roster,
};
use crate::{
    catalog::{Catalog, Catalogued},
    clock::{Clock, SystemClock},
    envelope,
    error::{Error, ErrorKind, Result},
    ids::Ids,
    job::Terms,
    quota::Quota,
    replicas::Replicas,
    tally::Renders,
};

/// How to open a home.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Options {
    /// The directory of the embedded catalog and, unless `stores` says otherwise, of the stores.
    pub home: PathBuf,
    /// The `postgres://` URL of a catalog that other machines share; none for a file in the home.
    pub catalog: Option<String>,
    /// URLs or paths of the stores to begin with in a new home (and to look into when rebuilding).
    /// Empty: two directories in the home.
    pub stores: Vec<String>,
    /// Bounds on pictures.
    pub limits: Limits,
    /// Whether to make the home when there is none.
    pub create: bool,
    /// Pictures rendered at the same time; 0 for one a core.
    pub threads: usize,
    /// Pictures that may wait to be rendered on the fly; more are told that there is too much to do.
    pub waiting: usize,
    /// How long one of them may wait. Who would have to wait longer, by what renders take of late, is told at once.
    pub patience: Duration,
    /// Bytes of pixels that may be rendered on the fly at the same time.
    pub render_bytes: u64,
    /// How long unreferenced bytes are kept before `repair` collects them.
    pub grace: Duration,
    /// How patient the queue of jobs is.
    pub terms: Terms,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Whether an image is acknowledged with one copy while fewer than two stores take any. The second is owed, and until
    /// it is made the image is lost with that one store.
    pub degraded: bool,
    /// How much each owner may have.
    pub quota: Quota,
    /// A seed for ids; none for the system's randomness.
    pub seed: Option<u64>,
}

impl Options {
    /// The defaults for the home in this directory.
    #[must_use]
    pub fn new(home: impl Into<PathBuf>) -> Self {
        Self {
            home: home.into(),
            catalog: None,
            stores: Vec::new(),
            limits: Limits::default(),
            create: false,
            threads: 0,
            waiting: 1_024,
            patience: Duration::from_secs(2),
            render_bytes: 1 << 30,
            grace: Duration::from_hours(24),
            terms: Terms::default(),
            clock: Arc::new(SystemClock),
            degraded: false,
            quota: Quota::default(),
            seed: None,
        }
    }
}

/// An open home: its catalog and its stores. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Portreto {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    catalog: Catalog,
    replicas: Replicas,
    roster: Roster,
    conditional_puts: Mutex<BTreeMap<StoreId, bool>>,
    limits: Limits,
    clock: Arc<dyn Clock>,
    ids: Ids,
    renderers: Arc<Semaphore>,
    renders: Renders,
    passwords_hashed: AtomicU64,
    grace: Duration,
    terms: Terms,
    bell: Arc<Bell>,
    _news: News,
    admission: Admission,
    keeping: Arc<Semaphore>,
    is_new: bool,
    lock: HomeLock,
}

impl Portreto {
    /// Opens a home, making it when there is none and `options.create` is set.
    ///
    /// # Errors
    ///
    /// `NotFound` when there is no home, `Catalog` when its catalog is missing although its stores are
    /// there (`rebuild` makes a new one).
    pub async fn open(options: Options) -> Result<Self> {
        home::open(options).await
    }

    /// Whether opening made the home.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.inner.is_new
    }

    /// Ends what is done beside the work, and closes the catalog. Dropping does too, but without waiting for it.
    pub async fn close(&self) {
        self.idle().await;
        self.inner.catalog.close().await;
    }
}

/// The record of an image, as it is kept in the stores.
fn seal_record(there: &Catalogued) -> Result<Bytes> {
    Ok(envelope::seal(&there.image.record_key(), there.revision, &there.image)?)
}

/// Runs work that computes, away from the threads that wait for I/O.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|source| {
        let message = "the image engine stopped unexpectedly on this input";
        Error::new(ErrorKind::Internal, message).with_source(source)
    })
}
