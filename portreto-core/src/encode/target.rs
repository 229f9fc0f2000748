//! The lowest quality at which a picture still looks as it should.

use image::{DynamicImage, GenericImageView as _, RgbImage, imageops};
use ssimulacra2::{
    ColorPrimaries, LinearRgb, Rgb, TransferCharacteristic, compute_frame_ssimulacra2,
};

use super::{Encoding, direct, encode, refused, samples};
use crate::{decode::decode, error::Result, format::Format, limits::Limits, picture::Picture};

/// Larger pictures are judged by tiles of this many pixels a side: a multiple of what JPEG and WebP code together (16).
const TILE: u32 = 128;
/// Tiles along each side.
const TILES: u32 = 4;
/// The least side that SSIMULACRA 2 can be computed of.
const LEAST: u32 = 8;

/// The lowest quality, 1 to 100, at which `picture` has at least a score of `target` by SSIMULACRA 2 (J. Sneyers, Cloudinary,
/// 2022); 100 when none has.
///
/// The score grows with the quality but for its noise, so the search halves the range: seven pictures are made at most.
/// It is computed in single precision with exactly rounded operations, in an order that is fixed: every machine finds the same quality.
///
/// # Errors
///
/// `Internal` when what was encoded cannot be decoded.
pub(super) fn quality(picture: &Picture, format: Format, how: Encoding, target: u8) -> Result<u8> {
    let judged = judged(&direct(picture));
    let shown = seen(&judged.clone().into(), format)?;
    let judged = Picture::Direct(judged.into());
    let reaches = |quality: u8| {
        // Optimizing changes the bytes, not the picture.
        let how = Encoding { quality: Some(quality), target: None, optimize: false, ..how };
        let bytes = encode(&judged, format, how)?;
        let seen_so = seen(&decode(&bytes, &Limits::UNBOUNDED)?.image, format)?;
        let score = compute_frame_ssimulacra2(shown.clone(), seen_so)
            .map_err(|error| refused(format, error))?;
        Ok(score >= f64::from(target))
    };
    let (mut low, mut high) = (1_u8, 100);
    while low < high {
        let middle = low.midpoint(high);
        if reaches(middle)? {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(high)
}

/// The picture on white, or tiles of it.
fn judged(image: &DynamicImage) -> RgbImage {
    let (width, height) = image.dimensions();
    let whole = TILE * TILES;
    if u64::from(width) * u64::from(height) <= u64::from(whole * whole) {
        let image = samples::on_white(image).into_rgb8();
        let size = (width.max(LEAST), height.max(LEAST));
        return if size == (width, height) {
            image
        } else {
            RgbImage::from_fn(size.0, size.1, |x, y| {
                *image.get_pixel(x.min(width - 1), y.min(height - 1))
            })
        };
    }
    let mut tiles = RgbImage::new(whole.min(width), whole.min(height));
    let (columns, rows) = (tiles.width().div_ceil(TILE), tiles.height().div_ceil(TILE));
    for (column, row) in (0..rows).flat_map(|row| (0..columns).map(move |column| (column, row))) {
        let (left, tile_width) = along(column, columns, width);
        let (top, tile_height) = along(row, rows, height);
        let tile = image.view(left, top, tile_width, tile_height).to_image();
        let tile = samples::on_white(&tile.into()).into_rgb8();
        imageops::replace(&mut tiles, &tile, (column * TILE).into(), (row * TILE).into());
    }
    tiles
}

/// Where the tile of this place begins along a side, and how long it is.
fn along(place: u32, n_places: u32, side: u32) -> (u32, u32) {
    let length = TILE.min(side);
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
        let bytes = encode(&Picture::Direct(image.clone()), format, how).unwrap();
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
        let image = DynamicImage::from(chart(800, 600));
        let picture = Picture::Direct(image.clone());
        let found = quality(&picture, Format::Jpeg, Encoding::default(), 70).unwrap();
        let score = score(&image, Format::Jpeg, found);
        assert!((66.0..76.0).contains(&score), "quality {found} has a score of {score:.1}");
    }

    #[test]
    fn pictures_of_any_shape_are_judged() {
        for (width, height) in [(1, 1), (7, 300), (3000, 100), (130, 4000), (513, 513)] {
            let image = DynamicImage::new_rgba8(width, height);
            let judged = judged(&image);
            assert!(judged.width() >= 8 && judged.height() >= 8);
            assert!(judged.width().max(judged.height()) <= 4000.min(width.max(height)).max(512));
            let picture = Picture::Direct(image);
            // One color is right at any quality.
            let found = quality(&picture, Format::WebP, Encoding::default(), 90).unwrap();
            assert_eq!(found, 1, "{width}x{height}");
        }
    }
}
