//! The catalog: images, variants, stores, jobs and events in SQL.
//!
//! One file for each table knows that table's SQL; this one knows the transactions that span them. The SQL is the same for SQLite and
//! PostgreSQL; what is not is in `database`.

mod bundles;
mod collection;
mod copy;
mod database;
mod debts;
mod events;
mod feed;
mod files;
mod garbage;
mod group;
mod images;
mod jobs;
mod membership;
mod people;
mod queue;
mod request_keys;
mod sinks;
pub mod speed;
mod stores;
mod tombstones;
mod usage;
mod variants;
mod verified;

use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
    sync::{Arc, atomic::AtomicU32},
};

use jiff::Timestamp;
use portreto_core::{Digest, PerceptualHash, replica::Shard};
use uuid::Uuid;

pub use self::copy::CopiedTable;
use self::{
    database::{Connection, Database, Locks, Write, retried},
    group::{CommittedImage, Group, NewImage},
};
pub(crate) use self::{
    debts::{Debt, Owed},
    garbage::Mark,
    images::Catalogued,
    jobs::{Claim, JobKey, NewJob},
    people::Refreshed,
    queue::Completed,
    tombstones::Tombstone,
};
use crate::{
    crash,
    error::Result,
    image::{Image, ImageId, Variant},
    portreto::{FileState, Filter, Page, Seen, Stats},
    quota::{Quota, Usage},
};

/// The catalog of one home.
#[derive(Debug, Clone)]
pub(crate) struct Catalog {
    db: Database,
    /// Images that wait to be catalogued.
    group: Arc<Group<NewImage, CommittedImage>>,
    /// Images that are looked for.
    lookups: Arc<Group<(String, Digest), Option<Catalogued>>>,
    /// Variants that are looked for.
    variant_lookups: Arc<Group<JobKey, Option<Variant>>>,
    quota: Quota,
    /// How often a job was asked for.
    claims: Arc<AtomicU32>,
}

/// What there is, and what is to be done.
#[derive(Debug)]
pub(crate) struct Beat {
    pub(crate) images: u64,
    pub(crate) queued: u64,
    pub(crate) running: u64,
    /// Since when the oldest job waits.
    pub(crate) oldest: Option<Timestamp>,
    pub(crate) owed: u64,
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

impl Catalog {
    /// Opens the catalog in this file, bringing its tables up to date.
    pub(crate) async fn open(path: &Path, create: bool) -> Result<Self> {
        Ok(Self::of(Database::sqlite(path, create).await?))
    }

    /// Opens the catalog at this `postgres://` URL, bringing its tables up to date.
    pub(crate) async fn connect(url: &str) -> Result<Self> {
        Ok(Self::of(Database::postgres(url).await?))
    }

    fn of(db: Database) -> Self {
        Self {
            db,
            group: Arc::default(),
            lookups: Arc::default(),
            variant_lookups: Arc::default(),
            quota: Quota::default(),
            claims: Arc::default(),
        }
    }

    /// The same with a bound on what each owner may have.
    pub(crate) fn with_quota(mut self, quota: Quota) -> Self {
        self.quota = quota;
        self
    }

    /// What an owner has.
    pub(crate) async fn usage(&self, owner: &str) -> Result<Usage> {
        usage::of(&mut self.read().await?, owner).await
    }

    /// Fails when an owner has too much already for one more image. [`Catalog::commit_image`] has the last word.
    pub(crate) async fn check_quota(&self, owner: &str, bytes: u64) -> Result<()> {
        if self.quota.is_unbounded() {
            return Ok(());
        }
        usage::check(&mut self.read().await?, owner, bytes, &self.quota).await
    }

    /// Closes all connections; the file is whole and alone afterwards.
    pub(crate) async fn close(&self) {
        self.db.close().await;
    }

    /// Whether processes on other machines may have it open.
    pub(crate) fn is_shared(&self) -> bool {
        !self.db.has_one_writer()
    }

    /// Whether other processes have it open, as far as the database knows.
    pub(crate) async fn has_others(&self) -> Result<bool> {
        self.db.has_others().await
    }

    /// Tells other processes that jobs have changed.
    pub(crate) async fn tell_others(&self) -> Result<()> {
        self.db.tell().await
    }

    /// Calls `heard` whenever another process, or this one, has told of jobs. Returns when the line is broken.
    pub(crate) async fn hear_others(&self, heard: impl Fn()) -> Result<()> {
        self.db.hear(heard).await
    }

    async fn read(&self) -> Result<Connection> {
        self.db.read().await
    }

    async fn write(&self) -> Result<Write> {
        crash::step();
        self.db.write().await
    }

    /// For one statement, which is a transaction by itself.
    async fn write_at_once(&self) -> Result<Connection> {
        crash::step();
        self.db.write_at_once().await
    }

    /// The same for what may be lost when the database's server goes down.
    async fn write_hastily(&self) -> Result<Connection> {
        crash::step();
        self.db.write_hastily().await
    }

    // Images.

    /// Takes over images found in the stores, or newer revisions of them, as they are, without an event.
    pub(crate) async fn adopt_images(&self, adopted: &[Catalogued]) -> Result<u64> {
        retried!(self.try_adopt_images(adopted))
    }

    async fn try_adopt_images(&self, adopted: &[Catalogued]) -> Result<u64> {
        let mut tx = self.write().await?;
        let locks = adopted.iter().fold(Locks::default(), |locks, Catalogued { image, .. }| {
            locks.owner(&image.owner).refers(&image.digest)
        });
        locks.take(&mut tx).await?;
        let mut taken = 0;
        for found @ Catalogued { image, revision, bundle } in adopted {
            // Who deleted it died before a store heard of it: its record in the stores says nothing of that.
            if tombstones::has(&mut tx, image.id).await? {
                continue;
            }
            if let Some(there) = images::by_id(&mut tx, image.id).await? {
                if there.revision < *revision {
                    images::replace(&mut tx, found).await?;
                    taken += 1;
                }
            } else if images::of_owner(&mut tx, &image.owner, &image.digest).await?.is_none() {
                garbage::reclaim_one(&mut tx, &image.digest).await?;
                images::insert(&mut tx, &[image], *revision, bundle.as_ref()).await?;
                taken += 1;
            }
        }
        tx.commit().await?;
        Ok(taken)
    }

    /// The image with this id.
    pub(crate) async fn image(&self, id: ImageId) -> Result<Option<Catalogued>> {
        images::by_id(&mut self.read().await?, id).await
    }

    /// The images of all owners with this original.
    pub(crate) async fn images_of_original(&self, original: &Digest) -> Result<Vec<Image>> {
        let there = images::of_digests(&mut self.read().await?, &[*original]).await?;
        Ok(there.into_iter().map(|there| there.image).collect())
    }

    /// Up to `limit` images whose id begins or ends with these hexadecimal digits.
    pub(crate) async fn abbreviated(&self, digits: &str, limit: u32) -> Result<Vec<Image>> {
        images::abbreviated(&mut self.read().await?, digits, limit).await
    }

    /// A page of images in the order of their ids.
    pub(crate) async fn page(
        &self,
        filter: &Filter,
        after: Option<ImageId>,
        limit: u32,
    ) -> Result<Page> {
        images::page(&mut self.read().await?, filter, after, limit).await
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
        retried!(async {
            let mut tx = self.write().await?;
            let mut changed = Vec::new();
            for seen in seen {
                if images::describe(&mut tx, seen).await? {
                    changed.extend(images::by_id(&mut tx, seen.image).await?);
                }
            }
            tx.commit().await?;
            Ok(changed)
        })
    }

    /// Images of an owner that were never looked at, in the order of their ids.
    pub(crate) async fn unseen(
        &self,
        owner: &str,
        after: Option<ImageId>,
        limit: u32,
    ) -> Result<Vec<Catalogued>> {
        images::unseen(&mut self.read().await?, owner, after, limit).await
    }

    /// How many images of an owner were never looked at.
    pub(crate) async fn n_unseen(&self, owner: &str) -> Result<u64> {
        images::n_unseen(&mut self.read().await?, owner).await
    }

    /// Whether this image was never looked at.
    pub(crate) async fn is_unseen(&self, id: ImageId) -> Result<bool> {
        images::is_unseen(&mut self.read().await?, id).await
    }

    /// The perceptual hashes of the images of one owner, in the order of their ids, and how many have none.
    pub(crate) async fn perceptual_hashes(
        &self,
        owner: &str,
    ) -> Result<(Vec<(ImageId, PerceptualHash)>, u64)> {
        images::perceptual_hashes(&mut self.read().await?, owner).await
    }

    /// Deletes an image: its entry goes, its tombstone and the event come, what nothing refers to any
    /// more is marked. Gives the image and the variants whose records went with it.
    pub(crate) async fn delete_image(
        &self,
        id: ImageId,
        now: Timestamp,
        event: Uuid,
    ) -> Result<Option<(Image, Vec<Variant>)>> {
        retried!(self.try_delete_image(id, now, event))
    }

    async fn try_delete_image(
        &self,
        id: ImageId,
        now: Timestamp,
        event: Uuid,
    ) -> Result<Option<(Image, Vec<Variant>)>> {
        let mut tx = self.write().await?;
        let Some(there) = images::by_id(&mut tx, id).await? else { return Ok(None) };
        let original = there.image.digest;
        let locks = Locks::default().owner(&there.image.owner).releases(&original);
        let variants = variants::of(&mut tx, &original).await?;
        let locks = variants.iter().fold(locks, |locks, variant| locks.releases(&variant.digest));
        locks.take(&mut tx).await?;
        // Somebody may have been first.
        let Some(Catalogued { image, bundle, .. }) = images::by_id(&mut tx, id).await? else {
            return Ok(None);
        };
        images::delete(&mut tx, id).await?;
        if let Some(bundle) = bundle {
            bundles::break_up(&mut tx, &bundle).await?;
        }
        tombstones::insert(&mut tx, id, &original, now).await?;
        let mut variants = Vec::new();
        if !images::refer_to(&mut tx, &original).await? {
            // Its jobs first: one that is about to be completed is waited for, and its variant is there then.
            jobs::forget(&mut tx, &original).await?;
            variants = variants::take(&mut tx, &original).await?;
            let all = variants.iter().map(|variant| variant.digest).chain([original]);
            // Of variants that came after the look above; the others are held already.
            let locks = all.clone().fold(Locks::default(), |locks, blob| locks.releases(&blob));
            locks.take(&mut tx).await?;
            for digest in all {
                if !is_referenced(&mut tx, &digest).await? {
                    garbage::mark(&mut tx, &digest, now).await?;
                }
            }
        }
        events::image_deleted(&mut tx, event, &image, now).await?;
        tx.commit().await?;
        Ok(Some((image, variants)))
    }

    // Bundles.

    /// Whether any image has its record in this bundle.
    pub(crate) async fn refers_to_bundle(&self, bundle: &Digest) -> Result<bool> {
        bundles::is_referred_to(&mut self.read().await?, bundle).await
    }

    /// The images that have their records in this bundle, as they are now.
    pub(crate) async fn images_of_bundle(&self, bundle: &Digest) -> Result<Vec<Catalogued>> {
        bundles::images_of(&mut self.read().await?, bundle).await
    }

    /// The images of a bundle have records of their own from now on.
    pub(crate) async fn dissolve_bundle(&self, bundle: &Digest) -> Result<()> {
        retried!(async {
            let mut tx = self.write().await?;
            bundles::dissolve(&mut tx, bundle).await?;
            tx.commit().await?;
            Ok(())
        })
    }

    /// An image has a record of its own from now on.
    pub(crate) async fn leave_bundle(&self, image: ImageId) -> Result<()> {
        let mut tx = self.write().await?;
        bundles::leave(&mut tx, image).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The bundles with records of images that were deleted.
    pub(crate) async fn broken_bundles(&self) -> Result<Vec<Digest>> {
        bundles::broken(&mut self.read().await?).await
    }

    // Files.

    /// The images that these files were found to be, as far as nothing has changed since.
    pub(crate) async fn images_of_files(
        &self,
        files: &[FileState],
        stores: &[u8],
    ) -> Result<Vec<Option<Image>>> {
        files::images(&mut self.read().await?, files, stores).await
    }

    /// Remembers which images files are.
    pub(crate) async fn put_files(
        &self,
        files: &[(FileState, ImageId)],
        stores: &[u8],
    ) -> Result<()> {
        retried!(async {
            let mut tx = self.write().await?;
            files::put(&mut tx, files, stores).await?;
            tx.commit().await
        })
    }

    /// Forgets all files with this original.
    pub(crate) async fn forget_files(&self, originals: &[Digest]) -> Result<()> {
        retried!(async {
            let mut tx = self.write().await?;
            for original in originals {
                files::forget(&mut tx, original).await?;
            }
            tx.commit().await?;
            Ok(())
        })
    }

    // Variants.

    /// Catalogues a variant whose bytes are kept; its job is done.
    pub(crate) async fn commit_variant(
        &self,
        variant: &Variant,
        now: Timestamp,
        event: Uuid,
    ) -> Result<Committed> {
        retried!(async {
            let mut tx = self.write().await?;
            Locks::default().refers(&variant.digest).take(&mut tx).await?;
            if garbage::reclaim_one(&mut tx, &variant.digest).await? == Some(Mark::Condemned) {
                tx.commit().await?;
                return Ok(Committed::Collected);
            }
            jobs::finish(&mut tx, &JobKey::of(variant), None, now).await?;
            if variants::insert(&mut tx, variant).await? {
                events::variant_created(&mut tx, event, variant, now).await?;
            }
            tx.commit().await?;
            Ok(Committed::New)
        })
    }

    /// Takes over variants found in the stores whose originals are catalogued.
    pub(crate) async fn adopt_variants(&self, adopted: &[Variant]) -> Result<u64> {
        retried!(async {
            let mut tx = self.write().await?;
            let locks = adopted.iter().fold(Locks::default(), |locks, variant| {
                locks.refers(&variant.original).refers(&variant.digest)
            });
            locks.take(&mut tx).await?;
            let mut taken = 0;
            for variant in adopted {
                if images::refer_to(&mut tx, &variant.original).await? {
                    garbage::reclaim_one(&mut tx, &variant.digest).await?;
                    taken += u64::from(variants::insert(&mut tx, variant).await?);
                }
            }
            tx.commit().await?;
            Ok(taken)
        })
    }

    /// All variants of an original.
    pub(crate) async fn variants_of(&self, original: &Digest) -> Result<Vec<Variant>> {
        variants::of(&mut self.read().await?, original).await
    }

    /// Whether any image has this original.
    pub(crate) async fn has_original(&self, digest: &Digest) -> Result<bool> {
        images::refer_to(&mut self.read().await?, digest).await
    }

    /// Whether any image or variant has these bytes.
    pub(crate) async fn refers_to(&self, digest: &Digest) -> Result<bool> {
        is_referenced(&mut self.read().await?, digest).await
    }

    /// A variant with these bytes.
    pub(crate) async fn variant_of_bytes(&self, digest: &Digest) -> Result<Option<Variant>> {
        variants::with_bytes(&mut self.read().await?, digest).await
    }

    /// Records that a transform could not be done.
    pub(crate) async fn fail_job(
        &self,
        job: &JobKey,
        reason: &str,
        now: Timestamp,
        event: Uuid,
    ) -> Result<()> {
        retried!(async {
            let mut tx = self.write().await?;
            jobs::finish(&mut tx, job, Some(reason), now).await?;
            events::job_failed(&mut tx, event, job, reason, now).await?;
            tx.commit().await?;
            Ok(())
        })
    }

    // What is owed and what was checked.

    /// Writes down what stores owe.
    pub(crate) async fn owe(&self, debts: &[Debt], now: Timestamp) -> Result<()> {
        retried!(async {
            let mut tx = self.write().await?;
            for debt in debts {
                debts::insert(&mut tx, debt, now).await?;
            }
            tx.commit().await?;
            Ok(())
        })
    }

    /// Crosses off what stores owe no more; what they were found to owe again meanwhile stays.
    pub(crate) async fn settle(&self, settled: &[Owed]) -> Result<()> {
        retried!(async {
            let mut tx = self.write().await?;
            for owed in settled {
                debts::delete(&mut tx, owed).await?;
            }
            tx.commit().await?;
            Ok(())
        })
    }

    /// What stores owe, in pages.
    pub(crate) async fn debts_after(&self, after: Option<&Debt>, limit: u32) -> Result<Vec<Owed>> {
        debts::page(&mut self.read().await?, after, limit).await
    }

    /// Writes down of each of these shards whether it is well, all copies in it, or not.
    pub(crate) async fn set_verified(
        &self,
        shards: &[(Shard, bool)],
        now: Timestamp,
    ) -> Result<()> {
        retried!(async {
            let mut tx = self.write().await?;
            for (shard, is_well) in shards {
                if *is_well {
                    verified::set(&mut tx, *shard, now).await?;
                } else {
                    verified::unset(&mut tx, *shard).await?;
                }
            }
            tx.commit().await?;
            Ok(())
        })
    }

    /// When shards were last read in full and found well; those that never were, or not when they were last looked at, are left out.
    pub(crate) async fn verified(&self) -> Result<HashMap<Shard, Timestamp>> {
        verified::all(&mut self.read().await?).await
    }

    /// What can be told in the same time however much there is.
    pub(crate) async fn pulse(&self) -> Result<Beat> {
        let mut read = self.db.snapshot().await?;
        let images = usage::images(&mut read).await?;
        let (queued, running) = jobs::under_way(&mut read).await?;
        let oldest = jobs::oldest(&mut read).await?;
        Ok(Beat { images, queued, running, oldest, owed: debts::total(&mut read).await? })
    }

    /// Totals. The more there is, the longer it takes.
    pub(crate) async fn stats(&self) -> Result<Stats> {
        let mut read = self.db.snapshot().await?;
        let (images, original_bytes) = images::totals(&mut read).await?;
        let (variants, variant_bytes) = variants::totals(&mut read).await?;
        let (queued, running) = jobs::under_way(&mut read).await?;
        let queued_jobs = queued + running;
        let owed = debts::total(&mut read).await?;
        Ok(Stats { images, original_bytes, variants, variant_bytes, queued_jobs, owed })
    }
}

async fn is_referenced(db: &mut Connection, digest: &Digest) -> Result<bool> {
    Ok(images::refer_to(db, digest).await? || variants::with_bytes(db, digest).await?.is_some())
}

#[cfg(test)]
mod races;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod trial;
