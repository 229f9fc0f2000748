//! Which pixels are dithered, and which become transparent.

use image::{DynamicImage, GrayImage, ImageBuffer, Luma};

use super::work::Work;
use crate::transform::{Alpha, Dither};

/// Which pixels count as opaque.
#[derive(Debug)]
pub(crate) enum Opacity {
    /// All.
    All,
    /// Those that are at least half opaque.
    Half,
    /// Those that are true, row by row.
    Mask(Vec<bool>),
}

impl Opacity {
    /// What `dither` says of `image`.
    pub(crate) fn new(image: &DynamicImage, dither: &Dither) -> Self {
        match dither.alpha_rule() {
            _ if !image.color().has_alpha() => Self::All,
            Alpha::Keep => Self::All,
            Alpha::Threshold => Self::Half,
            Alpha::Dither => {
                let alpha = alpha_of(image);
                let mut mask = Vec::with_capacity(image.width() as usize * image.height() as usize);
                Work::new(&alpha, &dither.of_alpha())
                    .run(&mut |codes| mask.extend(codes.iter().map(|&code| code == 1)));
                Self::Mask(mask)
            }
        }
    }
}

/// The alpha of a picture that has some, as gray.
pub(crate) fn alpha_of(image: &DynamicImage) -> DynamicImage {
    let (width, height) = (image.width(), image.height());
    match image {
        DynamicImage::ImageLumaA16(image) => wide(width, height, image.as_raw().chunks_exact(2)),
        DynamicImage::ImageRgba16(image) => wide(width, height, image.as_raw().chunks_exact(4)),
        DynamicImage::ImageLumaA8(image) => narrow(width, height, image.as_raw().chunks_exact(2)),
        DynamicImage::ImageRgba8(image) => narrow(width, height, image.as_raw().chunks_exact(4)),
        _ => GrayImage::from_pixel(width, height, Luma([255])).into(),
    }
}

fn narrow<'a>(width: u32, height: u32, pixels: impl Iterator<Item = &'a [u8]>) -> DynamicImage {
    let alpha = pixels.map(|pixel| pixel[pixel.len() - 1]).collect();
    GrayImage::from_raw(width, height, alpha).unwrap_or_default().into()
}

fn wide<'a>(width: u32, height: u32, pixels: impl Iterator<Item = &'a [u16]>) -> DynamicImage {
    let alpha = pixels.map(|pixel| pixel[pixel.len() - 1]).collect();
    ImageBuffer::<Luma<u16>, _>::from_raw(width, height, alpha).unwrap_or_default().into()
}
