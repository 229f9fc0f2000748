//! The pattern on a flat gray, told by its frequencies.

use std::f64::consts::TAU;

use super::{Plane, contrast::transformed};

/// Width and height of the tiles whose spectra are averaged, pixels.
pub const TILE: usize = 128;

/// The mean power of the tiles of a dithered flat gray at each frequency, and two numbers that sum it up.
///
/// R. Ulichney, "Digital Halftoning", MIT Press, 1987, and "Dithering with Blue Noise", Proc. IEEE 76(1), 1988,
/// doi:10.1109/5.3288: a good pattern has little energy below its principal frequency - the inverse of the mean
/// distance of its dots - and looks the same in all directions.
#[derive(Debug, Clone)]
pub struct Spectrum {
    /// [`TILE`] rows and columns; the mean is the variance of the pattern in squares of white.
    power: Vec<f64>,
}

impl Spectrum {
    /// Of the tiles of `pattern` that do not overlap, each under a Hann window.
    ///
    /// # Panics
    ///
    /// When there is not one whole tile.
    #[must_use]
    pub fn new(pattern: &Plane) -> Self {
        let (columns, rows) = (pattern.width() / TILE, pattern.height() / TILE);
        assert!(columns * rows > 0, "smaller than a tile");
        let window: Vec<f64> =
            (0..TILE).map(|at| 0.5 - 0.5 * (TAU * (at as f64 + 0.5) / TILE as f64).cos()).collect();
        let weight = window.iter().map(|value| value * value).sum::<f64>().powi(2);
        let (mean, n_tiles) = (pattern.mean(), (columns * rows) as f64);
        let mut power = vec![0.0; TILE * TILE];
        for tile in 0..columns * rows {
            let (left, top) = (tile % columns * TILE, tile / columns * TILE);
            let mut values = Vec::with_capacity(TILE * TILE);
            for (y, across) in window.iter().enumerate() {
                let row = &pattern.row(top + y)[left..left + TILE];
                let centered = row.iter().map(|value| (value - mean) / 255.0);
                values.extend(centered.zip(&window).map(|(value, along)| value * along * across));
            }
            for (power, value) in power.iter_mut().zip(transformed(&values, TILE)) {
                *power += value.norm_sqr() / weight / n_tiles;
            }
        }
        Self { power }
    }

    /// The energy below half the principal frequency `√min(g, 1 − g)` of gray `g`, of the energy `g(1 − g)` that any
    /// pattern of black and white has: the grain and the worms that are seen from afar.
    #[must_use]
    pub fn low_energy(&self, gray: u8) -> f64 {
        let gray = f64::from(gray) / 255.0;
        let limit = gray.min(1.0 - gray).sqrt() / 2.0;
        let low = self.frequencies().filter(|&(frequency, _)| frequency > 0.0 && frequency < limit);
        low.map(|(_, power)| power).sum::<f64>() / (TILE * TILE) as f64 / (gray * (1.0 - gray))
    }

    /// How much the power differs within rings of equal frequency: the variance over the squared mean, averaged
    /// over the rings. Its logarithm is the anisotropy; noise without direction has 1 over the number of tiles.
    #[must_use]
    pub fn anisotropy(&self) -> f64 {
        let mut rings = vec![Vec::new(); TILE / 2];
        for (frequency, power) in self.frequencies() {
            let ring = (frequency * TILE as f64).round() as usize;
            if (2..rings.len()).contains(&ring) {
                rings[ring].push(power);
            }
        }
        let floor = 1e-9 * self.power.iter().sum::<f64>() / (TILE * TILE) as f64;
        let (mut sum, mut n_rings) = (0.0, 0.0);
        for ring in rings {
            let n = ring.len() as f64;
            let mean = ring.iter().sum::<f64>() / n;
            if mean > floor {
                let variance = ring.iter().map(|power| (power - mean).powi(2)).sum::<f64>();
                sum += variance / (n - 1.0) / (mean * mean);
                n_rings += 1.0;
            }
        }
        if n_rings > 0.0 { sum / n_rings } else { 0.0 }
    }

    /// Each frequency, cycles a pixel, and its power.
    fn frequencies(&self) -> impl Iterator<Item = (f64, f64)> {
        let near = |at: usize| at.min(TILE - at) as f64 / TILE as f64;
        let frequency = move |at: usize| near(at % TILE).hypot(near(at / TILE));
        self.power.iter().enumerate().map(move |(at, &power)| (frequency(at), power))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Black and white by chance: `gray` of 255 white.
    fn white_noise(gray: u8) -> Plane {
        let mut state = 1_u64;
        let mut random = || {
            // Knuth's MMIX generator.
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state >> 33
        };
        let value = |_| if random() % 255 < u64::from(gray) { 255.0 } else { 0.0 };
        Plane::new(512, (0..512 * 512).map(value).collect())
    }

    #[test]
    fn white_noise_has_the_energy_of_the_area_and_no_direction() {
        let spectrum = Spectrum::new(&white_noise(64));
        let gray = 64.0 / 255.0;
        // A disc of radius √g / 2 in the square of all frequencies.
        let area = std::f64::consts::PI * gray / 4.0;
        assert!((spectrum.low_energy(64) / area - 1.0).abs() < 0.05, "{}", spectrum.low_energy(64));
        let mean = spectrum.power.iter().sum::<f64>() / (TILE * TILE) as f64;
        assert!((mean / (gray * (1.0 - gray)) - 1.0).abs() < 0.02, "{mean}");
        let floor = 1.0 / 16.0;
        assert!((spectrum.anisotropy() / floor - 1.0).abs() < 0.3, "{}", spectrum.anisotropy());
    }

    #[test]
    fn stripes_have_a_direction_and_a_checkerboard_no_low_energy() {
        let plane = |white: fn(usize, usize) -> bool| {
            let value = |at: usize| if white(at % 512, at / 512) { 255.0 } else { 0.0 };
            Plane::new(512, (0..512 * 512).map(value).collect())
        };
        let stripes = Spectrum::new(&plane(|x, _| x % 4 < 2));
        assert!(stripes.anisotropy() > 10.0, "{}", stripes.anisotropy());
        let board = Spectrum::new(&plane(|x, y| (x + y) % 2 == 0));
        assert!(board.low_energy(127) < 1e-6, "{}", board.low_energy(127));
        let coarse = Spectrum::new(&plane(|x, y| (x / 8 + y / 8) % 2 == 0));
        assert!(coarse.low_energy(127) > 0.8, "{}", coarse.low_energy(127));
    }
}
