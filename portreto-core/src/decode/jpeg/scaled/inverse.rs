//! Small inverse transforms: a block of 8 × 8 coefficients to 1, 4, 16 or 64 samples.
//!
//! The lowest N × N coefficients are those of a block of N × N samples of the same content: its transform
//! of N points inverts them. What they leave out is detail that so few samples cannot show. This keeps low
//! frequencies as they are, where the mean of samples would dampen them.

#![expect(clippy::inline_always, reason = "5 to 8 % of the time of a thumbnail")]

/// Coefficients in natural order, multiplied by their divisors.
pub(super) type Block = [i16; 64];

/// Largest coefficient, either sign: above all that samples of 8 bits give, and no sum overflows.
const MOST: i32 = 1 << 12;

/// Bits behind the point of the constants below.
const BITS: u32 = 11;

/// A coefficient of the file as the transforms take it.
#[inline(always)]
pub(super) fn coefficient(value: i32, divisor: u16) -> i16 {
    value.wrapping_mul(divisor.into()).clamp(-MOST, MOST) as i16
}

/// The sample of a block of one: its mean.
#[inline(always)]
pub(super) fn mean(value: i32, divisor: i32) -> u8 {
    // An eighth, rounded to the nearest, whatever the value.
    let product = value.wrapping_mul(divisor);
    sample((product >> 3) + (product >> 2 & 1))
}

/// Writes the `side` × `side` samples of a block to `samples`, whose rows are `stride` long.
#[inline]
pub(super) fn inverse(block: &Block, side: usize, samples: &mut [u8], stride: usize) {
    match side {
        1 => samples[0] = mean(block[0].into(), 1),
        2 => two(block, samples, stride),
        4 => four(block, samples, stride),
        _ => eight(block, samples, stride),
    }
}

fn two(block: &Block, samples: &mut [u8], stride: usize) {
    let [a, b, c, d] = [block[0], block[1], block[8], block[9]].map(i32::from);
    for (row, (even, odd)) in samples.chunks_mut(stride).zip([(a + c, b + d), (a - c, b - d)]) {
        row[0] = sample((even + odd + 4) >> 3);
        row[1] = sample((even - odd + 4) >> 3);
    }
}

fn four(block: &Block, samples: &mut [u8], stride: usize) {
    // Two bits more than the coefficients, so that the second pass may round.
    let mut columns = [[0_i32; 4]; 4];
    for (x, column) in columns.iter_mut().enumerate() {
        let column_of = [0, 8, 16, 24].map(|row| i32::from(block[row + x]));
        *column = four_points(column_of).map(|sum| (sum + (1 << (BITS - 3))) >> (BITS - 2));
    }
    for (y, row) in samples.chunks_mut(stride).take(4).enumerate() {
        let line = four_points(columns.map(|column| column[y]));
        for (to, sum) in row.iter_mut().zip(line) {
            *to = sample((sum + (1 << (BITS + 4))) >> (BITS + 5));
        }
    }
}

/// Twice the orthonormal inverse of four points, times 2¹¹.
#[inline]
fn four_points([a, b, c, d]: [i32; 4]) -> [i32; 4] {
    // √2 · cos(π/8), √2 · sin(π/8).
    const COS: i32 = 2676;
    const SIN: i32 = 1108;
    let (outer, inner) = ((a + c) << BITS, (a - c) << BITS);
    let (first, second) = (b * COS + d * SIN, b * SIN - d * COS);
    [outer + first, inner + second, inner - second, outer - first]
}

fn eight(block: &Block, samples: &mut [u8], stride: usize) {
    let mut columns = [[0_i32; 8]; 8];
    for (x, column) in columns.iter_mut().enumerate() {
        let column_of = [0, 8, 16, 24, 32, 40, 48, 56].map(|row| i32::from(block[row + x]));
        if column_of[1..] == [0; 7] {
            *column = [column_of[0] << 2; 8];
        } else {
            *column = eight_points(column_of).map(|sum| (sum + (1 << (BITS - 3))) >> (BITS - 2));
        }
    }
    for (y, row) in samples.chunks_mut(stride).take(8).enumerate() {
        let line = eight_points(columns.map(|column| column[y]));
        for (to, sum) in row.iter_mut().zip(line) {
            *to = sample((sum + (1 << (BITS + 4))) >> (BITS + 5));
        }
    }
}

/// √8 times the orthonormal inverse of eight points, times 2¹¹.
#[inline]
fn eight_points([a, b, c, d, e, f, g, h]: [i32; 8]) -> [i32; 8] {
    // √2 · cos(kπ/16) for k = 1, 3, 5, 7; those of the even half are those of four points.
    const C: [i32; 4] = [2841, 2408, 1609, 565];
    let even = four_points([a, c, e, g]);
    let odd = [
        b * C[0] + d * C[1] + f * C[2] + h * C[3],
        b * C[1] - d * C[3] - f * C[0] - h * C[2],
        b * C[2] - d * C[0] + f * C[3] + h * C[1],
        b * C[3] - d * C[2] + f * C[1] - h * C[0],
    ];
    let mut sums = [0; 8];
    for at in 0..4 {
        sums[at] = even[at] + odd[at];
        sums[7 - at] = even[at] - odd[at];
    }
    sums
}

/// A sample of the signed value around 0.
#[inline]
fn sample(value: i32) -> u8 {
    (value + 128).clamp(0, 255) as u8
}
