//! What the benchmarks measure with; the benchmarks themselves are the `benches` targets beside this file.
//!
//! `cargo bench -p portreto-benches` runs them all; `-- --quick` does so in a minute.

pub mod quality;
mod rival_rules;

use image::RgbImage;
use portreto_core::transform::{Dither, Operation, Transform};

pub use crate::rival_rules::pillow_floyd_steinberg;

/// Width of the large picture, pixels: 4000 × 3000 is what a 12-megapixel camera makes.
pub const WIDTH: u32 = 4000;
/// Height of the large picture, pixels.
pub const HEIGHT: u32 = 3000;

/// A 12-megapixel picture: smooth gradients, saturated colors, fine lines and a little grain.
#[must_use]
pub fn large_picture() -> RgbImage {
    portreto_samples::chart(WIDTH, HEIGHT)
}

/// The options of a text such as `dither:atkinson:levels=4`.
///
/// # Panics
///
/// When it is not the text of one dither.
#[must_use]
pub fn dither_options(text: &str) -> Dither {
    let transform = text.parse::<Transform>();
    match transform.as_ref().map(Transform::operations) {
        Ok([Operation::Dither(dither)]) => dither.clone(),
        _ => panic!("{text} is not one dither"),
    }
}
