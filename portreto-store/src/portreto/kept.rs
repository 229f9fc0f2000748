//! Is this image kept, really?

use futures::future::join_all;
use portreto_core::replica::{Holding, Key, StoreId};

use super::{Portreto, seal_record};
use crate::{error::Result, image::Image};

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
    /// Stores with a good copy of the record.
    pub records: Vec<StoreId>,
}

impl Kept {
    /// Whether original and record are in two stores at least.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        self.copies.len() >= 2 && self.records.len() >= 2
    }
}

impl Portreto {
    /// Where good copies of an image are; none when it is not catalogued (any more).
    ///
    /// # Errors
    ///
    /// `Catalog`. A store that does not answer has no copies.
    pub async fn kept(&self, image: &Image, depth: Depth) -> Result<Option<Kept>> {
        let Some(there) = self.inner.catalog.image(image.id).await? else { return Ok(None) };
        let (blob, record) = (there.image.blob_key(), there.image.record_key());
        let (copies, records) = match depth {
            Depth::Names => {
                let record_bytes = seal_record(&there)?.len() as u64;
                tokio::join!(
                    self.holders(&blob, there.image.bytes),
                    self.holders(&record, record_bytes)
                )
            }
            Depth::Bytes => tokio::join!(self.good(&blob), self.good(&record)),
        };
        Ok(Some(Kept { copies, records }))
    }

    /// The stores that have so many bytes under `key`, by their word.
    async fn holders(&self, key: &Key, bytes: u64) -> Vec<StoreId> {
        let stores = self.inner.replicas.stores();
        let heads = stores.into_iter().map(|attached| async move {
            let id = attached.entry.id;
            let store = self.inner.replicas.store(&id).await.ok()?;
            let head = store.head(key).await.ok()?;
            (head.bytes == bytes).then_some(id)
        });
        join_all(heads).await.into_iter().flatten().collect()
    }

    /// The stores that have the right bytes under `key`, read and checked.
    async fn good(&self, key: &Key) -> Vec<StoreId> {
        let holdings = self.locate(key).await;
        let good = holdings.into_iter().filter(|(_, holding)| *holding == Holding::Good);
        good.map(|(store, _)| store).collect()
    }
}
