//! Samples as formats want them.

use image::{DynamicImage, ExtendedColorType, ImageEncoder};

use super::refused;
use crate::{error::Result, format::Format};

/// `image` with 8 bits a sample, rounded to the nearest.
pub(super) fn eight_bits(image: &DynamicImage) -> DynamicImage {
    match image {
        DynamicImage::ImageLuma16(_) => image.to_luma8().into(),
        DynamicImage::ImageLumaA16(_) => image.to_luma_alpha8().into(),
        DynamicImage::ImageRgb16(_) => image.to_rgb8().into(),
        DynamicImage::ImageRgba16(_) => image.to_rgba8().into(),
        other => other.clone(),
    }
}

/// `image` with 8 bits a sample, laid on white.
///
/// Mixed as the samples are, not in linear light: what browsers do with a picture on a white page.
pub(super) fn on_white(image: &DynamicImage) -> DynamicImage {
    // sample × alpha + 255 × (255 - alpha), over 255, rounded.
    let mix = |sample: u8, alpha: u8| {
        let (sample, alpha) = (u32::from(sample), u32::from(alpha));
        ((sample * alpha + 255 * (255 - alpha) + 127) / 255) as u8
    };
    match eight_bits(image) {
        DynamicImage::ImageLumaA8(pixels) => {
            let gray = pixels.pixels().map(|pixel| mix(pixel[0], pixel[1])).collect();
            image::GrayImage::from_raw(pixels.width(), pixels.height(), gray).map(Into::into)
        }
        DynamicImage::ImageRgba8(pixels) => {
            let color = |pixel: &image::Rgba<u8>| {
                let [r, g, b, alpha] = pixel.0;
                [r, g, b].map(|sample| mix(sample, alpha))
            };
            let rgb = pixels.pixels().flat_map(color).collect();
            image::RgbImage::from_raw(pixels.width(), pixels.height(), rgb).map(Into::into)
        }
        opaque => Some(opaque),
    }
    // One color came of each pixel.
    .unwrap_or_default()
}

/// `image` as it is, by an encoder of the `image` crate that takes its kind of samples.
pub(super) fn write(
    image: &DynamicImage,
    format: Format,
    encoder: impl ImageEncoder,
) -> Result<()> {
    let color = ExtendedColorType::from(image.color());
    encoder
        .write_image(image.as_bytes(), image.width(), image.height(), color)
        .map_err(|error| refused(format, error))
}
