//! Two vectors as one: twice the rows, whose two chains of errors hide each other's latency.

use super::{BLOCK, Chunk, Code, Columns, LAST, Lanes, Rows, Values};
use crate::dither::wavefront::{line::Line, palette::PaletteTable, spread::Shape};

/// Twice the lanes of `L`, which has at most 32.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair<L>(pub(crate) L);

impl<L: Lanes> Lanes for Pair<L> {
    type V = (L::V, L::V);
    type Mask = (L::Mask, L::Mask);
    type Samples = (L::Samples, L::Samples);
    type Codes = (L::Codes, L::Codes);
    const N: usize = 2 * L::N;

    #[inline(always)]
    fn splat(self, number: i16) -> Self::V {
        (self.0.splat(number), self.0.splat(number))
    }

    #[inline(always)]
    fn put_last(self, a: Self::V, numbers: &mut [i16; LAST]) {
        self.0.put_last(a.1, numbers);
    }

    #[inline(always)]
    fn load(self, numbers: &[i16]) -> Self::V {
        let (first, second) = numbers.split_at(L::N);
        (self.0.load(first), self.0.load(second))
    }

    #[inline(always)]
    fn store(self, a: Self::V, numbers: &mut [i16]) {
        let (first, second) = numbers.split_at_mut(L::N);
        self.0.store(a.0, first);
        self.0.store(a.1, second);
    }

    #[inline(always)]
    fn add(self, a: Self::V, b: Self::V) -> Self::V {
        (self.0.add(a.0, b.0), self.0.add(a.1, b.1))
    }

    #[inline(always)]
    fn add_saturating(self, a: Self::V, b: Self::V) -> Self::V {
        (self.0.add_saturating(a.0, b.0), self.0.add_saturating(a.1, b.1))
    }

    #[inline(always)]
    fn sub(self, a: Self::V, b: Self::V) -> Self::V {
        (self.0.sub(a.0, b.0), self.0.sub(a.1, b.1))
    }

    #[inline(always)]
    fn part(self, error: Self::V, fraction: Self::V) -> Self::V {
        (self.0.part(error.0, fraction.0), self.0.part(error.1, fraction.1))
    }

    #[inline(always)]
    fn clamp(self, a: Self::V, least: Self::V, greatest: Self::V) -> Self::V {
        (self.0.clamp(a.0, least.0, greatest.0), self.0.clamp(a.1, least.1, greatest.1))
    }

    #[inline(always)]
    fn greater(self, a: Self::V, b: Self::V) -> Self::Mask {
        (self.0.greater(a.0, b.0), self.0.greater(a.1, b.1))
    }

    #[inline(always)]
    fn both(self, a: Self::Mask, b: Self::Mask) -> Self::Mask {
        (self.0.both(a.0, b.0), self.0.both(a.1, b.1))
    }

    #[inline(always)]
    fn only(self, mask: Self::Mask, a: Self::V) -> Self::V {
        (self.0.only(mask.0, a.0), self.0.only(mask.1, a.1))
    }

    #[inline(always)]
    fn sub_where(self, a: Self::V, mask: Self::Mask, b: Self::V) -> Self::V {
        (self.0.sub_where(a.0, mask.0, b.0), self.0.sub_where(a.1, mask.1, b.1))
    }

    #[inline(always)]
    fn bits(self, mask: Self::Mask) -> u64 {
        self.0.bits(mask.0) | self.0.bits(mask.1) << L::N
    }

    #[inline(always)]
    fn follow(self, a: Self::V, before: Self::V) -> Self::V {
        (self.0.follow(a.0, before.1), self.0.follow(a.1, a.0))
    }

    #[inline(always)]
    fn prefetch(self, row: &[u8], at: isize) {
        self.0.prefetch(row, at);
    }

    #[inline(always)]
    fn columns(self, rows: Rows<'_>, values: &Values, columns: &mut Self::Samples) {
        self.0.columns(rows, values, &mut columns.0);
        self.0.columns(rows.skip(L::N), values, &mut columns.1);
    }

    #[inline(always)]
    fn rows(self, columns: &Self::Codes, rows: &mut [Chunk]) {
        let (first, second) = rows.split_at_mut(L::N);
        self.0.rows(&columns.0, first);
        self.0.rows(&columns.1, second);
    }

    #[inline(always)]
    fn values(self, columns: &Self::Samples, at: usize, values: &Values) -> Self::V {
        (self.0.values(&columns.0, at, values), self.0.values(&columns.1, at, values))
    }

    #[inline(always)]
    fn put_codes(self, codes: Self::V, columns: &mut Self::Codes, at: usize) {
        self.0.put_codes(codes.0, &mut columns.0, at);
        self.0.put_codes(codes.1, &mut columns.1, at);
    }

    #[inline(always)]
    fn split(self, pixels: &[u8; 3 * BLOCK], planes: [&mut Chunk; 3]) {
        self.0.split(pixels, planes);
    }

    #[inline(always)]
    fn turn(self, columns: &[u64; BLOCK]) -> [u64; BLOCK] {
        self.0.turn(columns)
    }

    #[inline(always)]
    fn entering(
        self,
        line: &Line,
        channel: usize,
        start: usize,
        shape: &Shape,
        sums: &mut [[i16; BLOCK]; 3],
    ) {
        self.0.entering(line, channel, start, shape, sums);
    }

    #[inline(always)]
    fn at_least(self, samples: &Chunk, limits: &Chunk) -> [u8; BLOCK / 8] {
        self.0.at_least(samples, limits)
    }

    #[inline(always)]
    fn apart<T: Code>(self, code: T) {
        self.0.apart(code);
    }

    #[inline(always)]
    fn nearest(self, value: [Self::V; 3], palette: &PaletteTable) -> Self::V {
        let first = self.0.nearest(value.map(|value| value.0), palette);
        (first, self.0.nearest(value.map(|value| value.1), palette))
    }

    #[inline(always)]
    fn look_up(self, codes: Self::V, table: &[i16; 256], n_codes: usize) -> Self::V {
        (self.0.look_up(codes.0, table, n_codes), self.0.look_up(codes.1, table, n_codes))
    }
}

impl<A: Columns> Columns for (A, A) {
    fn new() -> Self {
        (A::new(), A::new())
    }
}
