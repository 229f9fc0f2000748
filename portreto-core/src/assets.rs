//! Pictures that transforms lay over other pictures.

use std::{collections::BTreeMap, fmt, sync::Arc};

use image::DynamicImage;

use crate::{
    decode::decode,
    digest::Digest,
    error::{Error, ErrorKind, Result},
    limits::Limits,
};

/// Pictures by their digest, for the [watermarks](crate::transform::Watermark) of a transform.
///
/// A transform names its watermark by digest, so that its text says which bytes it makes; whoever renders brings the
/// picture along. [`Transform::assets`](crate::Transform::assets) lists what is needed.
///
/// # Examples
///
/// ```
/// use portreto_core::{Assets, Limits, render_with, transform::{Transform, Watermark}};
///
/// let mut assets = Assets::new();
/// let logo = assets.add(b"P6 1 1 255 \xFF\x00\x00", &Limits::default())?;
/// let transform = Transform::new().watermark(Watermark::new(logo).scale(1.0)?);
/// let original = b"P6 2 1 255 \x00\x00\x00\x00\x00\x00";
/// let marked = render_with(original, &transform, &Limits::default(), &assets)?;
/// assert_eq!(&marked.bytes[marked.bytes.len() - 6..], b"\x00\x00\x00\xFF\x00\x00");
/// # Ok::<(), portreto_core::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Assets(BTreeMap<Digest, Arc<DynamicImage>>);

impl Assets {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the picture in `bytes` and returns the digest that names it. It is decoded here, once.
    ///
    /// # Errors
    ///
    /// As [`render`](crate::render) for an original that cannot be read or is too large.
    pub fn add(&mut self, bytes: &[u8], limits: &Limits) -> Result<Digest> {
        let digest = Digest::of(bytes);
        let image = decode(bytes, limits)?.image;
        self.0.insert(digest, Arc::new(image));
        Ok(digest)
    }

    /// Whether the picture is there.
    #[must_use]
    pub fn contains(&self, digest: &Digest) -> bool {
        self.0.contains_key(digest)
    }

    pub(crate) fn get(&self, digest: &Digest) -> Result<&DynamicImage> {
        self.0.get(digest).map(|image| &**image).ok_or_else(|| {
            let message = format!("the watermark {digest} is not among the pictures at hand");
            Error::new(ErrorKind::InvalidTransform, message)
        })
    }
}

impl fmt::Debug for Assets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
