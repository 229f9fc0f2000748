//! Each rank once, no low frequencies, and the same map as ever.

use std::f64::consts::TAU;

use super::*;

#[test]
fn every_rank_occurs_once() {
    for ranks in [blue_noise_64(), blue_noise_128()] {
        let mut sorted = ranks.to_vec();
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..ranks.len() as u32));
    }
}

/// The power of the pattern of the `n_lit` lowest ranks at the frequencies below `limit` cycles a side, but for the mean,
/// relative to that of as much white noise.
fn low_power(ranks: &[u32], side: usize, n_lit: u32, limit: i32) -> f64 {
    let share = f64::from(n_lit) / ranks.len() as f64;
    let (mut power, mut n) = (0.0, 0);
    for v in -limit..=limit {
        for u in -limit..=limit {
            if (u, v) == (0, 0) || u * u + v * v > limit * limit {
                continue;
            }
            let (mut real, mut imaginary) = (0.0, 0.0);
            for (at, &rank) in ranks.iter().enumerate() {
                if rank < n_lit {
                    let phase =
                        f64::from(u) * (at % side) as f64 + f64::from(v) * (at / side) as f64;
                    let (sin, cos) = (TAU * phase / side as f64).sin_cos();
                    real += cos;
                    imaginary += sin;
                }
            }
            power += real * real + imaginary * imaginary;
            n += 1;
        }
    }
    power / f64::from(n) / (ranks.len() as f64 * share * (1.0 - share))
}

#[test]
fn low_frequencies_are_missing() {
    let ranks = blue_noise_64();
    let mut places: Vec<_> = (0..4096_usize).collect();
    places.sort_by_key(|&at| random(1, at % 64, at / 64));
    let mut white = vec![0; 4096];
    for (rank, at) in (0..).zip(places) {
        white[at] = rank;
    }
    for n_lit in [410, 1024, 2048, 3000, 3700] {
        let blue = low_power(ranks, 64, n_lit, 6);
        let reference = low_power(&white, 64, n_lit, 6);
        assert!(blue < 0.08, "{n_lit}: {blue}");
        assert!(reference > 0.6, "{n_lit}: {reference}");
    }
}

#[test]
fn the_map_is_the_same_on_every_machine() {
    let hash = |ranks: &[u32]| {
        ranks.iter().fold(0_u64, |hash, &rank| {
            (hash ^ u64::from(rank)).wrapping_mul(0x100_0000_01B3).rotate_left(17)
        })
    };
    assert_eq!(
        (hash(blue_noise_64()), hash(blue_noise_128())),
        (17_087_161_277_096_279_050, 13_442_339_356_112_247_588)
    );
}
