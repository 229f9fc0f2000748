//! Weighted by what the eye sees.

use rustfft::{FftPlanner, num_complex::Complex};

use super::Plane;

/// The distance from which a picture is looked at, as pixels in a degree of the field of view.
pub const PIXELS_PER_DEGREE: f64 = 60.0;

/// The weighted signal-to-noise ratio of `result` to `source`, dB.
///
/// T. Mitsa, K. L. Varkonyi, "Evaluation of halftoning techniques using psychovisual models", Proc. SPIE 1913, 1993:
/// the energy of the source over that of the difference, both weighted by the contrast sensitivity of the eye.
#[must_use]
pub fn wsnr(source: &Plane, result: &Plane) -> f64 {
    let difference = source.with(result, |a, b| a - b);
    10.0 * (weighted_energy(source) / weighted_energy(&difference)).log10()
}

/// J. L. Mannos, D. J. Sakrison, "The Effects of a Visual Fidelity Criterion on the Encoding of Images", IEEE Trans.
/// Information Theory 20(4), 1974, doi:10.1109/TIT.1974.1055250: how much contrast of `frequency` cycles a degree
/// counts. Flat below its peak, since a nearer or farther look shifts it.
fn sensitivity(frequency: f64) -> f64 {
    // Where the derivative of the formula is zero.
    const PEAK: f64 = 7.891;
    let frequency = 0.114 * frequency.max(PEAK);
    2.6 * (0.0192 + frequency) * (-frequency.powf(1.1)).exp()
}

fn weighted_energy(plane: &Plane) -> f64 {
    let (width, height) = (plane.width(), plane.height());
    let per_degree = |at: usize, length: usize| {
        let at = at.min(length - at);
        at as f64 / length as f64 * PIXELS_PER_DEGREE
    };
    let spectrum = transformed(plane.values(), width);
    let mut energy = 0.0;
    for (y, row) in spectrum.chunks(width).enumerate() {
        for (x, value) in row.iter().enumerate() {
            let frequency = per_degree(x, width).hypot(per_degree(y, height));
            energy += value.norm_sqr() * sensitivity(frequency).powi(2);
        }
    }
    energy
}

/// The discrete Fourier transform of rows of `width` values, in the same order of rows and columns.
pub(super) fn transformed(values: &[f64], width: usize) -> Vec<Complex<f64>> {
    let height = values.len() / width;
    let mut planner = FftPlanner::new();
    let mut spectrum: Vec<_> = values.iter().map(|&value| Complex::new(value, 0.0)).collect();
    planner.plan_fft_forward(width).process(&mut spectrum);
    let mut columns = transposed(&spectrum, width);
    planner.plan_fft_forward(height).process(&mut columns);
    transposed(&columns, height)
}

fn transposed(values: &[Complex<f64>], width: usize) -> Vec<Complex<f64>> {
    let height = values.len() / width;
    (0..width).flat_map(|x| (0..height).map(move |y| values[y * width + x])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sensitivity_peaks_at_eight_cycles_and_is_flat_below() {
        assert!((sensitivity(0.0) - sensitivity(7.8)).abs() < 1e-12);
        assert!((sensitivity(7.891) - 0.9810).abs() < 1e-3, "{}", sensitivity(7.891));
        assert!(sensitivity(8.5) < sensitivity(8.0) && sensitivity(30.0) < 0.25);
    }

    #[test]
    fn fine_noise_counts_less_than_coarse() {
        let source = Plane::new(64, vec![100.0; 64 * 64]);
        let waves = |period: usize| {
            let at = move |at| if at % period < period / 2 { 90.0 } else { 110.0 };
            Plane::new(64, (0..64 * 64).map(at).collect())
        };
        // Noise of the lowest frequencies has the full weight: 100² / 10².
        assert!((wsnr(&source, &waves(64)) - 20.0).abs() < 0.3);
        assert!(wsnr(&source, &waves(2)) > 30.0);
    }

    #[test]
    fn the_transform_finds_a_wave_in_its_place() {
        let wave = |at: usize| (std::f64::consts::TAU * (2 * (at % 8)) as f64 / 8.0).cos();
        let spectrum = transformed(&(0..8 * 4).map(wave).collect::<Vec<_>>(), 8);
        for (at, value) in spectrum.iter().enumerate() {
            let expected = if at == 2 || at == 6 { 16.0 } else { 0.0 };
            assert!((value.norm() - expected).abs() < 1e-9, "{at}: {value}");
        }
    }
}
