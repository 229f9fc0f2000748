//! The nearest color, for 16 values at once.

#![expect(unsafe_code, reason = "vector instructions")]
#![allow(clippy::wildcard_imports, reason = "the names of instructions")]

use std::arch::x86_64::*;

use crate::dither::wavefront::palette::PaletteTable;

/// The code of the nearest color to each value.
///
/// # Safety
///
/// The machine has AVX2.
#[inline(always)]
pub(super) unsafe fn nearest(value: [__m256i; 3], palette: &PaletteTable) -> __m256i {
    // SAFETY: the caller's.
    unsafe {
        let zero = _mm256_setzero_si256();
        let [red, green, blue] = value;
        let pairs = [
            (_mm256_unpacklo_epi16(red, green), _mm256_unpacklo_epi16(blue, zero)),
            (_mm256_unpackhi_epi16(red, green), _mm256_unpackhi_epi16(blue, zero)),
        ];
        // Distances carry places in their lowest bits in some palettes, which orders them the same.
        let mut least = [_mm256_set1_epi32(i32::MAX); 2];
        let mut best = [zero; 2];
        let mark = if palette.is_packed() { PaletteTable::PACKED_CODES as i32 - 1 } else { 0 };
        for (code, color) in (0..).zip(palette.colors()) {
            let start = _mm256_set1_epi32(color.start - (code & mark));
            let red_green = _mm256_set1_epi32(color.red_green);
            let blue = _mm256_set1_epi32(color.blue);
            let code = _mm256_set1_epi32(code);
            for (at, pair) in pairs.into_iter().enumerate() {
                let sum = _mm256_add_epi32(start, _mm256_madd_epi16(pair.0, red_green));
                let sum = _mm256_add_epi32(sum, _mm256_madd_epi16(pair.1, blue));
                let closer = _mm256_cmpgt_epi32(least[at], sum);
                least[at] = _mm256_min_epi32(least[at], sum);
                best[at] = _mm256_blendv_epi8(best[at], code, closer);
            }
        }
        _mm256_packs_epi32(best[0], best[1])
    }
}
