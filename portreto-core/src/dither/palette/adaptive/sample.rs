//! A color among many.

use super::super::oklab;
use crate::light::narrow;

/// Units of OKLab in its integers: the squared distance of any two colors of sRGB stays below 2^31.
const ONE: f64 = 16_384.0;

/// A color and the number of pixels it stands for, at least 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    pub(super) n: u64,
    /// 16-bit sRGB.
    pub(super) srgb: [u16; 3],
    /// OKLab in units of 1/16384.
    pub(super) lab: [i32; 3],
}

impl Sample {
    pub(super) fn new(srgb: [u16; 3], n: u64) -> Self {
        let lab = oklab::of_srgb(srgb).map(|axis| libm::round(axis * ONE) as i32);
        Self { n, srgb, lab }
    }

    pub(super) fn rgb(&self) -> [u8; 3] {
        self.srgb.map(narrow)
    }
}

/// The nearest 8-bit sRGB of OKLab in units of 1/16384.
pub(super) fn rgb(lab: [i32; 3]) -> [u8; 3] {
    oklab::to_srgb(lab.map(|axis| f64::from(axis) / ONE))
}

/// OKLab in the units of the crate's own floats.
pub(super) fn floats(lab: [i32; 3]) -> [f32; 3] {
    lab.map(|axis| axis as f32 / ONE as f32)
}

/// OKLab from the units of the crate's own floats.
pub(super) fn integers(lab: [f32; 3]) -> [i32; 3] {
    lab.map(|axis| libm::roundf(axis * ONE as f32) as i32)
}

/// `sum / n`, to the nearest.
pub(super) fn mean(sum: u64, n: u64) -> u16 {
    ((sum + n / 2) / n) as u16
}

/// The mean color of samples, 8-bit sRGB.
pub(super) fn mean_rgb(samples: &[Sample]) -> [u8; 3] {
    let n: u64 = samples.iter().map(|sample| sample.n).sum();
    std::array::from_fn(|channel| {
        let sum: u128 = samples
            .iter()
            .map(|sample| u128::from(sample.srgb[channel]) * u128::from(sample.n))
            .sum();
        narrow((sum / u128::from(n.max(1))) as u16)
    })
}
