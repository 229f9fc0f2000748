//! The Quite OK Image Format, 8 bits in three or four channels.

use image::{DynamicImage, codecs::qoi::QoiEncoder};

use super::samples;
use crate::{error::Result, format::Format};

pub(super) fn encode(image: &DynamicImage) -> Result<Vec<u8>> {
    let eight = samples::eight_bits(image);
    let colored: DynamicImage = if eight.color().has_alpha() {
        eight.into_rgba8().into()
    } else {
        eight.into_rgb8().into()
    };
    let mut bytes = Vec::new();
    samples::write(&colored, Format::Qoi, QoiEncoder::new(&mut bytes))?;
    Ok(bytes)
}
