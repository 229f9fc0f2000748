//! Error-diffusion kernels: who gets how much of a pixel's error.

use super::scale::fraction;

/// One kernel: a row of the table.
#[derive(Debug)]
pub(crate) struct Kernel {
    /// What the weights are divided by. Where they sum to less, the rest of the error is dropped.
    pub(crate) divisor: i32,
    /// For each row, the current one first: the column of the first weight, relative to the pixel, and the weights.
    rows: &'static [(i32, &'static [i32])],
}

/// One neighbor and its weight.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tap {
    /// Columns ahead, in the direction of travel.
    pub(crate) dx: i32,
    /// Rows below.
    pub(crate) dy: usize,
    /// The part of the error that it gets, a [`fraction`].
    pub(crate) weight: i32,
}

/// Most neighbors of any kernel.
pub(crate) const MAX_TAPS: usize = 12;

/// Farthest column of any kernel, either way.
pub(crate) const MAX_REACH: usize = 3;

/// Every kernel. `KERNELS[k]` is monomorphized into the engine, so that weights and divisors are constants there.
pub(crate) const KERNELS: [Kernel; 17] = [
    // R. W. Floyd, L. Steinberg, "An Adaptive Algorithm for Spatial Greyscale", Proc. SID 17(2), 1976, pp. 75-77.
    Kernel { divisor: 16, rows: &[(1, &[7]), (-1, &[3, 5, 1])] },
    // Folklore: found as "false Floyd-Steinberg" in T. Crocker, "Digital Halftoning" (dither.txt), 1989.
    Kernel { divisor: 8, rows: &[(1, &[3]), (0, &[3, 2])] },
    // J. F. Jarvis, C. N. Judice, W. H. Ninke, "A Survey of Techniques for the Display of Continuous Tone Pictures on
    // Bilevel Displays", Computer Graphics and Image Processing 5, 1976, pp. 13-40.
    Kernel { divisor: 48, rows: &[(1, &[7, 5]), (-2, &[3, 5, 7, 5, 3]), (-2, &[1, 3, 5, 3, 1])] },
    // P. Stucki, "MECCA - a multiple-error correcting computation algorithm for bi-level image hard copy
    // reproduction", IBM Research Report RZ1060, 1981.
    Kernel { divisor: 42, rows: &[(1, &[8, 4]), (-2, &[2, 4, 8, 4, 2]), (-2, &[1, 2, 4, 2, 1])] },
    // D. Burkes, "Presentation of the Burkes error filter for use in preparing continuous-tone images for presentation
    // on bi-level devices", CompuServe, 1988.
    Kernel { divisor: 32, rows: &[(1, &[8, 4]), (-2, &[2, 4, 8, 4, 2])] },
    // F. Sierra, CompuServe, 1989 (three rows) and 1990 (two rows, "Lite").
    Kernel { divisor: 32, rows: &[(1, &[5, 3]), (-2, &[2, 4, 5, 4, 2]), (-1, &[2, 3, 2])] },
    Kernel { divisor: 16, rows: &[(1, &[4, 3]), (-2, &[1, 2, 3, 2, 1])] },
    Kernel { divisor: 4, rows: &[(1, &[2]), (-1, &[1, 1])] },
    // B. Atkinson, HyperScan and MacPaint, Apple, about 1984: six eighths are spread.
    Kernel { divisor: 8, rows: &[(1, &[1, 1]), (-1, &[1, 1, 1]), (0, &[1])] },
    // R. L. Stevenson, G. R. Arce, "Binary display of hexagonally sampled continuous-tone images", J. Opt. Soc. Am. A
    // 2(7), 1985, pp. 1009-1013, doi:10.1364/JOSAA.2.001009: the zeros are the holes of the hexagonal grid.
    Kernel {
        divisor: 200,
        rows: &[
            (2, &[32]),
            (-3, &[12, 0, 26, 0, 30, 0, 16]),
            (-2, &[12, 0, 26, 0, 12]),
            (-3, &[5, 0, 12, 0, 12, 0, 5]),
        ],
    },
    // Z. Fan, "A Simple Modification of Error Diffusion Weights", IS&T 46th Annual Conference, 1993.
    Kernel { divisor: 16, rows: &[(1, &[7]), (-2, &[1, 3, 5])] },
    // J. N. Shiau, Z. Fan, "Method for quantization gray level pixel data with extended distribution set", US patent
    // 5353127, 1994.
    Kernel { divisor: 8, rows: &[(1, &[4]), (-2, &[1, 1, 2])] },
    // J. N. Shiau, Z. Fan, "Set of easily implementable coefficients in error diffusion with reduced worm artifacts",
    // Proc. SPIE 2658, 1996, pp. 222-225, doi:10.1117/12.236968.
    Kernel { divisor: 16, rows: &[(1, &[8]), (-3, &[1, 1, 2, 4])] },
    // Folklore: half ahead, half below; "two-dimensional" in E. Helland, "Image Dithering: Eleven Algorithms and Source
    // Code", 2012.
    Kernel { divisor: 2, rows: &[(1, &[1]), (0, &[1])] },
    // S. Pigeon, "Dithering", hbfs.wordpress.com, 2013: twelve fourteenths are spread.
    Kernel { divisor: 14, rows: &[(1, &[2, 1]), (-1, &[2, 2, 2]), (-2, &[1, 0, 1, 0, 1])] },
    // R. Kist, libdither (github.com/robertkist/libdither), "diagonal" and "Robert Kist".
    Kernel { divisor: 16, rows: &[(1, &[5]), (-1, &[2, 3, 6])] },
    Kernel {
        divisor: 220,
        rows: &[(1, &[90]), (-2, &[10, 20, 30, 20, 10]), (-2, &[10, 5, 10, 5, 10])],
    },
];

impl Kernel {
    /// The neighbors in reading order, without those of weight 0; the rest of the array repeats weight 0.
    pub(crate) const fn taps(&self) -> [Tap; MAX_TAPS] {
        let mut taps = [Tap { dx: 0, dy: 0, weight: 0 }; MAX_TAPS];
        let (mut n_taps, mut dy) = (0, 0);
        while dy < self.rows.len() {
            let (first, weights) = self.rows[dy];
            let mut column = 0;
            while column < weights.len() {
                if weights[column] != 0 {
                    let dx = first + column as i32;
                    taps[n_taps] = Tap { dx, dy, weight: fraction(weights[column], self.divisor) };
                    n_taps += 1;
                }
                column += 1;
            }
            dy += 1;
        }
        taps
    }

    /// How many neighbors have a weight.
    pub(crate) const fn n_taps(&self) -> usize {
        let taps = self.taps();
        let mut n_taps = 0;
        while n_taps < MAX_TAPS && taps[n_taps].weight != 0 {
            n_taps += 1;
        }
        n_taps
    }

    /// How many rows the kernel touches, the current one included.
    pub(crate) const fn n_rows(&self) -> usize {
        self.rows.len()
    }

    /// The part of the error that all neighbors get together, a [`fraction`].
    pub(crate) const fn whole(&self) -> i32 {
        let (mut sum, mut row) = (0, 0);
        while row < self.rows.len() {
            let weights = self.rows[row].1;
            let mut column = 0;
            while column < weights.len() {
                sum += weights[column];
                column += 1;
            }
            row += 1;
        }
        fraction(sum, self.divisor)
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::scale::{HIGHEST, LOWEST, ONE, WHITE, part},
        *,
    };

    #[test]
    fn all_but_two_kernels_spread_the_whole_error() {
        for (index, kernel) in KERNELS.iter().enumerate() {
            let expected = match index {
                8 => ONE * 6 / 8,
                14 => fraction(12, 14),
                _ => ONE,
            };
            assert_eq!(kernel.whole(), expected, "kernel {index}");
            assert!(kernel.n_rows() <= 4);
            for tap in &kernel.taps()[..kernel.n_taps()] {
                assert!(tap.dx.unsigned_abs() as usize <= MAX_REACH, "kernel {index}");
                assert!(tap.dy > 0 || tap.dx > 0, "kernel {index} looks back");
            }
        }
    }

    /// With evenly spaced levels an error starts within half a step, and what is given on can grow only by rounding. The
    /// least and greatest sums that a pixel can be given settle, and so the engine need not clamp such values.
    #[test]
    fn values_between_levels_never_reach_the_bounds() {
        for (index, kernel) in KERNELS.iter().enumerate() {
            let taps = &kernel.taps()[..kernel.n_taps()];
            let (mut least, mut greatest) = (-WHITE / 2, WHITE / 2);
            loop {
                let (mut low, mut high) = (vec![i32::MAX; taps.len()], vec![i32::MIN; taps.len()]);
                for error in least..=greatest {
                    let mut left = part(error, kernel.whole());
                    for (at, tap) in taps.iter().enumerate() {
                        let share =
                            if at + 1 == taps.len() { left } else { part(error, tap.weight) };
                        left -= share;
                        (low[at], high[at]) = (low[at].min(share), high[at].max(share));
                    }
                }
                let given =
                    (low.iter().sum::<i32>().min(least), high.iter().sum::<i32>().max(greatest));
                assert!(given.0 > LOWEST && given.1 + WHITE < HIGHEST, "kernel {index}: {given:?}");
                if given == (least, greatest) {
                    break;
                }
                (least, greatest) = given;
            }
        }
    }
}
