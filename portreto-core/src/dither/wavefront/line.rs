//! The errors of a band's last rows, which the next band reads while this one is still being written.

use std::sync::atomic::{
    AtomicI16, AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};

use super::{
    gather::gather,
    lanes::{BLOCK, Lanes},
    spread::Shape,
};
use crate::dither::kernel::MAX_REACH;

/// Columns on both sides that hold no error: as far as a block may look beyond the picture.
const MARGIN: usize = 2 * BLOCK;

/// What a kernel looks at beside a block.
const AROUND: usize = BLOCK + 2 * MAX_REACH;

/// The errors of the last rows of one band, and how far they are known.
#[derive(Debug)]
pub(crate) struct Line {
    /// For each channel and each of the last rows, the last first; a margin on both sides.
    errors: Vec<AtomicI16>,
    n_rows: usize,
    stride: usize,
    /// Columns of the last row that are done.
    n_done: AtomicUsize,
}

impl Line {
    pub(crate) fn new(width: usize, n_channels: usize, n_rows: usize) -> Self {
        let stride = width + 2 * MARGIN;
        let errors = std::iter::repeat_with(AtomicI16::default).take(n_channels * n_rows * stride);
        Self { errors: errors.collect(), n_rows, stride, n_done: AtomicUsize::new(0) }
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

    fn row(&self, channel: usize, row: usize) -> &[AtomicI16] {
        let start = (channel * self.n_rows + row) * self.stride;
        &self.errors[start..start + self.stride]
    }

    /// Sets the errors from `column` on, which may be outside of the picture, of one row.
    #[inline(always)]
    pub(crate) fn set(
        &self,
        (channel, row): (usize, usize),
        column: isize,
        width: usize,
        errors: &[i16; BLOCK],
    ) {
        let first = column.clamp(0, width as isize);
        let end = (column + BLOCK as isize).clamp(0, width as isize);
        if first >= end {
            return;
        }
        let from = &errors[(first - column) as usize..(end - column) as usize];
        let to = &self.row(channel, row)[MARGIN + first as usize..];
        for (to, error) in to.iter().zip(from) {
            to.store(*error, Relaxed);
        }
    }

    /// For each of the first rows of the next band, what it gets from these rows, in a block of columns: the one of row `at`
    /// begins at `column + shape.ahead(at)`.
    #[inline(always)]
    pub(crate) fn entering(
        &self,
        lanes: impl Lanes,
        channel: usize,
        column: isize,
        shape: &Shape,
    ) -> [[i16; BLOCK]; 3] {
        let mut entering = [[0; BLOCK]; 3];
        for row in 0..self.n_rows {
            // Row `row` from the last gives to row `dy - 1 - row` of the next band.
            for at in 0..shape.n_below - row {
                let dy = at + 1 + row;
                let start = column + shape.ahead(at) as isize - MAX_REACH as isize;
                let errors = self.window(channel, row, start);
                gather(lanes, shape, (dy, false), &errors, &mut entering[at]);
            }
        }
        entering
    }

    /// The errors around a block; beyond the margins there are none.
    #[inline(always)]
    fn window(&self, channel: usize, row: usize, start: isize) -> [i16; AROUND] {
        let mut window = [0; AROUND];
        let start = (start + MARGIN as isize).clamp(0, (self.stride - AROUND) as isize) as usize;
        let from: &[AtomicI16] = &self.row(channel, row)[start..start + AROUND];
        for (to, from) in window.iter_mut().zip(from) {
            *to = from.load(Relaxed);
        }
        window
    }
}
