//! The nearest color, for 32 values at once.

#![expect(unsafe_code, reason = "vector instructions")]
#![allow(clippy::wildcard_imports, reason = "the names of instructions")]

use std::arch::x86_64::*;

use super::N;
use crate::dither::{
    scale::LOWEST,
    wavefront::{
        cells::{AXIS_BITS, CELL_BITS, Cells},
        palette::{PackedColor, PaletteTable},
    },
};

type Pairs = [(__m512i, __m512i); 2];

/// The code of the nearest color to each value.
///
/// # Safety
///
/// The machine has AVX-512 BW and VNNI.
#[inline(always)]
pub(super) unsafe fn nearest(value: [__m512i; 3], palette: &PaletteTable) -> __m512i {
    // SAFETY: the caller's.
    unsafe {
        let zero = _mm512_setzero_si512();
        let [red, green, blue] = value;
        let pairs = [
            (_mm512_unpacklo_epi16(red, green), _mm512_unpacklo_epi16(blue, zero)),
            (_mm512_unpackhi_epi16(red, green), _mm512_unpackhi_epi16(blue, zero)),
        ];
        let [low, high] = if let Some(cells) = palette.cells() {
            let mut places = [0_u16; N];
            let from_lowest = |value| {
                let from = _mm512_sub_epi16(value, _mm512_set1_epi16(LOWEST as i16));
                _mm512_srli_epi16::<CELL_BITS>(from)
            };
            let mut cell = from_lowest(red);
            cell = _mm512_or_si512(_mm512_slli_epi16::<AXIS_BITS>(cell), from_lowest(green));
            cell = _mm512_or_si512(_mm512_slli_epi16::<AXIS_BITS>(cell), from_lowest(blue));
            _mm512_storeu_si512(places.as_mut_ptr().cast(), cell);
            cell_search(pairs, cells, &places)
        } else if palette.is_packed() {
            packed_search(pairs, palette)
        } else {
            search(pairs, palette)
        };
        _mm512_packs_epi32(low, high)
    }
}

/// Codes are the lowest bits of distances, so that one minimum finds both; colors beyond those bits are searched apart.
///
/// # Safety
///
/// The machine has AVX-512 VNNI.
#[inline(always)]
unsafe fn packed_search(pairs: Pairs, palette: &PaletteTable) -> [__m512i; 2] {
    // SAFETY: the caller's.
    unsafe {
        let codes = _mm512_set1_epi32(PaletteTable::PACKED_CODES as i32 - 1);
        let mut parts = palette.colors().chunks(PaletteTable::PACKED_CODES);
        let first = part_search(pairs, parts.next().unwrap_or_default());
        let Some(part) = parts.next() else {
            return first.map(|least| _mm512_and_epi32(least, codes));
        };
        nearer(first, part_search(pairs, part))
    }
}

/// Only the colors that some cell wants.
///
/// # Safety
///
/// The machine has AVX-512 VNNI.
#[inline(always)]
unsafe fn cell_search(pairs: Pairs, cells: &Cells, places: &[u16; N]) -> [__m512i; 2] {
    let [first, second] = cells.wanted(places);
    // SAFETY: the caller's.
    unsafe {
        let first = wanted_search(pairs, cells, first);
        if second == 0 {
            let codes = _mm512_set1_epi32(PaletteTable::PACKED_CODES as i32 - 1);
            return first.map(|least| _mm512_and_epi32(least, codes));
        }
        nearer(first, wanted_search(pairs, cells, second))
    }
}

/// # Safety
///
/// The machine has AVX-512 VNNI.
#[inline(always)]
unsafe fn wanted_search(pairs: Pairs, cells: &Cells, mut wanted: u64) -> [__m512i; 2] {
    // SAFETY: the caller's.
    unsafe {
        let mut least = [_mm512_set1_epi32(i32::MAX); 2];
        while wanted != 0 {
            for color in cells.lowest(wanted) {
                search_color(pairs, color, &mut least);
            }
            wanted &= wanted - 1;
        }
        least
    }
}

/// The codes of the nearer of two.
///
/// # Safety
///
/// The machine has AVX-512.
#[inline(always)]
unsafe fn nearer(first: [__m512i; 2], second: [__m512i; 2]) -> [__m512i; 2] {
    const BITS: u32 = PaletteTable::PACKED_BITS;
    // SAFETY: the caller's.
    unsafe {
        let codes = _mm512_set1_epi32(PaletteTable::PACKED_CODES as i32 - 1);
        let mut result = first;
        for (at, result) in result.iter_mut().enumerate() {
            let distance = |least: __m512i| _mm512_srai_epi32::<BITS>(least);
            let closer = _mm512_cmplt_epi32_mask(distance(second[at]), distance(first[at]));
            let code =
                _mm512_and_epi32(_mm512_mask_mov_epi32(first[at], closer, second[at]), codes);
            let beyond = _mm512_maskz_set1_epi32(closer, PaletteTable::PACKED_CODES as i32);
            *result = _mm512_or_epi32(code, beyond);
        }
        result
    }
}

/// # Safety
///
/// The machine has AVX-512 VNNI.
#[inline(always)]
unsafe fn part_search(pairs: Pairs, colors: &[PackedColor]) -> [__m512i; 2] {
    // SAFETY: the caller's.
    unsafe {
        let mut least = [_mm512_set1_epi32(i32::MAX); 2];
        for color in colors {
            search_color(pairs, color, &mut least);
        }
        least
    }
}

/// # Safety
///
/// The machine has AVX-512 VNNI.
#[inline(always)]
unsafe fn search_color(pairs: Pairs, color: &PackedColor, least: &mut [__m512i; 2]) {
    // SAFETY: the caller's.
    unsafe {
        let start = _mm512_set1_epi32(color.start);
        let red_green = _mm512_set1_epi32(color.red_green);
        let blue = _mm512_set1_epi32(color.blue);
        for (least, pair) in least.iter_mut().zip(pairs) {
            let sum = _mm512_dpwssd_epi32(start, pair.0, red_green);
            *least = _mm512_min_epi32(*least, _mm512_dpwssd_epi32(sum, pair.1, blue));
        }
    }
}

/// Distances and codes apart.
///
/// # Safety
///
/// The machine has AVX-512 VNNI.
#[inline(always)]
unsafe fn search(pairs: Pairs, palette: &PaletteTable) -> [__m512i; 2] {
    // SAFETY: the caller's.
    unsafe {
        let mut least = [_mm512_set1_epi32(i32::MAX); 2];
        let mut best = [_mm512_setzero_si512(); 2];
        for (code, color) in (0..).zip(palette.colors()) {
            let start = _mm512_set1_epi32(color.start);
            let red_green = _mm512_set1_epi32(color.red_green);
            let blue = _mm512_set1_epi32(color.blue);
            let code = _mm512_set1_epi32(code);
            for (at, pair) in pairs.into_iter().enumerate() {
                let sum = _mm512_dpwssd_epi32(start, pair.0, red_green);
                let sum = _mm512_dpwssd_epi32(sum, pair.1, blue);
                let closer = _mm512_cmplt_epi32_mask(sum, least[at]);
                least[at] = _mm512_min_epi32(least[at], sum);
                best[at] = _mm512_mask_mov_epi32(best[at], closer, code);
            }
        }
        best
    }
}
