//! The embedded home: a directory with a catalog and, unless told otherwise, two stores.
//!
//! ```text
//! catalog.sqlite    the catalog
//! portreto.lock     held shared by whoever has the home open
//! portreto.toml     settings, if any (the command line reads them)
//! stores/a          a store
//! stores/b          another
//! ```
//!
//! With a catalog on PostgreSQL the home is the same without the first file: what belongs to one machine.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, atomic::AtomicU64},
    thread::available_parallelism,
    time::Instant,
};

use futures::{StreamExt, future::join_all};
use portreto_core::replica::{Space, StoreId};
use tokio::sync::Semaphore;

use super::{
    Inner, Options, Portreto,
    admission::Admission,
    bell::{Bell, News},
    blocking, direct, membership,
    roster::{self, Roster},
};
use crate::{
    catalog::Catalog,
    error::{Error, ErrorKind, Result},
    ids::Ids,
    replicas::Replicas,
    store::{self, StoreEntry, StoreState},
    tally::Renders,
};

/// Where the parts of a home are.
#[derive(Debug, Clone)]
pub(super) struct Home(PathBuf);

impl Home {
    pub(super) fn new(directory: &Path) -> Self {
        Self(directory.to_owned())
    }

    pub(super) fn catalog(&self) -> PathBuf {
        self.0.join("catalog.sqlite")
    }

    fn lock(&self) -> PathBuf {
        self.0.join("portreto.lock")
    }

    /// The stores of a home that was told of no others.
    fn default_stores(&self) -> [PathBuf; 2] {
        [self.0.join("stores/a"), self.0.join("stores/b")]
    }

    /// The URLs of the stores that `options` begin with, in order.
    pub(super) fn store_urls(&self, options: &Options) -> Result<Vec<String>> {
        let url = |typed: &str| Ok(store::store_url(typed)?.to_string());
        if options.stores.is_empty() {
            self.default_stores()
                .iter()
                .map(|dir| Ok(store::directory_url(dir)?.to_string()))
                .collect()
        } else {
            options.stores.iter().map(|typed| url(typed)).collect()
        }
    }
}

/// Held shared by every process that has the home open: whoever gets it alone knows that no other
/// process on this machine is writing.
#[derive(Debug)]
pub(super) struct HomeLock {
    file: File,
    /// Whether others may be writing on other machines, of which the lock says nothing.
    has_others: bool,
}

impl HomeLock {
    /// Takes the lock of a home together with others, waiting while someone has it alone.
    pub(super) async fn share(home: &Home) -> Result<Self> {
        let shared = Self::take(home, |file| file.lock_shared().map(|()| true)).await?;
        shared.ok_or_else(|| Error::new(ErrorKind::Internal, "the home's lock was not waited for"))
    }

    /// Takes the lock of a home alone if nobody else has it at all, else none.
    pub(super) async fn alone_at_once(home: &Home) -> Result<Option<Self>> {
        let free = |file: &File| match file.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        };
        Self::take(home, free).await
    }

    async fn take(
        home: &Home,
        lock: impl FnOnce(&File) -> std::io::Result<bool> + Send + 'static,
    ) -> Result<Option<Self>> {
        let path = home.lock();
        let taken = blocking(move || {
            let failed = |source| io_failed("cannot lock the home with", &path, source);
            let file = File::options().create(true).truncate(false).write(true).open(&path);
            let file = file.map_err(failed)?;
            Ok(lock(&file).map_err(failed)?.then_some(Self { file, has_others: false }))
        });
        taken.await?
    }

    /// Lets others share a lock that was taken alone.
    fn and_share(self, home: &Home) -> Result<Self> {
        let failed = |source| io_failed("cannot share the home's lock", &home.lock(), source);
        self.file.lock_shared().map_err(failed)?;
        Ok(self)
    }

    /// The same lock of a home whose catalog other machines use, too.
    fn with_others(self) -> Self {
        Self { has_others: true, ..self }
    }

    /// Runs `work`, telling it whether this process has the home alone meanwhile.
    pub(super) async fn alone<T>(&self, work: impl AsyncFnOnce(bool) -> T) -> T {
        let alone = self.file.try_lock().is_ok();
        let result = work(alone && !self.has_others).await;
        if let Err(error) = self.share_again().await {
            tracing::warn!(%error, "cannot share the home's lock again");
        }
        result
    }

    /// Takes it together with others again. Not in this thread: whoever has it alone may need it to come to an end.
    async fn share_again(&self) -> Result<()> {
        let failed = |source| Error::new(ErrorKind::Internal, "the lock").with_source(source);
        let file = self.file.try_clone().map_err(failed)?;
        blocking(move || file.lock_shared()).await?.map_err(failed)
    }
}

/// See [`Portreto::open`].
pub(super) async fn open(options: Options) -> Result<Portreto> {
    let home = Home::new(&options.home);
    if let Some(url) = options.catalog.clone() {
        return join(&url, &home, options).await;
    }
    if !options.create && !home.catalog().exists() {
        return Err(missing(&home, &options).await);
    }
    std::fs::create_dir_all(&home.0)
        .map_err(|source| io_failed("cannot make the home", &home.0, source))?;
    let ids = ids(&options);
    let mut is_new = false;
    let lock = loop {
        if home.catalog().exists() {
            break HomeLock::share(&home).await?;
        }
        if let Some(lock) = HomeLock::alone_at_once(&home).await? {
            if !home.catalog().exists() {
                create(&home, &options, &ids).await?;
                is_new = true;
            }
            break lock.and_share(&home)?;
        }
        // Someone else is making it: wait until that one has finished, then look again.
        drop(HomeLock::share(&home).await?);
    };
    let catalog = Catalog::open(&home.catalog(), false).await?;
    attach(options, catalog, ids, lock, is_new).await
}

/// Opens a home whose catalog is on PostgreSQL.
async fn join(url: &str, home: &Home, options: Options) -> Result<Portreto> {
    let catalog = Catalog::connect(url).await?;
    let mut is_new = false;
    let ids = ids(&options);
    if catalog.stores().await?.is_empty() {
        if !options.create {
            return Err(missing(home, &options).await);
        }
        let found = async || {
            let urls = first_stores(home, &options).await?;
            found(urls, &options, &ids).await
        };
        is_new = catalog.found_stores(found).await?;
    }
    std::fs::create_dir_all(&home.0)
        .map_err(|source| io_failed("cannot make the home", &home.0, source))?;
    let lock = HomeLock::share(home).await?.with_others();
    attach(options, catalog, ids, lock, is_new).await
}

/// Puts the parts together.
pub(super) async fn attach(
    options: Options,
    catalog: Catalog,
    ids: Ids,
    lock: HomeLock,
    is_new: bool,
) -> Result<Portreto> {
    let catalog = catalog.with_quota(options.quota);
    let asked = Instant::now();
    let entries = catalog.stores().await?;
    let replicas = Replicas::attach(entries.clone()).await;
    let conditional_puts = Mutex::new(catalog.conditional_puts().await?);
    replicas.accept_one(options.degraded);
    let threads = match options.threads {
        0 => available_parallelism().map_or(1, usize::from),
        threads => threads,
    };
    let bell = Arc::new(Bell::default());
    let inner = Inner {
        _news: News::of(&catalog, &bell),
        catalog,
        replicas,
        roster: Roster::new(entries, asked),
        conditional_puts,
        limits: options.limits,
        clock: options.clock,
        ids,
        renderers: Arc::new(Semaphore::new(threads)),
        renders: Renders::default(),
        passwords_hashed: AtomicU64::new(0),
        grace: options.grace,
        terms: options.terms,
        bell,
        // Some more than are rendered at a time read their originals meanwhile.
        admission: Admission::new(
            2 * threads + 2,
            options.render_bytes,
            options.waiting,
            options.patience,
        ),
        keeping: Arc::new(Semaphore::new(direct::KEPT_BESIDE as usize)),
        is_new,
        lock,
    };
    let inner = Arc::new(inner);
    tokio::spawn(roster::watch(Arc::downgrade(&inner)));
    Ok(Portreto { inner })
}

pub(super) fn ids(options: &Options) -> Ids {
    match options.seed {
        Some(seed) => Ids::seeded(options.clock.clone(), seed),
        None => Ids::new(options.clock.clone()),
    }
}

/// Makes the stores and the catalog of a new home.
///
/// The stores come first and the catalog appears whole, under its name, last: a crash in between leaves
/// empty stores, which the next try takes over.
async fn create(home: &Home, options: &Options, ids: &Ids) -> Result<()> {
    let urls = first_stores(home, options).await?;
    let entries = found(urls, options, ids).await?;
    let staging = home.0.join("catalog.sqlite.new");
    discard(&staging);
    let catalog = Catalog::open(&staging, true).await?;
    for (entry, honors_conditions) in &entries {
        catalog.put_store(entry).await?;
        if let Some(honored) = honors_conditions {
            catalog.set_conditional_puts(&entry.id, *honored).await?;
        }
    }
    catalog.close().await;
    publish(&staging, &home.catalog())
}

/// The stores that a new home begins with.
async fn first_stores(home: &Home, options: &Options) -> Result<Vec<String>> {
    let urls = home.store_urls(options)?;
    if urls.len() < 2 {
        let message = "a home begins with at least two stores and is told of one: name another";
        return Err(Error::new(ErrorKind::BadInput, message));
    }
    if holds_anything(&urls).await {
        return Err(catalog_is_missing(home, options));
    }
    Ok(urls)
}

async fn found(
    urls: Vec<String>,
    options: &Options,
    ids: &Ids,
) -> Result<Vec<(StoreEntry, Option<bool>)>> {
    let entry = |(url, id)| {
        let (uuid, state) = (ids.next(), StoreState::Active);
        StoreEntry { id, uuid, url, state, weight: 1 }
    };
    let entries: Vec<StoreEntry> = urls.into_iter().zip(letters()).map(entry).collect();
    membership::found(entries, &[], options.clock.now()).await
}

/// Gives a finished catalog its name, durably.
pub(super) fn publish(staging: &Path, catalog: &Path) -> Result<()> {
    let failed = |source| io_failed("cannot put the catalog in place as", catalog, source);
    File::open(staging).and_then(|file| file.sync_all()).map_err(failed)?;
    std::fs::rename(staging, catalog).map_err(failed)?;
    if let Some(directory) = catalog.parent() {
        // Directories cannot be synced everywhere; where they can, the name is durable now.
        let _ = File::open(directory).and_then(|directory| directory.sync_all());
    }
    Ok(())
}

/// Removes a catalog that was never finished, with its journals.
pub(super) fn discard(staging: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = staging.as_os_str().to_owned();
        name.push(suffix);
        let _ = std::fs::remove_file(PathBuf::from(name));
    }
}

/// The ids of stores that nobody named: a, b, c, …
pub(super) fn letters() -> impl Iterator<Item = StoreId> {
    let single = ('a'..='z').map(|letter| letter.to_string());
    let numbered = (1..).map(|n: u32| format!("s{n}"));
    single.chain(numbered).filter_map(|id| id.parse().ok())
}

async fn missing(home: &Home, options: &Options) -> Error {
    if let Ok(urls) = home.store_urls(options)
        && holds_anything(&urls).await
    {
        return catalog_is_missing(home, options);
    }
    let message = if options.catalog.is_some() {
        "the catalog knows of no store: `portreto upload` begins with two, `portreto catalog migrate` brings a home along"
            .to_owned()
    } else {
        format!("there is no home at {}: `portreto upload` makes one", home.0.display())
    };
    Error::new(ErrorKind::NotFound, message)
}

fn catalog_is_missing(home: &Home, options: &Options) -> Error {
    let what = if options.catalog.is_some() {
        "the catalog is empty".to_owned()
    } else {
        format!("the catalog {} is missing", home.catalog().display())
    };
    let message =
        format!("{what}, but its stores hold images: `portreto rebuild` makes a new one from them");
    Error::new(ErrorKind::Catalog, message)
}

/// Whether any of these places is a store with records or tombstones in it.
async fn holds_anything(urls: &[String]) -> bool {
    let something = async |url: &String| {
        let Ok(place) = store::open(url) else { return false };
        for space in [Space::Records, Space::Bundles, Space::Tombstones] {
            if matches!(place.list(space, None).next().await, Some(Ok(_))) {
                return true;
            }
        }
        false
    };
    join_all(urls.iter().map(something)).await.contains(&true)
}

pub(super) fn io_failed(what: &str, path: &Path, source: std::io::Error) -> Error {
    let message = format!("{what} {}", path.display());
    Error::new(ErrorKind::Internal, message).with_source(source)
}
