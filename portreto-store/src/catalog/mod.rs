//! The catalog: images, variants, stores, jobs and events in SQL.
//!
//! One file for each table knows that table's SQL; this one knows the transactions that span them.
//! The SQL is the common part of SQLite and PostgreSQL.
//!
//! One connection writes, several read. A write transaction takes the lock at its beginning
//! (`BEGIN IMMEDIATE`), so that what it has read cannot change before it writes.

mod debts;
mod events;
mod files;
mod garbage;
mod group;
mod images;
mod jobs;
mod people;
mod queue;
mod request_keys;
mod row;
mod stores;
mod tombstones;
mod usage;
mod variants;
mod verified;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::Path,
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use portreto_core::{
    Digest, PerceptualHash,
    replica::{Key, Shard, StoreId},
};
use sqlx::{
    Sqlite, SqliteConnection, SqlitePool, Transaction,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use uuid::Uuid;

use self::group::{Group, NewImage};
pub(crate) use self::{
    debts::Debt,
    garbage::Mark,
    images::Catalogued,
    jobs::{Claim, JobKey, NewJob},
    people::Refreshed,
    queue::Completed,
    tombstones::Tombstone,
};
use crate::{
    crash,
    error::{Error, ErrorKind, Result},
    image::{Image, ImageId, Variant},
    portreto::{FileState, Filter, Page, Seen, Stats},
    quota::{Quota, Usage},
    store::StoreEntry,
};

/// The catalog of one home.
#[derive(Debug, Clone)]
pub(crate) struct Catalog {
    writer: SqlitePool,
    readers: SqlitePool,
    /// Images that wait to be catalogued.
    group: Arc<Group<NewImage, Committed>>,
    /// Images that are looked for.
    lookups: Arc<Group<(String, Digest), Option<Catalogued>>>,
    quota: Quota,
}

/// What became of the wish to catalogue an image or a variant.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Committed {
    /// It is there now.
    New,
    /// The same bytes of the same owner were there.
    Exists,
    /// The blob was collected while we thought it was there: put it again, then try again.
    Collected,
}

type Write = Transaction<'static, Sqlite>;

impl Catalog {
    /// Opens the catalog in this file, bringing its tables up to date.
    pub(crate) async fn open(path: &Path, create: bool) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(create)
            .journal_mode(SqliteJournalMode::Wal)
            // An acknowledged upload survives a power cut: NORMAL could lose the last transactions.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(30));
        let failed = |source: sqlx::Error| {
            let message = format!("cannot open the catalog {}", path.display());
            Error::new(ErrorKind::Catalog, message).with_source(source)
        };
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .connect_with(options.clone())
            .await
            .map_err(failed)?;
        sqlx::migrate!("migrations/sqlite").run(&writer).await.map_err(|source| {
            let message = format!("cannot bring the catalog {} up to date", path.display());
            Error::new(ErrorKind::Catalog, message).with_source(source)
        })?;
        let readers = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(options)
            .await
            .map_err(failed)?;
        Ok(Self {
            writer,
            readers,
            group: Arc::default(),
            lookups: Arc::default(),
            quota: Quota::default(),
        })
    }

    /// The same with a bound on what each owner may have.
    pub(crate) fn with_quota(mut self, quota: Quota) -> Self {
        self.quota = quota;
        self
    }

    /// What an owner has.
    pub(crate) async fn usage(&self, owner: &str) -> Result<Usage> {
        usage::of(&mut *self.readers.acquire().await?, owner).await
    }

    /// Fails when an owner has too much already for one more image. [`Catalog::commit_image`] has the last word.
    pub(crate) async fn check_quota(&self, owner: &str, bytes: u64) -> Result<()> {
        if self.quota.is_unbounded() {
            return Ok(());
        }
        usage::check(&mut *self.readers.acquire().await?, owner, bytes, &self.quota).await
    }

    /// Closes all connections; the file is whole and alone afterwards.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    async fn write(&self) -> Result<Write> {
        crash::step();
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    // Images.

    /// Takes over an image found in the stores, as it is, without an event.
    pub(crate) async fn adopt_images(&self, adopted: &[Catalogued]) -> Result<u64> {
        let mut tx = self.write().await?;
        let mut taken = 0;
        for Catalogued { image, revision } in adopted {
            // Who deleted it died before a store heard of it: its record in the stores says nothing of that.
            if tombstones::has(&mut tx, image.id).await? {
                continue;
            }
            if images::of_owner(&mut tx, &image.owner, &image.digest).await?.is_none() {
                garbage::reclaim_one(&mut tx, &image.digest).await?;
                images::insert(&mut tx, &[image], *revision).await?;
                taken += 1;
            }
        }
        tx.commit().await?;
        Ok(taken)
    }

    /// The image with this id.
    pub(crate) async fn image(&self, id: ImageId) -> Result<Option<Catalogued>> {
        images::by_id(&mut *self.readers.acquire().await?, id).await
    }

    /// Up to `limit` images whose id begins or ends with these hexadecimal digits.
    pub(crate) async fn abbreviated(&self, digits: &str, limit: u32) -> Result<Vec<Image>> {
        images::abbreviated(&mut *self.readers.acquire().await?, digits, limit).await
    }

    /// A page of images in the order of their ids.
    pub(crate) async fn page(
        &self,
        filter: &Filter,
        after: Option<ImageId>,
        limit: u32,
    ) -> Result<Page> {
        images::page(&mut *self.readers.acquire().await?, filter, after, limit).await
    }

    /// Adds labels; gives the image as it is now, with its new revision when anything changed.
    pub(crate) async fn add_labels(
        &self,
        id: ImageId,
        labels: &BTreeSet<String>,
    ) -> Result<Option<Catalogued>> {
        let mut tx = self.write().await?;
        let changed = images::add_labels(&mut tx, id, labels).await?;
        let image = if changed { images::by_id(&mut tx, id).await? } else { None };
        tx.commit().await?;
        Ok(image)
    }

    /// Catalogues what was seen in images after their upload. Gives those of which anything new is known, as
    /// they are now.
    pub(crate) async fn describe(&self, seen: &[Seen]) -> Result<Vec<Catalogued>> {
        let mut tx = self.write().await?;
        let mut changed = Vec::new();
        for seen in seen {
            if images::describe(&mut tx, seen).await? {
                changed.extend(images::by_id(&mut tx, seen.image).await?);
            }
        }
        tx.commit().await?;
        Ok(changed)
    }

    /// Images of an owner that were never looked at, in the order of their ids.
    pub(crate) async fn unseen(
        &self,
        owner: &str,
        after: Option<ImageId>,
        limit: u32,
    ) -> Result<Vec<Catalogued>> {
        images::unseen(&mut *self.readers.acquire().await?, owner, after, limit).await
    }

    /// How many images of an owner were never looked at.
    pub(crate) async fn n_unseen(&self, owner: &str) -> Result<u64> {
        images::n_unseen(&mut *self.readers.acquire().await?, owner).await
    }

    /// Whether this image was never looked at.
    pub(crate) async fn is_unseen(&self, id: ImageId) -> Result<bool> {
        images::is_unseen(&mut *self.readers.acquire().await?, id).await
    }

    /// The perceptual hashes of the images of one owner, in the order of their ids, and how many have none.
    pub(crate) async fn perceptual_hashes(
        &self,
        owner: &str,
    ) -> Result<(Vec<(ImageId, PerceptualHash)>, u64)> {
        images::perceptual_hashes(&mut *self.readers.acquire().await?, owner).await
    }

    /// Deletes an image: its entry goes, its tombstone and the event come, what nothing refers to any
    /// more is marked. Gives the image and the variants whose records went with it.
    pub(crate) async fn delete_image(
        &self,
        id: ImageId,
        now: Timestamp,
        event: Uuid,
    ) -> Result<Option<(Image, Vec<Variant>)>> {
        let mut tx = self.write().await?;
        let Some(Catalogued { image, .. }) = images::by_id(&mut tx, id).await? else {
            return Ok(None);
        };
        images::delete(&mut tx, id).await?;
        tombstones::insert(&mut tx, id, &image.digest, now).await?;
        let mut variants = Vec::new();
        if !images::refer_to(&mut tx, &image.digest).await? {
            variants = variants::take(&mut tx, &image.digest).await?;
            jobs::forget(&mut tx, &image.digest).await?;
            for digest in variants.iter().map(|v| v.digest).chain([image.digest]) {
                if !is_referenced(&mut tx, &digest).await? {
                    garbage::mark(&mut tx, &digest, now).await?;
                }
            }
        }
        events::image_deleted(&mut tx, event, &image, now).await?;
        tx.commit().await?;
        Ok(Some((image, variants)))
    }

    // Files.

    /// The images that these files were found to be, as far as nothing has changed since.
    pub(crate) async fn images_of_files(
        &self,
        files: &[FileState],
        stores: &[u8],
    ) -> Result<Vec<Option<Image>>> {
        files::images(&mut *self.readers.acquire().await?, files, stores).await
    }

    /// Remembers which images files are.
    pub(crate) async fn put_files(
        &self,
        files: &[(FileState, ImageId)],
        stores: &[u8],
    ) -> Result<()> {
        let mut tx = self.write().await?;
        files::put(&mut tx, files, stores).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Forgets all files with this original.
    pub(crate) async fn forget_files(&self, originals: &[Digest]) -> Result<()> {
        let mut tx = self.write().await?;
        for original in originals {
            files::forget(&mut tx, original).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    // Variants.

    /// Catalogues a variant whose bytes are kept; its job is done.
    pub(crate) async fn commit_variant(
        &self,
        variant: &Variant,
        now: Timestamp,
        event: Uuid,
    ) -> Result<Committed> {
        let mut tx = self.write().await?;
        if garbage::reclaim_one(&mut tx, &variant.digest).await? == Some(Mark::Condemned) {
            tx.commit().await?;
            return Ok(Committed::Collected);
        }
        if variants::insert(&mut tx, variant).await? {
            events::variant_created(&mut tx, event, variant, now).await?;
        }
        jobs::finish(&mut tx, &JobKey::of(variant), None, now).await?;
        tx.commit().await?;
        Ok(Committed::New)
    }

    /// Takes over variants found in the stores whose originals are catalogued.
    pub(crate) async fn adopt_variants(&self, adopted: &[Variant]) -> Result<u64> {
        let mut tx = self.write().await?;
        let mut taken = 0;
        for variant in adopted {
            if images::refer_to(&mut tx, &variant.original).await? {
                garbage::reclaim_one(&mut tx, &variant.digest).await?;
                taken += u64::from(variants::insert(&mut tx, variant).await?);
            }
        }
        tx.commit().await?;
        Ok(taken)
    }

    /// The variant of this identity.
    pub(crate) async fn variant(&self, key: &JobKey) -> Result<Option<Variant>> {
        variants::find(&mut *self.readers.acquire().await?, key).await
    }

    /// All variants of an original.
    pub(crate) async fn variants_of(&self, original: &Digest) -> Result<Vec<Variant>> {
        variants::of(&mut *self.readers.acquire().await?, original).await
    }

    /// Whether any image has this original.
    pub(crate) async fn has_original(&self, digest: &Digest) -> Result<bool> {
        images::refer_to(&mut *self.readers.acquire().await?, digest).await
    }

    /// Whether any image or variant has these bytes.
    pub(crate) async fn refers_to(&self, digest: &Digest) -> Result<bool> {
        is_referenced(&mut *self.readers.acquire().await?, digest).await
    }

    /// A variant with these bytes.
    pub(crate) async fn variant_of_bytes(&self, digest: &Digest) -> Result<Option<Variant>> {
        variants::with_bytes(&mut *self.readers.acquire().await?, digest).await
    }

    /// Records that a transform could not be done.
    pub(crate) async fn fail_job(
        &self,
        job: &JobKey,
        reason: &str,
        now: Timestamp,
        event: Uuid,
    ) -> Result<()> {
        let mut tx = self.write().await?;
        jobs::finish(&mut tx, job, Some(reason), now).await?;
        events::job_failed(&mut tx, event, job, reason, now).await?;
        tx.commit().await?;
        Ok(())
    }

    // Deletions and garbage.

    /// The tombstone of an image.
    pub(crate) async fn tombstone(&self, image: ImageId) -> Result<Option<Tombstone>> {
        tombstones::find(&mut *self.readers.acquire().await?, image).await
    }

    /// Every key of this shard that must be kept: tombstones, records, variants and blobs.
    pub(crate) async fn keys_in(&self, shard: Shard) -> Result<Vec<Key>> {
        let mut read = self.readers.begin().await?;
        let mut keys = Vec::new();
        keys.extend(tombstones::in_shard(&mut read, shard).await?.iter().map(Tombstone::key));
        for (image, original) in images::in_shard(&mut read, shard).await? {
            keys.extend([Key::Record { original, image: image.uuid() }, Key::Blob(original)]);
        }
        let variants = variants::in_shard(&mut read, shard).await?;
        keys.extend(variants.iter().map(Variant::record_key));
        keys.extend(variants::bytes_in_shard(&mut read, shard).await?.into_iter().map(Key::Blob));
        Ok(keys)
    }

    /// Whether the image was deleted.
    pub(crate) async fn is_deleted(&self, image: ImageId) -> Result<bool> {
        tombstones::has(&mut *self.readers.acquire().await?, image).await
    }

    /// Takes over a tombstone found in the stores: the image goes, if it is there.
    pub(crate) async fn adopt_tombstone(
        &self,
        tombstone: &Tombstone,
        now: Timestamp,
        event: Uuid,
    ) -> Result<()> {
        if self.delete_image(tombstone.image, now, event).await?.is_none() {
            let mut tx = self.write().await?;
            let Tombstone { image, original, deleted } = tombstone;
            tombstones::insert(&mut tx, *image, original, *deleted).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Marks a blob as garbage unless something refers to it or it is marked already.
    pub(crate) async fn mark_garbage(&self, digests: &[Digest], now: Timestamp) -> Result<()> {
        let mut tx = self.write().await?;
        for digest in digests {
            if !is_referenced(&mut tx, digest).await? {
                garbage::mark(&mut tx, digest, now).await?;
            }
        }
        tx.commit().await?;
        Ok(())
    }

    /// Everything marked, with the time of its mark.
    pub(crate) async fn garbage(&self) -> Result<Vec<(Digest, Mark, Timestamp)>> {
        garbage::all(&mut *self.readers.acquire().await?).await
    }

    /// Condemns a blob that has been marked since before `before` and runs `remove` while no one can
    /// catalogue it. Gives whether it was removed.
    ///
    /// Two transactions: after the first, an uploader who believes that the blob is there is told to put
    /// it again; only then, under the lock that any uploader needs, are the bytes removed.
    pub(crate) async fn collect<F>(
        &self,
        digest: &Digest,
        before: Timestamp,
        now: Timestamp,
        remove: F,
    ) -> Result<bool>
    where
        F: AsyncFnOnce() -> Result<()>,
    {
        let mut tx = self.write().await?;
        let condemned = garbage::condemn(&mut tx, digest, before, now).await?;
        tx.commit().await?;
        if !condemned {
            return Ok(false);
        }
        let mut tx = self.write().await?;
        let still = garbage::state(&mut tx, digest).await? == Some(Mark::Condemned);
        if !still || is_referenced(&mut tx, digest).await? {
            return Ok(false);
        }
        remove().await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Forgets condemned blobs whose time is long past.
    pub(crate) async fn forget_condemned(&self, before: Timestamp) -> Result<()> {
        let mut tx = self.write().await?;
        garbage::forget_condemned(&mut tx, before).await?;
        tx.commit().await?;
        Ok(())
    }

    // Stores.

    /// The stores, by id.
    pub(crate) async fn stores(&self) -> Result<Vec<StoreEntry>> {
        stores::all(&mut *self.readers.acquire().await?).await
    }

    /// Adds a store or changes its URL, state or weight.
    pub(crate) async fn put_store(&self, entry: &StoreEntry) -> Result<()> {
        let mut tx = self.write().await?;
        stores::put(&mut tx, entry).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Of which stores it is known whether they make a new object only where there was none, and whether they do.
    pub(crate) async fn conditional_puts(&self) -> Result<BTreeMap<StoreId, bool>> {
        stores::conditional_puts(&mut *self.readers.acquire().await?).await
    }

    /// Writes that down of a store.
    pub(crate) async fn set_conditional_puts(&self, id: &StoreId, honored: bool) -> Result<()> {
        let mut tx = self.write().await?;
        stores::set_conditional_puts(&mut tx, id, honored).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Forgets a store, and what it owes.
    pub(crate) async fn remove_store(&self, id: &StoreId) -> Result<()> {
        let mut tx = self.write().await?;
        stores::remove(&mut tx, id).await?;
        debts::delete_of(&mut tx, id).await?;
        tx.commit().await?;
        Ok(())
    }

    // What is owed and what was checked.

    /// Writes down what stores owe.
    pub(crate) async fn owe(&self, debts: &[Debt], now: Timestamp) -> Result<()> {
        let mut tx = self.write().await?;
        for debt in debts {
            debts::insert(&mut tx, debt, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Crosses off what stores owe no more.
    pub(crate) async fn settle(&self, debts: &[Debt]) -> Result<()> {
        let mut tx = self.write().await?;
        for debt in debts {
            debts::delete(&mut tx, debt).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// What stores owe, in pages.
    pub(crate) async fn debts_after(&self, after: Option<&Debt>, limit: u32) -> Result<Vec<Debt>> {
        debts::page(&mut *self.readers.acquire().await?, after, limit).await
    }

    /// Writes down that all copies in these shards were read and compared.
    pub(crate) async fn set_verified(&self, shards: &[Shard], now: Timestamp) -> Result<()> {
        let mut tx = self.write().await?;
        for shard in shards {
            verified::set(&mut tx, *shard, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// When shards were last read and compared in full.
    pub(crate) async fn verified(&self) -> Result<HashMap<Shard, Timestamp>> {
        verified::all(&mut *self.readers.acquire().await?).await
    }

    /// Totals.
    pub(crate) async fn stats(&self) -> Result<Stats> {
        let mut read = self.readers.begin().await?;
        let (images, original_bytes) = images::totals(&mut read).await?;
        let (variants, variant_bytes) = variants::totals(&mut read).await?;
        let queued_jobs = jobs::queued(&mut read).await?;
        let owed = debts::total(&mut read).await?;
        Ok(Stats { images, original_bytes, variants, variant_bytes, queued_jobs, owed })
    }
}

async fn is_referenced(db: &mut SqliteConnection, digest: &Digest) -> Result<bool> {
    Ok(images::refer_to(db, digest).await? || variants::with_bytes(db, digest).await?.is_some())
}

#[cfg(test)]
mod tests;
