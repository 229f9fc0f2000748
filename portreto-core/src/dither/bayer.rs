//! Bayer's dispersed dots.

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
    fn every_rank_occurs_once() {
        for bits in 0..=6 {
            let mut values = bayer(bits);
            values.sort_unstable();
            assert!(values.into_iter().eq(0..1 << (2 * bits)));
        }
    }
}
