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

/// `N` numbers of 16 bits with sign, one for each row of a band. Sums wrap.
pub(crate) trait Lanes: Copy {
    /// The numbers.
    type V: Copy;
    /// Yes or no for each lane.
    type Mask: Copy;
    /// The numbers of a block of columns.
    type Columns: Columns<Self::V>;
    /// How many, at most 64.
    const N: usize;

    /// The same number in every lane.
    fn splat(self, number: i16) -> Self::V;
    /// The number of one lane, of memory.
    fn get(numbers: &Self::V, lane: usize) -> i16;
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
    /// The lowest 16 bits of the product.
    fn multiply(self, a: Self::V, b: Self::V) -> Self::V;
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

    /// Turns `N` rows of samples into one vector for each column, of the samples' `values`.
    fn columns(self, rows: &[Chunk], values: &Values, columns: &mut Self::Columns);
    /// The way back, for codes below 256.
    fn rows(self, columns: &Self::Columns, rows: &mut [Chunk]);
    /// Takes interleaved samples apart.
    fn split(self, pixels: &[u8; 3 * BLOCK]) -> [Chunk; 3] {
        let mut planes = [[0; BLOCK]; 3];
        for (x, pixel) in pixels.as_chunks::<3>().0.iter().enumerate() {
            for channel in 0..3 {
                planes[channel][x] = pixel[channel];
            }
        }
        planes
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
        column: isize,
        shape: &Shape,
    ) -> [[i16; BLOCK]; 3] {
        line.entering(self, channel, column, shape)
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

/// A vector for each column of a block.
pub(crate) trait Columns<V> {
    fn new(zero: V) -> Self;
    fn get(&self, at: usize) -> V;
    fn set(&mut self, at: usize, numbers: V);
}

impl<V: Copy> Columns<V> for Box<[V; BLOCK]> {
    fn new(zero: V) -> Self {
        Self::new([zero; BLOCK])
    }

    #[inline(always)]
    fn get(&self, at: usize) -> V {
        self[at]
    }

    #[inline(always)]
    fn set(&mut self, at: usize, numbers: V) {
        self[at] = numbers;
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
}
