//! Is this image kept, really?

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use futures::future::join_all;
use portreto_core::{
    Digest,
    replica::{Holding, Key, StoreId},
};
use tokio::sync::OnceCell;

use super::{Portreto, seal_record};
use crate::{bundle, catalog::Catalogued, error::Result, image::Image};

/// How closely copies are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// The stores are asked whether they have them, whole by their length.
    Names,
    /// Every byte is read and checked.
    Bytes,
}

/// How an image is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Kept {
    /// Stores with a good copy of the original.
    pub copies: Vec<StoreId>,
    /// Stores with a good copy of the record, by itself or in a bundle.
    pub records: Vec<StoreId>,
}

impl Kept {
    /// Whether original and record are in two stores at least.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        self.copies.len() >= 2 && self.records.len() >= 2
    }
}

/// Looks at one image after the other. A bundle of records is looked at once, for all images in it.
#[derive(Debug)]
pub struct Checkup {
    portreto: Portreto,
    depth: Depth,
    bundles: Mutex<HashMap<Digest, Arc<OnceCell<Vec<StoreId>>>>>,
}

impl Portreto {
    /// What looks at images so closely.
    #[must_use]
    pub fn checkup(&self, depth: Depth) -> Checkup {
        Checkup { portreto: self.clone(), depth, bundles: Mutex::default() }
    }

    /// Where the record of an image is: under a key of its own or in a bundle. None when it is not catalogued (any more).
    ///
    /// # Errors
    ///
    /// `Catalog`
    pub async fn record_of(&self, image: &Image) -> Result<Option<Key>> {
        Ok(self.inner.catalog.image(image.id).await?.as_ref().map(record_key))
    }
}

impl Checkup {
    /// Where good copies of an image are; none when it is not catalogued (any more).
    ///
    /// # Errors
    ///
    /// `Catalog`. A store that does not answer has no copies.
    pub async fn kept(&self, image: &Image) -> Result<Option<Kept>> {
        let Some(there) = self.portreto.inner.catalog.image(image.id).await? else {
            return Ok(None);
        };
        let blob = there.image.blob_key();
        let copies = async {
            match self.depth {
                Depth::Names => self.holders(&blob, there.image.bytes).await,
                Depth::Bytes => self.good(&blob).await,
            }
        };
        let (copies, records) = tokio::join!(copies, self.records(&there));
        Ok(Some(Kept { copies, records: records? }))
    }

    async fn records(&self, there: &Catalogued) -> Result<Vec<StoreId>> {
        let key = record_key(there);
        let Some(bundle) = there.bundle else {
            return Ok(match self.depth {
                Depth::Names => self.holders(&key, seal_record(there)?.len() as u64).await,
                Depth::Bytes => self.good(&key).await,
            });
        };
        let cell = {
            let mut bundles = self.bundles.lock().unwrap_or_else(PoisonError::into_inner);
            bundles.entry(bundle).or_default().clone()
        };
        cell.get_or_try_init(async || {
            let bytes = match self.depth {
                Depth::Names => self.length_of(&bundle).await?,
                Depth::Bytes => None,
            };
            Ok(match bytes {
                Some(bytes) => self.holders(&key, bytes).await,
                None => self.good(&key).await,
            })
        })
        .await
        .cloned()
    }

    /// How long a bundle is, in bytes, if it can still be made from the catalog.
    async fn length_of(&self, digest: &Digest) -> Result<Option<u64>> {
        let images = self.portreto.inner.catalog.images_of_bundle(digest).await?;
        let sealed = bundle::seal(&images)?.filter(|(found, _)| found == digest);
        Ok(sealed.map(|(_, bytes)| bytes.len() as u64))
    }

    /// The stores that have so many bytes under `key`, by their word.
    async fn holders(&self, key: &Key, bytes: u64) -> Vec<StoreId> {
        let replicas = &self.portreto.inner.replicas;
        let heads = replicas.stores().into_iter().map(|attached| async move {
            let id = attached.entry.id;
            let store = replicas.store(&id).await.ok()?;
            let head = store.head(key).await.ok()?;
            (head.bytes == bytes).then_some(id)
        });
        join_all(heads).await.into_iter().flatten().collect()
    }

    /// The stores that have the right bytes under `key`, read and checked.
    async fn good(&self, key: &Key) -> Vec<StoreId> {
        let holdings = self.portreto.locate(key).await;
        let good = holdings.into_iter().filter(|(_, holding)| *holding == Holding::Good);
        good.map(|(store, _)| store).collect()
    }
}

fn record_key(there: &Catalogued) -> Key {
    there.bundle.map_or_else(|| there.image.record_key(), Key::Bundle)
}
