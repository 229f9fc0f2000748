//! The portable room: eight lanes by the crate `wide`, which are SSE2 on x86-64 and NEON on aarch64.

use wide::{bytemuck::cast, i16x8, u8x16, u64x2};

use super::{BLOCK, Chunk, Code, LAST, Lanes, Rows, Values};
use crate::dither::wavefront::palette::PaletteTable;

/// Eight lanes of any machine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plain;

const N: usize = 8;

impl Lanes for Plain {
    type V = i16x8;
    /// All bits of a lane, or none.
    type Mask = i16x8;
    type Samples = Box<[[i16; N]; BLOCK]>;
    type Codes = Box<[[u8; N]; BLOCK]>;
    const N: usize = N;

    #[inline(always)]
    fn splat(self, number: i16) -> i16x8 {
        i16x8::splat(number)
    }

    #[inline(always)]
    fn put_last(self, a: i16x8, numbers: &mut [i16; LAST]) {
        *numbers = a.to_array();
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
        // In halves: what leaves the lower enters the upper. Lane by lane, compilers go through memory, and wait for it.
        let (a, before): (u64x2, u64x2) = (cast(a), cast(before));
        let entering = u64x2::new([before.to_array()[1], a.to_array()[0]]);
        // The first lane of a half is the first in memory.
        cast(if cfg!(target_endian = "little") {
            (a << 16_u32) | (entering >> 48_u32)
        } else {
            (a >> 16_u32) | (entering << 48_u32)
        })
    }

    fn columns(self, rows: Rows<'_>, values: &Values, columns: &mut Self::Samples) {
        for quarter in 0..BLOCK / 16 {
            let mut vectors = [u8x16::splat(0); N];
            for (lane, vector) in vectors.iter_mut().enumerate() {
                *vector = u8x16::new(rows.chunk(lane).as_chunks().0[quarter]);
            }
            // Two columns in each vector.
            let columns = columns[16 * quarter..].as_chunks_mut::<2>().0;
            for (columns, vector) in columns.iter_mut().zip(shuffled::<3>(vectors)) {
                *columns = if values.is_even {
                    let (first, second) =
                        (i16x8::from_u8x16_low(vector), i16x8::from_u8x16_high(vector));
                    [first, second].map(|numbers| (numbers << 6_i32).to_array())
                } else {
                    let samples = vector.to_array();
                    let value = |at: usize| values.table[usize::from(samples[at])];
                    [std::array::from_fn(value), std::array::from_fn(|at| value(8 + at))]
                };
            }
        }
    }

    fn rows(self, columns: &Self::Codes, rows: &mut [Chunk]) {
        for quarter in 0..BLOCK / 16 {
            let columns = columns[16 * quarter..][..16].as_flattened().as_chunks().0;
            let mut vectors = [u8x16::splat(0); N];
            for (vector, columns) in vectors.iter_mut().zip(columns) {
                *vector = u8x16::new(*columns);
            }
            for (vector, row) in shuffled::<4>(vectors).into_iter().zip(rows.iter_mut()) {
                row.as_chunks_mut().0[quarter] = vector.to_array();
            }
        }
    }

    #[inline(always)]
    fn values(self, columns: &Self::Samples, at: usize, _: &Values) -> i16x8 {
        i16x8::new(columns[at])
    }

    #[inline(always)]
    fn put_codes(self, codes: i16x8, columns: &mut Self::Codes, at: usize) {
        columns[at] = codes.to_array().map(|code| code as u8);
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
