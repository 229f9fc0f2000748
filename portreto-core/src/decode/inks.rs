//! Cyan, magenta, yellow and black to sRGB.

use image::{DynamicImage, RgbImage};

use super::{Inks, color};

/// By the embedded profile of the press; without a usable one by the plain formula that browsers use.
///
/// None when `inks` has not four samples for each pixel.
pub(super) fn to_srgb(inks: &Inks, profile: Option<&[u8]>) -> Option<DynamicImage> {
    let rgb = profile.and_then(|profile| color::inks_to_srgb(inks, profile));
    let rgb = rgb.unwrap_or_else(|| by_formula(&inks.samples));
    RgbImage::from_raw(inks.width, inks.height, rgb).map(DynamicImage::from)
}

/// YCCK to CMYK in place: the first three are the `YCbCr` of the colors' complements (Adobe Technical Note
/// 5116, 1992), converted by ITU-T T.871, section 7, in 16-bit fixed point; black stays.
pub(super) fn from_ycck(samples: &mut [u8]) {
    for [y, cb, cr, _] in samples.as_chunks_mut::<4>().0 {
        let (luma, blue, red) = (i32::from(*y) << 16, i32::from(*cb) - 128, i32::from(*cr) - 128);
        let complement = |value: i32| 255 - ((value + (1 << 15)) >> 16).clamp(0, 255) as u8;
        *y = complement(luma + 91_881 * red);
        *cb = complement(luma - 22_554 * blue - 46_802 * red);
        *cr = complement(luma + 116_130 * blue);
    }
}

/// (255 - ink)(255 - black) / 255, rounded to the nearest.
fn by_formula(samples: &[u8]) -> Vec<u8> {
    let pixel = |&[c, m, y, k]: &[u8; 4]| {
        [c, m, y].map(|ink| {
            let product = u32::from(255 - ink) * u32::from(255 - k);
            ((product + 127) / 255) as u8
        })
    };
    samples.as_chunks::<4>().0.iter().flat_map(pixel).collect()
}
