//! Vectors of 16-bit numbers, one room for each instruction set, all with the same answers.
//!
//! A value of a room's type is the proof that the machine has its instructions: only [`Level`](crate::dither::Level)
//! makes one, after asking the machine. `plain` has no instructions of its own and says what the others compute; on
//! aarch64 the compiler makes NEON of it, which every such machine has.

#[cfg(target_arch = "x86_64")]
pub(crate) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) mod avx512;
pub(crate) mod pair;
pub(crate) mod plain;

use super::{bits, line::Line, palette::PaletteTable, spread::Shape};

/// Columns that are read and written together.
pub(crate) const BLOCK: usize = 64;

/// Columns of one row.
pub(crate) type Chunk = [u8; BLOCK];

/// Lanes whose errors the next band may need, or more.
pub(crate) const LAST: usize = 8;

/// The samples of as many rows as there are lanes, in a block of columns each.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(crate) samples: &'a [u8],
    /// Where those of the first lane are.
    pub(crate) first: usize,
    /// From one lane's to the next's.
    pub(crate) stride: usize,
}

impl<'a> Rows<'a> {
    /// Those of one lane.
    #[inline(always)]
    pub(crate) fn chunk(&self, lane: usize) -> &'a Chunk {
        let start = self.first + lane * self.stride;
        self.samples[start..].first_chunk().expect("a block")
    }

    /// Without the first lanes.
    #[inline(always)]
    pub(crate) fn skip(&self, n_lanes: usize) -> Self {
        Self { first: self.first + n_lanes * self.stride, ..*self }
    }
}

/// `N` numbers of 16 bits with sign, one for each row of a band. Sums wrap.
pub(crate) trait Lanes: Copy {
    /// The numbers.
    type V: Copy;
    /// Yes or no for each lane.
    type Mask: Copy;
    /// The samples of a block of columns, or what they stand for: whichever the room is faster with.
    type Samples: Columns;
    /// The codes of a block of columns.
    type Codes: Columns;
    /// How many, at most 64.
    const N: usize;

    /// The same number in every lane.
    fn splat(self, number: i16) -> Self::V;
    /// Puts the numbers of the last eight lanes into memory.
    fn put_last(self, a: Self::V, numbers: &mut [i16; LAST]);
    /// The numbers of a slice, which has `N`.
    fn load(self, numbers: &[i16]) -> Self::V;
    /// Puts the numbers into a slice, which has `N`.
    fn store(self, a: Self::V, numbers: &mut [i16]);
    /// `a + b`.
    fn add(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a + b`, at most the greatest number there is and at least the least.
    fn add_saturating(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a - b`.
    fn sub(self, a: Self::V, b: Self::V) -> Self::V;
    /// [`part`](crate::dither::scale::part); the fraction is below one.
    fn part(self, error: Self::V, fraction: Self::V) -> Self::V;
    /// Each number within the two bounds.
    fn clamp(self, a: Self::V, least: Self::V, greatest: Self::V) -> Self::V;
    /// Whether `a > b`.
    fn greater(self, a: Self::V, b: Self::V) -> Self::Mask;
    /// Both.
    fn both(self, a: Self::Mask, b: Self::Mask) -> Self::Mask;
    /// The number where the mask says yes, else zero.
    fn only(self, mask: Self::Mask, a: Self::V) -> Self::V;
    /// `a - b` where the mask says yes, else `a`.
    fn sub_where(self, a: Self::V, mask: Self::Mask, b: Self::V) -> Self::V;
    /// The mask as bits, the first lane lowest.
    fn bits(self, mask: Self::Mask) -> u64;
    /// Each number moved to the next lane; the first lane gets the last number of `before`.
    fn follow(self, a: Self::V, before: Self::V) -> Self::V;

    /// Asks for a byte that will be read soon; outside of the row nothing happens.
    fn prefetch(self, row: &[u8], at: isize) {
        let _ = (row, at);
    }

    /// Turns `N` rows of samples into columns.
    fn columns(self, rows: Rows<'_>, values: &Values, columns: &mut Self::Samples);
    /// What the samples of a column stand for.
    fn values(self, columns: &Self::Samples, at: usize, values: &Values) -> Self::V;
    /// Puts codes, below 256, into a column.
    fn put_codes(self, codes: Self::V, columns: &mut Self::Codes, at: usize);
    /// Turns columns of codes into rows.
    fn rows(self, columns: &Self::Codes, rows: &mut [Chunk]);
    /// Takes interleaved samples apart.
    fn split(self, pixels: &[u8; 3 * BLOCK], planes: [&mut Chunk; 3]) {
        for (x, pixel) in pixels.as_chunks::<3>().0.iter().enumerate() {
            for channel in 0..3 {
                planes[channel][x] = pixel[channel];
            }
        }
    }
    /// For each byte of a block: whether it is at least its limit; packed, the leftmost in the highest bit.
    fn at_least(self, samples: &Chunk, limits: &Chunk) -> [u8; BLOCK / 8];
    /// Runs code as a function of its own, whose variables have all registers for themselves.
    fn apart<T: Code>(self, code: T);
    /// Turns bits of lanes, one word for each column, into bits of columns: [`bits::transpose`].
    fn turn(self, columns: &[u64; BLOCK]) -> [u64; BLOCK] {
        bits::transpose(columns)
    }
    /// [`Line::entering`].
    fn entering(
        self,
        line: &Line,
        channel: usize,
        start: usize,
        shape: &Shape,
        sums: &mut [[i16; BLOCK]; 3],
    ) {
        line.entering(self, channel, start, shape, sums);
    }
    /// The code of the nearest color to each value, all within the bounds of values.
    fn nearest(self, value: [Self::V; 3], palette: &PaletteTable) -> Self::V;
    /// What a table of up to 256 numbers has at each code.
    fn look_up(self, codes: Self::V, table: &[i16; 256], n_codes: usize) -> Self::V;
}

/// The inside of a function of its own.
pub(crate) trait Code {
    /// Does it; always inlined.
    fn run(self);
}

/// Code that is to be compiled for a room's instructions.
pub(crate) trait Instructions {
    /// Does it; always inlined.
    fn run(self, lanes: impl Lanes);
}

/// A number for each lane in each column of a block.
pub(crate) trait Columns {
    fn new() -> Self;
}

impl<T: Copy + Default, const N: usize> Columns for Box<[[T; N]; BLOCK]> {
    fn new() -> Self {
        Self::new([[T::default(); N]; BLOCK])
    }
}

/// What an 8-bit sample stands for.
#[derive(Debug, Clone)]
pub(crate) struct Values {
    /// For each sample.
    pub(crate) table: Box<[i16; 256]>,
    /// Whether each is 64 times its sample.
    pub(crate) is_even: bool,
}

impl Values {
    pub(crate) fn new(value: impl Fn(u8) -> i32) -> Self {
        let table: Box<[i16; 256]> = Box::new(std::array::from_fn(|at| value(at as u8) as i16));
        let is_even = (0..256_usize).all(|at| usize::from(table[at].cast_unsigned()) == at * 64);
        Self { table, is_even }
    }
    /// What the samples stand for, from the start of `values` on; zero beyond.
    #[inline(always)]
    pub(crate) fn of_all(&self, samples: &[u8], values: &mut [i16]) {
        let (values, beyond) = values.split_at_mut(samples.len());
        beyond.fill(0);
        let pairs = values.iter_mut().zip(samples);
        if self.is_even {
            pairs.for_each(|(value, &sample)| *value = i16::from(sample) << 6);
        } else {
            pairs.for_each(|(value, &sample)| *value = self.table[usize::from(sample)]);
        }
    }
}
