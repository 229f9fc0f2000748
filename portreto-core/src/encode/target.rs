//! The lowest quality at which a picture still looks as it should.

use image::{DynamicImage, GenericImageView as _, RgbImage, imageops};
use ssimulacra2::{
    ColorPrimaries, LinearRgb, Rgb, TransferCharacteristic, compute_frame_ssimulacra2,
};

use super::{Attached, Encoding, direct, encode, refused, samples};
use crate::{decode::decode, error::Result, format::Format, limits::Limits, picture::Picture};

/// Tiles of this many pixels a side, this many of them along each side: a multiple of what JPEG and WebP code together (16).
///
/// Few large ones speak for a picture: among 4 × 4 tiles of 128 pixels the score was up to 3 higher for JPEG, and up to 7 lower for
/// WebP, than for all of four photos of 1.7 megapixels. But they are quick, and show where to begin.
const FINE: (u32, u32) = (512, 2);
const COARSE: (u32, u32) = (128, 4);
/// The least side that SSIMULACRA 2 can be computed of.
const LEAST: u32 = 8;

/// The lowest quality, 1 to 100, at which `picture` has at least a score of `target` by SSIMULACRA 2 (J. Sneyers, Cloudinary,
/// 2022); 100 when none has. Pictures above a megapixel are judged by parts.
///
/// The score grows with the quality but for its noise: what is found reaches the target, and the quality below it does not.
/// It is computed in single precision with exactly rounded operations, in an order that is fixed: every machine finds the
/// same quality.
///
/// # Errors
///
/// `Internal` when what was encoded cannot be decoded.
pub(super) fn quality(picture: &Picture, format: Format, how: Encoding, target: u8) -> Result<u8> {
    let image = direct(picture);
    // Optimizing changes the bytes, not the picture.
    let how = Encoding { target: None, optimize: false, ..how };
    let fine = Judge::new(&image, FINE, format, how, target)?;
    if fine.n_pixels() <= u64::from(COARSE.0 * COARSE.1).pow(2) {
        return fine.least(1, 100);
    }
    let about = Judge::new(&image, COARSE, format, how, target)?.least(1, 100)?;
    // From there away from the goal, or towards it, in steps that grow, until it is between two.
    let (mut low, mut high) = (about, about);
    let mut step = 3;
    if fine.is_reached(about)? {
        loop {
            low = low.saturating_sub(step);
            if low == 0 || !fine.is_reached(low)? {
                return fine.least(low + 1, high);
            }
            (high, step) = (low, step * 2);
        }
    }
    loop {
        low = high + 1;
        high = (high + step).min(100);
        if high == 100 || fine.is_reached(high)? {
            return fine.least(low.min(100), high);
        }
        step *= 2;
    }
}

/// A picture, or parts of it, as it should look.
struct Judge {
    picture: Picture,
    looks: LinearRgb,
    format: Format,
    how: Encoding,
    target: f64,
}

impl Judge {
    fn new(
        image: &DynamicImage,
        tiles: (u32, u32),
        format: Format,
        how: Encoding,
        target: u8,
    ) -> Result<Self> {
        let judged = DynamicImage::from(judged(image, tiles));
        let looks = seen(&judged, format)?;
        Ok(Self { picture: Picture::Direct(judged), looks, format, how, target: target.into() })
    }

    fn n_pixels(&self) -> u64 {
        u64::from(self.picture.width()) * u64::from(self.picture.height())
    }

    /// Whether a quality is good enough.
    fn is_reached(&self, quality: u8) -> Result<bool> {
        let how = Encoding { quality: Some(quality), ..self.how };
        let bytes = encode(&self.picture, self.format, how, &Attached::default())?;
        let looks = seen(&decode(&bytes, &Limits::UNBOUNDED)?.image, self.format)?;
        let score = compute_frame_ssimulacra2(self.looks.clone(), looks)
            .map_err(|error| refused(self.format, error))?;
        Ok(score >= self.target)
    }

    /// The least quality from `low` to `high` that is good enough; `high` when no other is.
    fn least(&self, mut low: u8, mut high: u8) -> Result<u8> {
        while low < high {
            let middle = low.midpoint(high);
            if self.is_reached(middle)? {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Ok(high)
    }
}

/// The picture on white, or tiles of it when it has more pixels than they have.
fn judged(image: &DynamicImage, (tile, n_tiles): (u32, u32)) -> RgbImage {
    let (width, height) = image.dimensions();
    let whole = tile * n_tiles;
    if u64::from(width) * u64::from(height) <= u64::from(whole).pow(2) {
        let image = samples::on_white(image).into_rgb8();
        if width >= LEAST && height >= LEAST {
            return image;
        }
        // The edge goes on.
        return RgbImage::from_fn(width.max(LEAST), height.max(LEAST), |x, y| {
            *image.get_pixel(x.min(width - 1), y.min(height - 1))
        });
    }
    let mut tiles = RgbImage::new(whole.min(width).max(LEAST), whole.min(height).max(LEAST));
    let (columns, rows) = (tiles.width().div_ceil(tile), tiles.height().div_ceil(tile));
    for (column, row) in (0..rows).flat_map(|row| (0..columns).map(move |column| (column, row))) {
        let (left, tile_width) = along(column, columns, width, tile);
        let (top, tile_height) = along(row, rows, height, tile);
        let part = image.view(left, top, tile_width, tile_height).to_image();
        let part = samples::on_white(&part.into()).into_rgb8();
        imageops::replace(&mut tiles, &part, (column * tile).into(), (row * tile).into());
    }
    tiles
}

/// Where the tile of this place begins along a side, and how long it is.
fn along(place: u32, n_places: u32, side: u32, tile: u32) -> (u32, u32) {
    let length = tile.min(side);
    let last = u64::from(n_places - 1).max(1);
    let begin = (u64::from(side - length) * u64::from(place) / last) as u32;
    // Where the codecs' own blocks begin.
    (begin / 16 * 16, length)
}

fn seen(image: &DynamicImage, format: Format) -> Result<LinearRgb> {
    let rgb = image.to_rgb8();
    let (width, height) = (rgb.width() as usize, rgb.height() as usize);
    let samples = rgb.pixels().map(|pixel| pixel.0.map(|sample| f32::from(sample) / 255.0));
    let (curve, primaries) = (TransferCharacteristic::SRGB, ColorPrimaries::BT709);
    let rgb = Rgb::new(samples.collect(), width, height, curve, primaries)
        .map_err(|error| refused(format, error))?;
    LinearRgb::try_from(rgb).map_err(|error| refused(format, error))
}

#[cfg(test)]
mod tests {
    use portreto_samples::chart;

    use super::*;

    fn score(image: &DynamicImage, format: Format, quality: u8) -> f64 {
        let how = Encoding { quality: Some(quality), ..Encoding::default() };
        let bytes =
            encode(&Picture::Direct(image.clone()), format, how, &Attached::default()).unwrap();
        let made = decode(&bytes, &Limits::UNBOUNDED).unwrap().image;
        let [from, to] = [image, &made].map(|image| seen(image, format).unwrap());
        compute_frame_ssimulacra2(from, to).unwrap()
    }

    #[test]
    fn the_quality_is_the_least_that_reaches_the_target() {
        let image = DynamicImage::from(chart(160, 120));
        for format in [Format::Jpeg, Format::WebP] {
            let mut before = 0;
            for target in [40, 60, 75] {
                let picture = Picture::Direct(image.clone());
                let found = quality(&picture, format, Encoding::default(), target).unwrap();
                let least = f64::from(target);
                assert!(score(&image, format, found) >= least, "{format} {target}: {found}");
                assert!(score(&image, format, found - 1) < least, "{format} {target}: {found}");
                assert!(found >= before, "{format} {target}: {found} after {before}");
                before = found;
            }
        }
    }

    #[test]
    fn parts_of_a_large_picture_speak_for_all_of_it() {
        let image = DynamicImage::from(chart(1600, 900));
        let picture = Picture::Direct(image.clone());
        let found = quality(&picture, Format::Jpeg, Encoding::default(), 70).unwrap();
        let score = score(&image, Format::Jpeg, found);
        assert!((68.5..72.5).contains(&score), "quality {found} has a score of {score:.1}");
    }

    #[test]
    fn pictures_of_any_shape_are_judged() {
        for (width, height) in [(1, 1), (7, 300), (3000, 100), (130, 4000), (513, 513)] {
            let image = DynamicImage::new_rgba8(width, height);
            let judged = judged(&image, COARSE);
            assert!(judged.width() >= 8 && judged.height() >= 8);
            assert!(judged.width().max(judged.height()) <= 4000.min(width.max(height)).max(512));
            let picture = Picture::Direct(image);
            // One color is right at any quality.
            let found = quality(&picture, Format::WebP, Encoding::default(), 90).unwrap();
            assert_eq!(found, 1, "{width}x{height}");
        }
    }
}
