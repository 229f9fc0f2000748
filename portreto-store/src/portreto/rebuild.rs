//! A new catalog from the stores alone.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    path::{Path, PathBuf},
};

use futures::{StreamExt, TryStreamExt, stream};
use portreto_core::replica::{Key, Space, StoreId};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{
    Options, Portreto,
    home::{self, Home, HomeLock, discard, io_failed, publish},
    migrate::into_database,
};
use crate::{
    bundle,
    catalog::{Catalog, Catalogued, Tombstone},
    envelope,
    error::{Error, ErrorKind, Result},
    image::{Image, ImageId, Variant},
    replicas::{Attached, Replicas},
    store::{self, Marker, StoreEntry, Survey},
};

/// Records read at the same time.
const CONCURRENCY: usize = 16;
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
    /// `NotFound` when no store is found; `Conflict` when a catalog is there and `force` is not set.
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

/// Tombstones first: they decide what the records mean.
async fn fill(
    catalog: &Catalog,
    replicas: &Replicas,
    report: &mut RebuildReport,
    options: &Options,
    event: &(impl Fn() -> Uuid + Sync),
) -> Result<()> {
    let tombstones = read_all::<Tombstone>(replicas, Space::Tombstones, report).await?;
    let mut buried = BTreeSet::new();
    for (tombstone, _) in tombstones {
        buried.insert(tombstone.image);
        catalog.adopt_tombstone(&tombstone, options.clock.now(), event()).await?;
        report.deleted += 1;
    }

    let records = read_all::<Image>(replicas, Space::Records, report).await?;
    let records = records.into_iter();
    let records = records.map(|(image, revision)| Catalogued { image, revision, bundle: None });
    let mut newest: BTreeMap<ImageId, Catalogued> = BTreeMap::new();
    for found in records.chain(read_bundles(replicas, report).await?) {
        if buried.contains(&found.image.id) {
            continue;
        }
        match newest.entry(found.image.id) {
            Entry::Vacant(entry) => _ = entry.insert(found),
            Entry::Occupied(mut entry) if entry.get().revision < found.revision => {
                entry.insert(found);
            }
            Entry::Occupied(_) => {}
        }
    }
    let images: Vec<Catalogued> = newest.into_values().collect();
    for batch in images.chunks(BATCH) {
        report.images += catalog.adopt_images(batch).await?;
    }

    let variants = read_all::<Variant>(replicas, Space::Variants, report).await?;
    let variants: Vec<Variant> = variants.into_iter().map(|(variant, _)| variant).collect();
    for batch in variants.chunks(BATCH) {
        report.variants += catalog.adopt_variants(batch).await?;
    }
    Ok(())
}

/// Everything readable in a space, in the order of its keys, with revisions.
async fn read_all<T: DeserializeOwned>(
    replicas: &Replicas,
    space: Space,
    report: &mut RebuildReport,
) -> Result<Vec<(T, u64)>> {
    let keys: Vec<Key> = keys(replicas, space).await?.into_iter().collect();
    let mut records = Vec::with_capacity(keys.len());
    let mut read = stream::iter(keys)
        .map(|key| async move {
            let record = read_one::<T>(replicas, &key).await;
            (key, record)
        })
        .buffered(CONCURRENCY);
    while let Some((key, record)) = read.next().await {
        match record {
            Ok(record) => records.push(record),
            Err(error) => {
                tracing::warn!(%error, %key, "a record cannot be read");
                report.unreadable.push(key.to_string());
            }
        }
    }
    Ok(records)
}

/// The records in all bundles.
async fn read_bundles(replicas: &Replicas, report: &mut RebuildReport) -> Result<Vec<Catalogued>> {
    let keys = keys(replicas, Space::Bundles).await?;
    let mut read = stream::iter(keys)
        .map(|key| async move {
            let Key::Bundle(digest) = &key else { return (key, Ok(Vec::new())) };
            let opened = match replicas.get(&key).await {
                Ok(bytes) => bundle::open(digest, &bytes)
                    .map(|records| Catalogued::in_bundle(records, digest).collect()),
                Err(error) => Err(error.into()),
            };
            (key, opened)
        })
        .buffered(CONCURRENCY);
    let mut records = Vec::new();
    while let Some((key, opened)) = read.next().await {
        match opened {
            Ok(found) => records.extend(found),
            Err(error) => {
                tracing::warn!(%error, %key, "a bundle of records cannot be read");
                report.unreadable.push(key.to_string());
            }
        }
    }
    Ok(records)
}

/// The payload of a record and its revision.
pub(super) async fn read_one<T: DeserializeOwned>(
    replicas: &Replicas,
    key: &Key,
) -> Result<(T, u64)> {
    let bytes = replicas.get(key).await?;
    let opened = envelope::open(key, &bytes)?;
    let payload = serde_json::from_str(opened.payload.get()).map_err(|source| {
        let message = format!("{key} does not say what a record of its kind should");
        Error::new(ErrorKind::Unreadable, message).with_source(source)
    })?;
    Ok((payload, opened.revision))
}

/// The keys in a space of all stores that answer.
pub(super) async fn keys(replicas: &Replicas, space: Space) -> Result<BTreeSet<Key>> {
    let mut keys = BTreeSet::new();
    for attached in replicas.stores().into_iter().filter(|attached| attached.away.is_none()) {
        let place = replicas.store(&attached.entry.id).await?;
        let mut listing = place.list(space, None);
        while let Some(listed) = listing.try_next().await? {
            keys.extend(listed.key);
        }
    }
    Ok(keys)
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
