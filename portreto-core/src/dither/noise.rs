//! Thresholds that are computed from the place of a pixel.

/// A threshold for every pixel, of 65536.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Noise {
    pub(crate) kind: NoiseKind,
    /// Thousandths.
    pub(crate) strength: u16,
}

/// Where thresholds come from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum NoiseKind {
    /// White noise: [`random`] of a seed.
    White(u32),
    /// [`interleaved_gradient`].
    InterleavedGradient,
}

impl Noise {
    /// The threshold at `x`, `y`, drawn toward the middle by the strength.
    pub(crate) fn threshold(&self, x: usize, y: usize) -> u32 {
        let full = match self.kind {
            NoiseKind::White(seed) => random(seed, x, y),
            NoiseKind::InterleavedGradient => interleaved_gradient(x, y),
        };
        let from_middle = i64::from(full) - 32768;
        (32768 + (from_middle * i64::from(self.strength)).div_euclid(1000)) as u32
    }
}

/// 16 random bits for a place: the upper ones of `mix(mix(seed + γ) + γ · (2³²·y + x))`, modulo 2⁶⁴, with the
/// constant `γ` and the finalizer `mix` of `SplitMix64`.
///
/// G. L. Steele, D. Lea, C. H. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014,
/// doi:10.1145/2660193.2660195. As the place is the state, pixels can be done in any order.
pub(crate) fn random(seed: u32, x: usize, y: usize) -> u32 {
    let place = (y as u64) << 32 | (x as u64 & 0xFFFF_FFFF);
    let stream = mix(u64::from(seed).wrapping_add(GAMMA));
    (mix(stream.wrapping_add(place.wrapping_mul(GAMMA))) >> 48) as u32
}

/// 2⁶⁴ divided by the golden ratio, odd.
const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

/// The finalizer of `SplitMix64`.
const fn mix(state: u64) -> u64 {
    let state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

/// J. Jimenez, "Next Generation Post Processing in Call of Duty: Advanced Warfare", SIGGRAPH 2014 course "Advances in
/// Real-Time Rendering in Games": the fraction of `52.9829189 · fraction(0.06711056·x + 0.00583715·y)`.
///
/// The inner factors are taken to 32 bits of fraction, the outer one to 24, and the result to 16, rounded down.
pub(crate) fn interleaved_gradient(x: usize, y: usize) -> u32 {
    /// 0.06711056 · 2³².
    const X: u32 = 288_237_660;
    /// 0.00583715 · 2³².
    const Y: u32 = 25_070_368;
    /// 52.9829189 · 2²⁴.
    const OUTER: u64 = 888_905_875;
    let inner = X.wrapping_mul(x as u32).wrapping_add(Y.wrapping_mul(y as u32));
    ((u64::from(inner) * OUTER) >> 40) as u32 & 0xFFFF
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_bits_are_even_and_depend_on_all() {
        let mut buckets = [0_u32; 16];
        for at in 0..65536 {
            buckets[(random(7, at % 256, at / 256) >> 12) as usize] += 1;
        }
        // Expected 4096 each, with a standard deviation of 62.
        assert!(buckets.iter().all(|&n| n.abs_diff(4096) < 250), "{buckets:?}");
        let row = |seed, y| (0..64).map(|x| random(seed, x, y)).collect::<Vec<_>>();
        assert_ne!(row(0, 0), row(1, 0));
        assert_ne!(row(0, 0), row(0, 1));
        assert_eq!(row(3, 9), row(3, 9));
    }

    #[test]
    fn the_gradient_is_the_published_formula() {
        for (x, y) in [(0, 0), (1, 0), (0, 1), (17, 4), (255, 255), (1023, 999)] {
            let inner = (0.067_110_56 * f64::from(x) + 0.005_837_15 * f64::from(y)).fract();
            let expected = (52.982_918_9 * inner).fract();
            let found = f64::from(interleaved_gradient(x as usize, y as usize)) / 65536.0;
            let distance = (found - expected).abs();
            assert!(distance.min(1.0 - distance) < 2e-4, "{x} {y}: {found} {expected}");
        }
    }

    #[test]
    fn without_strength_noise_is_a_half() {
        for kind in [NoiseKind::White(3), NoiseKind::InterleavedGradient] {
            let none = Noise { kind, strength: 0 };
            assert!((0..99).all(|at| none.threshold(at, 2 * at) == 32768));
        }
    }
}
