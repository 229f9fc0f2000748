//! Luma and differences of color to red, green and blue (ITU-T H.273, section 8.3), in whole numbers.

use crate::probe::Nclx;

/// Fraction bits of light.
const FRACTION: u32 = 24;

/// Fraction bits of factors: light of 16 bits, twice too bright, times 2 has no more than 63 bits with both.
const FACTOR: u32 = 20;

/// Differences of color come as sums of samples with these weights in all.
pub(super) const WEIGHT: i64 = 16;

/// How samples become light: `(sample - offset) * factor`, and what is added up of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Matrix {
    mixture: Mixture,
    luma: Part,
    /// Of differences of color, [`WEIGHT`] times as large as samples.
    color: Part,
    /// The largest value of the result.
    largest: i64,
}

/// A sample's zero, and how much of the result is one step of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    zero: i64,
    /// In `FRACTION` bits.
    step: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mixture {
    /// Planes are green, blue and red (matrix coefficients 0).
    Same,
    /// Luma, green and orange (8).
    YCgCo,
    /// Factors of the differences, of `FACTOR` bits: of Cr for red, of Cb and Cr for green, of Cb for blue.
    YCbCr([i64; 4]),
}

impl Matrix {
    /// Of samples with `bits`, to a result up to `largest`; none for matrices that are not known.
    pub(super) fn new(nclx: Nclx, bits: u8, largest: u16) -> Option<Self> {
        let mixture = match nclx.matrix {
            0 => Mixture::Same,
            8 => Mixture::YCgCo,
            other => Mixture::of_weights(weights(other, nclx.primaries)?),
        };
        let largest = i64::from(largest);
        // H.273, equations 20 to 32: limited range has 219 steps of light and 224 of color, in units of 2^(bits - 8).
        let unit = 1_i64 << (bits - 8);
        let full = (1_i64 << bits) - 1;
        let (zero, light, color) =
            if nclx.is_full_range { (0, full, full) } else { (16 * unit, 219 * unit, 224 * unit) };
        let luma = Part { zero, step: step(largest, light) };
        let color = if mixture == Mixture::Same {
            Part { zero: zero * WEIGHT, step: step(largest, light * WEIGHT) }
        } else {
            Part { zero: (1 << (bits - 1)) * WEIGHT, step: step(largest, color * WEIGHT) }
        };
        Some(Self { mixture, luma, color, largest })
    }

    /// Light of a sample without color.
    pub(super) fn gray(&self, luma: u16) -> u16 {
        self.rounded(self.luma.of(luma.into()))
    }

    /// Red, green and blue of a sample of luma and of two [`WEIGHT`] times as large.
    pub(super) fn rgb(&self, luma: u16, blue: i64, red: i64) -> [u16; 3] {
        let luma = self.luma.of(luma.into());
        let (blue, red) = (self.color.of(blue), self.color.of(red));
        let mixed = match self.mixture {
            Mixture::Same => [red, luma, blue],
            // H.273, equations 62 to 65, with Cg where Cb is and Co where Cr is.
            Mixture::YCgCo => [luma - blue + red, luma + blue, luma - blue - red],
            Mixture::YCbCr([red_red, green_blue, green_red, blue_blue]) => [
                luma + times(red, red_red),
                luma - times(blue, green_blue) - times(red, green_red),
                luma + times(blue, blue_blue),
            ],
        };
        mixed.map(|value| self.rounded(value))
    }

    fn rounded(&self, value: i64) -> u16 {
        ((value + (1 << (FRACTION - 1))) >> FRACTION).clamp(0, self.largest) as u16
    }
}

impl Part {
    const fn of(self, sample: i64) -> i64 {
        (sample - self.zero) * self.step
    }
}

impl Mixture {
    /// Of the weights of red and blue in luma, in ten-thousandths.
    fn of_weights((red, blue): (i64, i64)) -> Self {
        const WHOLE: i64 = 10_000;
        let green = WHOLE - red - blue;
        // Solved from equations 38 to 40: Y = Kr R + Kg G + Kb B, Cb = (B - Y) / 2 (1 - Kb), Cr = (R - Y) / 2 (1 - Kr).
        let factor = |above: i64, below: i64| ((above << FACTOR) + below / 2) / below;
        Self::YCbCr([
            factor(2 * (WHOLE - red), WHOLE),
            factor(2 * blue * (WHOLE - blue), green * WHOLE),
            factor(2 * red * (WHOLE - red), green * WHOLE),
            factor(2 * (WHOLE - blue), WHOLE),
        ])
    }
}

/// Weights of red and blue in luma, in ten-thousandths (H.273, table 4).
fn weights(matrix: u16, primaries: u16) -> Option<(i64, i64)> {
    Some(match matrix {
        1 => (2_126, 722),
        // Not said: what JPEG has, and all readers take it for.
        2 | 5 | 6 => (2_990, 1_140),
        4 => (3_000, 1_100),
        7 => (2_120, 870),
        9 => (2_627, 593),
        // Derived from the primaries.
        12 => match primaries {
            1 => (2_126, 722),
            9 => (2_627, 593),
            _ => return None,
        },
        _ => return None,
    })
}

const fn step(largest: i64, steps: i64) -> i64 {
    ((largest << FRACTION) + steps / 2) / steps
}

const fn times(value: i64, factor: i64) -> i64 {
    (value * factor) >> FACTOR
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The equations of H.273, solved in floating point.
    fn exact(nclx: Nclx, bits: u8, largest: f64, [y, cb, cr]: [f64; 3]) -> [f64; 3] {
        let unit = f64::from(1 << (bits - 8));
        let full = f64::from((1 << bits) - 1);
        let middle = f64::from(1 << (bits - 1));
        let (y, [cb, cr]) = if nclx.is_full_range {
            (y / full, [cb, cr].map(|color| (color - middle) / full))
        } else {
            ((y - 16.0 * unit) / (219.0 * unit), [cb, cr].map(|c| (c - middle) / (224.0 * unit)))
        };
        let (kr, kb) = weights(nclx.matrix, nclx.primaries)
            .map_or((0.0, 0.0), |(red, blue)| (red as f64 / 10_000.0, blue as f64 / 10_000.0));
        let (red, blue) = (y + 2.0 * (1.0 - kr) * cr, y + 2.0 * (1.0 - kb) * cb);
        let green = (y - kr * red - kb * blue) / (1.0 - kr - kb);
        [red, green, blue].map(|value| (value * largest).clamp(0.0, largest))
    }

    #[test]
    fn agrees_with_the_equations_of_the_standard() {
        for matrix in [1, 2, 4, 5, 6, 7, 9, 12] {
            for (bits, largest) in [(8, 255), (10, 65_535), (12, 65_535)] {
                for is_full_range in [false, true] {
                    let nclx = Nclx { primaries: 9, transfer: 13, matrix, is_full_range };
                    let found = Matrix::new(nclx, bits, largest).expect("a known matrix");
                    let most = (1_i64 << bits) - 1;
                    let grid = || (0..=16).map(move |part| most * part / 16);
                    for (y, cb, cr) in grid()
                        .flat_map(|y| grid().flat_map(move |cb| grid().map(move |cr| (y, cb, cr))))
                    {
                        let rgb = found.rgb(y as u16, cb * WEIGHT, cr * WEIGHT);
                        let exact =
                            exact(nclx, bits, largest.into(), [y, cb, cr].map(|v| v as f64));
                        for (a, b) in rgb.into_iter().zip(exact) {
                            assert!(
                                (f64::from(a) - b).abs() <= 0.6,
                                "{nclx:?} {bits}: {rgb:?} {exact:?}"
                            );
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn planes_of_colors_are_kept_as_they_are() {
        let nclx = Nclx { primaries: 1, transfer: 13, matrix: 0, is_full_range: true };
        let matrix = Matrix::new(nclx, 8, 255).expect("a known matrix");
        for sample in 0..=255 {
            let rgb = matrix.rgb(sample, 0, 16 * i64::from(255 - sample));
            assert_eq!(rgb, [255 - sample, sample, 0]);
            assert_eq!(matrix.gray(sample), sample);
        }
        assert!(Matrix::new(Nclx { matrix: 14, ..nclx }, 8, 255).is_none());
    }
}
