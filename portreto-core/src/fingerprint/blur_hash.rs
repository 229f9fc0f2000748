//! `BlurHash`, after its description (D. Pellotier, Wolt, <https://github.com/woltapp/blurhash/blob/master/Algorithm.md>, 2018).
//!
//! The crate of that name asks the platform for its cosines and powers, which are not the same everywhere.

use image::RgbImage;

use super::cosines;
use crate::light::{to_linear, to_srgb};

const SIGNS: &[u8; 83] =
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";

/// The hash of a small picture.
pub(super) fn text(picture: &RgbImage) -> String {
    let (width, height) = picture.dimensions();
    let (nx, ny) = if width >= height { (4, 3) } else { (3, 4) };
    let components = components(picture, nx, ny);
    let (mean, waves) = components.split_first().map_or(([0.0; 3], &[][..]), |(a, b)| (*a, b));

    let mut text = String::new();
    put(&mut text, (nx - 1) + (ny - 1) * 9, 1);
    let largest = waves.iter().flatten().fold(0.0, |most: f64, wave| most.max(wave.abs()));
    let most = libm::floor(largest * 166.0 - 0.5).clamp(0.0, 82.0);
    put(&mut text, most as u32, 1);
    let [r, g, b] = mean.map(|light| (to_srgb(light.clamp(0.0, 1.0)) * 255.0 + 0.5) as u32);
    put(&mut text, r << 16 | g << 8 | b, 4);
    let scale = (most + 1.0) / 166.0;
    for wave in waves {
        let level = |value: f64| {
            let root = (value / scale).abs().sqrt().copysign(value);
            libm::floor(root * 9.0 + 9.5).clamp(0.0, 18.0) as u32
        };
        let [r, g, b] = wave.map(level);
        put(&mut text, (r * 19 + g) * 19 + b, 2);
    }
    text
}

/// How much of each pair of cosines there is in the light of each channel, the mean first.
fn components(picture: &RgbImage, nx: u32, ny: u32) -> Vec<[f64; 3]> {
    let (width, height) = picture.dimensions();
    let light: Vec<f64> = (0..=255).map(|value| to_linear(f64::from(value) / 255.0)).collect();
    let samples: Vec<_> =
        picture.pixels().map(|pixel| pixel.0.map(|value| light[usize::from(value)])).collect();
    let weighted = |values: &[[f64; 3]], weights: &[f64]| {
        let add = |sum: [f64; 3], (value, weight): (&[f64; 3], &f64)| {
            [sum[0] + value[0] * weight, sum[1] + value[1] * weight, sum[2] + value[2] * weight]
        };
        values.iter().zip(weights).fold([0.0; 3], add)
    };
    let across: Vec<Vec<[f64; 3]>> = (0..nx)
        .map(|x| {
            let cosines = cosines(width, x, 0.0);
            samples.chunks_exact(width as usize).map(|row| weighted(row, &cosines)).collect()
        })
        .collect();
    let mut components = Vec::new();
    for y in 0..ny {
        let cosines = cosines(height, y, 0.0);
        for (x, column) in across.iter().enumerate() {
            let norm = if (x, y) == (0, 0) { 1.0 } else { 2.0 };
            let n_pixels = f64::from(width) * f64::from(height);
            components.push(weighted(column, &cosines).map(|sum| norm * sum / n_pixels));
        }
    }
    components
}

/// `value` in `n` digits of base 83.
fn put(text: &mut String, value: u32, n: u32) {
    for place in (0..n).rev() {
        text.push(SIGNS[(value / 83_u32.pow(place) % 83) as usize].into());
    }
}
