//! Riemersma's dither: errors follow a space-filling curve.
//!
//! T. Riemersma, "A balanced dithering technique", C/C++ Users Journal, December 1998: the pixels are visited along a
//! Hilbert curve, here [`hilbert::walk`]; the errors of the last 16 are remembered, and the newest weighs 16 times as
//! much as the oldest.
//!
//! 1. A pixel's value is its sample's value plus the sum of the remembered errors by their [`WEIGHTS`], clamped. The
//!    sum is rounded down to a whole number, and what that leaves is added to the next sum.
//! 2. It becomes the nearest color. The error is the value minus the color's value, times the strength; it is
//!    remembered in place of the oldest.
//! 3. A pixel that is not opaque is passed over.
//!
//! The weights sum to one, so that all of an error is spread, and flat grays keep their tone.

use super::{
    hilbert,
    quantize::{HOLE, Quantize},
    scale::{HIGHEST, LOWEST, fraction, part},
    source::Source,
};

/// The parts of an error that the 16 following pixels get, the last of them first, in units of 2⁻¹⁵: `16^(i / 15)`
/// over the sum of all, to the nearest; the first pixel that follows gets what is left of one.
pub(crate) const WEIGHTS: [i32; 16] =
    [365, 439, 528, 635, 764, 919, 1105, 1330, 1599, 1924, 2315, 2785, 3350, 4030, 4849, 5831];

/// The errors of the last pixels of one channel.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Memory {
    /// The oldest first.
    errors: [i32; 16],
    rest: i32,
}

impl Memory {
    /// What the next pixel is given.
    pub(crate) fn given(&mut self) -> i32 {
        let sum: i32 = self.errors.iter().zip(WEIGHTS).map(|(error, weight)| error * weight).sum();
        let sum = sum + self.rest;
        self.rest = sum & 0x7FFF;
        sum >> 15
    }

    pub(crate) fn remember(&mut self, error: i32) {
        self.errors.rotate_left(1);
        self.errors[15] = error;
    }
}

/// Dithers `source` and hands each row of codes to `sink`, from top to bottom, when all is done.
pub(crate) fn diffuse<const C: usize>(
    source: &Source<'_>,
    quantizer: &mut impl Quantize<C>,
    strength: u16,
    sink: &mut dyn FnMut(&[u32]),
) {
    let width = source.width();
    let strength = fraction(i32::from(strength), 1000);
    let (samples, opaque) = source.whole::<C>();
    let mut codes = vec![HOLE; samples.len()];
    let mut memories = [Memory::default(); C];
    hilbert::walk(width, source.height(), &mut |x, y| {
        let at = y * width + x;
        if !opaque[at] {
            return;
        }
        let value: [i32; C] = std::array::from_fn(|channel| {
            (i32::from(samples[at][channel]) + memories[channel].given()).clamp(LOWEST, HIGHEST)
        });
        let (code, color) = quantizer.nearest(value);
        codes[at] = code;
        for channel in 0..C {
            memories[channel].remember(part(value[channel] - color[channel], strength));
        }
    });
    codes.chunks_exact(width).for_each(sink);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_those_of_the_formula_and_sum_to_one() {
        assert_eq!(WEIGHTS.iter().sum::<i32>(), 1 << 15);
        let power = |index: usize| libm::pow(16.0, index as f64 / 15.0);
        let sum: f64 = (0..16).map(power).sum();
        for (index, weight) in WEIGHTS[..15].iter().enumerate() {
            assert_eq!(*weight, libm::round(power(index) / sum * 32768.0) as i32, "{index}");
        }
    }

    #[test]
    fn all_of_an_error_is_given_on() {
        let mut memory = Memory::default();
        for error in [1, -7, 8000] {
            let mut given = 0;
            memory.remember(error);
            for _ in 0..16 {
                given += memory.given();
                memory.remember(0);
            }
            assert!((given - error).abs() <= 1, "{error}: {given}");
        }
    }
}
