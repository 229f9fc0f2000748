//! Colors that are not those of sRGB, by their code points (ITU-T H.273, tables 2 and 3).
//!
//! Light that is brighter than paper is tone-mapped as that of other pictures of light is ([`tone`]): 1 is the white of
//! paper, 203 cd/m² (ITU-R BT.2408, section 2.1).

use image::{DynamicImage, Rgba32FImage};

use crate::{
    decode::{color, tone},
    probe::Nclx,
};

/// BT.2408: the luminance of white paper, cd/m².
const PAPER: f64 = 203.0;

/// BT.2020 to BT.709, for light (ITU-R BT.2087, annex 2, inverted).
const FROM_2020: [[f64; 3]; 3] = [
    [1.660_491, -0.587_641_1, -0.072_849_9],
    [-0.124_550_5, 1.132_899_9, -0.008_349_4],
    [-0.018_150_8, -0.100_578_9, 1.118_729_7],
];

/// Display P3 to BT.709, for light (SMPTE EG 432-1, and BT.709).
const FROM_P3: [[f64; 3]; 3] = [
    [1.224_940_2, -0.224_940_2, 0.0],
    [-0.042_056_9, 1.042_056_9, 0.0],
    [-0.019_637_6, -0.078_636_1, 1.098_273_7],
];

/// Samples of the curves; colors of 16 bits come from at most 12.
const LEVELS: usize = 65_536;

/// Whether pictures with these code points are made of light that is to be tone-mapped.
pub(super) const fn is_light(nclx: Nclx) -> bool {
    matches!(nclx.transfer, 8 | 16 | 18)
}

/// `image` in sRGB. Curves of television are taken for that of sRGB, as browsers do; primaries that are not known, for its.
pub(super) fn to_srgb(image: DynamicImage, nclx: Nclx) -> DynamicImage {
    if !is_light(nclx) {
        return match nclx.primaries {
            9 => color::from_bt2020(image),
            11 | 12 => color::from_p3(image),
            _ => image,
        };
    }
    let curve: Vec<f64> =
        (0..LEVELS).map(|level| light(nclx.transfer, level as f64 / 65_535.0)).collect();
    let matrix = match nclx.primaries {
        9 => FROM_2020,
        11 | 12 => FROM_P3,
        _ => [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
    };
    let has_alpha = image.color().has_alpha();
    let mut light = Rgba32FImage::new(image.width(), image.height());
    for (to, from) in light.pixels_mut().zip(image.into_rgba16().pixels()) {
        let [r, g, b, alpha] = from.0;
        let rgb = [r, g, b].map(|sample| curve[usize::from(sample)]);
        let mixed = matrix.map(|[x, y, z]| (x * rgb[0] + y * rgb[1] + z * rgb[2]) as f32);
        to.0 = [mixed[0], mixed[1], mixed[2], f32::from(alpha) / 65_535.0];
    }
    let light = DynamicImage::ImageRgba32F(light);
    let light = if has_alpha { light } else { light.into_rgb32f().into() };
    tone::map(&light, false).unwrap_or(light)
}

/// Light of a sample from 0 to 1, where paper is 1.
fn light(transfer: u16, sample: f64) -> f64 {
    match transfer {
        // SMPTE ST 2084, equation 4.1: 1 is 10,000 cd/m².
        16 => {
            let (m1, m2) = (2610.0 / 16384.0, 2523.0 / 4096.0 * 128.0);
            let (c1, c2, c3) = (3424.0 / 4096.0, 2413.0 / 4096.0 * 32.0, 2392.0 / 4096.0 * 32.0);
            let root = libm::pow(sample, 1.0 / m2);
            libm::pow((root - c1).max(0.0) / (c2 - c3 * root), 1.0 / m1) * 10_000.0 / PAPER
        }
        // ITU-R BT.2100, table 5: light of the scene, where 1 is 12 times the light of a half; 75 % is paper (BT.2408).
        18 => {
            let (a, b) = (0.178_832_77, 0.284_668_92);
            let c = 0.559_910_73;
            let scene = |sample: f64| {
                if sample <= 0.5 {
                    sample * sample / 3.0
                } else {
                    (libm::exp((sample - c) / a) + b) / 12.0
                }
            };
            scene(sample) / scene(0.75)
        }
        _ => sample,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_meet_the_levels_that_the_standards_name() {
        // BT.2408, table 1: paper is 58 % of PQ and 75 % of HLG.
        assert!((light(16, 0.5806) - 1.0).abs() < 0.01);
        assert!((light(16, 1.0) - 10_000.0 / 203.0).abs() < 1e-6);
        assert!((light(18, 0.75) - 1.0).abs() < 1e-12);
        assert!((light(18, 1.0) / light(18, 0.5) - 12.0).abs() < 1e-4);
        for transfer in [8, 16, 18] {
            let curve: Vec<f64> =
                (0..=1000).map(|at| light(transfer, f64::from(at) / 1000.0)).collect();
            assert!(curve.is_sorted(), "{transfer}");
            assert!(curve[0].abs() < 1e-9, "{transfer}");
        }
    }

    #[test]
    fn white_stays_white() {
        for matrix in [FROM_2020, FROM_P3] {
            for row in matrix {
                assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-6, "{row:?}");
            }
        }
    }
}
