//! Thresholds that are repeated over the picture.

/// A rectangle of thresholds, of 65536.
#[derive(Debug, Clone)]
pub(crate) struct ThresholdMap {
    width: usize,
    height: usize,
    /// Row by row.
    thresholds: Vec<u32>,
}

impl ThresholdMap {
    /// A map from the ranks of its places, row by row, drawn toward the middle by `strength` (thousandths): rank `r` of
    /// the greatest, `n − 1`, becomes `1/2 + strength · ((2r + 1) / 2n − 1/2)`, of 65536, rounded down.
    pub(crate) fn new(width: usize, ranks: impl IntoIterator<Item = u32>, strength: u16) -> Self {
        let ranks: Vec<_> = ranks.into_iter().collect();
        let n = i64::from(ranks.iter().copied().max().unwrap_or(0)) + 1;
        let threshold = |rank: u32| {
            let from_middle = 2 * i64::from(rank) + 1 - n;
            let numerator = 1000 * n + i64::from(strength) * from_middle;
            (65536 * numerator / (2000 * n)) as u32
        };
        let thresholds: Vec<_> = ranks.into_iter().map(threshold).collect();
        Self { width, height: thresholds.len() / width, thresholds }
    }

    /// The same threshold everywhere: `thousandths` of the way from one level to the next.
    pub(crate) fn flat(thousandths: u16) -> Self {
        let threshold = 65536 * u32::from(thousandths) / 1000;
        Self { width: 1, height: 1, thresholds: vec![threshold] }
    }

    /// The thresholds of picture row `y`, from its left edge, to be repeated to the right.
    pub(crate) fn row(&self, y: usize) -> &[u32] {
        let start = y % self.height * self.width;
        &self.thresholds[start..start + self.width]
    }

    /// All rows, from the first.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &[u32]> {
        self.thresholds.chunks_exact(self.width)
    }

    /// The threshold of one pixel.
    pub(crate) fn at(&self, x: usize, y: usize) -> u32 {
        self.thresholds[y % self.height * self.width + x % self.width]
    }
}

#[cfg(test)]
mod tests {
    use super::{super::bayer::bayer, *};

    #[test]
    fn strength_draws_to_the_middle() {
        for bits in 0..=6 {
            let map = |strength| ThresholdMap::new(1 << bits, bayer(bits), strength).thresholds;
            assert!(map(0).iter().all(|&at| at == 32768));
            let full = map(1000);
            let mean = full.iter().sum::<u32>() / full.len() as u32;
            assert!((32767..=32768).contains(&mean), "{bits}: {mean}");
        }
    }

    #[test]
    fn a_map_is_repeated_in_both_directions() {
        let map = ThresholdMap::new(3, [0, 1, 2, 3, 4, 5], 1000);
        assert_eq!(map.row(0), [5461, 16384, 27306]);
        assert_eq!(map.row(3), map.row(1));
        assert_eq!((map.at(4, 7), map.at(4, 2)), (map.row(1)[1], map.row(0)[1]));
        assert_eq!(ThresholdMap::flat(250).row(9), [16384]);
    }
}
