//! Pictures for these tests are encoded by `heif-enc` of libheif's examples, with its encoder x265.

use std::process::Command;

use image::{DynamicImage, ImageFormat, metadata::Orientation};

use crate::{
    decode::decode as open,
    error::{Error, ErrorKind},
    format::Format,
    limits::Limits,
    probe::probe,
};

/// A file of HEIC; none where there is no encoder, which is said.
fn encoded(image: &DynamicImage, options: &[&str]) -> Option<Vec<u8>> {
    let directory = tempfile::tempdir().unwrap();
    let (from, to) = (directory.path().join("in.png"), directory.path().join("out.heic"));
    image.save_with_format(&from, ImageFormat::Png).unwrap();
    let made = Command::new("heif-enc")
        .args(["-q", "95"])
        .args(options)
        .arg("-o")
        .arg(&to)
        .arg(&from)
        .output();
    match made {
        Ok(output) if output.status.success() => Some(std::fs::read(&to).unwrap()),
        other => {
            eprintln!("skipped: heif-enc with x265 is needed ({other:?})");
            None
        }
    }
}

/// Smooth and colorful; of `n_channels`.
fn chart(width: u32, height: u32, n_channels: usize) -> DynamicImage {
    let ramp = |at: u32, side: u32| (at * 65_535 / side) as u16;
    let image = image::ImageBuffer::from_fn(width, height, |x, y| {
        let alpha = if x < width / 2 { 65_535 } else { 20_000 };
        image::Rgba([ramp(x, width), ramp(y, height), ramp(x + y, width + height), alpha])
    });
    let image = DynamicImage::ImageRgba16(image);
    match n_channels {
        1 => image.into_luma8().into(),
        3 => image.into_rgb8().into(),
        4 => image.into_rgba8().into(),
        _ => image.into_rgb16().into(),
    }
}

/// Peak signal to noise, decibels.
fn fidelity(a: &DynamicImage, b: &DynamicImage) -> f64 {
    let (a, b) = (a.to_rgba16(), b.to_rgba16());
    assert_eq!(a.dimensions(), b.dimensions());
    let squares = a.iter().zip(b.iter()).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2));
    let mean = squares.sum::<f64>() / a.len() as f64;
    10.0 * (65_535.0 * 65_535.0 / mean.max(1e-9)).log10()
}

fn decoded(file: &[u8]) -> Result<DynamicImage, Error> {
    open(file, &Limits::default()).map(|decoded| decoded.image)
}

/// Puts a property of the same length in place of another, in all of the file.
fn with_property(file: &[u8], items: &[u8], replaced: &[u8]) -> Vec<u8> {
    let at = file.windows(items.len()).position(|window| window == items).unwrap();
    [&file[..at], replaced, &file[at + items.len()..]].concat()
}

#[test]
fn what_was_encoded_comes_back() {
    // Odd sides make a grid with a tile that reaches beyond.
    let cases: [(u32, u32, usize, &[&str], u8); 8] = [
        (64, 64, 3, &[], 8),
        (101, 67, 3, &[], 8),
        (320, 200, 3, &["-p", "chroma=444"], 8),
        (320, 200, 3, &["-p", "chroma=422"], 8),
        (96, 80, 3, &["--full_range_flag=0", "--matrix_coefficients=1"], 8),
        (96, 80, 1, &[], 8),
        (96, 80, 4, &[], 8),
        (96, 80, 6, &["-b", "10"], 10),
    ];
    for (width, height, n_channels, options, bits) in cases {
        let image = chart(width, height, n_channels);
        let Some(file) = encoded(&image, options) else { return };
        let info = probe(&file, &Limits::default()).unwrap();
        let what = format!("{width}×{height}, {n_channels} channels, {options:?}: {info:?}");
        assert_eq!((info.format, info.width, info.height), (Format::Heic, width, height), "{what}");
        assert_eq!((info.bits, info.has_alpha), (bits, n_channels == 4), "{what}");
        assert!(info.is_complete, "{what}");
        let found = decoded(&file).unwrap();
        assert_eq!(found.color().has_alpha(), n_channels == 4, "{what}");
        assert_eq!(found.as_flat_samples_u16().is_some(), bits > 8, "{what}");
        let fidelity = fidelity(&image, &found);
        assert!(fidelity > 35.0, "{what}: {fidelity} dB");
    }
}

#[test]
fn turns_are_done_once() {
    let image = chart(96, 64, 3);
    let Some(file) = encoded(&image, &[]) else { return };
    // The box that says how many bits there are, and that nobody needs, becomes a turn.
    let pixi = b"\x00\x00\x00\x10pixi\0\0\0\0\x03\x08\x08\x08";
    let cases: [(&[u8], Orientation); 2] = [
        (b"\0\0\0\x10irot\x01\0\0\0\0\0\0\0", Orientation::Rotate270),
        (b"\0\0\0\x10imir\x01\0\0\0\0\0\0\0", Orientation::FlipHorizontal),
    ];
    for (property, orientation) in cases {
        let mut expected = image.clone();
        expected.apply_orientation(orientation);
        let turned = with_property(&file, pixi, property);
        let info = probe(&turned, &Limits::default()).unwrap();
        assert_eq!((info.width, info.height), (expected.width(), expected.height()));
        let fidelity = fidelity(&expected, &decoded(&turned).unwrap());
        assert!(fidelity > 35.0, "{orientation:?}: {fidelity} dB");
    }
}

#[test]
fn limits_hold_before_anything_is_decoded() {
    let Some(file) = encoded(&chart(101, 67, 3), &[]) else { return };
    let cases = [
        Limits { width: 100, ..Limits::default() },
        Limits { pixels: 6_000, ..Limits::default() },
        Limits { memory_bytes: 100_000, ..Limits::default() },
    ];
    for limits in cases {
        let error = open(&file, &limits).map(|decoded| decoded.image.width()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{error}");
    }
    // The picture is small enough, its tile is not.
    let limits = Limits { pixels: 101 * 67, ..Limits::default() };
    assert!(probe(&file, &limits).is_ok());
    let error = open(&file, &limits).map(|decoded| decoded.image.width()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{error}");
}

#[test]
fn what_is_cut_off_is_an_error_and_what_is_damaged_one_or_a_picture() {
    let Some(file) = encoded(&chart(101, 67, 4), &[]) else { return };
    for length in (0..file.len()).step_by(7) {
        assert!(decoded(&file[..length]).is_err(), "{length} of {}", file.len());
    }
    let mut state = 0x5EED_u64;
    let mut n_pictures = 0;
    for _ in 0..1_000 {
        let mut damaged = file.clone();
        for _ in 0..3 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let at = (state >> 33) as usize % damaged.len();
            damaged[at] ^= (state >> 24) as u8 | 1;
        }
        n_pictures += u32::from(decoded(&damaged).is_ok());
    }
    assert!((1..1_000).contains(&n_pictures), "{n_pictures} of 1,000 are pictures");
}
