//! AVX-512: F, BW, DQ, VL, VBMI and VNNI, and GFNI (Ice Lake 2019, Zen 4 2022).

#![expect(unsafe_code, reason = "vector instructions")]
#![allow(clippy::wildcard_imports, reason = "the names of instructions")]

mod columns;
mod search;

use std::{arch::x86_64::*, hint::black_box};

use super::{BLOCK, Chunk, Code, Instructions, LAST, Lanes, Rows, Values, pair::Pair};
use crate::dither::wavefront::{
    Bands,
    choose::Choose,
    line::Line,
    palette::PaletteTable,
    spread::{Shape, Spread},
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
        unsafe { columns::read(rows, columns) }
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
        unsafe { columns::write(columns, rows) }
    }

    #[inline(always)]
    fn split(self, pixels: &[u8; 3 * BLOCK], planes: [&mut Chunk; 3]) {
        const FROM: [[[u8; BLOCK]; 2]; 3] = columns::split_order();
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
        unsafe { columns::turn(columns) }
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
        unsafe { search::nearest(value, palette) }
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
