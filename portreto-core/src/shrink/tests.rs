use std::borrow::Cow;

use image::{DynamicImage, GrayImage, Luma, RgbImage};
use portreto_samples::{
    JpegOptions, chart, display_p3_profile, exif_with_orientation, gray_jpeg, jpeg, turn_away,
    with_exif, with_icc,
};

use super::*;
use crate::{decode::decode_all, picture::Picture, probe};

/// Least PSNR, decibels, of a shrink against the full decode and the same resize, in RGB, on [`chart`]: half of
/// whose detail is finer than any photo's (grain of one pixel, lines of one to four).
const TOLERANCE_DB: f64 = 34.0;

/// The same where the picture has no detail that either way could lose: what misplaces a sample shows here.
const SMOOTH_TOLERANCE_DB: f64 = 47.0;

const TRANSFORMS: &[&str] = &[
    "resize:100x",
    "resize:x33",
    "resize:60x60:cover",
    "resize:61x87:cover:gravity=northeast",
    "resize:70x90:contain:background=203040",
    "resize:64x41:fill:filter=mitchell",
    "resize:91x70:outside:filter=catmull-rom",
    "resize:150x:filter=bilinear",
    "resize:200x150:no-enlarge",
    "crop:401x303@101x51,resize:64x",
    "crop:333x217:gravity=southeast,resize:50x50:cover:gravity=west",
    "rotate:90,resize:90x",
    "flip:horizontal,crop:300x310@7x9,rotate:270,resize:75x75:outside",
    "flip:vertical,rotate:180,resize:47x",
    "resize:100x:sharpen",
    "crop:50x40:percent,resize:60x60:cover:gravity=0.2x0.7",
    "resize:100x,webp",
    "resize:100x,jpg:quality=95",
    "resize:90x,grayscale,png",
    "resize:90x,rotate:90,png",
];

fn after(picture: DynamicImage, steps: &[Operation]) -> RgbImage {
    let mut picture = Cow::Owned(Picture::Direct(picture));
    for step in steps {
        picture = step.apply(picture, &Limits::default(), &crate::Assets::new()).unwrap();
    }
    picture.to_direct().to_rgb8()
}

/// Both ways to the same picture: shrunk, and in full.
fn both(file: &[u8], text: &str) -> (RgbImage, RgbImage) {
    let limits = Limits::default();
    let transform: Transform = text.parse().unwrap();
    let headers = probe::headers(file, &limits).unwrap();
    let shrink = Shrink::of(&transform, &headers).unwrap_or_else(|| panic!("{text} shrinks"));
    let reduced = Reduced::decode(file, &headers, &[shrink.detail()], &limits).unwrap();
    let small = after(shrink.apply(&reduced, &limits).unwrap().0, shrink.rest());
    let full = decode_all(file, &headers, Profile::Srgb, &limits).unwrap().image;
    (small, after(full, transform.operations()))
}

fn psnr(a: &RgbImage, b: &RgbImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions());
    let squares = a.iter().zip(b.iter()).map(|(&a, &b)| f64::from(a.abs_diff(b)).powi(2));
    let mean = squares.sum::<f64>() / a.len() as f64;
    10.0 * (255.0 * 255.0 / mean.max(1e-9)).log10()
}

/// A picture without fine detail, that looks different everywhere.
fn smooth(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let (u, v) = (f64::from(x) / f64::from(width), f64::from(y) / f64::from(height));
        let hill = (9.0 * u + 3.0 * v * v).sin() * (5.0 * v + u).cos();
        image::Rgb(
            [60.0 + 130.0 * u + 40.0 * hill, 190.0 - 120.0 * v - 30.0 * hill, 128.0 + 60.0 * hill]
                .map(|sample| sample as u8),
        )
    })
}

fn stored(upright: &RgbImage, orientation: u8, options: JpegOptions) -> Vec<u8> {
    let turned = turn_away(upright.clone().into(), orientation).into_rgb8();
    with_exif(&jpeg(&turned, options), &exif_with_orientation(orientation))
}

#[test]
fn every_turn_fit_and_sampling_is_within_the_tolerance_of_the_full_decode() {
    let (fine, smooth) = (chart(643, 481), smooth(643, 481));
    for orientation in 1..=8 {
        // One way to write the file for each turn, all ways for the first.
        let ways = [(false, true), (true, true), (false, false)];
        for (progressive, subsampled) in ways.into_iter().take(if orientation == 1 { 3 } else { 1 })
        {
            let options = JpegOptions { quality: 92, progressive, subsampled };
            let files =
                [stored(&fine, orientation, options), stored(&smooth, orientation, options)];
            for text in TRANSFORMS {
                let found = files.each_ref().map(|file| {
                    let (small, full) = both(file, text);
                    psnr(&small, &full)
                });
                let case = format!("{orientation} {progressive} {subsampled} {text}");
                assert!(
                    found[0] >= TOLERANCE_DB && found[1] >= SMOOTH_TOLERANCE_DB,
                    "{case}: {found:.1?}"
                );
            }
        }
    }
}

#[test]
fn profiles_and_gray_are_treated_as_in_a_full_decode() {
    let options = JpegOptions { quality: 92, ..JpegOptions::default() };
    let display_p3 = with_icc(&jpeg(&smooth(640, 480), options), &display_p3_profile());
    let gray = gray_jpeg(&DynamicImage::from(smooth(640, 480)).into_luma8(), 92);
    for file in [display_p3, gray] {
        for text in ["resize:100x", "resize:50x50:cover,rotate:90,png"] {
            let (small, full) = both(&file, text);
            assert!(psnr(&small, &full) >= SMOOTH_TOLERANCE_DB, "{text}: {}", psnr(&small, &full));
        }
    }
    let limits = Limits::default();
    let gray = gray_jpeg(&GrayImage::from_pixel(64, 64, Luma([9])), 90);
    let transform: Transform = "resize:8x".parse().unwrap();
    let headers = probe::headers(&gray, &limits).unwrap();
    let shrink = Shrink::of(&transform, &headers).unwrap();
    let reduced = Reduced::decode(&gray, &headers, &[shrink.detail()], &limits).unwrap();
    assert!(!shrink.apply(&reduced, &limits).unwrap().0.color().has_color());
}

#[test]
fn only_what_gets_small_enough_at_first_is_shrunk() {
    let limits = Limits::default();
    let file = stored(&chart(640, 320), 6, JpegOptions::default());
    // As stored it is 320 × 640.
    let headers = probe::headers(&file, &limits).unwrap();
    for (text, side) in [
        ("resize:320x", None),
        ("resize:220x", None),
        ("resize:212x", Some(4)),
        ("resize:107x", Some(4)),
        ("resize:106x", Some(2)),
        ("resize:54x", Some(2)),
        ("resize:52x", Some(1)),
        ("resize:52x:filter=nearest", None),
        ("resize:52x:linear", None),
        ("resize:60x60:cover", Some(4)),
        ("resize:60x60:fill", Some(4)),
        ("resize:60x40:fill", Some(2)),
        ("crop:200x200,resize:50x", Some(4)),
        ("crop:200x200@500x500,resize:50x", None),
        ("grayscale,resize:50x", None),
        ("dither:atkinson,resize:50x", None),
        ("resize:60x60:cover:gravity=entropy", None),
        ("crop:200x200:gravity=attention,resize:20x", None),
        ("rotate:5,resize:50x", None),
        ("same", None),
        ("rotate:90,flip:vertical", None),
        ("resize:52x,resize:500x", Some(1)),
    ] {
        let transform: Transform = text.parse().unwrap();
        let shrink = Shrink::of(&transform, &headers);
        assert_eq!(shrink.map(|shrink| shrink.detail().side(true, (1.0, 1.0))), side, "{text}");
    }
    let png = portreto_samples::png_with_orientation(1, 640, 320);
    let headers = probe::headers(&png, &limits).unwrap();
    assert!(Shrink::of(&"resize:20x".parse().unwrap(), &headers).is_none());
}

#[test]
fn color_is_as_fine_as_the_result_can_keep_it() {
    let limits = Limits::default();
    let file = jpeg(&chart(1280, 960), JpegOptions::default());
    let headers = probe::headers(&file, &limits).unwrap();
    // Of 4:2:0: at an eighth of its own size color has 80 samples a row, at a quarter 160.
    for (text, side) in [
        ("resize:100x", 1),
        ("resize:100x,webp", 1),
        ("resize:100x,webp:lossless", 2),
        ("resize:100x,png", 2),
        ("resize:100x,jpg:quality=90", 2),
        ("resize:100x,rotate:90", 2),
        ("resize:100x100:contain", 2),
    ] {
        let transform: Transform = text.parse().unwrap();
        let shrink = Shrink::of(&transform, &headers).unwrap();
        assert_eq!(shrink.detail().side(false, (0.5, 0.5)), side, "{text}");
    }
}
