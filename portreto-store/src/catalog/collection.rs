//! What was deleted, and the bytes that nothing refers to any more: transactions that span tombstones, images, variants and garbage.

use jiff::Timestamp;
use portreto_core::{
    Digest,
    replica::{Key, Shard},
};
use uuid::Uuid;

use super::{
    Catalog, Mark, Tombstone, bundles,
    database::{Locks, retried},
    garbage, images, is_referenced, tombstones, variants,
};
use crate::{
    error::Result,
    image::{ImageId, Variant},
};

/// Blobs that are marked in one transaction: uploads wait for its end.
const MARKED_AT_ONCE: usize = 100;

impl Catalog {
    /// The tombstone of an image.
    pub(crate) async fn tombstone(&self, image: ImageId) -> Result<Option<Tombstone>> {
        tombstones::find(&mut self.read().await?, image).await
    }

    /// Every key of this shard that must be kept: tombstones, records, variants and blobs.
    pub(crate) async fn keys_in(&self, shard: Shard) -> Result<Vec<Key>> {
        let mut read = self.db.snapshot().await?;
        let mut keys = Vec::new();
        keys.extend(tombstones::in_shard(&mut read, shard).await?.iter().map(Tombstone::key));
        for (image, original, alone) in images::in_shard(&mut read, shard).await? {
            let record = Key::Record { original, image: image.uuid() };
            keys.extend(alone.then_some(record).into_iter().chain([Key::Blob(original)]));
        }
        keys.extend(bundles::in_shard(&mut read, shard).await?.into_iter().map(Key::Bundle));
        let variants = variants::in_shard(&mut read, shard).await?;
        keys.extend(variants.iter().map(Variant::record_key));
        keys.extend(variants::bytes_in_shard(&mut read, shard).await?.into_iter().map(Key::Blob));
        Ok(keys)
    }

    /// Whether the image was deleted.
    pub(crate) async fn is_deleted(&self, image: ImageId) -> Result<bool> {
        tombstones::has(&mut self.read().await?, image).await
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
        for digests in digests.chunks(MARKED_AT_ONCE) {
            retried!(async {
                let mut tx = self.write().await?;
                let locks = Locks::default();
                let locks = digests.iter().fold(locks, Locks::releases);
                locks.take(&mut tx).await?;
                for digest in digests {
                    if !is_referenced(&mut tx, digest).await? {
                        garbage::mark(&mut tx, digest, now).await?;
                    }
                }
                tx.commit().await
            })?;
        }
        Ok(())
    }

    /// Everything marked, with the time of its mark.
    pub(crate) async fn garbage(&self) -> Result<Vec<(Digest, Mark, Timestamp)>> {
        garbage::all(&mut self.read().await?).await
    }

    /// Condemns a blob that has been marked since before `before` and runs `remove` while no one can
    /// catalogue it. Gives whether it was removed.
    ///
    /// Two transactions: after the first, an uploader who believes that the blob is there is told to put
    /// it again; only then are the bytes removed, under a lock that any uploader of them needs: the database's own, or that
    /// of the mark's row.
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
}
