//! Whole-picture moves that make no new colors: cut, turn, mirror, pad.

use std::borrow::Cow;

use image::{DynamicImage, GrayImage, RgbaImage, imageops};

use crate::{
    error::Result,
    light::widen,
    limits::Limits,
    picture::{Indexed, Picture},
    transform::Color,
};

impl Picture {
    /// The picture as direct samples; copies nothing that is so already.
    pub(crate) fn to_direct(&self) -> Cow<'_, DynamicImage> {
        match self {
            Self::Direct(image) => Cow::Borrowed(image),
            Self::Indexed(indexed) => Cow::Owned(indexed.to_direct()),
        }
    }

    /// The box of `size` pixels at `at`, which lies inside.
    pub(crate) fn crop(&self, at: (u32, u32), size: (u32, u32)) -> Self {
        self.moved(
            |image| image.crop_imm(at.0, at.1, size.0, size.1),
            |indices| imageops::crop_imm(indices, at.0, at.1, size.0, size.1).to_image(),
        )
    }

    /// Turned a quarter to the right.
    pub(crate) fn rotate90(&self) -> Self {
        self.moved(DynamicImage::rotate90, imageops::rotate90)
    }

    /// Upside down.
    pub(crate) fn rotate180(&self) -> Self {
        self.moved(DynamicImage::rotate180, imageops::rotate180)
    }

    /// Turned a quarter to the left.
    pub(crate) fn rotate270(&self) -> Self {
        self.moved(DynamicImage::rotate270, imageops::rotate270)
    }

    /// Left and right exchanged.
    pub(crate) fn flip_horizontal(&self) -> Self {
        self.moved(DynamicImage::fliph, imageops::flip_horizontal)
    }

    /// Top and bottom exchanged.
    pub(crate) fn flip_vertical(&self) -> Self {
        self.moved(DynamicImage::flipv, imageops::flip_vertical)
    }

    fn moved(
        &self,
        direct: impl FnOnce(&DynamicImage) -> DynamicImage,
        indexed: impl FnOnce(&GrayImage) -> GrayImage,
    ) -> Self {
        match self {
            Self::Direct(image) => Self::Direct(direct(image)),
            Self::Indexed(Indexed { width, height, palette, indices }) => {
                // Indices move as a gray picture would.
                let indices = GrayImage::from_raw(*width, *height, indices.clone());
                let moved = indexed(&indices.unwrap_or_default());
                Self::Indexed(Indexed {
                    width: moved.width(),
                    height: moved.height(),
                    palette: palette.clone(),
                    indices: moved.into_raw(),
                })
            }
        }
    }
}

/// `image` at `at` on a canvas of `size` pixels of `background`.
///
/// The result has the channels that both need.
pub(crate) fn pad(
    image: &DynamicImage,
    size: (u32, u32),
    at: (u32, u32),
    background: Color,
    limits: &Limits,
) -> Result<DynamicImage> {
    limits.check_size(size.0, size.1)?;
    let wide = matches!(image.color().bytes_per_pixel() / image.color().channel_count(), 2);
    let pixel_bytes = if wide { 8 } else { 4 };
    limits.check_memory(2 * pixel_bytes * u64::from(size.0) * u64::from(size.1))?;
    let color = background.rgba();
    let (left, top) = (i64::from(at.0), i64::from(at.1));
    let alpha = image.color().has_alpha() || color[3] < 255;
    let gray = !image.color().has_color() && color[0] == color[1] && color[1] == color[2];
    let padded = if wide {
        let pixel = image::Rgba(color.map(widen));
        let mut canvas = image::ImageBuffer::from_pixel(size.0, size.1, pixel);
        imageops::replace(&mut canvas, &image.to_rgba16(), left, top);
        DynamicImage::ImageRgba16(canvas)
    } else {
        let mut canvas = RgbaImage::from_pixel(size.0, size.1, image::Rgba(color));
        imageops::replace(&mut canvas, &image.to_rgba8(), left, top);
        DynamicImage::ImageRgba8(canvas)
    };
    Ok(match (wide, gray, alpha) {
        (_, false, true) => padded,
        (false, false, false) => padded.into_rgb8().into(),
        (false, true, false) => padded.into_luma8().into(),
        (false, true, true) => padded.into_luma_alpha8().into(),
        (true, false, false) => padded.into_rgb16().into(),
        (true, true, false) => padded.into_luma16().into(),
        (true, true, true) => padded.into_luma_alpha16().into(),
    })
}
