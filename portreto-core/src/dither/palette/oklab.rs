//! OKLab (Björn Ottosson, "A perceptual color space for image processing", 2020,
//! bottosson.github.io/posts/oklab, with the matrices of 2021-01-25).
//!
//! Computed with `libm` and in a stated order, so that every machine has the same bits.

use crate::light::{linear_of_srgb, narrow, srgb_of_linear};

/// Lightness 0 to 1, green to red, blue to yellow.
pub(super) type Oklab = [f64; 3];

/// OKLab of linear light, 0 to 1.
pub(super) fn of_linear([red, green, blue]: [f64; 3]) -> Oklab {
    let long = libm::cbrt(0.412_221_470_8 * red + 0.536_332_536_3 * green + 0.051_445_992_9 * blue);
    let medium =
        libm::cbrt(0.211_903_498_2 * red + 0.680_699_545_1 * green + 0.107_396_956_6 * blue);
    let short =
        libm::cbrt(0.088_302_461_9 * red + 0.281_718_837_6 * green + 0.629_978_700_5 * blue);
    [
        0.210_454_255_3 * long + 0.793_617_785_0 * medium - 0.004_072_046_8 * short,
        1.977_998_495_1 * long - 2.428_592_205_0 * medium + 0.450_593_709_9 * short,
        0.025_904_037_1 * long + 0.782_771_766_2 * medium - 0.808_675_766_0 * short,
    ]
}

/// OKLab of 16-bit sRGB.
pub(super) fn of_srgb(color: [u16; 3]) -> Oklab {
    of_linear(color.map(|sample| f64::from(linear_of_srgb()[sample as usize]) / 65535.0))
}

/// The nearest 8-bit sRGB; what sRGB cannot show is clipped in each channel.
pub(super) fn to_srgb([lightness, a, b]: Oklab) -> [u8; 3] {
    let cube = |root: f64| root * root * root;
    let long = cube(lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b);
    let medium = cube(lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b);
    let short = cube(lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b);
    let light = [
        4.076_741_662_1 * long - 3.307_711_591_3 * medium + 0.230_969_929_2 * short,
        -1.268_438_004_6 * long + 2.609_757_401_1 * medium - 0.341_319_396_5 * short,
        -0.004_196_086_3 * long - 0.703_418_614_7 * medium + 1.707_614_701_0 * short,
    ];
    light.map(|light| {
        let light = libm::round(light.clamp(0.0, 1.0) * 65535.0) as usize;
        narrow(srgb_of_linear()[light])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::light::widen;

    #[test]
    fn published_pairs() {
        // "Table of example XYZ and Oklab pairs", XYZ of D65 white and of sRGB's primaries.
        for (color, expected) in [
            ([255, 255, 255], [1.0, 0.0, 0.0]),
            ([255, 0, 0], [0.628, 0.225, 0.126]),
            ([0, 255, 0], [0.866, -0.234, 0.179]),
            ([0, 0, 255], [0.452, -0.032, -0.312]),
        ] {
            let found = of_srgb(color.map(widen));
            for axis in 0..3 {
                assert!((found[axis] - expected[axis]).abs() < 6e-4, "{color:?}: {found:?}");
            }
        }
    }

    #[test]
    fn colors_come_back() {
        for red in (0..=255_u8).step_by(15) {
            for green in (0..=255).step_by(17) {
                for blue in (0..=255).step_by(51) {
                    let color = [red, green, blue];
                    assert_eq!(to_srgb(of_srgb(color.map(widen))), color);
                }
            }
        }
    }
}
