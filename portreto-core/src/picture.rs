//! Decoded pixels.

mod depth;
mod indexed;

use image::DynamicImage;

pub(crate) use self::{depth::Depth, indexed::Indexed};

/// A picture in memory: sRGB, straight (not premultiplied) alpha, upright.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Picture {
    /// Samples of 8 or 16 bits: `L`, `La`, `Rgb` or `Rgba`, never floating point.
    Direct(DynamicImage),
    /// One palette index for each pixel.
    Indexed(Indexed),
}

impl Picture {
    pub(crate) fn width(&self) -> u32 {
        match self {
            Self::Direct(image) => image.width(),
            Self::Indexed(indexed) => indexed.width,
        }
    }

    pub(crate) fn height(&self) -> u32 {
        match self {
            Self::Direct(image) => image.height(),
            Self::Indexed(indexed) => indexed.height,
        }
    }
}
