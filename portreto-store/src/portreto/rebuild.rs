//! A new catalog from the stores alone.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::{
    FutureExt, Stream, StreamExt, TryStreamExt,
    future::{BoxFuture, join_all, ready},
    stream,
};
use portreto_core::replica::{Key, Shard, Space, StoreError, StoreId};
use serde::Serialize;
use uuid::Uuid;

use super::{
    Options, Portreto,
    found::{self, Found},
    home::{self, Home, HomeLock, discard, io_failed, publish},
    migrate::into_database,
};
use crate::{
    catalog::{Catalog, Catalogued},
    error::{Error, ErrorKind, Result},
    image::Variant,
    replicas::{Attached, Reason, Replicas},
    store::{self, Marker, Place, StoreEntry, Survey},
};

/// Records read at the same time.
const CONCURRENCY: usize = 16;
/// Shards listed at the same time: while one is read, the next ones are listed.
const SHARDS_AT_ONCE: usize = 4;
/// Entries in one transaction.
const BATCH: usize = 500;

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
    /// Stores that are known and did not answer, with the reason.
    pub offline: Vec<(StoreId, String)>,
    /// Where the catalog that was there before is now.
    pub previous: Option<PathBuf>,
}

impl Portreto {
    /// Makes a new catalog from the stores alone and opens it. The stores are those of `options`, and all
    /// that their markers name.
    ///
    /// The new catalog takes its place only when it is complete; an old one is kept beside it.
    ///
    /// # Errors
    ///
    /// `NotFound` when no store is found, `Unreadable` when none of them can be listed to the end; `Conflict` when a catalog is
    /// there and `force` is not set.
    pub async fn rebuild(options: Options, force: bool) -> Result<(Self, RebuildReport)> {
        let home = Home::new(&options.home);
        let path = home.catalog();
        if let Some(url) = &options.catalog
            && !Catalog::connect(url).await?.stores().await?.is_empty()
        {
            let message = "the catalog on PostgreSQL is not empty: name a new, empty database";
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        if options.catalog.is_none() && path.exists() && !force {
            let message = format!(
                "there is a catalog at {}: --force makes a new one and keeps the old one beside it",
                path.display()
            );
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        let entries = find_stores(home.store_urls(&options)?).await;
        if entries.is_empty() {
            let message = format!(
                "no store was found for {}: name one of its stores with --store",
                options.home.display()
            );
            return Err(Error::new(ErrorKind::NotFound, message));
        }
        std::fs::create_dir_all(&options.home)
            .map_err(|source| io_failed("cannot make the home", &options.home, source))?;
        let lock = HomeLock::share(&home).await?;
        let ids = home::ids(&options);

        let staging = options.home.join("catalog.sqlite.new");
        discard(&staging);
        let catalog = Catalog::open(&staging, true).await?;
        let replicas = Replicas::attach(entries.clone()).await;
        let mut report = RebuildReport::default();
        for Attached { entry, away, .. } in replicas.stores() {
            match away {
                None => report.stores.push(entry.id),
                Some(reason) => report.offline.push((entry.id, reason)),
            }
        }
        for entry in &entries {
            catalog.put_store(entry).await?;
        }
        let event = || ids.next();
        fill(&catalog, &replicas, &mut report, &options, &event).await?;
        let catalog = if let Some(url) = &options.catalog {
            into_database(&catalog, url, &|_, _| {}).await?;
            catalog.close().await;
            discard(&staging);
            Catalog::connect(url).await?
        } else {
            catalog.close().await;
            report.previous = set_aside(&path)?;
            publish(&staging, &path)?;
            Catalog::open(&path, false).await?
        };
        let portreto = home::attach(options, catalog, ids, lock, false).await?;
        Ok((portreto, report))
    }
}

/// The stores at these places and all that their markers name; the newest word on each wins.
async fn find_stores(urls: Vec<String>) -> Vec<StoreEntry> {
    let mut asked: BTreeSet<String> = BTreeSet::new();
    let mut found: BTreeMap<StoreId, StoreEntry> = BTreeMap::new();
    let mut next = urls;
    while let Some(url) = next.pop() {
        if !asked.insert(url.clone()) {
            continue;
        }
        let Some(marker) = marker_at(&url).await else { continue };
        for peer in marker.peers {
            next.push(peer.url.clone());
            // What a store says of itself outweighs what others say of it.
            match found.entry(peer.id.clone()) {
                Entry::Vacant(entry) => {
                    entry.insert(peer);
                }
                Entry::Occupied(mut entry) => {
                    if peer.id == marker.id {
                        entry.insert(peer);
                    }
                }
            }
        }
        // Under the place where it was found, should it have moved.
        if let Some(entry) = found.get_mut(&marker.id) {
            entry.url = url;
        }
    }
    found.into_values().collect()
}

async fn marker_at(url: &str) -> Option<Marker> {
    match store::open(url).ok()?.survey().await {
        Ok(Survey::Store(marker)) => Some(marker),
        Ok(other) => {
            tracing::warn!(?other, url, "no store to rebuild from");
            None
        }
        Err(error) => {
            tracing::warn!(%error, url, "a store does not answer");
            None
        }
    }
}

/// What is read and not yet written.
#[derive(Default)]
struct Batch {
    images: Vec<Catalogued>,
    variants: Vec<Variant>,
}

impl Batch {
    fn is_full(&self) -> bool {
        self.images.len() + self.variants.len() >= BATCH
    }

    async fn write(&mut self, catalog: &Catalog, report: &mut RebuildReport) -> Result<()> {
        let Self { images, variants } = std::mem::take(self);
        if !images.is_empty() {
            report.images += catalog.adopt_images(&images).await?;
        }
        if !variants.is_empty() {
            report.variants += catalog.adopt_variants(&variants).await?;
        }
        Ok(())
    }
}

/// Reads all records, of a few shards at a time: of all there may be more than fit in memory.
///
/// Tombstones first: they decide what the records mean. Then what images say by themselves: a bundle may say how they were before.
async fn fill(
    catalog: &Catalog,
    replicas: &Replicas,
    report: &mut RebuildReport,
    options: &Options,
    event: &(impl Fn() -> Uuid + Sync),
) -> Result<()> {
    let sources = Sources::new(replicas, &report.stores);
    for space in [Space::Tombstones, Space::Records, Space::Bundles, Space::Variants] {
        let mut batch = Batch::default();
        let keys = sources.keys(space).await?;
        let read = keys.map_ok(|key| async { Ok((found::read(replicas, &key).await, key)) });
        let mut read = read.try_buffered(CONCURRENCY).boxed();
        while let Some((found, key)) = read.try_next().await? {
            match found {
                Ok(Found::Tombstone(tombstone)) => {
                    catalog.adopt_tombstone(&tombstone, options.clock.now(), event()).await?;
                    report.deleted += 1;
                }
                Ok(Found::Images(images)) => batch.images.extend(images),
                Ok(Found::Variant(variant)) => batch.variants.push(variant),
                Ok(Found::Nothing) => {}
                Err(error) => {
                    tracing::warn!(%error, %key, "a record cannot be read");
                    report.unreadable.push(key.to_string());
                }
            }
            if batch.is_full() {
                batch.write(catalog, report).await?;
            }
        }
        batch.write(catalog, report).await?;
    }
    let silent = sources.silent.into_inner().unwrap_or_else(PoisonError::into_inner);
    report.stores.retain(|store| !silent.contains_key(store));
    report.offline.extend(silent);
    Ok(())
}

/// The stores that say what they have. One that fails midway is asked nothing more: what it has is in another one, too.
struct Sources<'a> {
    replicas: &'a Replicas,
    stores: Vec<StoreId>,
    /// Those that failed, with the reason.
    silent: Mutex<BTreeMap<StoreId, String>>,
}

impl<'a> Sources<'a> {
    fn new(replicas: &'a Replicas, stores: &[StoreId]) -> Self {
        Self { replicas, stores: stores.to_vec(), silent: Mutex::default() }
    }

    /// All keys in a space, in order; an error when no store is left that says it.
    async fn keys(&self, space: Space) -> Result<impl Stream<Item = Result<Key>>> {
        let there = self.ask(move |store| async move { store.shards(space).await }.boxed()).await?;
        let shards: BTreeSet<Shard> = there.into_iter().flat_map(|there| there.shards).collect();
        let keys = stream::iter(shards).map(move |shard| self.keys_in(space, shard));
        let keys = keys.buffered(SHARDS_AT_ONCE);
        Ok(keys.map_ok(|keys| stream::iter(keys).map(Result::<Key>::Ok)).try_flatten())
    }

    async fn keys_in(&self, space: Space, shard: Shard) -> Result<BTreeSet<Key>> {
        let listed = self.ask(move |store| {
            let listing = store.list(space, Some(shard));
            let keys = listing.try_filter_map(|listed| ready(Ok(listed.key)));
            keys.try_collect::<Vec<Key>>().boxed()
        });
        Ok(listed.await?.into_iter().flatten().collect())
    }

    /// What each of them says.
    async fn ask<T>(
        &self,
        what: impl Fn(Arc<dyn Place>) -> BoxFuture<'static, Result<T, StoreError>>,
    ) -> Result<Vec<T>> {
        let is_left = |id: &&StoreId| !self.silent().contains_key(*id);
        let left: Vec<&StoreId> = self.stores.iter().filter(is_left).collect();
        let asked = left.iter().map(|id| async { what(self.replicas.store(id).await?).await });
        let (mut said, mut last) = (Vec::new(), None);
        for (id, answer) in left.iter().zip(join_all(asked).await) {
            match answer {
                Ok(answer) => said.push(answer),
                Err(error) => {
                    self.silent().insert((*id).clone(), Reason(&error).to_string());
                    last = Some(error);
                }
            }
        }
        match last {
            Some(error) if said.is_empty() => {
                let message = "there is no store left that says what it has";
                Err(Error::new(ErrorKind::Unreadable, message).with_source(error))
            }
            _ => Ok(said),
        }
    }

    fn silent(&self) -> MutexGuard<'_, BTreeMap<StoreId, String>> {
        self.silent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Moves a catalog out of the way, under the first name that is free.
pub(super) fn set_aside(catalog: &Path) -> Result<Option<PathBuf>> {
    if !catalog.exists() {
        // Journals without their database would be taken for the new one's.
        discard(catalog);
        return Ok(None);
    }
    let mut n = 1;
    let mut aside = catalog.with_extension("sqlite.1");
    while aside.exists() {
        n += 1;
        aside = catalog.with_extension(format!("sqlite.{n}"));
    }
    for suffix in ["", "-wal", "-shm"] {
        let with = |path: &Path| {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            PathBuf::from(name)
        };
        let from = with(catalog);
        if from.exists() {
            std::fs::rename(&from, with(&aside))
                .map_err(|source| io_failed("cannot set aside", &from, source))?;
        }
    }
    Ok(Some(aside))
}
