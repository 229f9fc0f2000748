//! Variants: the bytes that a transform gives, kept like originals.

use std::time::Instant;

use bytes::Bytes;
use portreto_core::{
    Assets, Digest, ENGINE_VERSION, Rendered, Transform, render_many_with, render_with,
    replica::Key,
};

use super::{Portreto, blocking};
use crate::{
    catalog::{Committed, JobKey},
    envelope,
    error::{Error, ErrorKind, Result},
    image::{Image, Variant},
    tally::operation_names,
};

impl Portreto {
    /// The variant's bytes, checked; made and kept first when it is not there.
    ///
    /// In captions `{id}` becomes the image's id, `{name}` its name and `{time}` when it was first uploaded (UTC). Watermarks are
    /// blobs of the stores, by their digest: upload a logo to use it.
    ///
    /// # Errors
    ///
    /// `BadInput` when the transform does not fit the picture; `Unreadable` when neither the variant nor
    /// the original can be read; `TooFewStores` when what was made cannot be kept.
    pub async fn variant(&self, image: &Image, transform: &Transform) -> Result<(Variant, Bytes)> {
        let transform = &filled(transform, image);
        let job = JobKey::new(image.digest, transform);
        if let Some(variant) = self.inner.catalog.variant(&job).await? {
            match self.inner.replicas.get(&variant.blob_key()).await {
                Ok(bytes) => return Ok((variant, bytes)),
                Err(error) => {
                    // Nothing is lost: the same bytes can be made again.
                    tracing::warn!(%error, key = %variant.blob_key(), "making an unreadable variant again");
                }
            }
        }
        let original = self.original(image).await?;
        let assets = self.assets_of(std::slice::from_ref(transform)).await;
        let (limits, wanted) = (self.inner.limits, transform.clone());
        let names = operation_names(std::slice::from_ref(transform));
        let work = move || render_with(&original, &wanted, &limits, &assets);
        let rendered = self.rendering(names, work).await?.map_err(Error::from);
        self.keep_rendered(&job, rendered).await
    }

    /// The variants that are kept of an image's original.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn variants(&self, image: &Image) -> Result<Vec<Variant>> {
        self.inner.catalog.variants_of(&image.digest).await
    }

    /// Makes the variants asked for with an upload; those that are there are not made again.
    pub(super) async fn variants_of_upload(
        &self,
        image: &Image,
        original: &Bytes,
        transforms: &[Transform],
    ) -> Vec<Result<Variant>> {
        let transforms: Vec<Transform> =
            transforms.iter().map(|transform| filled(transform, image)).collect();
        let mut results: Vec<Option<Result<Variant>>> = Vec::with_capacity(transforms.len());
        for transform in &transforms {
            results
                .push(self.kept_variant(&JobKey::new(image.digest, transform)).await.transpose());
        }
        let missing: Vec<usize> = (0..results.len()).filter(|&i| results[i].is_none()).collect();
        if !missing.is_empty() {
            let wanted: Vec<Transform> = missing.iter().map(|&i| transforms[i].clone()).collect();
            let assets = self.assets_of(&wanted).await;
            let (limits, bytes) = (self.inner.limits, original.clone());
            let names = operation_names(&wanted);
            let work = move || render_many_with(&bytes, &wanted, &limits, &assets);
            let rendered = self.rendering(names, work).await;
            match rendered {
                Ok(rendered) => {
                    for (&i, rendered) in missing.iter().zip(rendered) {
                        let job = JobKey::new(image.digest, &transforms[i]);
                        let kept = self.keep_rendered(&job, rendered.map_err(Error::from)).await;
                        results[i] = Some(kept.map(|(variant, _)| variant));
                    }
                }
                Err(error) => {
                    let message = error.to_string();
                    for i in missing {
                        results[i] = Some(Err(Error::new(ErrorKind::Internal, message.clone())));
                    }
                }
            }
        }
        results.into_iter().flatten().collect()
    }

    /// The pictures that the watermarks of `transforms` name, as far as they are blobs of the stores. Rendering says which one
    /// is missing.
    pub(super) async fn assets_of(&self, transforms: &[Transform]) -> Assets {
        let mut assets = Assets::new();
        for digest in transforms.iter().flat_map(Transform::assets) {
            if assets.contains(&digest) {
                continue;
            }
            match self.inner.replicas.get(&Key::Blob(digest)).await {
                Ok(bytes) => {
                    if let Err(error) = assets.add(&bytes, &self.inner.limits) {
                        tracing::warn!(%error, %digest, "a watermark is no picture");
                    }
                }
                Err(error) => tracing::warn!(%error, %digest, "a watermark cannot be read"),
            }
        }
        assets
    }

    /// The variant if it is catalogued and, as far as asking tells, kept.
    async fn kept_variant(&self, job: &JobKey) -> Result<Option<Variant>> {
        let Some(variant) = self.inner.catalog.variant(job).await? else { return Ok(None) };
        let replicas = &self.inner.replicas;
        let (key, record) = (variant.record_key(), seal_variant(&variant)?);
        let kept = replicas.head_both(&variant.blob_key(), Some(variant.bytes)).await
            && replicas.head_both(&key, Some(record.len() as u64)).await;
        Ok(kept.then_some(variant))
    }

    /// Keeps what was rendered, or records why it could not be.
    async fn keep_rendered(
        &self,
        job: &JobKey,
        rendered: Result<Rendered>,
    ) -> Result<(Variant, Bytes)> {
        let rendered = match rendered {
            Ok(rendered) => rendered,
            Err(error) => {
                let reason = error.with_causes();
                let (now, event) = (self.inner.clock.now(), self.inner.ids.next());
                self.inner.catalog.fail_job(job, &reason, now, event).await?;
                return Err(error);
            }
        };
        let (variant, bytes) = made(job, rendered);
        loop {
            self.put(&variant.blob_key(), bytes.clone()).await?;
            let (now, event) = (self.inner.clock.now(), self.inner.ids.next());
            match self.inner.catalog.commit_variant(&variant, now, event).await? {
                Committed::New | Committed::Exists => break,
                Committed::Collected => {}
            }
        }
        self.inner.bell.ring();
        self.put_variant_record(&variant).await?;
        Ok((variant, bytes))
    }

    /// Writes the record of a variant from its catalog entry.
    pub(super) async fn put_variant_record(&self, variant: &Variant) -> Result<()> {
        self.put(&variant.record_key(), seal_variant(variant)?).await?;
        Ok(())
    }

    /// Runs pixel work on a thread for such work, as many at a time as there are to be. Counted by the names of its operations.
    pub(super) async fn rendering<T: Send + 'static>(
        &self,
        names: Vec<String>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        let permit = self.inner.renderers.clone().acquire_owned().await.map_err(|source| {
            Error::new(ErrorKind::Internal, "rendering has ended").with_source(source)
        })?;
        let (result, took) = blocking(move || {
            let began = Instant::now();
            let result = work();
            drop(permit);
            (result, began.elapsed())
        })
        .await?;
        self.inner.renders.add(&names, took);
        Ok(result)
    }
}

/// What a job has made: its entry and its bytes.
pub(super) fn made(job: &JobKey, rendered: Rendered) -> (Variant, Bytes) {
    let bytes = Bytes::from(rendered.bytes);
    let variant = Variant {
        original: job.original,
        transform: job.transform.clone(),
        engine_version: ENGINE_VERSION,
        digest: Digest::of(&bytes),
        media_type: rendered.format.media_type().to_owned(),
        width: rendered.width,
        height: rendered.height,
        bytes: bytes.len() as u64,
    };
    (variant, bytes)
}

/// `transform` with what is known of `image` in the variables of its captions.
pub(super) fn filled(transform: &Transform, image: &Image) -> Transform {
    transform.filled(|variable| match variable {
        "id" => Some(image.id.to_string()),
        "name" => Some(image.name.clone()),
        "time" => Some(image.created.strftime("%Y-%m-%d %H:%M:%S").to_string()),
        _ => None,
    })
}

/// The record of a variant as it is kept in the stores.
pub(super) fn seal_variant(variant: &Variant) -> Result<Bytes> {
    Ok(envelope::seal(&variant.record_key(), 1, variant)?)
}
