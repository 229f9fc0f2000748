//! Windows bitmaps: 24 bits a pixel, gray as a palette of 256.

use image::{DynamicImage, codecs::bmp::BmpEncoder};

use super::samples;
use crate::{error::Result, format::Format};

pub(super) fn encode(image: &DynamicImage) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    samples::write(&samples::on_white(image), Format::Bmp, BmpEncoder::new(&mut bytes))?;
    Ok(bytes)
}
