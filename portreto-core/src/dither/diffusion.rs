//! Error diffusion, row by row.
//!
//! What is computed, exactly; [`definition`](super::definition) says it in the simplest way:
//!
//! 1. A pixel's value is its sample's value plus the errors it was given, clamped to [`LOWEST`]..=[`HIGHEST`].
//! 2. It becomes the nearest color. The error is the value minus the color's value, times the strength.
//! 3. The part `weight / divisor` of the error goes to each neighbor; the last neighbor in reading order gets
//!    what is left of `error · weights / divisor`, the sum of all parts, so that rounding neither makes nor loses any.
//! 4. What would fall outside of the picture is dropped. A pixel that is not opaque gives nothing and drops what it was given.
//! 5. Rows run from left to right; with `serpentine` every second one runs, mirrored, from right to left.
//!
//! A part of an error is a multiplication by a [`scale::part`](super::scale::part): 15 bits of fraction, to the
//! nearest, a half up. That is one instruction of every vector unit (`pmulhrsw`, `sqrdmulh`), and exact for the
//! kernels whose divisor is a power of two.
//!
//! Memory is a few rows of errors, whatever the height of the picture.

use super::{
    kernel::{KERNELS, MAX_REACH, MAX_TAPS, Tap},
    quantize::{HOLE, Quantize},
    scale::{HIGHEST, LOWEST, fraction, part},
    source::Source,
};

/// How errors are spread.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spreading {
    /// Row of [`KERNELS`].
    pub(crate) kernel: usize,
    pub(crate) serpentine: bool,
    /// Thousandths.
    pub(crate) strength: u16,
}

/// Dithers `source` and hands each row of codes to `sink`, from top to bottom.
pub(crate) fn diffuse<const C: usize>(
    source: &Source<'_>,
    quantizer: &mut impl Quantize<C>,
    how: Spreading,
    sink: &mut dyn FnMut(&[u32]),
) {
    match how.kernel {
        0 => run::<0, C>(source, quantizer, how, sink),
        1 => run::<1, C>(source, quantizer, how, sink),
        2 => run::<2, C>(source, quantizer, how, sink),
        3 => run::<3, C>(source, quantizer, how, sink),
        4 => run::<4, C>(source, quantizer, how, sink),
        5 => run::<5, C>(source, quantizer, how, sink),
        6 => run::<6, C>(source, quantizer, how, sink),
        7 => run::<7, C>(source, quantizer, how, sink),
        8 => run::<8, C>(source, quantizer, how, sink),
        9 => run::<9, C>(source, quantizer, how, sink),
        10 => run::<10, C>(source, quantizer, how, sink),
        11 => run::<11, C>(source, quantizer, how, sink),
        12 => run::<12, C>(source, quantizer, how, sink),
        13 => run::<13, C>(source, quantizer, how, sink),
        14 => run::<14, C>(source, quantizer, how, sink),
        15 => run::<15, C>(source, quantizer, how, sink),
        _ => run::<16, C>(source, quantizer, how, sink),
    }
    const { assert!(KERNELS.len() == 17) }
}

/// The constants of row `K` of the table.
struct Constants<const K: usize>;

impl<const K: usize> Constants<K> {
    const TAPS: [Tap; MAX_TAPS] = KERNELS[K].taps();
    const N_TAPS: usize = KERNELS[K].n_taps();
    const N_ROWS: usize = KERNELS[K].n_rows();
    const WHOLE: i32 = KERNELS[K].whole();
}

fn run<const K: usize, const C: usize>(
    source: &Source<'_>,
    quantizer: &mut impl Quantize<C>,
    how: Spreading,
    sink: &mut dyn FnMut(&[u32]),
) {
    let width = source.width();
    let mut row = Row {
        values: vec![[0; C]; width],
        opaque: vec![true; width],
        codes: vec![0; width],
        strength: fraction(i32::from(how.strength), 1000),
    };
    // Errors for the rows to come; what falls beside the picture lands in the margins and is never read.
    let mut errors = vec![vec![[0; C]; width + 2 * MAX_REACH]; Constants::<K>::N_ROWS - 1];
    for y in 0..source.height() {
        source.row(y, &mut row.values);
        source.opaque_row(y, &mut row.opaque);
        let given = &errors[0][MAX_REACH..MAX_REACH + width];
        for (value, given) in row.values.iter_mut().zip(given) {
            for channel in 0..C {
                value[channel] += given[channel];
            }
        }
        errors[0].fill([0; C]);
        errors.rotate_left(1);
        // Now `errors[0]` is for the row below, and so on.
        let backward = how.serpentine && y % 2 == 1;
        if backward {
            row.mirror(&mut errors);
        }
        row.run::<K>(quantizer, &mut errors);
        if backward {
            row.mirror(&mut errors);
        }
        sink(&row.codes);
    }
}

/// One row of the picture while it is dithered.
struct Row<const C: usize> {
    values: Vec<[i32; C]>,
    opaque: Vec<bool>,
    codes: Vec<u32>,
    /// A [`fraction`].
    strength: i32,
}

impl<const C: usize> Row<C> {
    /// Turns everything around, so that there is one direction of travel; the margins are equal on both sides.
    fn mirror(&mut self, errors: &mut [Vec<[i32; C]>]) {
        self.values.reverse();
        self.opaque.reverse();
        self.codes.reverse();
        for errors in errors {
            errors.reverse();
        }
    }

    fn run<const K: usize>(
        &mut self,
        quantizer: &mut impl Quantize<C>,
        errors: &mut [Vec<[i32; C]>],
    ) {
        let mut below: [&mut [[i32; C]]; 3] = [&mut [], &mut [], &mut []];
        for (below, errors) in below.iter_mut().zip(errors) {
            *below = errors;
        }
        // Errors for the next pixels of this row stay in registers.
        let mut ahead = [[0; C]; MAX_REACH];
        for x in 0..self.values.len() {
            let given = ahead[0];
            ahead.rotate_left(1);
            ahead[MAX_REACH - 1] = [0; C];
            if !self.opaque[x] {
                self.codes[x] = HOLE;
                continue;
            }
            let mut value = self.values[x];
            for channel in 0..C {
                value[channel] = (value[channel] + given[channel]).clamp(LOWEST, HIGHEST);
            }
            let (code, color) = quantizer.nearest(value);
            self.codes[x] = code;
            for channel in 0..C {
                let error = part(value[channel] - color[channel], self.strength);
                let mut left = part(error, Constants::<K>::WHOLE);
                for tap in 0..Constants::<K>::N_TAPS {
                    let Tap { dx, dy, weight } = Constants::<K>::TAPS[tap];
                    let last = tap + 1 == Constants::<K>::N_TAPS;
                    let share = if last { left } else { part(error, weight) };
                    left -= share;
                    if dy == 0 {
                        ahead[(dx - 1) as usize][channel] += share;
                    } else {
                        let window = &mut below[dy - 1][x..=x + 2 * MAX_REACH];
                        window[(MAX_REACH as i32 + dx) as usize][channel] += share;
                    }
                }
            }
        }
    }
}
