//! Rows turned into columns, and back.

#![expect(unsafe_code, reason = "vector instructions")]
#![allow(clippy::wildcard_imports, reason = "the names of instructions")]

use std::arch::x86_64::*;

use super::N;
use crate::dither::wavefront::{
    bits,
    lanes::{BLOCK, Chunk, Rows, Values},
};

// SAFETY of every block below: every load and store is of a reference to as many bytes, without any demand on alignment
// (`loadu`, `storeu`), and functions are called only where the machine has AVX2.

#[target_feature(enable = "avx2")]
pub(super) fn read(rows: Rows<'_>, values: &Values, columns: &mut [[i16; N]; BLOCK]) {
    for (half, columns) in columns.as_chunks_mut::<32>().0.iter_mut().enumerate() {
        // SAFETY: see above; each load is half a row, and each store a column.
        unsafe {
            let mut vectors = [_mm256_setzero_si256(); 16];
            for (lane, vector) in vectors.iter_mut().enumerate() {
                *vector = _mm256_loadu_si256(rows.chunk(lane).as_ptr().add(32 * half).cast());
            }
            for (at, vector) in transposed(vectors).into_iter().enumerate() {
                let put = |samples: __m128i, column: &mut [i16; N]| {
                    let numbers = if values.is_even {
                        _mm256_slli_epi16::<6>(_mm256_cvtepu8_epi16(samples))
                    } else {
                        table_of_samples(samples, &values.table)
                    };
                    _mm256_storeu_si256(column.as_mut_ptr().cast(), numbers);
                };
                put(_mm256_castsi256_si128(vector), &mut columns[at]);
                put(_mm256_extracti128_si256::<1>(vector), &mut columns[16 + at]);
            }
        }
    }
}

#[target_feature(enable = "avx2")]
pub(super) fn write(columns: &[[u8; N]; BLOCK], rows: &mut [Chunk]) {
    for (half, columns) in columns.as_chunks::<32>().0.iter().enumerate() {
        // SAFETY: see above; each load is a column, and each store half a row.
        unsafe {
            let mut vectors = [_mm256_setzero_si256(); 16];
            for (at, vector) in vectors.iter_mut().enumerate() {
                let load = |at: usize| _mm_loadu_si128(columns[at].as_ptr().cast());
                *vector = _mm256_set_m128i(load(16 + at), load(at));
            }
            for (row, vector) in rows.iter_mut().zip(transposed(vectors)) {
                _mm256_storeu_si256(row.as_mut_ptr().add(32 * half).cast(), vector);
            }
        }
    }
}

#[target_feature(enable = "avx2")]
pub(super) fn turn(columns: &[u64; BLOCK]) -> [u64; BLOCK] {
    bits::transpose(columns)
}

/// The transpose of 16 × 16 bytes in each half: four perfect shuffles of vectors 0 to 7 with 8 to 15.
///
/// # Safety
///
/// The machine has AVX2.
#[inline(always)]
unsafe fn transposed(mut vectors: [__m256i; 16]) -> [__m256i; 16] {
    for _ in 0..4 {
        let before = vectors;
        for at in 0..8 {
            // SAFETY: the caller's.
            unsafe {
                vectors[2 * at] = _mm256_unpacklo_epi8(before[at], before[at + 8]);
                vectors[2 * at + 1] = _mm256_unpackhi_epi8(before[at], before[at + 8]);
            }
        }
    }
    vectors
}

/// A table's numbers for 16 samples.
///
/// # Safety
///
/// The machine has AVX2.
#[inline(always)]
unsafe fn table_of_samples(samples: __m128i, table: &[i16; 256]) -> __m256i {
    let mut places = [0_u8; N];
    // SAFETY: the caller's; sixteen bytes, and sixteen numbers, are one vector.
    unsafe {
        _mm_storeu_si128(places.as_mut_ptr().cast(), samples);
        let numbers = places.map(|place| table[usize::from(place)]);
        _mm256_loadu_si256(numbers.as_ptr().cast())
    }
}
