//! Black and white error diffusion, one row after the other: for serpentine rows, which cannot follow each other.
//!
//! A row is split into the shortest possible chain from pixel to pixel, and passes over whole rows that need no order:
//! what the rows above give, which values are white, and the errors. In the chain a product, a sum and a shift wait for
//! each other; whether the pixel is white is found meanwhile.

#![expect(
    clippy::inline_always,
    reason = "code is compiled for an instruction set by being inlined into a function that has it"
)]

use std::hint::{black_box, select_unpredictable};

use super::{
    kernel::{KERNELS, MAX_REACH, Tap},
    level::Level,
    scale::{ONE, WHITE},
    wavefront::{Fixed, Instructions, Lanes, Shape, Values, gather},
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
        let n_above = const { Self::SHAPE.n_below };
        let n_blocks = width.div_ceil(BLOCK);
        // Errors of this row and those above it, the newest first; from left to right, with margins of zeros.
        let mut errors = vec![vec![0_i16; n_blocks * BLOCK + 2 * MARGIN]; n_above + 1];
        // With one more on both sides, so that every pixel has a next one.
        let mut starts = vec![0_i32; n_blocks * BLOCK + 2];
        let mut bases = vec![0_i16; n_blocks * BLOCK];
        let mut found = bases.clone();
        let rows = self.rows.chunks_exact_mut(width.div_ceil(8));
        for (y, (row, samples)) in rows.zip(samples.chunks_exact(width)).enumerate() {
            let backward = serpentine && y % 2 == 1;
            errors.rotate_right(1);
            let Some((new, old)) = errors.split_first_mut() else { return };
            values.of_all(samples, &mut bases);
            // A block's starts are found while the chain runs through the block before: neither waits for the other.
            let mut state = State::default();
            for turn in 0..=n_blocks {
                let place = |turn: usize| {
                    let block = if backward { n_blocks - 1 - turn } else { turn };
                    block * BLOCK..(block + 1) * BLOCK
                };
                if turn < n_blocks {
                    let columns = place(turn);
                    let bases = &mut bases[columns.clone()];
                    for (above, errors) in (1..).zip(&old[..n_above.min(y)]) {
                        // A row above was run in its own direction.
                        let mirrored = serpentine && (y - above) % 2 == 1;
                        let errors = &errors[columns.start..columns.end + 2 * MARGIN];
                        gather(lanes, Fixed::<K>, (above, mirrored), errors, bases);
                    }
                    for (start, base) in starts[1..][columns].iter_mut().zip(bases) {
                        *start = (i32::from(*base) << Self::SHIFT) + (1 << Self::SHIFT >> 1);
                    }
                }
                if let Some(before) = turn.checked_sub(1) {
                    let columns = place(before);
                    let end = columns.end.min(width);
                    let starts = &starts[columns.start..end + 2];
                    let found = &mut found[columns.start..end];
                    if backward {
                        state.run::<K, true>(starts, found);
                    } else {
                        state.run::<K, false>(starts, found);
                    }
                    for (error, value) in new[MARGIN + columns.start..].iter_mut().zip(&*found) {
                        let white = if *value > (WHITE / 2) as i16 { WHITE as i16 } else { 0 };
                        *error = *value - white;
                    }
                }
            }
            pack(&found[..width], row);
        }
    }
}

/// Columns that are done together.
const BLOCK: usize = 64;

/// What the pixels before this one give to it and to the next.
#[derive(Default)]
struct State {
    /// The start of this pixel is in it.
    sum: Option<i32>,
    after: i32,
}

impl State {
    /// The chain: each value is its start plus what the two before it give on. A start is a value with [`Chain::SHIFT`] bits
    /// of fraction, plus a half, so that the shift rounds. `starts` has one more on both sides.
    #[inline(always)]
    fn run<const K: usize, const BACKWARD: bool>(&mut self, starts: &[i32], found: &mut [i16]) {
        let shift = const { Chain::<K>::SHIFT };
        let first = const { Chain::<K>::ahead(1) >> Chain::<K>::SPARE };
        let second = const { Chain::<K>::ahead(2) };
        // A shift that the compiler does not know is one that it does not put behind the choice.
        let eight = black_box(3_u32);
        let n = found.len();
        let starts = &starts[..n + 2];
        let mut sum = self.sum.unwrap_or(if BACKWARD { starts[n] } else { starts[1] });
        let mut after = self.after;
        for turn in 0..n {
            let at = if BACKWARD { n - 1 - turn } else { turn };
            let next = starts[if BACKWARD { at } else { at + 2 }];
            let value = sum >> shift;
            found[at] = value as i16;
            let white = value > WHITE / 2;
            // What white takes away is chosen while products are made: neither waits for the other.
            let next = if second == 0 { next } else { next + after };
            let rest = select_unpredictable(white, next - WHITE * first, next);
            let product = if first == 7 { (value << eight) - value } else { value * first };
            sum = rest + product;
            if second != 0 {
                let given = if second.count_ones() == 1 {
                    // A product that is a shift is there before the choice is.
                    let given = value * second + ONE / 2;
                    select_unpredictable(white, given - WHITE * second, given)
                } else {
                    let taken = select_unpredictable(white, ONE / 2 - WHITE * second, ONE / 2);
                    value * second + taken
                };
                // Rounded, and with the bits of fraction that starts have.
                after = given >> 15 << shift;
            }
        }
        (self.sum, self.after) = (Some(sum), after);
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
