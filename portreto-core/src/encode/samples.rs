//! Samples as formats want them.

use image::{
    DynamicImage, ExtendedColorType, GrayImage, ImageBuffer, ImageEncoder, Luma, Rgb, RgbImage,
    Rgba,
};

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
pub(crate) fn on_white(image: &DynamicImage) -> DynamicImage {
    opaque(&eight_bits(image))
}

/// `image` laid on white, with its bits as they are.
///
/// Mixed as the samples are, not in linear light: what browsers do with a picture on a white page.
pub(super) fn opaque(image: &DynamicImage) -> DynamicImage {
    let (width, height) = (image.width(), image.height());
    match image {
        DynamicImage::ImageLumaA8(pixels) => {
            let gray = pixels.pixels().map(|pixel| mix(pixel[0], pixel[1])).collect();
            GrayImage::from_raw(width, height, gray).map(Into::into)
        }
        DynamicImage::ImageRgba8(pixels) => {
            let rgb = pixels.pixels().flat_map(|pixel| color_on_white(pixel.0)).collect();
            RgbImage::from_raw(width, height, rgb).map(Into::into)
        }
        DynamicImage::ImageLumaA16(pixels) => {
            let gray = pixels.pixels().map(|pixel| mix_wide(pixel[0], pixel[1])).collect();
            ImageBuffer::<Luma<u16>, _>::from_raw(width, height, gray).map(Into::into)
        }
        DynamicImage::ImageRgba16(pixels) => {
            let color = |pixel: &Rgba<u16>| {
                let [r, g, b, alpha] = pixel.0;
                [r, g, b].map(|sample| mix_wide(sample, alpha))
            };
            let rgb = pixels.pixels().flat_map(color).collect();
            ImageBuffer::<Rgb<u16>, _>::from_raw(width, height, rgb).map(Into::into)
        }
        opaque => Some(opaque.clone()),
    }
    // One color came of each pixel.
    .unwrap_or_default()
}

/// A color laid on white.
pub(super) fn color_on_white([r, g, b, alpha]: [u8; 4]) -> [u8; 3] {
    [r, g, b].map(|sample| mix(sample, alpha))
}

/// `sample × alpha + 255 × (255 - alpha)`, over 255, rounded.
fn mix(sample: u8, alpha: u8) -> u8 {
    let (sample, alpha) = (u32::from(sample), u32::from(alpha));
    ((sample * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

/// The same of 65,535.
fn mix_wide(sample: u16, alpha: u16) -> u16 {
    let (sample, alpha) = (u64::from(sample), u64::from(alpha));
    ((sample * alpha + 65535 * (65535 - alpha) + 32767) / 65535) as u16
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
