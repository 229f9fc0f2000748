//! AVX2 (Haswell 2013, Zen 2017).

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
pub(crate) struct Avx2(());

const N: usize = 16;

impl Avx2 {
    /// None where the machine lacks them.
    pub(crate) fn new() -> Option<Self> {
        is_x86_feature_detected!("avx2").then_some(Self(()))
    }
}

/// Runs bands with the instructions; `lanes` is the proof, or a pair of it.
pub(crate) fn bands<L: Lanes + Proof, S: Spread, H: Choose<L, C>, const C: usize>(
    lanes: L,
    bands: &Bands<'_>,
    spread: S,
    choose: H,
) {
    #[target_feature(enable = "avx2")]
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
pub(crate) fn run(lanes: Avx2, code: impl Instructions) {
    #[target_feature(enable = "avx2")]
    fn with_instructions(lanes: Avx2, code: impl Instructions) {
        code.run(lanes);
    }
    // SAFETY: `lanes` is the proof.
    unsafe { with_instructions(lanes, code) }
}

/// What only exists where the instructions do.
pub(crate) trait Proof {}
impl Proof for Avx2 {}
impl Proof for Pair<Avx2> {}

// SAFETY of every block below: a value of `Avx2` is only made where the machine has the instructions, and the only
// memory that is touched are references to as many bytes as the instruction reads or writes, without any
// demand on alignment (`loadu`, `storeu`).

impl Lanes for Avx2 {
    type V = __m256i;
    /// All bits of a lane, or none.
    type Mask = __m256i;
    type Samples = Box<[[i16; N]; BLOCK]>;
    type Codes = Box<[[u8; N]; BLOCK]>;
    const N: usize = N;

    #[inline(always)]
    fn splat(self, number: i16) -> __m256i {
        // SAFETY: see above.
        unsafe { _mm256_set1_epi16(number) }
    }

    #[inline(always)]
    fn put_last(self, a: __m256i, numbers: &mut [i16; LAST]) {
        // SAFETY: see above; eight numbers are half a vector.
        unsafe {
            let last = _mm256_extracti128_si256::<1>(a);
            _mm_storeu_si128(numbers.as_mut_ptr().cast(), last);
        }
    }

    #[inline(always)]
    fn load(self, numbers: &[i16]) -> __m256i {
        assert_eq!(numbers.len(), N);
        // SAFETY: see above.
        unsafe { _mm256_loadu_si256(numbers.as_ptr().cast()) }
    }

    #[inline(always)]
    fn store(self, a: __m256i, numbers: &mut [i16]) {
        assert_eq!(numbers.len(), N);
        // SAFETY: see above.
        unsafe { _mm256_storeu_si256(numbers.as_mut_ptr().cast(), a) }
    }

    #[inline(always)]
    fn add(self, a: __m256i, b: __m256i) -> __m256i {
        // SAFETY: see above.
        unsafe { _mm256_add_epi16(a, b) }
    }

    #[inline(always)]
    fn add_saturating(self, a: __m256i, b: __m256i) -> __m256i {
        // SAFETY: see above.
        unsafe { _mm256_adds_epi16(a, b) }
    }

    #[inline(always)]
    fn sub(self, a: __m256i, b: __m256i) -> __m256i {
        // SAFETY: see above.
        unsafe { _mm256_sub_epi16(a, b) }
    }

    #[inline(always)]
    fn part(self, error: __m256i, fraction: __m256i) -> __m256i {
        // SAFETY: see above.
        unsafe { _mm256_mulhrs_epi16(error, fraction) }
    }

    #[inline(always)]
    fn clamp(self, a: __m256i, least: __m256i, greatest: __m256i) -> __m256i {
        // SAFETY: see above.
        unsafe { _mm256_min_epi16(_mm256_max_epi16(a, least), greatest) }
    }

    #[inline(always)]
    fn greater(self, a: __m256i, b: __m256i) -> __m256i {
        // SAFETY: see above.
        unsafe { _mm256_cmpgt_epi16(a, b) }
    }

    #[inline(always)]
    fn both(self, a: __m256i, b: __m256i) -> __m256i {
        // SAFETY: see above.
        unsafe { _mm256_and_si256(a, b) }
    }

    #[inline(always)]
    fn only(self, mask: __m256i, a: __m256i) -> __m256i {
        // SAFETY: see above.
        unsafe { _mm256_and_si256(mask, a) }
    }

    #[inline(always)]
    fn sub_where(self, a: __m256i, mask: __m256i, b: __m256i) -> __m256i {
        self.sub(a, self.only(mask, b))
    }

    #[inline(always)]
    fn bits(self, mask: __m256i) -> u64 {
        // SAFETY: see above.
        unsafe {
            let bytes = _mm256_packs_epi16(mask, _mm256_setzero_si256());
            // The first eight lanes are bits 0 to 7, the others 16 to 23.
            let bits = _mm256_movemask_epi8(bytes).cast_unsigned();
            u64::from(bits & 0xFF | bits >> 8)
        }
    }

    #[inline(always)]
    fn follow(self, a: __m256i, before: __m256i) -> __m256i {
        // SAFETY: see above.
        unsafe {
            let between = _mm256_permute2x128_si256::<0x21>(before, a);
            _mm256_alignr_epi8::<14>(a, between)
        }
    }

    #[inline(always)]
    fn prefetch(self, row: &[u8], at: isize) {
        // SAFETY: see above; a hint is no access, whatever the address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(row.as_ptr().wrapping_offset(at).cast()) }
    }

    fn columns(self, rows: Rows<'_>, values: &Values, columns: &mut Self::Samples) {
        // SAFETY: see above.
        unsafe { columns::read(rows, values, columns) }
    }

    #[inline(always)]
    fn values(self, columns: &Self::Samples, at: usize, _: &Values) -> __m256i {
        // SAFETY: see above; sixteen numbers are a vector.
        unsafe { _mm256_loadu_si256(columns[at].as_ptr().cast()) }
    }

    #[inline(always)]
    fn put_codes(self, codes: __m256i, columns: &mut Self::Codes, at: usize) {
        // SAFETY: see above; sixteen bytes are half a vector.
        unsafe {
            let mixed =
                _mm256_permute4x64_epi64::<0b00_00_10_00>(_mm256_packus_epi16(codes, codes));
            _mm_storeu_si128(columns[at].as_mut_ptr().cast(), _mm256_castsi256_si128(mixed));
        }
    }

    fn rows(self, columns: &Self::Codes, rows: &mut [Chunk]) {
        // SAFETY: see above.
        unsafe { columns::write(columns, rows) }
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
        let mut bits = [0; BLOCK / 8];
        for (half, bits) in bits.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            // SAFETY: see above; each load is half of a chunk.
            let lit = unsafe {
                // The first of eight samples becomes the last, whose bit is the highest.
                let turn = _mm256_set_epi64x(
                    0x0809_0A0B_0C0D_0E0F,
                    0x0001_0203_0405_0607,
                    0x0809_0A0B_0C0D_0E0F,
                    0x0001_0203_0405_0607,
                );
                let samples = _mm256_loadu_si256(samples.as_ptr().add(32 * half).cast());
                let limits = _mm256_loadu_si256(limits.as_ptr().add(32 * half).cast());
                let lit = _mm256_cmpeq_epi8(_mm256_max_epu8(samples, limits), samples);
                _mm256_movemask_epi8(_mm256_shuffle_epi8(lit, turn))
            };
            *bits = lit.to_le_bytes();
        }
        bits
    }

    #[inline(always)]
    fn apart<T: Code>(self, code: T) {
        #[inline(never)]
        #[target_feature(enable = "avx2")]
        fn with_instructions<T: Code>(code: T) {
            code.run();
        }
        // A call that cannot be seen through is one that is not inlined.
        let call: unsafe fn(T) = black_box(with_instructions::<T>);
        // SAFETY: see above.
        unsafe { call(code) }
    }

    #[inline(always)]
    fn nearest(self, value: [__m256i; 3], palette: &PaletteTable) -> __m256i {
        // SAFETY: see above.
        unsafe { search::nearest(value, palette) }
    }

    #[inline(always)]
    fn look_up(self, codes: __m256i, table: &[i16; 256], _: usize) -> __m256i {
        let mut numbers = [0; N];
        self.store(codes, &mut numbers);
        for number in &mut numbers {
            *number = table[usize::from(*number as u8)];
        }
        // SAFETY: see above; sixteen numbers are one vector.
        unsafe { _mm256_loadu_si256(numbers.as_ptr().cast()) }
    }
}

#[target_feature(enable = "avx2")]
fn entering(
    lanes: Avx2,
    line: &Line,
    channel: usize,
    start: usize,
    shape: &Shape,
    sums: &mut [[i16; BLOCK]; 3],
) {
    line.entering(lanes, channel, start, shape, sums);
}
