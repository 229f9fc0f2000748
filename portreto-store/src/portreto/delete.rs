//! Deleting an image, for ever.
//!
//! The catalog comes first: in one transaction the image goes and its tombstone is written down, which is
//! the debt of a tombstone in every store. Stores that are away are paid by `repair`.

use std::collections::BTreeSet;

use bytes::Bytes;
use portreto_core::replica::{Key, StoreId};

use super::Portreto;
use crate::{
    catalog::Tombstone,
    envelope,
    error::{Error, ErrorKind, Result},
    image::{Image, ImageId},
};

/// What a deletion did.
#[derive(Debug, Clone)]
pub struct Deleted {
    /// The image as it was.
    pub image: Image,
    /// Stores that were away and will hear of it from `repair`.
    pub away: Vec<StoreId>,
}

impl Portreto {
    /// Deletes an image for ever. Its bytes are collected by `repair` after the grace period, when
    /// nothing else refers to them.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Catalog`.
    pub async fn delete(&self, id: ImageId) -> Result<Deleted> {
        let (now, event) = (self.inner.clock.now(), self.inner.ids.next());
        let Some((image, variants)) = self.inner.catalog.delete_image(id, now, event).await? else {
            let message = format!("there is no image with the id {id}");
            return Err(Error::new(ErrorKind::NotFound, message));
        };
        let tombstone = Tombstone { image: id, original: image.digest, deleted: now };
        let mut away = self.bury(&tombstone).await?;
        for variant in &variants {
            away.extend(self.remove(&variant.record_key()).await?);
        }
        Ok(Deleted { image, away: away.into_iter().collect() })
    }

    /// Writes a tombstone into every store that answers, then removes the record from them. Gives the
    /// stores that did not do both.
    pub(super) async fn bury(&self, tombstone: &Tombstone) -> Result<BTreeSet<StoreId>> {
        let sealed = seal_tombstone(tombstone)?;
        let Tombstone { image, original, .. } = tombstone;
        let record = Key::Record { original: *original, image: image.uuid() };
        // No store at all is no error: the catalog owes the tombstone to all of them.
        let owed = match self.inner.replicas.put(&tombstone.key(), sealed).await {
            Ok(kept) => kept.owed,
            Err(error) => error.into_refusals(),
        };
        self.owe(&tombstone.key(), &owed).await?;
        let mut away: BTreeSet<StoreId> = owed.into_iter().map(|refusal| refusal.store).collect();
        away.extend(self.remove(&record).await?);
        Ok(away)
    }

    /// Removes a key from every store that answers, and gives the others.
    async fn remove(&self, key: &Key) -> Result<impl Iterator<Item = StoreId> + use<>> {
        let owed = self.inner.replicas.delete(key).await.owed;
        self.owe(key, &owed).await?;
        Ok(owed.into_iter().map(|refusal| refusal.store))
    }
}

/// A tombstone as it is kept in the stores.
pub(super) fn seal_tombstone(tombstone: &Tombstone) -> Result<Bytes> {
    Ok(envelope::seal(&tombstone.key(), 1, tombstone)?)
}
