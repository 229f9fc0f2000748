//! Scrub and repair: what the stores hold against what the catalog wants.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use jiff::SignedDuration;
use portreto_core::{
    Digest, Transform, render_with,
    replica::{Fault, Key, Shard, VariantKey},
};

use super::{
    Portreto, blocking,
    delete::seal_tombstone,
    found::{self, Found},
    seal_record,
    variant::seal_variant,
};
use crate::{
    bundle,
    error::{ErrorKind, Result},
    image::{ImageId, Variant},
    replicas::ReplicaErrorKind,
    scrub::{
        self, Life, Liveness, Progress, RepairOptions, RepairReport, ScrubOptions, ScrubReport,
    },
};

/// Shards whose verification is written down in one transaction: what a scrub that is killed does again.
const VERIFIED_AT_ONCE: usize = 16;
/// The most records that the catalog does not know that are named.
const MOST_UNLISTED: usize = 100_000;

impl Portreto {
    /// Looks at every copy of everything and reports. Changes nothing.
    ///
    /// # Errors
    ///
    /// `Catalog`. What is wrong with the stores is in the report.
    pub async fn scrub(
        &self,
        options: &ScrubOptions,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<ScrubReport> {
        let catalog = CatalogView::of(self, false);
        let mut report = scrub::scrub(&self.inner.replicas, &catalog, options, progress).await;
        catalog.write_verified().await?;
        report.unlisted = catalog.seen(|seen| &mut seen.unlisted).into_iter().collect();
        catalog.outcome()?;
        let lost = report.findings.iter().filter(|finding| finding.fault == Fault::Lost);
        let lost = lost.filter_map(|finding| match finding.key {
            Key::Blob(digest) => Some(digest),
            _ => None,
        });
        // The next upload of the same file is to bring it back.
        self.inner.catalog.forget_files(&lost.collect::<Vec<_>>()).await?;
        Ok(report)
    }

    /// Makes it two good copies of everything again, as far as the stores answer (one that is empty or has
    /// lost its marker is made anew), and collects what has been garbage for longer than the grace period.
    /// Running it again does nothing more.
    ///
    /// # Errors
    ///
    /// `Catalog`. What could not be mended is in the report.
    pub async fn repair(
        &self,
        options: &ScrubOptions,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<RepairReport> {
        let owed = self.owed().await?;
        let catalog = CatalogView::of(self, true);
        let mut how = RepairOptions::new(self.inner.clock.now());
        how.scrub = options.clone();
        let mut report = scrub::repair(&self.inner.replicas, &catalog, &how, progress).await;
        catalog.outcome()?;
        catalog.write_verified().await?;
        catalog.mark_orphans().await?;
        self.dissolve_broken().await?;
        self.cross_off(owed, &options.shards, &report).await?;
        report.collected = self.collect_garbage().await?;
        let (replicas, now) = (&self.inner.replicas, self.inner.clock.now());
        let sweep = async |alone| scrub::sweep(replicas, now, alone, &mut report).await;
        self.inner.lock.alone(sweep).await;
        Ok(report)
    }

    /// The shards of the stores that were not read in full and found well within this time, the longest ago first; all of them
    /// when no time is given. What [`ScrubOptions::shards`] takes.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn due_shards(&self, within: Option<Duration>) -> Result<Vec<Shard>> {
        let verified = self.inner.catalog.verified().await?;
        let now = self.inner.clock.now();
        let is_due = |shard: &Shard| match (within, verified.get(shard)) {
            (Some(within), Some(time)) => {
                now.duration_since(*time)
                    > SignedDuration::try_from(within).unwrap_or(SignedDuration::MAX)
            }
            _ => true,
        };
        let mut shards: Vec<Shard> = Shard::all().filter(is_due).collect();
        shards.sort_by_key(|shard| verified.get(shard));
        Ok(shards)
    }

    /// Removes the bytes of blobs that nothing has referred to for the grace period.
    async fn collect_garbage(&self) -> Result<u64> {
        let Self { inner } = self;
        let now = inner.clock.now();
        let grace = SignedDuration::try_from(inner.grace).unwrap_or(SignedDuration::MAX);
        let before = now.checked_sub(grace).unwrap_or(jiff::Timestamp::MIN);
        let mut collected = 0;
        for (digest, ..) in inner.catalog.garbage().await? {
            let remove = async || {
                let owed = inner.replicas.delete(&Key::Blob(digest)).await.owed;
                for refusal in owed {
                    // Stays condemned, and is tried again by the next repair that meets it.
                    tracing::warn!(%refusal, %digest, "garbage is left behind");
                }
                Ok(())
            };
            collected += u64::from(inner.catalog.collect(&digest, before, now, remove).await?);
        }
        inner.catalog.forget_condemned(before).await?;
        Ok(collected)
    }

    /// Takes bundles apart that hold what was deleted; those whose records cannot be kept now wait for the next time.
    async fn dissolve_broken(&self) -> Result<()> {
        for bundle in self.inner.catalog.broken_bundles().await? {
            match self.dissolve(&bundle).await {
                Err(error) if error.kind() != ErrorKind::Catalog => {
                    tracing::warn!(%error, %bundle, "records of what was deleted are left behind");
                }
                done => done?,
            }
        }
        Ok(())
    }

    /// The bytes of a bundle, if they can still be made from the catalog; else its records are kept each by itself.
    async fn bundle_again(&self, digest: &Digest) -> Result<Option<Bytes>> {
        let images = self.inner.catalog.images_of_bundle(digest).await?;
        if let Some((found, bytes)) = bundle::seal(&images)?
            && found == *digest
        {
            return Ok(Some(bytes));
        }
        self.dissolve(digest).await?;
        Ok(None)
    }

    /// Keeps the records of a bundle each by itself, and removes it: it holds what was deleted.
    async fn dissolve(&self, digest: &Digest) -> Result<()> {
        for there in self.inner.catalog.images_of_bundle(digest).await? {
            self.put_record(&there).await?;
        }
        self.inner.catalog.dissolve_bundle(digest).await?;
        let key = Key::Bundle(*digest);
        let owed = self.inner.replicas.delete(&key).await.owed;
        self.owe(&key, &owed).await
    }

    async fn variant_named(
        &self,
        original: &Digest,
        variant: VariantKey,
    ) -> Result<Option<Variant>> {
        let variants = self.inner.catalog.variants_of(original).await?;
        Ok(variants.into_iter().find(|there| there.variant_key() == variant))
    }
}

/// The catalog's word on what is wanted, and what it was asked about that it does not know.
pub(super) struct CatalogView<'a> {
    portreto: &'a Portreto,
    /// Whether what it does not know is to be taken over or marked as garbage.
    changes: bool,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// Blobs that nothing refers to.
    orphans: BTreeSet<Digest>,
    /// Records of images and variants that are not catalogued.
    unlisted: BTreeSet<String>,
    /// Whether shards are well, as far as that is not yet written down.
    judged: Vec<(Shard, bool)>,
    /// The first error of the catalog: the report is worthless then.
    failed: Option<crate::error::Error>,
}

impl<'a> CatalogView<'a> {
    pub(super) fn of(portreto: &'a Portreto, changes: bool) -> Self {
        Self { portreto, changes, seen: Mutex::default() }
    }

    fn seen<T: Default>(&self, part: impl FnOnce(&mut Seen) -> &mut T) -> T {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(part(&mut seen))
    }

    fn note(&self, note: impl FnOnce(&mut Seen)) {
        note(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The catalog's first error, if it had any.
    pub(super) fn outcome(&self) -> Result<()> {
        self.seen(|seen| &mut seen.failed).map_or(Ok(()), Err)
    }

    /// Passes a value on; an error is kept for the outcome, and the doubt gives `otherwise`.
    fn or<T>(&self, result: Result<T>, otherwise: T) -> T {
        result.unwrap_or_else(|error| {
            self.note(|seen| seen.failed = seen.failed.take().or(Some(error)));
            otherwise
        })
    }

    async fn try_life(&self, key: &Key) -> Result<Life> {
        let catalog = &self.portreto.inner.catalog;
        let unlisted = |seen: &mut Seen| {
            if seen.unlisted.len() < MOST_UNLISTED {
                seen.unlisted.insert(key.to_string());
            }
        };
        match key {
            Key::Blob(digest) => {
                if catalog.refers_to(digest).await? {
                    return Ok(Life::Live);
                }
                if self.changes {
                    self.note(|seen| {
                        seen.orphans.insert(*digest);
                    });
                }
                // Collected apart, under the catalog's lock.
                Ok(Life::Garbage { collectable: false })
            }
            Key::Record { image, .. } => {
                let image = ImageId::new(*image);
                if catalog.image(image).await?.is_some() {
                    return Ok(Life::Live);
                }
                // Deleted, and killed before a store heard of it: the stores have no tombstone yet.
                if catalog.is_deleted(image).await? {
                    return Ok(Life::Garbage { collectable: true });
                }
                self.note(unlisted);
                Ok(Life::Live)
            }
            Key::Bundle(digest) => {
                if catalog.refers_to_bundle(digest).await? {
                    return Ok(Life::Live);
                }
                if self.knows_all_of(key, digest).await? {
                    return Ok(Life::Garbage { collectable: true });
                }
                self.note(unlisted);
                Ok(Life::Live)
            }
            Key::Variant { original, variant } => {
                if self.portreto.variant_named(original, *variant).await?.is_some() {
                    return Ok(Life::Live);
                }
                if catalog.has_original(original).await? {
                    self.note(unlisted);
                    return Ok(Life::Live);
                }
                Ok(Life::Garbage { collectable: true })
            }
            Key::Tombstone { .. } | Key::Marker | Key::SetAside { .. } => Ok(Life::Live),
        }
    }

    /// Whether the catalog has, or has buried, every image of a bundle: nothing is lost with one that it knows.
    async fn knows_all_of(&self, key: &Key, digest: &Digest) -> Result<bool> {
        let inner = &self.portreto.inner;
        let bytes = match inner.replicas.get(key).await {
            Ok(bytes) => bytes,
            // Gone, and nobody needs it.
            Err(error) => return Ok(error.kind() == ReplicaErrorKind::NotFound),
        };
        let Ok(records) = bundle::open(digest, &bytes) else { return Ok(false) };
        for (image, _) in records {
            if inner.catalog.image(image.id).await?.is_none()
                && !inner.catalog.is_deleted(image.id).await?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Takes into the catalog what only the stores know: after the catalog was restored from an older
    /// copy, or a store came back that was away.
    async fn try_adopt(&self, key: &Key) -> Result<u64> {
        let inner = &self.portreto.inner;
        if self.is_catalogued(key).await? {
            return Ok(0);
        }
        match found::read(&inner.replicas, key).await {
            Ok(Found::Tombstone(tombstone)) => {
                let (now, event) = (inner.clock.now(), inner.ids.next());
                inner.catalog.adopt_tombstone(&tombstone, now, event).await?;
                Ok(1)
            }
            Ok(Found::Images(images)) => inner.catalog.adopt_images(&images).await,
            Ok(Found::Variant(variant)) => inner.catalog.adopt_variants(&[variant]).await,
            // What cannot be read is a fault, and told as one.
            Ok(Found::Nothing) | Err(_) => Ok(0),
        }
    }

    /// Whether the catalog has what a record says.
    async fn is_catalogued(&self, key: &Key) -> Result<bool> {
        let catalog = &self.portreto.inner.catalog;
        Ok(match key {
            Key::Tombstone { image, .. } => {
                catalog.tombstone(ImageId::new(*image)).await?.is_some()
            }
            Key::Record { image, .. } => {
                // What a bundle says of it may be how it was before.
                let there = catalog.image(ImageId::new(*image)).await?;
                there.is_some_and(|there| there.bundle.is_none())
            }
            Key::Bundle(digest) => catalog.refers_to_bundle(digest).await?,
            Key::Variant { original, variant } => {
                self.portreto.variant_named(original, *variant).await?.is_some()
            }
            Key::Blob(_) | Key::Marker | Key::SetAside { .. } => true,
        })
    }

    /// Writes down which shards are well.
    async fn write_verified(&self) -> Result<()> {
        let judged = self.seen(|seen| &mut seen.judged);
        let inner = &self.portreto.inner;
        inner.catalog.set_verified(&judged, inner.clock.now()).await
    }

    /// Marks what nothing refers to.
    pub(super) async fn mark_orphans(&self) -> Result<()> {
        let orphans: Vec<Digest> = self.seen(|seen| &mut seen.orphans).into_iter().collect();
        if orphans.is_empty() {
            return Ok(());
        }
        let inner = &self.portreto.inner;
        inner.catalog.mark_garbage(&orphans, inner.clock.now()).await
    }

    async fn try_remake(&self, key: &Key) -> Result<Option<Bytes>> {
        let catalog = &self.portreto.inner.catalog;
        Ok(match key {
            Key::Record { image, .. } => match catalog.image(ImageId::new(*image)).await? {
                Some(there) => Some(seal_record(&there)?),
                None => None,
            },
            Key::Variant { original, variant } => {
                match self.portreto.variant_named(original, *variant).await? {
                    Some(variant) => Some(seal_variant(&variant)?),
                    None => None,
                }
            }
            Key::Tombstone { image, .. } => match catalog.tombstone(ImageId::new(*image)).await? {
                Some(tombstone) => Some(seal_tombstone(&tombstone)?),
                None => None,
            },
            Key::Bundle(digest) => self.portreto.bundle_again(digest).await?,
            Key::Blob(digest) => self.render_again(digest).await?,
            Key::Marker | Key::SetAside { .. } => None,
        })
    }

    /// The bytes of a variant, made anew from its original: the same bytes by the engine's promise.
    async fn render_again(&self, digest: &Digest) -> Result<Option<Bytes>> {
        let inner = &self.portreto.inner;
        let Some(variant) = inner.catalog.variant_of_bytes(digest).await? else { return Ok(None) };
        let Ok(original) = inner.replicas.get(&Key::Blob(variant.original)).await else {
            return Ok(None);
        };
        let Ok(transform) = variant.transform.parse::<Transform>() else { return Ok(None) };
        let assets = self.portreto.assets_of(std::slice::from_ref(&transform)).await;
        let limits = inner.limits;
        let work = move || render_with(&original, &transform, &limits, &assets);
        let rendered = blocking(work).await?;
        let bytes = rendered.ok().map(|rendered| Bytes::from(rendered.bytes));
        Ok(bytes.filter(|bytes| Digest::of(bytes) == *digest))
    }
}

#[async_trait]
impl Liveness for CatalogView<'_> {
    async fn life(&self, key: &Key) -> Life {
        self.or(self.try_life(key).await, Life::Live)
    }

    async fn live_keys(&self, shard: Shard) -> Vec<Key> {
        self.or(self.portreto.inner.catalog.keys_in(shard).await, Vec::new())
    }

    async fn adopt(&self, keys: &[Key]) -> u64 {
        let mut adopted = 0;
        for key in keys {
            adopted += self.or(self.try_adopt(key).await, 0);
        }
        self.or(self.mark_orphans().await, ());
        adopted
    }

    async fn judged(&self, shard: Shard, is_well: bool) {
        let due = {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            seen.judged.push((shard, is_well));
            seen.judged.len() >= VERIFIED_AT_ONCE
        };
        if due {
            self.or(self.write_verified().await, ());
        }
    }

    async fn release(&self, key: &Key) -> bool {
        // Only variants' records come here, and those of images that are deleted for ever. Should a variant be
        // made meanwhile, its record is remade from the catalog by the next repair.
        matches!(self.life(key).await, Life::Garbage { collectable: true })
    }

    async fn remake(&self, key: &Key) -> Option<Bytes> {
        self.or(self.try_remake(key).await, None)
    }

    fn stores(&self) -> u64 {
        self.portreto.inner.roster.generation()
    }

    async fn stores_are_still(&self, number: u64) -> bool {
        self.or(self.portreto.stores_are_still(number).await, false)
    }
}
