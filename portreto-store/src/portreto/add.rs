//! Adding an image.
//!
//! The order is the safety. First both copies of the original; then, in one transaction, the image, its
//! jobs and its event; then both copies of the record; only then the acknowledgement. A crash in between
//! leaves bytes that nothing refers to (collected after the grace period, or adopted by the retry), or an
//! image whose record `repair` and the retry write from the catalog: never an acknowledged image that is
//! not kept twice, never the same image twice.

use std::{collections::BTreeSet, time::Duration};

use bytes::Bytes;
use portreto_core::{Digest, Info, Limits, Metadata, Transform, metadata, probe, replica::Key};

use super::{Portreto, Wanted, blocking, look::Seen, seal_record};
use crate::{
    catalog::{Catalogued, Committed},
    error::{Error, ErrorKind, Result},
    image::{Image, ImageId, Variant},
};

/// The longest name of an image, bytes.
const MAX_NAME_BYTES: usize = 1024;
/// The longest label, bytes.
const MAX_LABEL_BYTES: usize = 128;
/// The most labels of one upload.
const MAX_LABELS: usize = 64;

/// A picture to be added.
#[derive(Debug, Clone)]
pub struct Upload {
    /// The file's bytes.
    pub bytes: Bytes,
    /// The file's name, without directories; at most 1024 bytes.
    pub name: String,
    /// Labels to put on the image: at most 64 of at most 128 bytes, without control characters.
    pub labels: BTreeSet<String>,
    /// Whose it is.
    pub owner: String,
    /// Variants to make.
    pub transforms: Vec<Transform>,
    /// Keep a picture that is cut off as it is, instead of refusing it.
    pub keep_damaged: bool,
}

impl Upload {
    /// What [`Portreto::add`] asks of an upload before it keeps anything; reads nothing but the upload.
    ///
    /// Takes a time that grows with the bytes: call it where blocking is allowed.
    ///
    /// # Errors
    ///
    /// `NotAnImage`; `BadInput` when the name, a label or the picture cannot be used. A picture that is cut
    /// off cannot, unless [`Upload::keep_damaged`] is set.
    pub fn check(self, limits: &Limits) -> Result<Checked> {
        check_text(&self.name, &self.labels)?;
        limits.check_input_bytes(self.bytes.len() as u64)?;
        let info = probe(&self.bytes, limits)?;
        if !self.keep_damaged {
            info.check_complete().map_err(|cut_off| {
                let message =
                    "the picture is not whole (`--keep-damaged` or `keep_damaged` keeps it anyway)";
                Error::new(ErrorKind::BadInput, message).with_source(cut_off)
            })?;
        }
        let metadata = metadata(&self.bytes, limits).ok().flatten();
        Ok(Checked { digest: Digest::of(&self.bytes), info, metadata, upload: self })
    }
}

/// An upload that may be kept.
#[derive(Debug, Clone)]
pub struct Checked {
    upload: Upload,
    digest: Digest,
    info: Info,
    metadata: Option<Metadata>,
}

impl Checked {
    /// The digest of the bytes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }
}

/// When a picture is decoded to see what it shows: its placeholders, and what tells others like it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Look {
    /// Before it is acknowledged.
    #[default]
    AtOnce,
    /// When [`Portreto::look_at_rest`] or [`Portreto::looked_at`] asks for it.
    Later,
}

/// What became of an upload.
#[derive(Debug)]
pub struct Added {
    /// The image, kept twice.
    pub image: Image,
    /// Whether the same bytes of the same owner were there before.
    pub already_there: bool,
    /// What became of each transform asked for, in their order.
    pub variants: Vec<Result<Variant>>,
}

/// What became of an upload whose variants are left to workers.
#[derive(Debug)]
pub struct AddedLater {
    /// The image, kept twice.
    pub image: Image,
    /// Whether the same bytes of the same owner were there before.
    pub already_there: bool,
    /// Each transform asked for, in their order: kept already, or the job that will make it.
    pub variants: Vec<Wanted>,
}

impl Portreto {
    /// Keeps a picture: both copies durable and catalogued when it returns.
    ///
    /// The same bytes of the same owner are one image: uploading them again adds at most labels and
    /// variants, and puts back what a store has lost meanwhile.
    ///
    /// # Errors
    ///
    /// `NotAnImage`, `BadInput`, `Quota`, `TooFewStores`, `Catalog`. A transform that fails is not an error of
    /// the upload: see [`Added::variants`].
    pub async fn add(&self, upload: Upload) -> Result<Added> {
        let limits = self.inner.limits;
        let checked = blocking(move || upload.check(&limits)).await??;
        self.add_checked(checked, Look::AtOnce).await
    }

    /// The same for an upload that was checked before, with a word on when it is looked at.
    ///
    /// # Errors
    ///
    /// `Quota`, `TooFewStores`, `Catalog`.
    pub async fn add_checked(&self, checked: Checked, look: Look) -> Result<Added> {
        let bytes = checked.upload.bytes.clone();
        let transforms = checked.upload.transforms.clone();
        let (image, already_there) = self.keep(checked, look, self.inner.terms.head_start).await?;
        let variants = self.variants_of_upload(&image, &bytes, &transforms).await;
        Ok(Added { image, already_there, variants })
    }

    /// The same, leaving the variants to workers: their jobs are queued in the transaction that catalogues
    /// the image.
    ///
    /// # Errors
    ///
    /// As [`Portreto::add`].
    pub async fn add_later(&self, upload: Upload) -> Result<AddedLater> {
        let transforms = upload.transforms.clone();
        let limits = self.inner.limits;
        let checked = blocking(move || upload.check(&limits)).await??;
        let (image, already_there) = self.keep(checked, Look::AtOnce, Duration::ZERO).await?;
        let variants = if transforms.is_empty() {
            Vec::new()
        } else {
            self.request(&image, &transforms, 0).await?
        };
        Ok(AddedLater { image, already_there, variants })
    }

    /// Keeps the original and catalogues the image with its jobs, which no worker begins before `delay`.
    async fn keep(&self, checked: Checked, look: Look, delay: Duration) -> Result<(Image, bool)> {
        let Checked { upload, digest, info, metadata } = checked;
        let Upload { bytes, name, labels, owner, transforms, keep_damaged: _ } = upload;
        let mut seen = None;
        loop {
            if let Some(there) = self.inner.catalog.image_of(&owner, &digest).await? {
                return Ok((self.still_kept(there, &bytes, &labels, look).await?, true));
            }
            self.inner.catalog.check_quota(&owner, bytes.len() as u64).await?;
            let expected = self.inner.catalog.expect_image();
            // While one waits for disks, the other computes.
            let key = Key::Blob(digest);
            let (put, looked) = tokio::join!(self.put(&key, bytes.clone()), async {
                match (&seen, look) {
                    (None, Look::AtOnce) => self.look_at(&bytes).await.map(Some),
                    _ => Ok(None),
                }
            });
            put?;
            seen = looked?.or(seen);
            let image = Image {
                id: ImageId::new(self.inner.ids.next()),
                digest,
                name: name.clone(),
                media_type: info.format.media_type().to_owned(),
                width: info.width,
                height: info.height,
                bytes: bytes.len() as u64,
                owner: owner.clone(),
                labels: labels.clone(),
                created: self.inner.clock.now(),
                fingerprint: seen.clone().flatten(),
                metadata: metadata.clone(),
            };
            let jobs = self.new_jobs(&image, &transforms, 0, delay);
            let event = self.inner.ids.next();
            let committed = self.inner.catalog.commit_image(&image, &jobs, event).await?;
            drop(expected);
            match committed {
                (Committed::New, Some(bundle)) => {
                    let key = Key::Bundle(bundle.digest);
                    let keep = || self.put(&key, bundle.bytes.clone());
                    bundle.kept.get_or_try_init(keep).await?;
                    return Ok((image, false));
                }
                (Committed::New, None) => {
                    let there = Catalogued { image: image.clone(), revision: 1, bundle: None };
                    self.put_record(&there).await?;
                    return Ok((image, false));
                }
                // Another upload of the same bytes was faster, or they were collected meanwhile.
                (Committed::Exists | Committed::Collected, _) => {}
            }
        }
    }

    /// Makes sure that an image which is catalogued is kept: cheaply, by asking the stores.
    async fn still_kept(
        &self,
        there: Catalogued,
        bytes: &Bytes,
        labels: &BTreeSet<String>,
        look: Look,
    ) -> Result<Image> {
        let mut there = there;
        if !labels.is_subset(&there.image.labels) {
            let changed = self.inner.catalog.add_labels(there.image.id, labels).await?;
            there = changed.unwrap_or(there);
        }
        if look == Look::AtOnce && there.image.fingerprint.is_none() {
            let seen =
                Seen::of(&there.image, self.look_at(bytes).await?, bytes, &self.inner.limits);
            there = self.inner.catalog.describe(&[seen]).await?.pop().unwrap_or(there);
        }
        let blob = there.image.blob_key();
        if !self.inner.replicas.head_both(&blob, Some(bytes.len() as u64)).await {
            self.put(&blob, bytes.clone()).await?;
        }
        if let Some(bundle) = &there.bundle {
            if self.inner.replicas.head_both(&Key::Bundle(*bundle), None).await {
                return Ok(there.image);
            }
            // Whoever was to put it may have died; those who come again need not wait for a repair.
            self.inner.catalog.leave_bundle(there.image.id).await?;
            if !self.inner.catalog.refers_to_bundle(bundle).await? {
                // One copy may have been put. Should a store not do it, `repair` will.
                self.inner.replicas.delete(&Key::Bundle(*bundle)).await;
            }
        }
        let (key, record) = (there.image.record_key(), seal_record(&there)?);
        if !self.inner.replicas.head_both(&key, Some(record.len() as u64)).await {
            self.put(&key, record).await?;
        }
        Ok(there.image)
    }

    /// Writes the record of an image from its catalog entry.
    pub(super) async fn put_record(&self, there: &Catalogued) -> Result<()> {
        let record = seal_record(there)?;
        self.put(&there.image.record_key(), record).await?;
        Ok(())
    }
}

fn check_text(name: &str, labels: &BTreeSet<String>) -> Result<()> {
    let wrong = |message: String| Err(Error::new(ErrorKind::BadInput, message));
    if name.is_empty() || name.len() > MAX_NAME_BYTES {
        return wrong(format!(
            "the name has {} bytes and may have 1 to {MAX_NAME_BYTES}: rename the file",
            name.len()
        ));
    }
    if labels.len() > MAX_LABELS {
        return wrong(format!("{} labels are more than the limit of {MAX_LABELS}", labels.len()));
    }
    for label in labels {
        if label.is_empty() || label.len() > MAX_LABEL_BYTES || label.chars().any(char::is_control)
        {
            return wrong(format!(
                "the label {label:?} is not 1 to {MAX_LABEL_BYTES} bytes without control characters"
            ));
        }
    }
    Ok(())
}
