//! TIFF 6.0, uncompressed.

use std::{borrow::Cow, io::Cursor};

use image::{DynamicImage, codecs::tiff::TiffEncoder};

use super::samples;
use crate::{error::Result, format::Format};

pub(super) fn encode(image: &DynamicImage) -> Result<Vec<u8>> {
    // The encoder has no gray with alpha.
    let image = match image {
        DynamicImage::ImageLumaA8(_) => Cow::Owned(image.to_rgba8().into()),
        DynamicImage::ImageLumaA16(_) => Cow::Owned(image.to_rgba16().into()),
        other => Cow::Borrowed(other),
    };
    let mut bytes = Cursor::new(Vec::new());
    samples::write(&image, Format::Tiff, TiffEncoder::new(&mut bytes))?;
    Ok(bytes.into_inner())
}
