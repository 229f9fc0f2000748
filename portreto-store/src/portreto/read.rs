//! Finding and reading what is kept.

use std::collections::BTreeSet;

use bytes::Bytes;
use jiff::Timestamp;
use portreto_core::{
    Digest, Limits,
    replica::{Holding, Key, StoreId},
};
use serde::Serialize;

use super::Portreto;
use crate::{
    error::{Error, ErrorKind, Result},
    image::{Image, ImageId, Variant},
    quota::Usage,
    replicas::FaultCounts,
    store::CallTally,
    tally::RenderTally,
};

/// The shortest abbreviation of an id, hexadecimal digits.
const MIN_ABBREVIATION: usize = 4;

/// Which images to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only images of this owner.
    pub owner: Option<String>,
    /// Only images with all these labels.
    pub labels: BTreeSet<String>,
    /// Only images whose name contains this, in any ASCII case.
    pub name: Option<String>,
    /// Only images first uploaded at or after this.
    pub since: Option<Timestamp>,
    /// Only images first uploaded before this.
    pub until: Option<Timestamp>,
}

/// Some images, oldest first.
#[derive(Debug, Clone)]
pub struct Page {
    /// The images.
    pub images: Vec<Image>,
    /// Where the next page begins; none at the end.
    pub next: Option<ImageId>,
}

/// Totals of the catalog.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Stats {
    /// Images.
    pub images: u64,
    /// Bytes of their distinct originals, one copy counted.
    pub original_bytes: u64,
    /// Variants.
    pub variants: u64,
    /// Bytes of distinct variants, one copy counted.
    pub variant_bytes: u64,
    /// Transforms asked for and not yet done.
    pub queued_jobs: u64,
    /// Copies and deletions that stores owe: `repair` does them.
    pub owed: u64,
}

impl Portreto {
    /// The one image whose id begins or ends with `abbreviation`: at least 4 hexadecimal digits, with or
    /// without hyphens. The end tells more: ids that were made together begin alike.
    ///
    /// # Errors
    ///
    /// `BadInput` for anything else, `NotFound`, or `Conflict` naming candidates when there are several.
    pub async fn find(&self, abbreviation: &str) -> Result<Image> {
        let digits = abbreviation.replace('-', "").to_ascii_lowercase();
        let fits = (MIN_ABBREVIATION..=32).contains(&digits.len());
        if !fits || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            let message = format!(
                "{abbreviation:?} is not the id of an image: give {MIN_ABBREVIATION} to 32 hexadecimal \
                 digits from its beginning or its end"
            );
            return Err(Error::new(ErrorKind::BadInput, message));
        }
        let mut found = self.inner.catalog.abbreviated(&digits, 6).await?;
        match (found.len(), found.pop()) {
            (1, Some(image)) => Ok(image),
            (_, None) => Err(Error::new(
                ErrorKind::NotFound,
                format!("there is no image with the id {abbreviation}"),
            )),
            (n, Some(last)) => {
                let named: Vec<String> =
                    found.iter().chain([&last]).map(|i| i.id.to_string()).collect();
                let more = if n > 5 { " and perhaps more" } else { "" };
                let message = format!(
                    "{abbreviation} may be any of {}{more}: give more digits",
                    named.join(", ")
                );
                Err(Error::new(ErrorKind::Conflict, message))
            }
        }
    }

    /// The original's bytes, checked.
    ///
    /// # Errors
    ///
    /// `Unreadable` when no store that answered has them whole.
    pub async fn original(&self, image: &Image) -> Result<Bytes> {
        Ok(self.inner.replicas.get(&image.blob_key()).await?)
    }

    /// A variant's bytes, checked.
    ///
    /// # Errors
    ///
    /// `Unreadable` when no store that answered has them whole.
    pub async fn variant_bytes(&self, variant: &Variant) -> Result<Bytes> {
        Ok(self.inner.replicas.get(&variant.blob_key()).await?)
    }

    /// What reads and writes found wrong in the stores since the home was opened.
    #[must_use]
    pub fn faults(&self) -> FaultCounts {
        self.inner.replicas.faults()
    }

    /// Waits until what reads found wrong so far is made good again, or is left to `repair`; [`Portreto::close`] does, too.
    pub async fn healed(&self) {
        self.inner.replicas.healed().await;
    }

    /// What was asked of each store since the home was opened, by the kind of call.
    #[must_use]
    pub fn store_calls(&self) -> Vec<(StoreId, Vec<CallTally>)> {
        self.inner.replicas.calls()
    }

    /// What was rendered since the home was opened.
    #[must_use]
    pub fn renders(&self) -> RenderTally {
        self.inner.renders.tally()
    }

    /// How many wait to have something rendered on the fly.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.inner.admission.waiting()
    }

    /// Bounds on pictures.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.inner.limits
    }

    /// Up to `limit` images, oldest first, after the image `after`.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn list(&self, filter: &Filter, after: Option<ImageId>, limit: u32) -> Result<Page> {
        self.inner.catalog.page(filter, after, limit).await
    }

    /// The image of this owner with this id.
    ///
    /// # Errors
    ///
    /// `NotFound` when there is none, or it is another owner's; `Catalog`.
    pub async fn image(&self, owner: &str, id: ImageId) -> Result<Image> {
        match self.inner.catalog.image(id).await? {
            Some(there) if there.image.owner == owner => Ok(there.image),
            _ => {
                let message = format!("there is no image with the id {id}");
                Err(Error::new(ErrorKind::NotFound, message))
            }
        }
    }

    /// The image of this owner with these bytes, if it is catalogued.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn image_of(&self, owner: &str, digest: &Digest) -> Result<Option<Image>> {
        Ok(self.inner.catalog.image_of(owner, digest).await?.map(|there| there.image))
    }

    /// What this owner has.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn usage(&self, owner: &str) -> Result<Usage> {
        self.inner.catalog.usage(owner).await
    }

    /// Totals.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn stats(&self) -> Result<Stats> {
        self.inner.catalog.stats().await
    }

    /// What each store holds under `key`, its bytes read and checked.
    pub async fn locate(&self, key: &Key) -> Vec<(StoreId, Holding)> {
        self.inner.replicas.locate(key).await
    }
}
