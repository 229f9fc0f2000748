//! The threshold that parts a picture best.
//!
//! N. Otsu, "A threshold selection method from gray-level histograms", IEEE Trans. Systems, Man, and Cybernetics 9(1),
//! 1979, pp. 62-66, doi:10.1109/TSMC.1979.4310076: of all values `k` that one where the variance between the pixels
//! up to `k` and those above is greatest, the lowest of equals.
//!
//! Only opaque pixels count, and each channel has its own threshold. The variance is computed in 64-bit floating point as
//! `n₀ · n₁ · (s₀ / n₀ − s₁ / n₁)²` from left to right, with `n` pixels of sum `s` on either side, which every machine
//! rounds alike. Where all pixels have one value, the threshold is the middle of the range.

use super::{scale::WHITE, source::Source};

/// For each channel, the greatest value that becomes dark.
pub(crate) fn thresholds<const C: usize>(source: &Source<'_>) -> [i32; C] {
    let width = source.width();
    let (mut values, mut opaque) = (vec![[0; C]; width], vec![true; width]);
    let mut histograms = vec![vec![0; WHITE as usize + 1]; C];
    for y in 0..source.height() {
        source.row(y, &mut values);
        source.opaque_row(y, &mut opaque);
        for (value, _) in values.iter().zip(&opaque).filter(|(_, opaque)| **opaque) {
            for channel in 0..C {
                histograms[channel][value[channel] as usize] += 1;
            }
        }
    }
    std::array::from_fn(|channel| best(&histograms[channel]))
}

/// The best threshold for so many pixels of the values 0, 1, …
pub(crate) fn best(histogram: &[u64]) -> i32 {
    let counted = || (0_u64..).zip(histogram.iter().copied()).filter(|(_, n)| *n > 0);
    let (n, sum) =
        counted().fold((0, 0), |(n, sum), (value, count)| (n + count, sum + value * count));
    let (mut best, mut most) = (WHITE / 2, 0.0);
    let (mut n_below, mut sum_below) = (0, 0);
    for (value, count) in counted() {
        (n_below, sum_below) = (n_below + count, sum_below + value * count);
        if n_below == n {
            break;
        }
        let (n_above, sum_above) = ((n - n_below) as f64, (sum - sum_below) as f64);
        let (n_below, sum_below) = (n_below as f64, sum_below as f64);
        let distance = sum_below / n_below - sum_above / n_above;
        let variance = n_below * n_above * (distance * distance);
        if variance > most {
            (best, most) = (value as i32, variance);
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The variance between classes as Otsu writes it, of every threshold there is.
    fn oracle(values: &[u64]) -> i32 {
        let all = values.len() as f64;
        let mean = |values: &[u64]| values.iter().sum::<u64>() as f64 / values.len() as f64;
        let variance = |k: u64| {
            let (below, above): (Vec<_>, Vec<_>) = values.iter().partition(|&&value| value <= k);
            if below.is_empty() || above.is_empty() {
                return 0.0;
            }
            let (w0, w1) = (below.len() as f64 / all, above.len() as f64 / all);
            w0 * w1 * (mean(&above) - mean(&below)).powi(2)
        };
        let mut best = 0;
        for k in 0..=values.iter().copied().max().unwrap() {
            if variance(k) > variance(best) * (1.0 + 1e-12) {
                best = k;
            }
        }
        best as i32
    }

    #[test]
    fn the_threshold_has_the_greatest_variance_between_its_sides() {
        for values in [
            &[1, 1, 2, 9, 9, 8][..],
            &[0, 5, 5, 5, 6, 20],
            &[3, 4],
            &[10, 20, 30, 40, 50, 60, 70],
            &[0, 0, 0, 0, 0, 0, 0, 7, 99],
        ] {
            let mut histogram = vec![0; 100];
            for &value in values {
                histogram[value as usize] += 1;
            }
            assert_eq!(best(&histogram), oracle(values), "{values:?}");
        }
        assert_eq!(best(&[0, 0, 7]), WHITE / 2, "one value has no threshold");
    }
}
