//! The numbers in which dithering is done.
//!
//! A value is a whole number: 0 is black and 16320 = 255 · 64 is white. In sRGB values one step of an 8-bit sample is
//! 64 units; in linear light the units are of light, as fine as 14 bits. Values with errors stay within [`LOWEST`] to
//! [`HIGHEST`], which fits 16 bits with sign, as do the errors.

use crate::light::{linear_of_srgb, srgb_of_linear, widen};

/// White.
pub(crate) const WHITE: i32 = 255 * 64;
/// The least value with error. Evenly spaced levels never get here: `bounds` tests it for every kernel.
pub(crate) const LOWEST: i32 = -8192;
/// The greatest value with error: the range is 32768 values.
pub(crate) const HIGHEST: i32 = 24_575;

/// All of an error, as a [`fraction`].
pub(crate) const ONE: i32 = 1 << 15;

/// `numerator / denominator` in units of 2⁻¹⁵, to the nearest, a half up; both not negative.
pub(crate) const fn fraction(numerator: i32, denominator: i32) -> i32 {
    let (one, numerator, denominator) = (ONE as i64, numerator as i64, denominator as i64);
    ((2 * one * numerator + denominator) / (2 * denominator)) as i32
}

/// A [`fraction`] of an error, to the nearest, a half up. The shift rounds down, negative numbers as well.
#[inline]
pub(crate) const fn part(error: i32, fraction: i32) -> i32 {
    (error * fraction + ONE / 2) >> 15
}

/// From samples to values.
#[derive(Debug)]
pub(crate) struct Scale {
    narrow: [i32; 256],
    linear: bool,
}

impl Scale {
    /// Values of light (`linear`), or of sRGB.
    pub(crate) fn new(linear: bool) -> Self {
        let narrow = std::array::from_fn(|sample| value(widen(sample as u8), linear));
        Self { narrow, linear }
    }

    /// The value of an 8-bit sample.
    pub(crate) fn narrow(&self, sample: u8) -> i32 {
        self.narrow[sample as usize]
    }

    /// The value of a 16-bit sample.
    pub(crate) fn wide(&self, sample: u16) -> i32 {
        value(sample, self.linear)
    }

    /// The 16-bit sRGB of a value from 0 to white.
    pub(crate) fn srgb(&self, value: i32) -> u16 {
        let sample = (value * 257 + WHITE / 510) / (WHITE / 255);
        if self.linear { srgb_of_linear()[sample as usize] } else { sample as u16 }
    }
}

fn value(sample: u16, linear: bool) -> i32 {
    let sample = if linear { linear_of_srgb()[sample as usize] } else { sample };
    (i32::from(sample) * (WHITE / 255) + 128) / 257
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_of_eight_bits_is_sixty_four() {
        let scale = Scale::new(false);
        for sample in 0..=255 {
            assert_eq!(scale.narrow(sample), i32::from(sample) * 64);
            assert_eq!(scale.wide(widen(sample)), scale.narrow(sample));
        }
        let light = Scale::new(true);
        assert_eq!((light.narrow(0), light.narrow(255)), (0, WHITE));
        // ((188 / 255 + 0.055) / 1.055)^2.4 = 0.50289.
        assert_eq!(light.narrow(188), 8207);
    }

    #[test]
    fn values_of_samples_are_those_samples_again() {
        for scale in [Scale::new(false), Scale::new(true)] {
            for sample in 0..=255 {
                let again = scale.srgb(scale.narrow(sample));
                // In light, the darkest values are a fifth of an 8-bit step apart.
                assert!(again.abs_diff(widen(sample)) <= 51, "{sample} {again}");
            }
        }
    }
}
