//! How alike two pictures are.

use super::{Plane, blurred};

/// The peak signal-to-noise ratio of `result` to `source`, dB: the peak is 255.
#[must_use]
pub fn psnr(source: &Plane, result: &Plane) -> f64 {
    let squared = source.with(result, |a, b| (a - b).powi(2));
    10.0 * (255.0 * 255.0 / squared.mean()).log10()
}

/// [`psnr`] after both are blurred with a Gaussian of `sigma` pixels.
#[must_use]
pub fn blurred_psnr(source: &Plane, result: &Plane, sigma: f64) -> f64 {
    psnr(&blurred(source, sigma), &blurred(result, sigma))
}

/// The mean structural similarity of `result` to `source`, 1 where they are the same.
///
/// Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image Quality Assessment: From Error Visibility to
/// Structural Similarity", IEEE Trans. Image Processing 13(4), 2004, doi:10.1109/TIP.2003.819861: Gaussian windows of
/// 1.5 pixels, K1 = 0.01, K2 = 0.03.
#[must_use]
pub fn ssim(source: &Plane, result: &Plane) -> f64 {
    const WINDOW: f64 = 1.5;
    const C1: f64 = (0.01 * 255.0) * (0.01 * 255.0);
    const C2: f64 = (0.03 * 255.0) * (0.03 * 255.0);
    let local = |plane: &Plane| blurred(plane, WINDOW);
    let (mean_a, mean_b) = (local(source), local(result));
    let square_a = local(&source.with(source, |a, b| a * b));
    let square_b = local(&result.with(result, |a, b| a * b));
    let product = local(&source.with(result, |a, b| a * b));
    let mut sum = 0.0;
    for at in 0..source.values().len() {
        let (a, b) = (mean_a.values()[at], mean_b.values()[at]);
        let variances = square_a.values()[at] - a * a + square_b.values()[at] - b * b;
        let covariance = product.values()[at] - a * b;
        sum += (2.0 * a * b + C1) * (2.0 * covariance + C2)
            / ((a * a + b * b + C1) * (variances + C2));
    }
    sum / source.values().len() as f64
}

/// [`ssim`] after both are blurred with a Gaussian of `sigma` pixels.
#[must_use]
pub fn blurred_ssim(source: &Plane, result: &Plane, sigma: f64) -> f64 {
    ssim(&blurred(source, sigma), &blurred(result, sigma))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_is_perfect_and_noise_is_not() {
        let source = Plane::new(40, (0..1600).map(|at| f64::from(at % 40) * 5.0).collect());
        let raised = source.with(&source, |a, _| a + 16.0);
        // 20 · log10(255 / 16).
        assert!((psnr(&source, &raised) - 24.048).abs() < 1e-3);
        assert!((ssim(&source, &source) - 1.0).abs() < 1e-12);
        let noisy = Plane::new(40, (0..1600).map(|at| f64::from(at * 7919 % 256)).collect());
        assert!(ssim(&source, &noisy) < 0.3);
        assert!(ssim(&source, &raised) > 0.8);
        // A checkerboard is gray from afar, but for the edges, where mirrors repeat a pixel.
        let board = |at| f64::from((at + at / 40) % 2) * 255.0;
        let board = Plane::new(40, (0..1600).map(board).collect());
        let gray = board.with(&board, |_, _| 127.5);
        assert!(psnr(&gray, &board) < 7.0);
        assert!(blurred_psnr(&gray, &board, 2.0) > 35.0);
    }
}
