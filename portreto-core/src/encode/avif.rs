//! AVIF by `ravif`: color at full resolution, 8 bits, or 10 for pictures of 16.
//!
//! Determinism: `rav1e` is built without assembly and without threads, so a picture is one tile. It computes in integers but
//! for costs in 64-bit floats: sums, products, fused where it is written so, and square roots. The exponential that weighs
//! them is the C library's; one that differs in its last bit could decide otherwise where two choices cost the same to 15
//! digits. Colors are made here, in integers.

use image::DynamicImage;
use ravif::{BitDepth, Encoder, MatrixCoefficients, PixelRange};

use super::{Encoding, refused};
use crate::{error::Result, format::Format};

/// Near the fast end of what `rav1e` offers: pictures are made while somebody waits.
const EFFORT: u8 = 2;

/// Fraction bits of the weights below.
const FRACTION: u32 = 24;

pub(super) fn encode(image: &DynamicImage, how: Encoding) -> Result<Vec<u8>> {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let quality = f32::from(how.quality());
    // From rav1e's fastest, 10.
    let speed = 10 - how.effort.unwrap_or(EFFORT).min(6);
    let encoder = Encoder::new()
        .with_quality(quality)
        .with_alpha_quality(quality)
        .with_speed(speed)
        .with_num_threads(Some(1));
    let (full, matrix) = (PixelRange::Full, MatrixCoefficients::BT601);
    let is_deep = image.as_flat_samples_u16().is_some();
    let has_alpha = image.color().has_alpha();
    let encoded = if is_deep {
        let encoder = encoder.with_bit_depth(BitDepth::Ten);
        let pixels = image.to_rgba16();
        let colors = pixels.pixels().map(|pixel| {
            let [r, g, b, _] = pixel.0;
            ycbcr([r, g, b], 65_535, 10)
        });
        let alpha = pixels.pixels().map(|pixel| scaled(pixel[3].into(), 65_535, 10));
        encoder.encode_raw_planes_10_bit(
            width,
            height,
            colors,
            has_alpha.then_some(alpha),
            full,
            matrix,
        )
    } else {
        let encoder = encoder.with_bit_depth(BitDepth::Eight);
        let pixels = image.to_rgba8();
        let colors = pixels.pixels().map(|pixel| {
            let [r, g, b, _] = pixel.0.map(u16::from);
            ycbcr([r, g, b], 255, 8).map(|sample| sample as u8)
        });
        let alpha = pixels.pixels().map(|pixel| pixel[3]);
        encoder.encode_raw_planes_8_bit(
            width,
            height,
            colors,
            has_alpha.then_some(alpha),
            full,
            matrix,
        )
    };
    Ok(encoded.map_err(|error| refused(Format::Avif, error))?.avif_file)
}

/// Luma and the differences of blue and red with `bits`, full range (ITU-T H.273, equations 38 to 40; BT.601), of samples
/// up to `largest`.
fn ycbcr([r, g, b]: [u16; 3], largest: i64, bits: u32) -> [u16; 3] {
    let most = (1_i64 << bits) - 1;
    let [r, g, b] = [r, g, b].map(|sample| ((i64::from(sample) * most) << FRACTION) / largest);
    let luma = (2_990 * r + 5_870 * g + 1_140 * b) / 10_000;
    // A difference over 2 (1 - K).
    let blue = (b - luma) * 5_000 / (10_000 - 1_140);
    let red = (r - luma) * 5_000 / (10_000 - 2_990);
    let middle = 1_i64 << (bits - 1);
    let rounded = |value: i64| ((value + (1 << (FRACTION - 1))) >> FRACTION).clamp(0, most) as u16;
    [rounded(luma), rounded(blue + (middle << FRACTION)), rounded(red + (middle << FRACTION))]
}

/// A sample up to `largest` as the nearest one of `bits`.
fn scaled(sample: i64, largest: i64, bits: u32) -> u16 {
    ((sample * ((1 << bits) - 1) + largest / 2) / largest) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grays_have_no_color_and_colors_their_places() {
        for sample in 0..=255 {
            assert_eq!(ycbcr([sample; 3], 255, 8), [sample, 128, 128]);
        }
        assert_eq!(ycbcr([65_535; 3], 65_535, 10), [1023, 512, 512]);
        // ITU-T T.871, section 7.
        assert_eq!(ycbcr([255, 0, 0], 255, 8), [76, 85, 255]);
        assert_eq!(ycbcr([0, 0, 255], 255, 8), [29, 255, 107]);
    }
}
