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
            Self::Indexed(picture) => {
                // Indices move as a gray picture would.
                let indices = GrayImage::from_raw(picture.width, picture.height, picture.indices());
                let moved = indexed(&indices.unwrap_or_default());
                let (width, height) = moved.dimensions();
                let palette = picture.palette.clone();
                Self::Indexed(Indexed::from_indices(width, height, palette, &moved))
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

#[cfg(test)]
mod tests {
    use image::{GrayAlphaImage, LumaA, Rgb, RgbImage};
    use proptest::{prelude::*, sample::select};

    use super::*;

    /// A picture without any symmetry, direct or indexed.
    fn picture() -> impl Strategy<Value = Picture> {
        let n_colors = select(vec![0, 2, 3, 16, 256]);
        (1_u32..20, 1_u32..12, n_colors).prop_map(|(width, height, n_colors)| {
            if n_colors > 0 {
                let indices: Vec<_> =
                    (0..width * height).map(|at| (at * at / 3 % n_colors) as u8).collect();
                let palette = (0..n_colors).map(|index| [index as u8, 1, 2, 255]).collect();
                Picture::Indexed(Indexed::from_indices(width, height, palette, &indices))
            } else {
                let image =
                    RgbImage::from_fn(width, height, |x, y| Rgb([(y * width + x) as u8, 1, 2]));
                Picture::Direct(image.into())
            }
        })
    }

    proptest! {
        #[test]
        fn turns_and_mirrors_compose(picture in picture()) {
            prop_assert_eq!(picture.rotate90().rotate90(), picture.rotate180());
            prop_assert_eq!(picture.rotate180().rotate90(), picture.rotate270());
            prop_assert_eq!(&picture.rotate90().rotate270(), &picture);
            prop_assert_eq!(&picture.flip_horizontal().flip_horizontal(), &picture);
            prop_assert_eq!(picture.flip_horizontal().flip_vertical(), picture.rotate180());
            prop_assert_eq!(picture.rotate90().flip_horizontal(), picture.flip_vertical().rotate90());
            prop_assert_eq!(picture.rotate90().width(), picture.height());
        }

        #[test]
        fn indexed_pictures_move_as_their_colors_do(picture in picture(), at in (0_u32..5, 0_u32..5)) {
            let direct = Picture::Direct(picture.to_direct().into_owned());
            let as_colors = |picture: Picture| picture.to_direct().into_owned();
            prop_assert_eq!(as_colors(picture.rotate90()), as_colors(direct.rotate90()));
            prop_assert_eq!(as_colors(picture.flip_vertical()), as_colors(direct.flip_vertical()));
            let at = (at.0.min(picture.width() - 1), at.1.min(picture.height() - 1));
            let size = (picture.width() - at.0, picture.height() - at.1);
            let (cut, direct) = (picture.crop(at, size), direct.crop(at, size));
            prop_assert_eq!((cut.width(), cut.height()), size);
            prop_assert_eq!(as_colors(cut), as_colors(direct));
        }
    }

    #[test]
    fn the_right_corner_comes_out_on_top() {
        let image = GrayImage::from_raw(2, 1, vec![1, 2]).unwrap();
        let turned = Picture::Direct(image.into()).rotate90();
        assert_eq!(turned.to_direct().as_bytes(), [1, 2]);
        assert_eq!((turned.width(), turned.height()), (1, 2));
        let turned = turned.rotate90();
        assert_eq!(turned.to_direct().as_bytes(), [2, 1]);
    }

    #[test]
    fn padding_adds_the_channels_that_are_needed() {
        let gray = DynamicImage::from(GrayImage::from_pixel(1, 1, image::Luma([9])));
        let limits = Limits::default();
        let padded = |background| pad(&gray, (3, 1), (1, 0), background, &limits).unwrap();
        assert_eq!(padded(Color::opaque(7, 7, 7)).into_luma8().into_raw(), [7, 9, 7]);
        let color = padded(Color::opaque(1, 2, 3));
        assert_eq!(color.as_bytes(), [1, 2, 3, 9, 9, 9, 1, 2, 3]);
        let clear = padded(Color::TRANSPARENT_WHITE);
        let expected = [LumaA([255, 0]), LumaA([9, 255]), LumaA([255, 0])];
        assert_eq!(clear, GrayAlphaImage::from_fn(3, 1, |x, _| expected[x as usize]).into());
        let wide = DynamicImage::from(gray.to_luma16());
        let wide = pad(&wide, (2, 1), (0, 0), Color::opaque(255, 255, 255), &limits).unwrap();
        assert_eq!(wide.into_luma16().into_raw(), [9 * 257, 65535]);
    }
}
