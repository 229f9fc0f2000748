//! Ordered dither of gray to black and white: one comparison of bytes for each pixel.
//!
//! Whether a pixel becomes white depends on its sample and on the threshold at its place alone, and a lighter sample
//! never becomes black where a darker one becomes white. So each threshold has a least sample that becomes white.

#![expect(
    clippy::inline_always,
    reason = "code is compiled for an instruction set by being inlined into a function that has it"
)]

use super::{
    level::Level,
    wavefront::{BLOCK, Instructions, Lanes},
};

/// The least sample that becomes white, of each row of a map that is repeated; a row is a power of two wide.
#[derive(Debug)]
pub(crate) struct Cuts {
    /// Each repeated, or cut into blocks, so that it is made of whole blocks.
    rows: Vec<Vec<[u8; BLOCK]>>,
}

impl Cuts {
    /// The cuts of a map's rows of `thresholds`: `is_white` says what becomes of a sample.
    ///
    /// None when a row does not fit whole blocks, or a threshold makes the brightest sample black.
    pub(crate) fn new<'a>(
        thresholds: impl Iterator<Item = &'a [u32]>,
        is_white: impl Fn(u8, u32) -> bool,
    ) -> Option<Self> {
        let cut = |&threshold: &u32| {
            let (mut black, mut white) = (0_u32, 255);
            while black < white {
                let middle = u32::midpoint(black, white);
                if is_white(middle as u8, threshold) { white = middle } else { black = middle + 1 }
            }
            is_white(white as u8, threshold).then_some(white as u8)
        };
        let row = |thresholds: &'a [u32]| {
            let n_cuts = thresholds.len();
            if n_cuts == 0 || !(n_cuts.is_multiple_of(BLOCK) || BLOCK.is_multiple_of(n_cuts)) {
                return None;
            }
            let cuts: Option<Vec<u8>> = thresholds.iter().map(cut).collect();
            let cuts = cuts?.repeat(BLOCK.div_ceil(n_cuts));
            Some(cuts.as_chunks().0.to_vec())
        };
        Some(Self { rows: thresholds.map(row).collect::<Option<_>>()? })
    }

    /// Dithers rows of `width` samples into rows of packed bits.
    pub(crate) fn dither(&self, level: Level, samples: &[u8], width: usize, rows: &mut [u8]) {
        level.run(Cutting { cuts: self, samples, width, rows });
    }
}

struct Cutting<'a> {
    cuts: &'a Cuts,
    samples: &'a [u8],
    width: usize,
    rows: &'a mut [u8],
}

impl Instructions for Cutting<'_> {
    #[inline(always)]
    fn run(self, lanes: impl Lanes) {
        let rows = self.rows.chunks_exact_mut(self.width.div_ceil(8));
        let cuts = self.cuts.rows.iter().cycle();
        for ((row, samples), cuts) in rows.zip(self.samples.chunks_exact(self.width)).zip(cuts) {
            let (whole, rest) = samples.as_chunks::<BLOCK>();
            let (bytes, last) = row.split_at_mut(whole.len() * BLOCK / 8);
            let bytes = bytes.as_chunks_mut().0;
            for (at, (bytes, samples)) in bytes.iter_mut().zip(whole).enumerate() {
                // A row of cuts is mostly one block.
                let cuts = if let [cuts] = &cuts[..] { cuts } else { &cuts[at % cuts.len()] };
                *bytes = lanes.at_least(samples, cuts);
            }
            if !rest.is_empty() {
                let mut padded = [0; BLOCK];
                padded[..rest.len()].copy_from_slice(rest);
                let mut bits = lanes.at_least(&padded, &cuts[whole.len() % cuts.len()]);
                // What is behind the last pixel is zero, whatever its cut.
                let bytes = rest.len().div_ceil(8);
                let unused = 8 * bytes - rest.len();
                bits[bytes - 1] &= u8::MAX << unused;
                last.copy_from_slice(&bits[..bytes]);
            }
        }
    }
}
