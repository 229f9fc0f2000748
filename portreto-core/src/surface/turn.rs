//! Turns by any angle.

use rayon::prelude::*;

use super::Surface;
use crate::{
    error::Result,
    limits::Limits,
    transform::{Color, Filter, Milli},
};

/// One, of sines and cosines.
const UNIT: f64 = 1_073_741_824.0;

/// Places between two pixels at which they are interpolated.
const N_PHASES: usize = 256;

/// One, of the weights of interpolation.
const WEIGHT_BITS: u32 = 14;

/// Weights of four neighbors in a row for each phase; they sum to exactly one.
type Weights = Box<[[i32; 4]; N_PHASES]>;

impl Surface {
    /// Turned by `angle` degrees clockwise about its middle, on a canvas that holds all of it; `background` shows
    /// in the corners.
    ///
    /// Sine and cosine are `libm`'s; everything after them is in whole numbers.
    pub(crate) fn turned(
        self,
        angle: Milli,
        background: Color,
        filter: Filter,
        limits: &Limits,
    ) -> Result<Self> {
        let surface = self.fit_for(background);
        let radians = angle.to_f64() * std::f64::consts::PI / 180.0;
        let (sine, cosine) = (libm::sin(radians), libm::cos(radians));
        let size = canvas((surface.width, surface.height), sine, cosine);
        let (sine, cosine) = (libm::round(sine * UNIT) as i64, libm::round(cosine * UNIT) as i64);
        let mut turned = Self::filled(&surface, size, background, limits)?;
        let weights = weights(filter);
        let outside = surface.pixel_of(background);
        let (row_len, n_channels) = (turned.row_len(), turned.n_channels);
        let (width, height) = (i64::from(size.0), i64::from(size.1));
        turned.samples.par_chunks_exact_mut(row_len).enumerate().for_each(|(y, row)| {
            let down = 2 * y as i64 + 1 - height;
            for (x, pixel) in row.chunks_exact_mut(n_channels).enumerate() {
                let across = 2 * x as i64 + 1 - width;
                // Where the pixel's middle comes from, 31 fractional bits, counted from the middle of the first pixel.
                let from_x = cosine * across + sine * down + ((surface.width as i64 - 1) << 30);
                let from_y = cosine * down - sine * across + ((surface.height as i64 - 1) << 30);
                surface.sample(from_x, from_y, &weights, outside, pixel);
            }
        });
        Ok(turned)
    }

    /// Interpolates between the sixteen pixels around a place.
    fn sample(&self, x: i64, y: i64, weights: &Weights, outside: [u16; 4], pixel: &mut [u16]) {
        // To the nearest phase.
        let phase = |at: i64| (at + (1 << 22)) >> 23;
        let (x, y) = (phase(x), phase(y));
        let (left, top) = ((x >> 8) - 1, (y >> 8) - 1);
        let (width, height) = (self.width as i64, self.height as i64);
        if left <= -4 || top <= -4 || left >= width || top >= height {
            return;
        }
        let (across, down) = (&weights[(x & 255) as usize], &weights[(y & 255) as usize]);
        let n_channels = self.n_channels;
        let mut sums = [0_i64; 4];
        for (y, &down) in (top..).zip(down) {
            if down == 0 {
                continue;
            }
            let row = (0..height)
                .contains(&y)
                .then(|| &self.samples[y as usize * self.row_len()..][..self.row_len()]);
            let mut row_sums = [0_i32; 4];
            for (x, &across) in (left..).zip(across) {
                let from = match row {
                    Some(row) if (0..width).contains(&x) => {
                        &row[x as usize * n_channels..][..n_channels]
                    }
                    _ => &outside[..n_channels],
                };
                for (sum, &sample) in row_sums.iter_mut().zip(from) {
                    *sum += i32::from(sample) * across;
                }
            }
            for (sum, row_sum) in sums.iter_mut().zip(row_sums) {
                *sum += i64::from(row_sum) * i64::from(down);
            }
        }
        let values = sums.map(|sum| {
            ((sum + (1 << (2 * WEIGHT_BITS - 1))) >> (2 * WEIGHT_BITS)).clamp(0, 65535) as u16
        });
        // Overshooting colors stay within their alpha.
        let most = if self.has_alpha() { values[n_channels - 1] } else { u16::MAX };
        pixel.iter_mut().zip(values).for_each(|(sample, value)| *sample = value.min(most));
    }
}

/// The smallest size in whole pixels that holds the turned picture.
fn canvas((width, height): (usize, usize), sine: f64, cosine: f64) -> (u32, u32) {
    let (width, height) = (width as f64, height as f64);
    let (sine, cosine) = (sine.abs(), cosine.abs());
    // A thousandth of a pixel is no reason for another row of them.
    let whole = |side: f64| libm::ceil(side - 0.001).max(1.0) as u32;
    (whole(width * cosine + height * sine), whole(width * sine + height * cosine))
}

fn weights(filter: Filter) -> Weights {
    let mut table = Box::new([[0; 4]; N_PHASES]);
    for (phase, weights) in table.iter_mut().enumerate() {
        let at = phase as f64 / N_PHASES as f64;
        let exact = match filter {
            Filter::Nearest if at < 0.5 => [0.0, 1.0, 0.0, 0.0],
            Filter::Nearest => [0.0, 0.0, 1.0, 0.0],
            Filter::Bilinear => [0.0, 1.0 - at, at, 0.0],
            Filter::Mitchell => cubic(at, 1.0 / 3.0, 1.0 / 3.0),
            Filter::CatmullRom | Filter::Lanczos3 => cubic(at, 0.0, 0.5),
        };
        let one = f64::from(1 << WEIGHT_BITS);
        *weights = exact.map(|weight| libm::round(weight * one) as i32);
        // What rounding left over goes to the nearer of the two in the middle.
        weights[1 + phase / (N_PHASES / 2)] += (1 << WEIGHT_BITS) - weights.iter().sum::<i32>();
    }
    table
}

/// Mitchell and Netravali, "Reconstruction filters in computer graphics" (1988), equation 8, for the four neighbors of a
/// place `at` behind the second.
fn cubic(at: f64, b: f64, c: f64) -> [f64; 4] {
    let near = |x: f64| {
        ((12.0 - 9.0 * b - 6.0 * c) * x * x * x
            + (-18.0 + 12.0 * b + 6.0 * c) * x * x
            + (6.0 - 2.0 * b))
            / 6.0
    };
    let far = |x: f64| {
        ((-b - 6.0 * c) * x * x * x
            + (6.0 * b + 30.0 * c) * x * x
            + (-12.0 * b - 48.0 * c) * x
            + (8.0 * b + 24.0 * c))
            / 6.0
    };
    [far(1.0 + at), near(at), near(1.0 - at), far(2.0 - at)]
}
