//! JPEG: baseline with its channels interleaved, which every decoder there is reads well.

use image::DynamicImage;
use jpeg_encoder::{ChromaSubsamplingMethod, ColorType, Encoder, SamplingFactor};

use super::{Encoding, refused, samples};
use crate::{error::Result, format::Format};

/// From this quality on, color is kept in full resolution, as libjpeg's users mostly do.
const FULL_COLOR_QUALITY: u8 = 90;

pub(super) fn encode(image: &DynamicImage, how: Encoding) -> Result<Vec<u8>> {
    let opaque = samples::on_white(image);
    let color = if opaque.color().has_color() { ColorType::Rgb } else { ColorType::Luma };
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, how.quality());
    let sampling = if halves_color(how) { SamplingFactor::F_2_2 } else { SamplingFactor::F_1_1 };
    encoder.set_sampling_factor(sampling);
    // Its default is one pixel of four, which shimmers along edges.
    encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
    // Huffman tables of its own would save some 5 %, but this encoder then writes a scan for each channel,
    // which some decoders (zune-jpeg 0.5) turn into false colors.
    encoder.set_optimized_huffman_tables(false);
    // The sides were checked against the format's bound of 65,535.
    encoder
        .encode(opaque.as_bytes(), opaque.width() as u16, opaque.height() as u16, color)
        .map_err(|error| refused(Format::Jpeg, error))?;
    Ok(bytes)
}

/// Whether color is kept at half the resolution.
pub(super) fn halves_color(how: Encoding) -> bool {
    how.quality() < FULL_COLOR_QUALITY
}
