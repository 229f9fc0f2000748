//! Looking at pictures: what can be known of one only by decoding it.
//!
//! It takes most of the time that a processor spends on an upload and nothing that is kept depends on it,
//! so an upload in a hurry may leave it for later: the catalog knows which images were never looked at.

use bytes::Bytes;
use futures::{StreamExt, stream};
use portreto_core::{Fingerprint, Limits, Metadata, fingerprint, metadata};

use super::{Portreto, blocking};
use crate::{
    catalog::Catalogued,
    error::Result,
    image::{Image, ImageId},
};

/// What was seen in an image.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) image: ImageId,
    /// None when it cannot be decoded.
    pub(crate) fingerprint: Option<Fingerprint>,
    pub(crate) metadata: Option<Metadata>,
}

/// What became of images that were never looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct LookedAt {
    /// How many were looked at.
    pub n_images: u64,
    /// How many could not be read just now; they are still to be looked at.
    pub n_unread: u64,
}

/// How many images are catalogued together after they were looked at.
const TOGETHER: u32 = 128;

impl Seen {
    pub(super) fn of(
        image: &Image,
        fingerprint: Option<Fingerprint>,
        bytes: &[u8],
        limits: &Limits,
    ) -> Self {
        let known = image.metadata.clone();
        let metadata = known.or_else(|| metadata(bytes, limits).ok().flatten());
        Self { image: image.id, fingerprint, metadata }
    }
}

impl Portreto {
    /// How many images of `owner` were never looked at.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn n_unseen(&self, owner: &str) -> Result<u64> {
        self.inner.catalog.n_unseen(owner).await
    }

    /// Looks at all images of `owner` that were never looked at, and puts what was seen into the catalog and
    /// the records. `progress` is told how many are done. May be stopped and begun again at any time.
    ///
    /// # Errors
    ///
    /// `Catalog`, `TooFewStores`.
    pub async fn look_at_rest(
        &self,
        owner: &str,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<LookedAt> {
        let (mut done, mut after) = (LookedAt::default(), None);
        loop {
            let unseen = self.inner.catalog.unseen(owner, after, TOGETHER).await?;
            let Some(last) = unseen.last() else { return Ok(done) };
            after = Some(last.image.id);
            let n_unseen = unseen.len() as u64;
            let seen = self.see(unseen.into_iter().map(|there| there.image).collect()).await?;
            done.n_images += seen.len() as u64;
            done.n_unread += n_unseen - seen.len() as u64;
            let described = self.inner.catalog.describe(&seen).await?;
            self.put_records(&described).await?;
            progress(done.n_images + done.n_unread);
        }
    }

    /// The image with what is seen in it: looked at now, if it never was and its original can be read.
    ///
    /// # Errors
    ///
    /// `Catalog`, `TooFewStores`.
    pub async fn looked_at(&self, image: Image) -> Result<Image> {
        if image.fingerprint.is_some() || !self.inner.catalog.is_unseen(image.id).await? {
            return Ok(image);
        }
        let seen = self.see(vec![image.clone()]).await?;
        let described = self.inner.catalog.describe(&seen).await?;
        self.put_records(&described).await?;
        Ok(described.into_iter().next().map_or(image, |there| there.image))
    }

    /// Looks at images as many at a time as there are renderers. Those whose originals cannot be read are
    /// left out.
    async fn see(&self, images: Vec<Image>) -> Result<Vec<Seen>> {
        let seen = stream::iter(images).map(|image| async move {
            let Ok(bytes) = self.original(&image).await else { return Ok(None) };
            let fingerprint = self.look_at(&bytes).await?;
            let limits = self.inner.limits;
            Ok(Some(blocking(move || Seen::of(&image, fingerprint, &bytes, &limits)).await?))
        });
        let seen: Vec<Result<Option<Seen>>> = seen.buffer_unordered(8).collect().await;
        seen.into_iter().filter_map(Result::transpose).collect()
    }

    /// What a picture shows; none when it cannot be decoded, which keeps nobody from keeping it.
    pub(super) async fn look_at(&self, bytes: &Bytes) -> Result<Option<Fingerprint>> {
        let (limits, bytes) = (self.inner.limits, bytes.clone());
        self.rendering(vec!["fingerprint".to_owned()], move || fingerprint(&bytes, &limits).ok())
            .await
    }

    async fn put_records(&self, described: &[Catalogued]) -> Result<()> {
        let puts = stream::iter(described).map(|there| self.put_record(there));
        let results: Vec<Result<()>> = puts.buffer_unordered(16).collect().await;
        results.into_iter().collect()
    }
}
