//! `grayscale`: luma only.

use image::{DynamicImage, GrayImage, ImageBuffer, Luma, LumaA, Pixel};

use super::text::Element;
use crate::{
    error::Result,
    light::{linear_of_srgb, srgb_of_linear, widen},
    picture::{Indexed, Picture},
};

pub(super) const NAME: &str = "grayscale";

pub(super) fn parse(mut element: Element<'_>) -> Result<()> {
    element.end()
}

/// The picture's luma, with its alpha and its bits as they are.
pub(super) fn apply(picture: &Picture) -> Picture {
    match picture {
        Picture::Direct(image) => Picture::Direct(grayed(image)),
        Picture::Indexed(indexed) => Picture::Indexed(Indexed {
            palette: indexed.palette.iter().map(|&color| gray_color(color)).collect(),
            ..indexed.clone()
        }),
    }
}

/// The luma of `image`, with its alpha and its bits as they are.
pub(crate) fn grayed(image: &DynamicImage) -> DynamicImage {
    match image {
        DynamicImage::ImageRgb8(image) => {
            let luma =
                image.as_raw().chunks_exact(3).map(|pixel| luma8(pixel[0], pixel[1], pixel[2]));
            let (width, height) = image.dimensions();
            GrayImage::from_raw(width, height, luma.collect()).unwrap_or_default().into()
        }
        DynamicImage::ImageRgba8(image) => mapped(image, |pixel| {
            let [red, green, blue, alpha] = pixel.0;
            LumaA([luma8(red, green, blue), alpha])
        })
        .into(),
        DynamicImage::ImageRgb16(image) => mapped(image, |pixel| {
            let [red, green, blue] = pixel.0;
            Luma([luma16(red, green, blue)])
        })
        .into(),
        DynamicImage::ImageRgba16(image) => mapped(image, |pixel| {
            let [red, green, blue, alpha] = pixel.0;
            LumaA([luma16(red, green, blue), alpha])
        })
        .into(),
        gray => gray.clone(),
    }
}

/// The luma of the light of `image`, as sRGB values of 16 bits, with its alpha as it is.
pub(crate) fn grayed_light(image: &DynamicImage) -> DynamicImage {
    let luma = |red: u16, green: u16, blue: u16| {
        let light = |sample: u16| linear_of_srgb()[sample as usize];
        srgb_of_linear()[luma16(light(red), light(green), light(blue)) as usize]
    };
    match image {
        DynamicImage::ImageRgb8(image) => mapped(image, |pixel| {
            let [red, green, blue] = pixel.0.map(widen);
            Luma([luma(red, green, blue)])
        })
        .into(),
        DynamicImage::ImageRgba8(image) => mapped(image, |pixel| {
            let [red, green, blue, alpha] = pixel.0.map(widen);
            LumaA([luma(red, green, blue), alpha])
        })
        .into(),
        DynamicImage::ImageRgb16(image) => mapped(image, |pixel| {
            let [red, green, blue] = pixel.0;
            Luma([luma(red, green, blue)])
        })
        .into(),
        DynamicImage::ImageRgba16(image) => mapped(image, |pixel| {
            let [red, green, blue, alpha] = pixel.0;
            LumaA([luma(red, green, blue), alpha])
        })
        .into(),
        gray => gray.clone(),
    }
}

fn mapped<P: Pixel, Q: Pixel>(
    image: &ImageBuffer<P, Vec<P::Subpixel>>,
    map: impl Fn(&P) -> Q,
) -> ImageBuffer<Q, Vec<Q::Subpixel>> {
    let (width, height) = image.dimensions();
    let mut result = ImageBuffer::new(width, height);
    for (to, from) in result.pixels_mut().zip(image.pixels()) {
        *to = map(from);
    }
    result
}

/// An opaque or transparent color's luma, three times.
pub(crate) fn gray_color([red, green, blue, alpha]: [u8; 4]) -> [u8; 4] {
    let luma = luma8(red, green, blue);
    [luma, luma, luma, alpha]
}

// ITU-R BT.709-6, 3.2, on sRGB values: 0.2126, 0.7152 and 0.0722 of 65536, which sum to exactly 65536.
const RED: u32 = 13_933;
const GREEN: u32 = 46_871;
const BLUE: u32 = 4_732;

fn luma8(red: u8, green: u8, blue: u8) -> u8 {
    ((RED * u32::from(red) + GREEN * u32::from(green) + BLUE * u32::from(blue) + 32768) >> 16) as u8
}

pub(super) fn luma16(red: u16, green: u16, blue: u16) -> u16 {
    let weigh = |weight: u32, sample: u16| u64::from(weight) * u64::from(sample);
    ((weigh(RED, red) + weigh(GREEN, green) + weigh(BLUE, blue) + 32768) >> 16) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grays_stay_and_primaries_have_their_published_luma() {
        for value in 0..=255_u8 {
            assert_eq!(luma8(value, value, value), value);
            let wide = u16::from(value) * 257;
            assert_eq!(luma16(wide, wide, wide), wide);
        }
        // 255 × 0.2126, 0.7152, 0.0722.
        assert_eq!([luma8(255, 0, 0), luma8(0, 255, 0), luma8(0, 0, 255)], [54, 182, 18]);
    }
}
