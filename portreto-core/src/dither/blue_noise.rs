//! Blue noise by void and cluster: thresholds without low frequencies, and without the grid of Bayer's.
//!
//! R. Ulichney, "The void-and-cluster method for dither array generation", Proc. SPIE 1913, 1993, pp. 332-343,
//! doi:10.1117/12.152707. A place is the more crowded the more lit places are near, weighed by a Gaussian of
//! standard deviation 1.5 that wraps around the edges.
//!
//! 1. A tenth of the places are lit at random. While the most crowded lit place (the tightest cluster), once it is
//!    dark, is not the least crowded dark place (the largest void), the void is lit in its stead.
//! 2. From there the tightest cluster is made dark again and again; each gets the number of places still lit as its rank.
//! 3. From there again, the largest void is lit until all are; each gets the number of places lit before as its rank.
//!    (Ulichney takes the tightest cluster of the dark places once half are lit; for a filter that is symmetric and
//!    linear that is the same place.)
//!
//! The Gaussian is taken in units of 2⁻²⁰, to the nearest, up to 6 places away; all else is whole numbers, and of
//! equals the first in reading order is taken. So every machine makes the same map, in some hundredths of a second.

use std::sync::LazyLock;

use super::noise::random;

/// The ranks of 64 × 64 places, row by row, each of 0 to 4095 once.
pub(crate) fn blue_noise_64() -> &'static [u32] {
    static RANKS: LazyLock<Vec<u32>> = LazyLock::new(|| void_and_cluster(64));
    &RANKS
}

/// The ranks of 128 × 128 places, row by row, each of 0 to 16383 once.
pub(crate) fn blue_noise_128() -> &'static [u32] {
    static RANKS: LazyLock<Vec<u32>> = LazyLock::new(|| void_and_cluster(128));
    &RANKS
}

/// Farthest place that counts.
const REACH: usize = 6;
const SIGMA: f64 = 1.5;

/// The ranks of `side` × `side` places.
fn void_and_cluster(side: usize) -> Vec<u32> {
    let n_places = side * side;
    let mut pattern = Pattern::new(side);
    let mut places: Vec<_> = (0..n_places).collect();
    places.sort_by_key(|&at| (random(0, at % side, at / side), at));
    for &at in &places[..n_places / 10] {
        pattern.set(at, true);
    }
    loop {
        let cluster = pattern.tightest_cluster();
        pattern.set(cluster, false);
        let void = pattern.largest_void();
        pattern.set(void, true);
        if void == cluster {
            break;
        }
    }
    let mut ranks = vec![0; n_places];
    let start = pattern.clone();
    for rank in (0..n_places / 10).rev() {
        let cluster = pattern.tightest_cluster();
        pattern.set(cluster, false);
        ranks[cluster] = rank as u32;
    }
    pattern = start;
    for rank in n_places / 10..n_places {
        let void = pattern.largest_void();
        pattern.set(void, true);
        ranks[void] = rank as u32;
    }
    ranks
}

/// Which places are lit, and how crowded each is.
#[derive(Clone)]
struct Pattern {
    side: usize,
    lit: Vec<bool>,
    crowd: Vec<i32>,
    weights: [[i32; 2 * REACH + 1]; 2 * REACH + 1],
    /// For each row, the place of its tightest cluster and of its largest void.
    extremes: Vec<(Option<usize>, Option<usize>)>,
}

impl Pattern {
    fn new(side: usize) -> Self {
        let weight = |dx: usize, dy: usize| {
            let squared = |d: usize| (d as f64 - REACH as f64) * (d as f64 - REACH as f64);
            let exponent = (squared(dx) + squared(dy)) / (2.0 * SIGMA * SIGMA);
            libm::round(libm::exp(-exponent) * f64::from(1 << 20)) as i32
        };
        let weights = std::array::from_fn(|dy| std::array::from_fn(|dx| weight(dx, dy)));
        let (lit, crowd) = (vec![false; side * side], vec![0; side * side]);
        let extremes = (0..side).map(|y| (None, Some(y * side))).collect();
        Self { side, lit, crowd, weights, extremes }
    }

    fn set(&mut self, at: usize, lit: bool) {
        let sign = i32::from(lit) - i32::from(self.lit[at]);
        self.lit[at] = lit;
        let (x, y) = (at % self.side, at / self.side);
        for dy in 0..=2 * REACH {
            let row = (y + self.side + dy - REACH) % self.side * self.side;
            for dx in 0..=2 * REACH {
                let column = (x + self.side + dx - REACH) % self.side;
                self.crowd[row + column] += sign * self.weights[dy][dx];
            }
            self.extremes[row / self.side] = self.extremes_of(row);
        }
    }

    fn extremes_of(&self, row: usize) -> (Option<usize>, Option<usize>) {
        let (mut cluster, mut void) = (None, None);
        let (mut most, mut least) = (i32::MIN, i32::MAX);
        for at in row..row + self.side {
            let crowd = self.crowd[at];
            if self.lit[at] {
                if crowd > most {
                    (cluster, most) = (Some(at), crowd);
                }
            } else if crowd < least {
                (void, least) = (Some(at), crowd);
            }
        }
        (cluster, void)
    }

    /// The most crowded lit place, the first of equals.
    fn tightest_cluster(&self) -> usize {
        let places = self.extremes.iter().filter_map(|extremes| extremes.0);
        places.min_by_key(|&at| (-self.crowd[at], at)).unwrap_or(0)
    }

    /// The least crowded dark place, the first of equals.
    fn largest_void(&self) -> usize {
        let places = self.extremes.iter().filter_map(|extremes| extremes.1);
        places.min_by_key(|&at| (self.crowd[at], at)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests;
