//! Threshold maps of ordered dither.

/// B. E. Bayer, "An optimum method for two-level rendition of continuous-tone pictures", IEEE Int. Conf. on
/// Communications, 1973: the matrix of 2^`bits` × 2^`bits`, row by row, each of 0 to 4^`bits` − 1 once.
///
/// `M(2n)` is four copies of `4·M(n)` plus 0, 2, 3 and 1: the lowest bits of the coordinates are the highest of the value.
pub(crate) fn bayer(bits: u32) -> Vec<u32> {
    let side = 1 << bits;
    let value = |x: u32, y: u32| {
        (0..bits).fold(0, |value, bit| {
            let (x, y) = (x >> bit & 1, y >> bit & 1);
            value << 2 | (x ^ y) << 1 | y
        })
    };
    (0..side).flat_map(|y| (0..side).map(move |x| value(x, y))).collect()
}

/// A square of thresholds that is repeated over the picture.
#[derive(Debug)]
pub(crate) struct ThresholdMap {
    /// Width and height, a power of two.
    pub(crate) side: usize,
    /// Row by row, of 65536.
    pub(crate) thresholds: Vec<u32>,
}

impl ThresholdMap {
    /// The Bayer matrix of 2^`bits` a side, drawn toward the middle by `strength` (thousandths): value `t` of `n`
    /// becomes `1/2 + strength · ((2t + 1) / 2n − 1/2)`, of 65536, rounded down.
    pub(crate) fn new(bits: u32, strength: u16) -> Self {
        let n = 1_i64 << (2 * bits);
        let threshold = |value: u32| {
            let from_middle = 2 * i64::from(value) + 1 - n;
            let numerator = 1000 * n + i64::from(strength) * from_middle;
            (65536 * numerator / (2000 * n)) as u32
        };
        Self { side: 1 << bits, thresholds: bayer(bits).into_iter().map(threshold).collect() }
    }

    /// The thresholds of picture row `y`.
    pub(crate) fn row(&self, y: usize) -> &[u32] {
        let start = y % self.side * self.side;
        &self.thresholds[start..start + self.side]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_published_matrices() {
        assert_eq!(bayer(1), [0, 2, 3, 1]);
        assert_eq!(bayer(2), [0, 8, 2, 10, 12, 4, 14, 6, 3, 11, 1, 9, 15, 7, 13, 5]);
        #[rustfmt::skip]
        assert_eq!(bayer(3), [
             0, 32,  8, 40,  2, 34, 10, 42,
            48, 16, 56, 24, 50, 18, 58, 26,
            12, 44,  4, 36, 14, 46,  6, 38,
            60, 28, 52, 20, 62, 30, 54, 22,
             3, 35, 11, 43,  1, 33,  9, 41,
            51, 19, 59, 27, 49, 17, 57, 25,
            15, 47,  7, 39, 13, 45,  5, 37,
            63, 31, 55, 23, 61, 29, 53, 21,
        ]);
    }

    #[test]
    fn every_threshold_occurs_once_and_strength_draws_to_the_middle() {
        for bits in 0..=6 {
            let mut values = bayer(bits);
            values.sort_unstable();
            assert!(values.into_iter().eq(0..1 << (2 * bits)));
            assert!(ThresholdMap::new(bits, 0).thresholds.iter().all(|&at| at == 32768));
            let full = ThresholdMap::new(bits, 1000);
            let mean = full.thresholds.iter().sum::<u32>() / full.thresholds.len() as u32;
            assert!((32767..=32768).contains(&mean), "{bits}: {mean}");
        }
    }
}
