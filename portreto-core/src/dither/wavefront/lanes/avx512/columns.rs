//! Rows turned into columns, and back.

#![expect(unsafe_code, reason = "vector instructions")]
#![allow(clippy::wildcard_imports, reason = "the names of instructions")]

use std::arch::x86_64::*;

use super::N;
use crate::dither::wavefront::lanes::{BLOCK, Chunk, Rows};

// SAFETY of every block below: every load and store is of a reference to as many bytes, without any demand on alignment
// (`loadu`, `storeu`), and functions are called only where the machine has their features.

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512vnni,gfni")]
pub(super) fn read(rows: Rows<'_>, columns: &mut [[u8; N]; BLOCK]) {
    // SAFETY: see above; each store is a column.
    unsafe {
        let upper = sixteen(rows);
        let lower = sixteen(rows.skip(16));
        let low = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
        let high = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
        for at in 0..16 {
            // Rows 0 to 31 of columns `at` and 16 + `at`; 32 + `at` and 48 + `at`.
            let first = _mm512_permutex2var_epi64(upper[at], low, lower[at]);
            let second = _mm512_permutex2var_epi64(upper[at], high, lower[at]);
            for (half, pair) in [first, second].into_iter().enumerate() {
                let mut put = |column: usize, samples: __m256i| {
                    _mm256_storeu_si256(columns[column].as_mut_ptr().cast(), samples);
                };
                put(32 * half + at, _mm512_castsi512_si256(pair));
                put(32 * half + 16 + at, _mm512_extracti64x4_epi64::<1>(pair));
            }
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512vnni,gfni")]
pub(super) fn write(columns: &[[u8; N]; BLOCK], rows: &mut [Chunk]) {
    // SAFETY: see above; each load is a column.
    unsafe {
        // The codes of two rows' halves of 16 columns at a time, 16 × 16 bytes in each quarter of a vector.
        let mut upper = [_mm512_setzero_si512(); 16];
        let mut lower = upper;
        let low = _mm512_setr_epi64(0, 1, 4, 5, 8, 9, 12, 13);
        let high = _mm512_setr_epi64(2, 3, 6, 7, 10, 11, 14, 15);
        for at in 0..16 {
            let load =
                |quarter: usize| _mm256_loadu_si256(columns[16 * quarter + at].as_ptr().cast());
            let first = _mm512_inserti64x4::<1>(_mm512_castsi256_si512(load(0)), load(1));
            let second = _mm512_inserti64x4::<1>(_mm512_castsi256_si512(load(2)), load(3));
            upper[at] = _mm512_permutex2var_epi64(first, low, second);
            lower[at] = _mm512_permutex2var_epi64(first, high, second);
        }
        for (half, vectors) in [transposed(upper), transposed(lower)].into_iter().enumerate() {
            for (row, vector) in rows[16 * half..].iter_mut().zip(vectors) {
                _mm512_storeu_si512(row.as_mut_ptr().cast(), vector);
            }
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512vnni,gfni")]
pub(super) fn turn(columns: &[u64; BLOCK]) -> [u64; BLOCK] {
    // Byte `i` of word `j` from byte `j` of word `i`.
    const TURNED: [u8; BLOCK] = {
        let mut turned = [0; BLOCK];
        let mut at = 0;
        while at < BLOCK {
            turned[at] = (8 * (at % 8) + at / 8) as u8;
            at += 1;
        }
        turned
    };
    let mut rows = [0; BLOCK];
    // SAFETY: see above; each load is eight columns, and each store eight rows.
    unsafe {
        let order = _mm512_loadu_si512(TURNED.as_ptr().cast());
        // Bit `c` of byte `c`: a product by it, of bits, picks bit `c` of each byte of the matrix.
        let unit = _mm512_set1_epi64(0x8040_2010_0804_0201_u64.cast_signed());
        // Of eight columns each, the last first: byte `c` of word `j` is of row `8 j + c`, the first column's bit highest.
        let bytes: [__m512i; 8] = std::array::from_fn(|at| {
            let eight = _mm512_loadu_si512(columns.as_ptr().add(8 * (7 - at)).cast());
            _mm512_gf2p8affine_epi64_epi8::<0>(unit, _mm512_permutexvar_epi8(order, eight))
        });
        // A row's bytes come together: words of odd `j` are the higher halves of quarters.
        for odd in 0..2 {
            let pairs: [__m512i; 4] = std::array::from_fn(|at| {
                let (first, second) = (bytes[2 * at], bytes[2 * at + 1]);
                if odd == 0 {
                    _mm512_unpacklo_epi8(first, second)
                } else {
                    _mm512_unpackhi_epi8(first, second)
                }
            });
            // Rows 0 to 3 of eight, then 4 to 7.
            let fours = [
                [
                    _mm512_unpacklo_epi16(pairs[0], pairs[1]),
                    _mm512_unpacklo_epi16(pairs[2], pairs[3]),
                ],
                [
                    _mm512_unpackhi_epi16(pairs[0], pairs[1]),
                    _mm512_unpackhi_epi16(pairs[2], pairs[3]),
                ],
            ];
            let [upper, lower] = fours.map(|[first, second]| {
                (_mm512_unpacklo_epi32(first, second), _mm512_unpackhi_epi32(first, second))
            });
            // Quarter `q` of each is of rows `8 (2 q + odd)` and following: quarters to vectors.
            let (a, b, c, d) = (upper.0, upper.1, lower.0, lower.1);
            let even = _mm512_shuffle_i64x2::<0b10_00_10_00>(a, b);
            let even_below = _mm512_shuffle_i64x2::<0b10_00_10_00>(c, d);
            let uneven = _mm512_shuffle_i64x2::<0b11_01_11_01>(a, b);
            let uneven_below = _mm512_shuffle_i64x2::<0b11_01_11_01>(c, d);
            let quarters = [
                _mm512_shuffle_i64x2::<0b10_00_10_00>(even, even_below),
                _mm512_shuffle_i64x2::<0b10_00_10_00>(uneven, uneven_below),
                _mm512_shuffle_i64x2::<0b11_01_11_01>(even, even_below),
                _mm512_shuffle_i64x2::<0b11_01_11_01>(uneven, uneven_below),
            ];
            for (quarter, eight) in quarters.into_iter().enumerate() {
                let row = 8 * (2 * quarter + odd);
                _mm512_storeu_si512(rows.as_mut_ptr().add(row).cast(), eight);
            }
        }
    }
    rows
}

/// For each channel, where its samples are in the first two vectors of pixels, then in that result and the third.
pub(super) const fn split_order() -> [[[u8; BLOCK]; 2]; 3] {
    let mut order = [[[0; BLOCK]; 2]; 3];
    let mut channel = 0;
    while channel < 3 {
        let mut x = 0;
        while x < BLOCK {
            let from = 3 * x + channel;
            if from < 128 {
                order[channel][0][x] = from as u8;
                order[channel][1][x] = x as u8;
            } else {
                order[channel][1][x] = (from - 64) as u8;
            }
            x += 1;
        }
        channel += 1;
    }
    order
}

/// Sixteen rows as vectors of 16 × 16 bytes in each quarter, transposed.
///
/// # Safety
///
/// The machine has AVX-512 BW.
#[inline(always)]
unsafe fn sixteen(rows: Rows<'_>) -> [__m512i; 16] {
    // SAFETY: the caller's; each load is one row.
    unsafe {
        let mut vectors = [_mm512_setzero_si512(); 16];
        for (lane, vector) in vectors.iter_mut().enumerate() {
            *vector = _mm512_loadu_si512(rows.chunk(lane).as_ptr().cast());
        }
        transposed(vectors)
    }
}

/// The transpose of 16 × 16 bytes in each quarter: four perfect shuffles of vectors 0 to 7 with 8 to 15.
///
/// # Safety
///
/// The machine has AVX-512 BW.
#[inline(always)]
unsafe fn transposed(mut vectors: [__m512i; 16]) -> [__m512i; 16] {
    for _ in 0..4 {
        let before = vectors;
        for at in 0..8 {
            // SAFETY: the caller's.
            unsafe {
                vectors[2 * at] = _mm512_unpacklo_epi8(before[at], before[at + 8]);
                vectors[2 * at + 1] = _mm512_unpackhi_epi8(before[at], before[at + 8]);
            }
        }
    }
    vectors
}
