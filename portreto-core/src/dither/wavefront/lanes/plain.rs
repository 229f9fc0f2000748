//! The portable room: eight lanes by the crate `wide`, which are SSE2 on x86-64 and NEON on aarch64.

use wide::{i16x8, u8x16};

use super::{BLOCK, Chunk, Code, Lanes, Values};
use crate::dither::wavefront::palette::PaletteTable;

/// Eight lanes of any machine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plain;

const N: usize = 8;

impl Lanes for Plain {
    type V = i16x8;
    /// All bits of a lane, or none.
    type Mask = i16x8;
    type Columns = Box<[i16x8; BLOCK]>;
    const N: usize = N;

    #[inline(always)]
    fn splat(self, number: i16) -> i16x8 {
        i16x8::splat(number)
    }

    #[inline(always)]
    fn get(numbers: &i16x8, lane: usize) -> i16 {
        numbers.as_array()[lane]
    }

    #[inline(always)]
    fn load(self, numbers: &[i16]) -> i16x8 {
        i16x8::new(*numbers.first_chunk().expect("eight numbers"))
    }

    #[inline(always)]
    fn store(self, a: i16x8, numbers: &mut [i16]) {
        numbers.copy_from_slice(a.as_array());
    }

    #[inline(always)]
    fn add(self, a: i16x8, b: i16x8) -> i16x8 {
        a + b
    }

    #[inline(always)]
    fn add_saturating(self, a: i16x8, b: i16x8) -> i16x8 {
        a.saturating_add(b)
    }

    #[inline(always)]
    fn sub(self, a: i16x8, b: i16x8) -> i16x8 {
        a - b
    }

    #[inline(always)]
    fn part(self, error: i16x8, fraction: i16x8) -> i16x8 {
        error.mul_scale_round(fraction)
    }

    #[inline(always)]
    fn multiply(self, a: i16x8, b: i16x8) -> i16x8 {
        a * b
    }

    #[inline(always)]
    fn clamp(self, a: i16x8, least: i16x8, greatest: i16x8) -> i16x8 {
        a.max(least).min(greatest)
    }

    #[inline(always)]
    fn greater(self, a: i16x8, b: i16x8) -> i16x8 {
        a.simd_gt(b)
    }

    #[inline(always)]
    fn both(self, a: i16x8, b: i16x8) -> i16x8 {
        a & b
    }

    #[inline(always)]
    fn only(self, mask: i16x8, a: i16x8) -> i16x8 {
        mask & a
    }

    #[inline(always)]
    fn sub_where(self, a: i16x8, mask: i16x8, b: i16x8) -> i16x8 {
        a - (mask & b)
    }

    #[inline(always)]
    fn bits(self, mask: i16x8) -> u64 {
        u64::from(mask.to_bitmask())
    }

    #[inline(always)]
    fn follow(self, a: i16x8, before: i16x8) -> i16x8 {
        let (a, before) = (a.to_array(), before.to_array());
        i16x8::new([before[7], a[0], a[1], a[2], a[3], a[4], a[5], a[6]])
    }

    fn columns(self, rows: &[Chunk], values: &Values, columns: &mut Self::Columns) {
        for quarter in 0..BLOCK / 16 {
            let mut vectors = [u8x16::splat(0); N];
            for (vector, row) in vectors.iter_mut().zip(rows) {
                *vector = u8x16::new(row.as_chunks().0[quarter]);
            }
            // Two columns in each vector.
            let vectors = shuffled::<3>(vectors);
            for (vector, columns) in
                vectors.into_iter().zip(columns[16 * quarter..].as_chunks_mut::<2>().0)
            {
                *columns = if values.is_even {
                    [i16x8::from_u8x16_low(vector) << 6, i16x8::from_u8x16_high(vector) << 6]
                } else {
                    let samples = vector.to_array();
                    let value = |at: usize| values.table[usize::from(samples[at])];
                    [
                        i16x8::new(std::array::from_fn(value)),
                        i16x8::new(std::array::from_fn(|at| value(8 + at))),
                    ]
                };
            }
        }
    }

    fn rows(self, columns: &Self::Columns, rows: &mut [Chunk]) {
        for quarter in 0..BLOCK / 16 {
            let mut vectors = [u8x16::splat(0); N];
            for (vector, columns) in
                vectors.iter_mut().zip(columns[16 * quarter..].as_chunks::<2>().0)
            {
                *vector = u8x16::narrow_i16x8(columns[0], columns[1]);
            }
            for (vector, row) in shuffled::<4>(vectors).into_iter().zip(rows.iter_mut()) {
                row.as_chunks_mut().0[quarter] = vector.to_array();
            }
        }
    }

    #[inline(always)]
    fn at_least(self, samples: &Chunk, limits: &Chunk) -> [u8; BLOCK / 8] {
        let mut bits = [0; BLOCK / 8];
        let (samples, limits) = (samples.as_chunks::<16>().0, limits.as_chunks::<16>().0);
        for (bits, (samples, limits)) in
            bits.as_chunks_mut::<2>().0.iter_mut().zip(samples.iter().zip(limits))
        {
            let samples = u8x16::new(*samples);
            let lit = samples.max(u8x16::new(*limits)).simd_eq(samples);
            *bits = (lit.to_bitmask() as u16).to_le_bytes().map(u8::reverse_bits);
        }
        bits
    }

    #[inline(never)]
    fn apart<T: Code>(self, code: T) {
        code.run();
    }

    #[inline(always)]
    fn nearest(self, value: [i16x8; 3], palette: &PaletteTable) -> i16x8 {
        let [red, green, blue] = value.map(i16x8::to_array);
        i16x8::new(std::array::from_fn(|lane| {
            palette.nearest([red[lane], green[lane], blue[lane]])
        }))
    }

    #[inline(always)]
    fn look_up(self, codes: i16x8, table: &[i16; 256], _: usize) -> i16x8 {
        i16x8::new(codes.to_array().map(|code| table[usize::from(code as u8)]))
    }
}

/// Perfect shuffles of vectors 0 to 3 with 4 to 7, byte by byte: each moves the highest bit of a byte's place to the lowest. Three
/// of them turn rows into columns, and four columns into rows.
#[inline(always)]
fn shuffled<const TIMES: usize>(mut vectors: [u8x16; N]) -> [u8x16; N] {
    for _ in 0..TIMES {
        let before = vectors;
        for at in 0..N / 2 {
            vectors[2 * at] = u8x16::unpack_low(before[at], before[at + N / 2]);
            vectors[2 * at + 1] = u8x16::unpack_high(before[at], before[at + N / 2]);
        }
    }
    vectors
}
