//! Flat grays, and whether their tone is kept.

use image::{GrayImage, Luma};

use super::Plane;

/// The grays that are measured: 4, 8, 16 and so on, and as far from white.
pub const GRAYS: &[u8] = &[
    4, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120, 127, 128, 135, 143, 151, 159,
    167, 175, 183, 191, 199, 207, 215, 223, 231, 239, 247, 251,
];
/// Width and height of a [`flat`] gray, pixels.
pub const FLAT_SIDE: u32 = 768;
/// Where a diffusion settles down, and where what is spread falls off the edge, pixels.
const MARGIN: usize = 128;

/// A square of one gray.
#[must_use]
pub fn flat(gray: u8) -> GrayImage {
    GrayImage::from_pixel(FLAT_SIDE, FLAT_SIDE, Luma([gray]))
}

/// The middle of a dithered [`flat`] gray: what is measured.
#[must_use]
pub fn interior(result: &Plane) -> Plane {
    result.without_margin(MARGIN)
}

/// How much lighter (positive) or darker than `gray` the `result` is in the mean, of 255.
#[must_use]
pub fn tone_error(result: &Plane, gray: u8) -> f64 {
    result.mean() - f64::from(gray)
}
