//! Seen from a distance: a Gaussian blur.

use super::Plane;

/// `plane` convolved with a Gaussian of standard deviation `sigma` pixels, cut off at four of them; beyond its edges
/// the picture is mirrored.
#[must_use]
pub fn blurred(plane: &Plane, sigma: f64) -> Plane {
    let radius = (4.0 * sigma).ceil() as usize;
    let weights: Vec<f64> =
        (0..=radius).map(|at| (-0.5 * (at as f64 / sigma).powi(2)).exp()).collect();
    let sum = weights[0] + 2.0 * weights[1..].iter().sum::<f64>();
    let weights: Vec<f64> = weights.iter().map(|weight| weight / sum).collect();
    rows_blurred(&rows_blurred(plane, &weights).transposed(), &weights).transposed()
}

/// Each row convolved with `weights`, which are those of the middle and of one side.
fn rows_blurred(plane: &Plane, weights: &[f64]) -> Plane {
    let (width, radius) = (plane.width(), weights.len() - 1);
    let mut result = Vec::with_capacity(plane.values().len());
    let mut padded = vec![0.0; width + 2 * radius];
    for y in 0..plane.height() {
        let row = plane.row(y);
        for (at, value) in padded.iter_mut().enumerate() {
            *value = row[mirrored(at as i64 - radius as i64, width)];
        }
        let start = result.len();
        result.extend(padded[radius..radius + width].iter().map(|value| value * weights[0]));
        for (distance, weight) in weights.iter().enumerate().skip(1) {
            let (left, right) = (&padded[radius - distance..], &padded[radius + distance..]);
            for ((sum, left), right) in result[start..].iter_mut().zip(left).zip(right) {
                *sum += weight * (left + right);
            }
        }
    }
    Plane::new(width, result)
}

fn mirrored(at: i64, length: usize) -> usize {
    let period = 2 * length as i64;
    let at = at.rem_euclid(period);
    at.min(period - 1 - at) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_sum_and_spreads_a_point_to_a_gaussian() {
        let side = 33;
        let mut values = vec![0.0; side * side];
        values[16 * side + 16] = 1.0;
        let point = blurred(&Plane::new(side, values), 2.0);
        assert!((point.values().iter().sum::<f64>() - 1.0).abs() < 1e-12);
        // 1 / 2πσ².
        assert!((point.row(16)[16] - 0.039_79).abs() < 1e-4);
        assert!((point.row(16)[18] / point.row(16)[16] - (-0.5_f64).exp()).abs() < 1e-12);
        assert!((point.row(18)[16] - point.row(16)[18]).abs() < 1e-15);
        let flat = blurred(&Plane::new(5, vec![7.0; 15]), 3.0);
        assert!(flat.values().iter().all(|value| (value - 7.0).abs() < 1e-12));
        assert_eq!([-3, -1, 0, 2, 3, 5, 6].map(|at| mirrored(at, 3)), [2, 0, 0, 2, 2, 0, 0]);
    }
}
