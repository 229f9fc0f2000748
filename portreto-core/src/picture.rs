//! Decoded pixels.

use image::{DynamicImage, RgbaImage};

/// A picture in memory: sRGB, straight (not premultiplied) alpha, upright.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Picture {
    /// Samples of 8 or 16 bits: `L`, `La`, `Rgb` or `Rgba`, never floating point.
    Direct(DynamicImage),
    /// One palette index for each pixel.
    Indexed(Indexed),
}

/// A picture of at most 256 colors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Indexed {
    /// Pixels.
    pub(crate) width: u32,
    /// Pixels.
    pub(crate) height: u32,
    /// Red, green, blue, alpha; 1 to 256 entries.
    pub(crate) palette: Vec<[u8; 4]>,
    /// Row by row, one byte a pixel, each below `palette.len()`.
    pub(crate) indices: Vec<u8>,
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

impl Indexed {
    /// The colors of all pixels; gray and opaque pictures become `L` and `Rgb`.
    pub(crate) fn to_direct(&self) -> DynamicImage {
        let pixels = RgbaImage::from_fn(self.width, self.height, |x, y| {
            let at = y as usize * self.width as usize + x as usize;
            image::Rgba(self.palette[self.indices[at] as usize])
        });
        let opaque = self.palette.iter().all(|color| color[3] == 255);
        let gray = self.palette.iter().all(|color| color[0] == color[1] && color[1] == color[2]);
        let pixels = DynamicImage::ImageRgba8(pixels);
        match (gray, opaque) {
            (true, true) => pixels.into_luma8().into(),
            (true, false) => pixels.into_luma_alpha8().into(),
            (false, true) => pixels.into_rgb8().into(),
            (false, false) => pixels,
        }
    }
}
