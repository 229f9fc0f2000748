//! Beside `ImageMagick`'s ordered dither (`-ordered-dither o8x8`), as its `thresholds.xml` defines it.
//!
//! Its map is ours with rows and columns exchanged, counted from 1. It makes white what is at least `m/65`, ours what is
//! above `(2m − 1)/128`: thresholds in the middle of their steps, so that flat grays are right in the mean and no gray is
//! more than one pixel of 64 apart.

use super::*;

/// `o8x8` of thresholds.xml, whose divisor is 65.
#[rustfmt::skip]
const O8X8: [u32; 64] = [
     1, 49, 13, 61,  4, 52, 16, 64,
    33, 17, 45, 29, 36, 20, 48, 32,
     9, 57,  5, 53, 12, 60,  8, 56,
    41, 25, 37, 21, 44, 28, 40, 24,
     3, 51, 15, 63,  2, 50, 14, 62,
    35, 19, 47, 31, 34, 18, 46, 30,
    11, 59,  7, 55, 10, 58,  6, 54,
    43, 27, 39, 23, 42, 26, 38, 22,
];

#[test]
fn the_map_is_ours_with_rows_and_columns_exchanged() {
    let ours = bayer::bayer(3);
    for (at, &value) in O8X8.iter().enumerate() {
        assert_eq!(value, ours[at % 8 * 8 + at / 8] + 1, "row {}, column {}", at / 8, at % 8);
    }
}

#[test]
fn grays_have_as_many_whites_but_for_one() {
    for gray in 0..=255 {
        let codes = fast(&[gray; 64], 8, 1, &Dither::new(Algorithm::Bayer8)).unwrap();
        let ours = codes.iter().sum::<u32>();
        let theirs = (65 * u32::from(gray) / 255).min(64);
        assert!(ours.abs_diff(theirs) <= 1, "gray {gray}: {ours} and {theirs}");
        // The same places become white in the same order.
        for (at, &code) in codes.iter().enumerate() {
            assert_eq!(code == 1, O8X8[at % 8 * 8 + at / 8] <= ours, "gray {gray}, pixel {at}");
        }
    }
}

#[test]
fn tones_are_at_most_as_far_off_as_imagemagicks() {
    let off = |whites: u32, gray: u8| (f64::from(whites) / 64.0 - f64::from(gray) / 255.0).abs();
    let (mut ours, mut theirs) = (0.0_f64, 0.0_f64);
    for gray in 0..=255 {
        let codes = fast(&[gray; 64], 8, 1, &Dither::new(Algorithm::Bayer8)).unwrap();
        ours = ours.max(off(codes.iter().sum(), gray));
        theirs = theirs.max(off((65 * u32::from(gray) / 255).min(64), gray));
    }
    assert!(ours <= 0.5 / 64.0 + 1e-9 && ours < theirs, "{ours} and {theirs}");
}
