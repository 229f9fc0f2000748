//! Black and white error diffusion, one row after the other: for serpentine rows, which cannot follow each other.
//!
//! A row is split into the shortest possible chain from pixel to pixel, and passes over whole rows that need no order:
//! what the rows above give, which values are white, and the errors. In the chain a product, a sum and a shift wait for
//! each other; whether the pixel is white is found meanwhile.

#![expect(
    clippy::inline_always,
    reason = "code is compiled for an instruction set by being inlined into a function that has it"
)]

use std::hint::select_unpredictable;

use super::{
    kernel::{KERNELS, MAX_REACH, Tap},
    level::Level,
    scale::{ONE, WHITE},
    wavefront::{Instructions, Lanes, Shape, Values, gather},
};

/// What is dithered, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Job<'a> {
    /// Rows of `width` gray samples.
    pub(crate) samples: &'a [u8],
    pub(crate) width: usize,
    pub(crate) values: &'a Values,
    /// Row of [`KERNELS`].
    pub(crate) kernel: usize,
    pub(crate) serpentine: bool,
}

/// Dithers at full strength into rows of packed bits.
pub(crate) fn diffuse(level: Level, job: Job<'_>, rows: &mut [u8]) {
    match job.kernel {
        0 => level.run(Chain::<0> { job, rows }),
        1 => level.run(Chain::<1> { job, rows }),
        2 => level.run(Chain::<2> { job, rows }),
        3 => level.run(Chain::<3> { job, rows }),
        4 => level.run(Chain::<4> { job, rows }),
        5 => level.run(Chain::<5> { job, rows }),
        6 => level.run(Chain::<6> { job, rows }),
        7 => level.run(Chain::<7> { job, rows }),
        8 => level.run(Chain::<8> { job, rows }),
        9 => level.run(Chain::<9> { job, rows }),
        10 => level.run(Chain::<10> { job, rows }),
        11 => level.run(Chain::<11> { job, rows }),
        12 => level.run(Chain::<12> { job, rows }),
        13 => level.run(Chain::<13> { job, rows }),
        14 => level.run(Chain::<14> { job, rows }),
        15 => level.run(Chain::<15> { job, rows }),
        _ => level.run(Chain::<16> { job, rows }),
    }
}

const _: () = assert!(KERNELS.len() == 17);

struct Chain<'a, const K: usize> {
    job: Job<'a>,
    rows: &'a mut [u8],
}

/// Columns beside the picture that take what falls there.
const MARGIN: usize = MAX_REACH;

impl<const K: usize> Chain<'_, K> {
    const SHAPE: Shape = Shape::of(&KERNELS[K]);

    /// Bits of fraction of the next pixel's part: as few as it needs, so that the product is a sum where it can be one.
    const SHIFT: u32 = 15 - Self::SPARE;
    const SPARE: u32 = match Self::ahead(1) {
        0 => 0,
        part => part.trailing_zeros(),
    };

    /// The part that the pixel `dx` ahead gets.
    const fn ahead(dx: i32) -> i32 {
        let mut at = 0;
        while at < Self::SHAPE.n_taps {
            let Tap { dx: column, dy, weight } = Self::SHAPE.taps[at];
            if dy == 0 && column == dx {
                return weight;
            }
            at += 1;
        }
        0
    }
}

impl<const K: usize> Instructions for Chain<'_, K> {
    #[inline(always)]
    fn run(self, lanes: impl Lanes) {
        let Job { samples, width, values, serpentine, .. } = self.job;
        let shape = const { &Self::SHAPE };
        // Errors of this row and those above it, the newest first; from left to right, with margins of zeros.
        let mut errors = vec![vec![0_i16; width + 2 * MARGIN]; shape.n_below + 1];
        let mut sums = vec![0_i16; width];
        // One more, so that every pixel has a next one.
        let mut starts = vec![0_i32; width + 1];
        let mut found = vec![0_i16; width];
        let rows = self.rows.chunks_exact_mut(width.div_ceil(8));
        for (y, (row, samples)) in rows.zip(samples.chunks_exact(width)).enumerate() {
            let backward = serpentine && y % 2 == 1;
            errors.rotate_right(1);
            if values.is_even {
                for (sum, &sample) in sums.iter_mut().zip(samples) {
                    *sum = i16::from(sample) << 6;
                }
            } else {
                for (sum, &sample) in sums.iter_mut().zip(samples) {
                    *sum = values.table[usize::from(sample)];
                }
            }
            for (above, errors) in errors.iter().enumerate().skip(1).take(y) {
                // The row above was run in its own direction.
                let mirrored = serpentine && (y - above) % 2 == 1;
                gather(lanes, shape, (above, mirrored), errors, &mut sums);
            }
            let start = |sum: i16| (i32::from(sum) << Self::SHIFT) + (1 << Self::SHIFT >> 1);
            if backward {
                for (to, sum) in starts.iter_mut().zip(sums.iter().rev()) {
                    *to = start(*sum);
                }
            } else {
                for (to, sum) in starts.iter_mut().zip(&sums) {
                    *to = start(*sum);
                }
            }
            values_of::<K>(&starts, &mut found);
            if backward {
                found.reverse();
            }
            let errors = &mut errors[0][MARGIN..MARGIN + width];
            for (error, value) in errors.iter_mut().zip(&found) {
                let white = if *value > (WHITE / 2) as i16 { WHITE as i16 } else { 0 };
                *error = *value - white;
            }
            pack(&found, row);
        }
    }
}

/// The chain: each value is its start plus what the two before it give on. A start is a value with [`Chain::SHIFT`] bits of
/// fraction, plus a half, so that the shift rounds.
#[inline(always)]
fn values_of<const K: usize>(starts: &[i32], found: &mut [i16]) {
    let shift = const { Chain::<K>::SHIFT };
    let first = const { Chain::<K>::ahead(1) >> Chain::<K>::SPARE };
    let second = const { Chain::<K>::ahead(2) };
    let [start, next_starts @ ..] = starts else { return };
    let mut sum = *start;
    let mut after = 0;
    for (found, &next) in found.iter_mut().zip(next_starts) {
        let value = sum >> shift;
        *found = value as i16;
        let white = value > WHITE / 2;
        // What white takes away is chosen while the product is made: neither waits for the other.
        let next = if second == 0 { next } else { next + (after << shift) };
        sum = select_unpredictable(white, next - WHITE * first, next) + value * first;
        if second != 0 {
            let given = value * second + ONE / 2;
            after = select_unpredictable(white, given - WHITE * second, given) >> 15;
        }
    }
}

/// Bits of the values that are white, the leftmost highest.
#[inline(always)]
fn pack(values: &[i16], row: &mut [u8]) {
    let (whole, rest) = values.as_chunks::<8>();
    let byte = |values: &[i16; 8]| {
        let white = values.map(|value| u8::from(value > (WHITE / 2) as i16));
        // Each factor moves one of the bits to the highest byte; no two of the products overlap.
        (u64::from_le_bytes(white).wrapping_mul(0x8040_2010_0804_0201) >> 56) as u8
    };
    for (to, values) in row.iter_mut().zip(whole) {
        *to = byte(values);
    }
    if !rest.is_empty() {
        let mut padded = [0; 8];
        padded[..rest.len()].copy_from_slice(rest);
        row[whole.len()] = byte(&padded);
    }
}
