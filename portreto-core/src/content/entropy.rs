//! Where the tones are most varied.
//!
//! As libvips' `entropy` does it (`vips_smartcrop`): slices are cut off, each time the one of two opposite ones whose
//! histogram has less entropy (Shannon 1948), until what is left has the right size.

use super::Miniature;

/// In how many cuts the whole excess goes.
const N_CUTS: u32 = 8;

/// Left and top of the best `kept` pixels.
pub(super) fn choose(miniature: &Miniature, kept: (u32, u32)) -> (u32, u32) {
    let (mut width, mut height) = miniature.0.dimensions();
    let (mut left, mut top) = (0, 0);
    let slice = ((width - kept.0).div_ceil(N_CUTS), (height - kept.1).div_ceil(N_CUTS));
    while width > kept.0 || height > kept.1 {
        let cut = slice.0.min(width - kept.0);
        if cut > 0 {
            let first = entropy(miniature, (left, top), (cut, height));
            let last = entropy(miniature, (left + width - cut, top), (cut, height));
            left += if first < last { cut } else { 0 };
            width -= cut;
        }
        let cut = slice.1.min(height - kept.1);
        if cut > 0 {
            let first = entropy(miniature, (left, top), (width, cut));
            let last = entropy(miniature, (left, top + height - cut), (width, cut));
            top += if first < last { cut } else { 0 };
            height -= cut;
        }
    }
    (left, top)
}

/// Bits a pixel of a box of the picture. Sums in one order, of logarithms that are the same everywhere.
fn entropy(miniature: &Miniature, at: (u32, u32), size: (u32, u32)) -> f64 {
    let mut histogram = [0_u32; 256];
    for y in at.1..at.1 + size.1 {
        for x in at.0..at.0 + size.0 {
            histogram[miniature.luma(x as i32, y as i32) as usize] += 1;
        }
    }
    let n_pixels = f64::from(size.0) * f64::from(size.1);
    let mut bits = 0.0;
    for count in histogram.into_iter().filter(|&count| count > 0) {
        let share = f64::from(count) / n_pixels;
        bits -= share * libm::log2(share);
    }
    bits
}
