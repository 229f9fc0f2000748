//! The errors of a band's last rows, which the next band reads while this one is still being written.

use std::sync::atomic::{
    AtomicU64, AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};

use super::{
    gather::gather,
    lanes::{BLOCK, LAST, Lanes},
    spread::{Any, Shape},
};
use crate::dither::kernel::MAX_REACH;

/// Numbers of 16 bits in a word.
const IN_WORD: usize = 4;

/// Words before the first step and behind the last that hold no error: as far as a kernel may look beyond them.
const MARGIN: usize = 2 * BLOCK / IN_WORD;

/// Words that hold what a kernel looks at beside a block, wherever in a word that begins.
const AROUND: usize = (BLOCK + 2 * MAX_REACH).div_ceil(IN_WORD) + 1;

/// The errors of the last rows of one band, and how far they are known.
///
/// They are kept by the steps in which they came about, which are those of whole blocks in every row.
#[derive(Debug)]
pub(crate) struct Line {
    /// For each channel and each of the last rows, the last first; a margin on both sides.
    errors: Vec<AtomicU64>,
    n_rows: usize,
    /// Words of a row.
    stride: usize,
    /// Steps from that of a column in the first row of a band to that of the same column in the last.
    delay: usize,
    lag: usize,
    /// Columns of the last row that are done.
    n_done: AtomicUsize,
}

impl Line {
    /// For bands of `n_lanes` rows that are done in `n_steps`.
    pub(crate) fn new(n_steps: usize, n_lanes: usize, n_channels: usize, shape: &Shape) -> Self {
        let stride = n_steps.next_multiple_of(BLOCK) / IN_WORD + 2 * MARGIN;
        let n_words = n_channels * shape.n_below * stride;
        let errors = std::iter::repeat_with(AtomicU64::default).take(n_words).collect();
        let delay = (n_lanes - 1) * shape.lag;
        let n_done = AtomicUsize::new(0);
        Self { errors, n_rows: shape.n_below, stride, delay, lag: shape.lag, n_done }
    }

    /// Begins anew; nobody may be reading.
    pub(crate) fn reset(&self) {
        self.n_done.store(0, Relaxed);
    }

    /// Says that all rows are known up to this column.
    pub(crate) fn publish(&self, n_done: usize) {
        self.n_done.store(n_done, Release);
    }

    /// Waits until all rows are known up to this column.
    pub(crate) fn wait(&self, n_columns: usize) {
        let mut n_spins = 0_u32;
        while self.n_done.load(Acquire) < n_columns {
            n_spins += 1;
            if n_spins.is_multiple_of(1024) {
                std::thread::yield_now();
            }
            std::hint::spin_loop();
        }
    }

    fn row(&self, channel: usize, row: usize) -> &[AtomicU64] {
        let start = (channel * self.n_rows + row) * self.stride;
        &self.errors[start..start + self.stride]
    }

    /// Sets the errors of the last lanes in the block of steps from `start` on.
    #[inline(always)]
    pub(crate) fn set(&self, channel: usize, start: usize, errors: &[[i16; LAST]; BLOCK]) {
        for row in 0..self.n_rows {
            let words = &self.row(channel, row)[MARGIN + start / IN_WORD..];
            for (word, errors) in words.iter().zip(errors.as_chunks::<IN_WORD>().0) {
                let error =
                    |at: usize| u64::from(errors[at][LAST - 1 - row].cast_unsigned()) << (16 * at);
                word.store(error(0) | error(1) | error(2) | error(3), Relaxed);
            }
        }
    }

    /// For each of the first rows of the next band, what it gets from these rows in the block of steps from `start` on: row
    /// `at` then is at the column of its own that is [`Shape::ahead`] of that of the first row.
    #[inline(always)]
    pub(crate) fn entering(
        &self,
        lanes: impl Lanes,
        channel: usize,
        start: usize,
        shape: &Shape,
        sums: &mut [[i16; BLOCK]; 3],
    ) {
        for sums in &mut sums[..shape.n_below] {
            sums.fill(0);
        }
        for row in 0..self.n_rows {
            // Row `row` from the last gives to row `dy - 1 - row` of the next band.
            for at in 0..shape.n_below - row {
                let dy = at + 1 + row;
                let start = (start + self.delay - row * self.lag) as isize;
                let start = start + shape.ahead(at) as isize - MAX_REACH as isize;
                let (errors, skip) = self.window(channel, row, start);
                let errors = &errors.as_flattened()[skip..];
                gather(lanes, Any(shape), (dy, false), errors, &mut sums[at]);
            }
        }
    }

    /// The errors from a step on, after as many as are told; beyond the margins there are none.
    #[inline(always)]
    fn window(
        &self,
        channel: usize,
        row: usize,
        start: isize,
    ) -> ([[i16; IN_WORD]; AROUND], usize) {
        let start = (start + (MARGIN * IN_WORD) as isize).max(0) as usize;
        let first = (start / IN_WORD).min(self.stride - AROUND);
        let mut window = [[0; IN_WORD]; AROUND];
        for (errors, word) in window.iter_mut().zip(&self.row(channel, row)[first..]) {
            let word = word.load(Relaxed);
            *errors = std::array::from_fn(|at| (word >> (16 * at)) as i16);
        }
        (window, start % IN_WORD)
    }
}
