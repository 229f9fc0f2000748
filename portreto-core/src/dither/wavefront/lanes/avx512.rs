//! AVX-512: F, BW, DQ, VL, VBMI and VNNI, and GFNI (Ice Lake 2019, Zen 4 2022).

#![expect(unsafe_code, reason = "vector instructions")]
#![allow(clippy::wildcard_imports, reason = "the names of instructions")]

use std::{arch::x86_64::*, hint::black_box};

use super::{BLOCK, Chunk, Code, Instructions, LAST, Lanes, Rows, Values, pair::Pair};
use crate::dither::{
    scale::LOWEST,
    wavefront::{
        Bands,
        cells::{AXIS_BITS, CELL_BITS, Cells},
        choose::Choose,
        line::Line,
        palette::{PackedColor, PaletteTable},
        spread::{Shape, Spread},
    },
};

/// The proof that the machine has the instructions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx512(());

const N: usize = 32;

impl Avx512 {
    /// None where the machine lacks an instruction.
    pub(crate) fn new() -> Option<Self> {
        let has = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512vbmi")
            && is_x86_feature_detected!("avx512vnni")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("gfni");
        has.then_some(Self(()))
    }
}

/// Runs bands with the instructions; `lanes` is the proof, or a pair of it.
pub(crate) fn bands<L: Lanes + Proof, S: Spread, H: Choose<L, C>, const C: usize>(
    lanes: L,
    bands: &Bands<'_>,
    spread: S,
    choose: H,
) {
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512vnni,gfni")]
    fn with_instructions<L: Lanes, S: Spread, H: Choose<L, C>, const C: usize>(
        lanes: L,
        bands: &Bands<'_>,
        spread: S,
        choose: H,
    ) {
        bands.run(lanes, spread, choose);
    }
    // SAFETY: the caller has the proof.
    unsafe { with_instructions(lanes, bands, spread, choose) }
}

/// Runs code that was written for any room.
pub(crate) fn run(lanes: Avx512, code: impl Instructions) {
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512vnni,gfni")]
    fn with_instructions(lanes: Avx512, code: impl Instructions) {
        code.run(lanes);
    }
    // SAFETY: `lanes` is the proof.
    unsafe { with_instructions(lanes, code) }
}

/// What only exists where the instructions do.
pub(crate) trait Proof {}
impl Proof for Avx512 {}
impl Proof for Pair<Avx512> {}

// SAFETY of every block below: a value of `Avx512` is only made where the machine has all of the features, and the
// only memory that is touched are references to as many bytes as the instruction reads or writes, without any
// demand on alignment (`loadu`, `storeu`).

impl Lanes for Avx512 {
    type V = __m512i;
    type Mask = __mmask32;
    type Samples = Box<[[u8; N]; BLOCK]>;
    type Codes = Box<[[u8; N]; BLOCK]>;
    const N: usize = N;

    #[inline(always)]
    fn splat(self, number: i16) -> __m512i {
        // SAFETY: see above.
        unsafe { _mm512_set1_epi16(number) }
    }

    #[inline(always)]
    fn put_last(self, a: __m512i, numbers: &mut [i16; LAST]) {
        // SAFETY: see above; eight numbers are a quarter of a vector.
        unsafe {
            let last = _mm512_extracti32x4_epi32::<3>(a);
            _mm_storeu_si128(numbers.as_mut_ptr().cast(), last);
        }
    }

    #[inline(always)]
    fn load(self, numbers: &[i16]) -> __m512i {
        assert_eq!(numbers.len(), N);
        // SAFETY: see above.
        unsafe { _mm512_loadu_si512(numbers.as_ptr().cast()) }
    }

    #[inline(always)]
    fn store(self, a: __m512i, numbers: &mut [i16]) {
        assert_eq!(numbers.len(), N);
        // SAFETY: see above.
        unsafe { _mm512_storeu_si512(numbers.as_mut_ptr().cast(), a) }
    }

    #[inline(always)]
    fn add(self, a: __m512i, b: __m512i) -> __m512i {
        // SAFETY: see above.
        unsafe { _mm512_add_epi16(a, b) }
    }

    #[inline(always)]
    fn add_saturating(self, a: __m512i, b: __m512i) -> __m512i {
        // SAFETY: see above.
        unsafe { _mm512_adds_epi16(a, b) }
    }

    #[inline(always)]
    fn sub(self, a: __m512i, b: __m512i) -> __m512i {
        // SAFETY: see above.
        unsafe { _mm512_sub_epi16(a, b) }
    }

    #[inline(always)]
    fn part(self, error: __m512i, fraction: __m512i) -> __m512i {
        // SAFETY: see above.
        unsafe { _mm512_mulhrs_epi16(error, fraction) }
    }

    #[inline(always)]
    fn clamp(self, a: __m512i, least: __m512i, greatest: __m512i) -> __m512i {
        // SAFETY: see above.
        unsafe { _mm512_min_epi16(_mm512_max_epi16(a, least), greatest) }
    }

    #[inline(always)]
    fn greater(self, a: __m512i, b: __m512i) -> __mmask32 {
        // SAFETY: see above.
        unsafe { _mm512_cmpgt_epi16_mask(a, b) }
    }

    #[inline(always)]
    fn both(self, a: __mmask32, b: __mmask32) -> __mmask32 {
        a & b
    }

    #[inline(always)]
    fn only(self, mask: __mmask32, a: __m512i) -> __m512i {
        // SAFETY: see above.
        unsafe { _mm512_maskz_mov_epi16(mask, a) }
    }

    #[inline(always)]
    fn sub_where(self, a: __m512i, mask: __mmask32, b: __m512i) -> __m512i {
        // SAFETY: see above.
        unsafe { _mm512_mask_sub_epi16(a, mask, a, b) }
    }

    #[inline(always)]
    fn bits(self, mask: __mmask32) -> u64 {
        u64::from(mask)
    }

    #[inline(always)]
    fn follow(self, a: __m512i, before: __m512i) -> __m512i {
        const BACK: [i16; N] = {
            let mut back = [0; N];
            let mut lane = 0;
            while lane < N {
                // Numbers from 32 up are those of the second vector.
                back[lane] = if lane == 0 { 2 * N - 1 } else { lane - 1 } as i16;
                lane += 1;
            }
            back
        };
        // SAFETY: see above.
        unsafe { _mm512_permutex2var_epi16(a, _mm512_loadu_si512(BACK.as_ptr().cast()), before) }
    }

    #[inline(always)]
    fn prefetch(self, row: &[u8], at: isize) {
        // SAFETY: see above; a hint is no access, whatever the address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(row.as_ptr().wrapping_offset(at).cast()) }
    }

    fn columns(self, rows: Rows<'_>, _: &Values, columns: &mut Self::Samples) {
        // SAFETY: see above.
        unsafe { read_columns(rows, columns) }
    }

    #[inline(always)]
    fn values(self, columns: &Self::Samples, at: usize, values: &Values) -> __m512i {
        // SAFETY: see above; 32 bytes are half a vector.
        unsafe {
            let samples = _mm256_loadu_si256(columns[at].as_ptr().cast());
            if values.is_even {
                _mm512_slli_epi16::<6>(_mm512_cvtepu8_epi16(samples))
            } else {
                table_of_samples(samples, &values.table)
            }
        }
    }

    #[inline(always)]
    fn put_codes(self, codes: __m512i, columns: &mut Self::Codes, at: usize) {
        // SAFETY: see above; 32 bytes are half a vector.
        unsafe {
            let codes = _mm512_cvtepi16_epi8(codes);
            _mm256_storeu_si256(columns[at].as_mut_ptr().cast(), codes);
        }
    }

    fn rows(self, columns: &Self::Codes, rows: &mut [Chunk]) {
        // SAFETY: see above.
        unsafe { write_rows(columns, rows) }
    }

    #[inline(always)]
    fn split(self, pixels: &[u8; 3 * BLOCK], planes: [&mut Chunk; 3]) {
        const FROM: [[[u8; BLOCK]; 2]; 3] = split_order();
        // SAFETY: see above; three loads of 64 bytes are the pixels.
        unsafe {
            let load = |at: usize| _mm512_loadu_si512(pixels.as_ptr().add(at * 64).cast());
            let (first, second, third) = (load(0), load(1), load(2));
            for (plane, [two, one]) in planes.into_iter().zip(&FROM) {
                let two = _mm512_loadu_si512(two.as_ptr().cast());
                let one = _mm512_loadu_si512(one.as_ptr().cast());
                let of_two = _mm512_permutex2var_epi8(first, two, second);
                let of_all = _mm512_permutex2var_epi8(of_two, one, third);
                _mm512_storeu_si512(plane.as_mut_ptr().cast(), of_all);
            }
        }
    }

    fn turn(self, columns: &[u64; BLOCK]) -> [u64; BLOCK] {
        // SAFETY: see above.
        unsafe { turn(columns) }
    }

    fn entering(
        self,
        line: &Line,
        channel: usize,
        start: usize,
        shape: &Shape,
        sums: &mut [[i16; BLOCK]; 3],
    ) {
        // SAFETY: see above.
        unsafe { entering(self, line, channel, start, shape, sums) }
    }

    #[inline(always)]
    fn at_least(self, samples: &Chunk, limits: &Chunk) -> [u8; BLOCK / 8] {
        // SAFETY: see above; each load is a chunk.
        unsafe {
            // The first of eight samples becomes the last, whose bit is the highest.
            let turn = _mm512_set4_epi32(0x0809_0A0B, 0x0C0D_0E0F, 0x0001_0203, 0x0405_0607);
            let turned = |chunk: &Chunk| {
                _mm512_shuffle_epi8(_mm512_loadu_si512(chunk.as_ptr().cast()), turn)
            };
            _mm512_cmpge_epu8_mask(turned(samples), turned(limits)).to_le_bytes()
        }
    }

    #[inline(always)]
    fn apart<T: Code>(self, code: T) {
        #[inline(never)]
        #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512vnni,gfni")]
        fn with_instructions<T: Code>(code: T) {
            code.run();
        }
        // A call that cannot be seen through is one that is not inlined.
        let call: unsafe fn(T) = black_box(with_instructions::<T>);
        // SAFETY: see above.
        unsafe { call(code) }
    }

    #[inline(always)]
    fn nearest(self, value: [__m512i; 3], palette: &PaletteTable) -> __m512i {
        // SAFETY: see above.
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

    #[inline(always)]
    fn look_up(self, codes: __m512i, table: &[i16; 256], n_codes: usize) -> __m512i {
        // SAFETY: see above; the table is eight vectors.
        unsafe {
            let load = |at: usize| _mm512_loadu_si512(table.as_ptr().add(at * N).cast());
            let low = _mm512_permutex2var_epi16(load(0), codes, load(1));
            if n_codes <= 64 {
                return low;
            }
            let bit = |bit: i16| _mm512_test_epi16_mask(codes, _mm512_set1_epi16(bit));
            let next = _mm512_permutex2var_epi16(load(2), codes, load(3));
            let low = _mm512_mask_mov_epi16(low, bit(64), next);
            if n_codes <= 128 {
                return low;
            }
            let third = _mm512_permutex2var_epi16(load(4), codes, load(5));
            let fourth = _mm512_permutex2var_epi16(load(6), codes, load(7));
            let high = _mm512_mask_mov_epi16(third, bit(64), fourth);
            _mm512_mask_mov_epi16(low, bit(128), high)
        }
    }
}

/// For each channel, where its samples are in the first two vectors of pixels, then in that result and the third.
const fn split_order() -> [[[u8; BLOCK]; 2]; 3] {
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

/// A table's numbers for 32 samples.
///
/// # Safety
///
/// The machine has AVX-512 BW.
#[inline(always)]
unsafe fn table_of_samples(samples: __m256i, table: &[i16; 256]) -> __m512i {
    // SAFETY: the caller's; the table is eight vectors.
    unsafe {
        let codes = _mm512_cvtepu8_epi16(samples);
        let load = |at: usize| _mm512_loadu_si512(table.as_ptr().add(at * N).cast());
        let bit = |bit: i16| _mm512_test_epi16_mask(codes, _mm512_set1_epi16(bit));
        let pick = |at: usize| _mm512_permutex2var_epi16(load(at), codes, load(at + 1));
        let (is_odd, is_high) = (bit(64), bit(128));
        let low = _mm512_mask_mov_epi16(pick(0), is_odd, pick(2));
        let high = _mm512_mask_mov_epi16(pick(4), is_odd, pick(6));
        _mm512_mask_mov_epi16(low, is_high, high)
    }
}

type Pairs = [(__m512i, __m512i); 2];

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

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512vnni,gfni")]
fn read_columns(rows: Rows<'_>, columns: &mut [[u8; N]; BLOCK]) {
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
fn write_rows(columns: &[[u8; N]; BLOCK], rows: &mut [Chunk]) {
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
fn turn(columns: &[u64; BLOCK]) -> [u64; BLOCK] {
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

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512vnni,gfni")]
fn entering(
    lanes: Avx512,
    line: &Line,
    channel: usize,
    start: usize,
    shape: &Shape,
    sums: &mut [[i16; BLOCK]; 3],
) {
    line.entering(lanes, channel, start, shape, sums);
}
