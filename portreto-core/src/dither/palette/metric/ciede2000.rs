//! CIEDE2000 (Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula: implementation notes, supplementary test
//! data, and mathematical observations", Color Research and Application 30, 2005, DOI 10.1002/col.20070).
//!
//! Computed with `libm` and in a stated order, so that every machine has the same bits.

use std::f64::consts::PI;

/// CIE L*a*b*.
pub(super) type Lab = [f64; 3];

/// L*a*b* under D65 of linear light in sRGB's primaries (IEC 61966-2-1:1999; CIE 15:2004, 8.2.1).
pub(super) fn lab([red, green, blue]: [f64; 3]) -> Lab {
    let x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505;
    let y = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    let z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089;
    let [x, y, z] = [x, y, z].map(|ratio| {
        if ratio > 216.0 / 24389.0 {
            libm::cbrt(ratio)
        } else {
            (24389.0 / 27.0 * ratio + 16.0) / 116.0
        }
    });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// The difference of two colors, with all three weighting factors 1. The steps are numbered as in the paper.
pub(super) fn difference([l1, a1, b1]: Lab, [l2, a2, b2]: Lab) -> f64 {
    // 1: (2) to (7).
    let mean_c_7 = power_7(f64::midpoint(hypotenuse(a1, b1), hypotenuse(a2, b2)));
    let g = 0.5 * (1.0 - libm::sqrt(mean_c_7 / (mean_c_7 + POWER_25_7)));
    let (a1, a2) = ((1.0 + g) * a1, (1.0 + g) * a2);
    let (c1, c2) = (hypotenuse(a1, b1), hypotenuse(a2, b2));
    let (h1, h2) = (hue(a1, b1), hue(a2, b2));

    // 2: (8) to (11), angles in radians.
    let is_gray = c1 * c2 == 0.0;
    let turned = h2 - h1;
    let delta_h = if is_gray {
        0.0
    } else if turned > PI {
        turned - 2.0 * PI
    } else if turned < -PI {
        turned + 2.0 * PI
    } else {
        turned
    };
    let delta_big_h = 2.0 * libm::sqrt(c1 * c2) * libm::sin(delta_h / 2.0);

    // 3: (12) to (21).
    let mean_l = f64::midpoint(l1, l2);
    let mean_c = f64::midpoint(c1, c2);
    let sum = h1 + h2;
    let mean_h = if is_gray {
        sum
    } else if turned.abs() <= PI {
        sum / 2.0
    } else if sum < 2.0 * PI {
        sum / 2.0 + PI
    } else {
        sum / 2.0 - PI
    };
    let t = 1.0 - 0.17 * libm::cos(mean_h - degrees(30.0))
        + 0.24 * libm::cos(2.0 * mean_h)
        + 0.32 * libm::cos(3.0 * mean_h + degrees(6.0))
        - 0.20 * libm::cos(4.0 * mean_h - degrees(63.0));
    let from_blue = (mean_h - degrees(275.0)) / degrees(25.0);
    let delta_theta = degrees(30.0) * libm::exp(-(from_blue * from_blue));
    let mean_c_7 = power_7(mean_c);
    let r_c = 2.0 * libm::sqrt(mean_c_7 / (mean_c_7 + POWER_25_7));
    let from_middle = (mean_l - 50.0) * (mean_l - 50.0);
    let s_l = 1.0 + 0.015 * from_middle / libm::sqrt(20.0 + from_middle);
    let s_c = 1.0 + 0.045 * mean_c;
    let s_h = 1.0 + 0.015 * mean_c * t;
    let r_t = -libm::sin(2.0 * delta_theta) * r_c;

    // (22).
    let lightness = (l2 - l1) / s_l;
    let chroma = (c2 - c1) / s_c;
    let hue = delta_big_h / s_h;
    libm::sqrt(lightness * lightness + chroma * chroma + hue * hue + r_t * chroma * hue)
}

const POWER_25_7: f64 = 6_103_515_625.0;

fn power_7(x: f64) -> f64 {
    let cube = x * x * x;
    cube * cube * x
}

fn hypotenuse(a: f64, b: f64) -> f64 {
    libm::sqrt(a * a + b * b)
}

/// From 0 to a whole turn.
fn hue(a: f64, b: f64) -> f64 {
    let angle = libm::atan2(b, a);
    if a == 0.0 && b == 0.0 {
        0.0
    } else if angle < 0.0 {
        angle + 2.0 * PI
    } else {
        angle
    }
}

fn degrees(angle: f64) -> f64 {
    angle / 180.0 * PI
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Table 1 of the paper.
    const PAIRS: [(Lab, Lab, f64); 34] = [
        ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
        ([50.0, 3.1571, -77.2803], [50.0, 0.0, -82.7485], 2.8615),
        ([50.0, 2.8361, -74.0200], [50.0, 0.0, -82.7485], 3.4412),
        ([50.0, -1.3802, -84.2814], [50.0, 0.0, -82.7485], 1.0000),
        ([50.0, -1.1848, -84.8006], [50.0, 0.0, -82.7485], 1.0000),
        ([50.0, -0.9009, -85.5211], [50.0, 0.0, -82.7485], 1.0000),
        ([50.0, 0.0, 0.0], [50.0, -1.0, 2.0], 2.3669),
        ([50.0, -1.0, 2.0], [50.0, 0.0, 0.0], 2.3669),
        ([50.0, 2.4900, -0.0010], [50.0, -2.4900, 0.0009], 7.1792),
        ([50.0, 2.4900, -0.0010], [50.0, -2.4900, 0.0010], 7.1792),
        ([50.0, 2.4900, -0.0010], [50.0, -2.4900, 0.0011], 7.2195),
        ([50.0, 2.4900, -0.0010], [50.0, -2.4900, 0.0012], 7.2195),
        ([50.0, -0.0010, 2.4900], [50.0, 0.0009, -2.4900], 4.8045),
        ([50.0, -0.0010, 2.4900], [50.0, 0.0010, -2.4900], 4.8045),
        ([50.0, -0.0010, 2.4900], [50.0, 0.0011, -2.4900], 4.7461),
        ([50.0, 2.5000, 0.0], [50.0, 0.0, -2.5000], 4.3065),
        ([50.0, 2.5000, 0.0], [73.0, 25.0, -18.0], 27.1492),
        ([50.0, 2.5000, 0.0], [61.0, -5.0, 29.0], 22.8977),
        ([50.0, 2.5000, 0.0], [56.0, -27.0, -3.0], 31.9030),
        ([50.0, 2.5000, 0.0], [58.0, 24.0, 15.0], 19.4535),
        ([50.0, 2.5000, 0.0], [50.0, 3.1736, 0.5854], 1.0000),
        ([50.0, 2.5000, 0.0], [50.0, 3.2972, 0.0], 1.0000),
        ([50.0, 2.5000, 0.0], [50.0, 1.8634, 0.5757], 1.0000),
        ([50.0, 2.5000, 0.0], [50.0, 3.2592, 0.3350], 1.0000),
        ([60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644),
        ([63.0109, -31.0961, -5.8663], [62.8187, -29.7946, -4.0864], 1.2630),
        ([61.2901, 3.7196, -5.3901], [61.4292, 2.2480, -4.9620], 1.8731),
        ([35.0831, -44.1164, 3.7933], [35.0232, -40.0716, 1.5901], 1.8645),
        ([22.7233, 20.0904, -46.6940], [23.0331, 14.9730, -42.5619], 2.0373),
        ([36.4612, 47.8580, 18.3852], [36.2715, 50.5065, 21.2231], 1.4146),
        ([90.8027, -2.0831, 1.4410], [91.1528, -1.6435, 0.0447], 1.4441),
        ([90.9257, -0.5406, -0.9208], [88.6381, -0.8985, -0.7239], 1.5381),
        ([6.7747, -0.2908, -2.4247], [5.8714, -0.0985, -2.2286], 0.6377),
        ([2.0776, 0.0795, -1.1350], [0.9033, -0.0636, -0.5514], 0.9082),
    ];

    #[test]
    fn agrees_with_every_pair_of_the_paper() {
        for (index, (one, other, expected)) in PAIRS.into_iter().enumerate() {
            for found in [difference(one, other), difference(other, one)] {
                assert!((found - expected).abs() < 5.1e-5, "pair {}: {found}", index + 1);
            }
        }
    }

    #[test]
    fn white_and_black_are_the_ends_of_lightness() {
        let [white, black] = [lab([1.0; 3]), lab([0.0; 3])];
        for (found, expected) in [(white, 100.0), (black, 0.0)] {
            assert!((found[0] - expected).abs() < 1e-9 && found[1].abs() < 0.05, "{found:?}");
        }
        assert!((difference(white, black) - 100.0).abs() < 1e-9);
    }
}
