//! Bytes to upright sRGB pixels.

use image::DynamicImage;

use crate::{error::Result, limits::Limits, probe::Info};

/// A decoded file.
#[derive(Debug)]
pub(crate) struct Decoded {
    /// Upright, sRGB, straight alpha, 8 or 16 bits a sample.
    pub(crate) image: DynamicImage,
    /// What the headers said.
    pub(crate) info: Info,
}

/// Decodes a picture: Exif orientation applied, embedded ICC profile converted to sRGB.
pub(crate) fn decode(_bytes: &[u8], _limits: &Limits) -> Result<Decoded> {
    todo!()
}
