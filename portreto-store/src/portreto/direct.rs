//! Variants by digest alone: for URLs that say everything, and work while the catalog is away.

use std::time::Duration;

use bytes::Bytes;
use portreto_core::{
    Digest, Transform, probe, render_with,
    replica::{Key, VariantKey},
};

use url::Url;

use super::{
    Portreto,
    admission::Turn,
    variant::{made, seal_variant},
};
use crate::{
    catalog::{Committed, JobKey},
    envelope,
    error::{Error, ErrorKind, Result},
    image::{Image, Variant},
    replicas::ReplicaErrorKind,
    tally::operation_names,
};

/// Pictures that are kept at the same time after they were given: their syncs are shared, and each holds its bytes.
pub(super) const KEPT_BESIDE: u32 = 64;
/// Where the size of a picture mostly is: in so many bytes.
const HEADERS: usize = 128 << 10;
/// How long the catalog is asked before it is taken to be away.
const CATALOG_ANSWERS_WITHIN: Duration = Duration::from_secs(2);

/// A variant and its bytes.
#[derive(Debug, Clone)]
pub struct Direct {
    /// What it is.
    pub variant: Variant,
    /// Its bytes, checked.
    pub bytes: Bytes,
}

impl Portreto {
    /// The variant of an original by its digest, from the stores; made and kept when it is not there.
    ///
    /// The catalog is asked whether there is such a variant and its original is still some image's, and told what was made. When it
    /// does not answer, whatever is in the stores is given. What was made is kept after it is given, beside the work: it can be made
    /// again ([`Portreto::idle`] waits for it).
    ///
    /// # Errors
    ///
    /// `NotFound` when there is no image with this original; `BadInput` when the transform does not fit it; `Busy` when too much
    /// is rendered already; `Unreadable`.
    pub async fn direct(&self, original: &Digest, transform: &Transform) -> Result<Direct> {
        let job = JobKey::new(*original, transform);
        let told = self.told(self.inner.catalog.variant(&job)).await;
        let answers = told.is_some();
        let variant = match told {
            Some(catalogued) => catalogued,
            None => self.recorded(&job).await,
        };
        if let Some(variant) = variant
            && let Ok(bytes) = self.inner.replicas.get(&variant.blob_key()).await
        {
            if answers {
                self.knows(original).await?;
            }
            return Ok(Direct { variant, bytes });
        }
        let turn = self.inner.admission.enter().await?;
        let known = answers && self.knows(original).await?;
        let direct = self.render_direct(&job, transform, &turn).await?;
        turn.end();
        if known {
            self.keep_beside(direct.clone()).await;
        }
        Ok(direct)
    }

    /// Waits until what is done beside the work is done: pictures that were made on the fly are kept, and what reads found wrong is
    /// made good again or left to `repair`.
    pub async fn idle(&self) {
        // Is never closed.
        let _all = self.inner.keeping.acquire_many(KEPT_BESIDE).await;
        self.inner.replicas.healed().await;
    }

    /// A URL at which a store gives this variant of an original to whoever has it, and the variant; none when it is not made yet, or
    /// no store that has it makes such URLs.
    ///
    /// # Errors
    ///
    /// `NotFound` when there is no image with this original.
    pub async fn direct_url(
        &self,
        original: &Digest,
        transform: &Transform,
        lasts: Duration,
    ) -> Result<Option<(Variant, Url)>> {
        self.knows(original).await?;
        let Some(variant) = self.recorded(&JobKey::new(*original, transform)).await else {
            return Ok(None);
        };
        let url = self.inner.replicas.presigned(&variant.blob_key(), lasts).await;
        Ok(url.map(|url| (variant, url)))
    }

    /// A URL at which a store gives the original of an image to whoever has it; none when no store that has it makes such URLs.
    pub async fn original_url(&self, image: &Image, lasts: Duration) -> Option<Url> {
        self.inner.replicas.presigned(&image.blob_key(), lasts).await
    }

    /// Whether the catalog says that the original is still some image's; it may be away.
    async fn knows(&self, original: &Digest) -> Result<bool> {
        match self.told(self.inner.catalog.has_original(original)).await {
            Some(false) => Err(absent(original)),
            Some(true) => Ok(true),
            None => Ok(false),
        }
    }

    /// What the catalog answers; none when it is away.
    async fn told<T>(&self, question: impl Future<Output = Result<T>>) -> Option<T> {
        match tokio::time::timeout(CATALOG_ANSWERS_WITHIN, question).await {
            Ok(Ok(answer)) => Some(answer),
            Ok(Err(error)) => {
                tracing::warn!(
                    error = error.with_causes(),
                    "a variant is given without the catalog"
                );
                None
            }
            Err(_) => None,
        }
    }

    /// What the stores say of a variant.
    async fn recorded(&self, job: &JobKey) -> Option<Variant> {
        let name = VariantKey::for_text(&job.original, job.engine_version, &job.transform);
        let key = Key::Variant { original: job.original, variant: name };
        let record = self.inner.replicas.get(&key).await.ok()?;
        serde_json::from_str(envelope::open(&key, &record).ok()?.payload.get()).ok()
    }

    async fn render_direct(
        &self,
        job: &JobKey,
        transform: &Transform,
        turn: &Turn<'_>,
    ) -> Result<Direct> {
        let limits = self.inner.limits;
        let original = match self.inner.replicas.get(&Key::Blob(job.original)).await {
            Ok(original) => original,
            Err(error) => {
                let nowhere = error.kind() == ReplicaErrorKind::NotFound;
                return Err(if nowhere { absent(&job.original) } else { error.into() });
            }
        };
        // The beginning says it nearly always; a whole file is passed over to its end.
        let beginning = &original[..original.len().min(HEADERS)];
        let info = probe(beginning, &limits).or_else(|_| probe(&original, &limits))?;
        // Four samples of up to two bytes, once decoded and once more on the way.
        let pixels = u64::from(info.width) * u64::from(info.height);
        let room = turn.room(pixels.saturating_mul(8)).await?;
        let assets = self.assets_of(std::slice::from_ref(transform)).await;
        let wanted = transform.clone();
        let names = operation_names(std::slice::from_ref(transform));
        let work = move || render_with(&original, &wanted, &limits, &assets);
        let rendered = self.rendering(names, work).await?;
        drop(room);
        let (variant, bytes) = made(job, rendered?);
        Ok(Direct { variant, bytes })
    }

    /// Keeps what was made, beside the work; waits only while very much is being kept.
    async fn keep_beside(&self, direct: Direct) {
        let Ok(place) = self.inner.keeping.clone().acquire_owned().await else { return };
        let portreto = self.clone();
        tokio::spawn(async move {
            if let Err(error) = portreto.keep_direct(&direct).await {
                // It can be made again.
                tracing::warn!(
                    error = error.with_causes(),
                    "a variant that was made on the fly is not kept"
                );
            }
            drop(place);
        });
    }

    async fn keep_direct(&self, direct: &Direct) -> Result<()> {
        let Direct { variant, bytes } = direct;
        loop {
            self.put(&variant.blob_key(), bytes.clone()).await?;
            let (now, event) = (self.inner.clock.now(), self.inner.ids.next());
            match self.inner.catalog.commit_variant(variant, now, event).await? {
                Committed::New | Committed::Exists => break,
                Committed::Collected => {}
            }
        }
        self.inner.bell.ring();
        self.put(&variant.record_key(), seal_variant(variant)?).await?;
        Ok(())
    }
}

fn absent(original: &Digest) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no picture with the digest {original}"))
}
