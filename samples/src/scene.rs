//! The drawings: a landscape that is also a test chart, and a disc with a soft edge.

use image::{GrayImage, Luma, Rgb, RgbImage, Rgba, RgbaImage};

type Color = [f64; 3];

const ZENITH: Color = [38.0, 84.0, 168.0];
const HORIZON: Color = [250.0, 205.0, 160.0];
const SUN: Color = [255.0, 244.0, 214.0];
/// Nearest hill last: height of the crest, roughness, seed, color of the crest, color at the foot.
const HILLS: [(f64, f64, u32, Color, Color); 3] = [
    (0.48, 0.24, 11, [138.0, 142.0, 176.0], [172.0, 160.0, 178.0]),
    (0.58, 0.18, 23, [72.0, 108.0, 112.0], [110.0, 132.0, 118.0]),
    (0.70, 0.14, 41, [30.0, 68.0, 40.0], [74.0, 104.0, 44.0]),
];
/// Three rows of six: skin to foliage, the additive and subtractive primaries, and muted tones.
const PATCHES: [[[u8; 3]; 6]; 3] = [
    [
        [115, 82, 68],
        [194, 150, 130],
        [98, 122, 157],
        [87, 108, 67],
        [133, 128, 177],
        [103, 189, 170],
    ],
    [[255, 0, 0], [0, 255, 0], [0, 0, 255], [0, 255, 255], [255, 0, 255], [255, 255, 0]],
    [[214, 126, 44], [80, 91, 166], [193, 90, 99], [94, 60, 108], [157, 188, 64], [224, 163, 46]],
];

/// A landscape with a sun to the upper right, color patches to the lower left, fine lines to the lower
/// right and a gray ramp along the bottom.
///
/// No turn or reflection of it looks like another, it has smooth gradients for dithering, saturated
/// colors for color conversion and thin lines for resampling.
#[must_use]
pub fn chart(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let u = (f64::from(x) + 0.5) / f64::from(width);
        let v = (f64::from(y) + 0.5) / f64::from(height);
        let color = if v > 0.9 {
            ramp(u, v)
        } else if let Some(patch) = patch(u, v) {
            patch
        } else if (0.70..0.96).contains(&u) && (0.72..0.86).contains(&v) {
            lines(u, x, y)
        } else {
            let aspect = f64::from(width) / f64::from(height);
            let grain = f64::from(hash(x, y, 5) % 7) - 3.0;
            landscape(u, v, aspect).map(|sample| sample + grain)
        };
        Rgb(color.map(round))
    })
}

/// A disc in all hues, opaque in its middle and fading to nothing at its edge: straight alpha, and
/// transparent pixels whose hidden color is a loud magenta that must never bleed in.
#[must_use]
pub fn soft_disc(width: u32, height: u32) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, y| {
        let u = (f64::from(x) + 0.5) / f64::from(width) * 2.0 - 1.0;
        let v = (f64::from(y) + 0.5) / f64::from(height) * 2.0 - 1.0;
        let alpha = 1.0 - smooth((u * u + v * v).sqrt(), 0.45, 0.95);
        let alpha = round(alpha * 255.0);
        if alpha == 0 {
            return Rgba([255, 0, 255, 0]);
        }
        let (warm, cool) = (f64::midpoint(u, 1.0), f64::midpoint(v, 1.0));
        let [r, g, b] = [255.0 * warm, 230.0 * (1.0 - cool), 60.0 + 180.0 * cool].map(round);
        Rgba([r, g, b, alpha])
    })
}

/// `picture` in black and white by Bayer's 8 × 8 matrix: 0 and 255 only.
#[must_use]
pub fn checked_by_bayer(picture: &GrayImage) -> GrayImage {
    GrayImage::from_fn(picture.width(), picture.height(), |x, y| {
        // B. E. Bayer, "An optimum method for two-level rendition of continuous-tone pictures", 1973:
        // the rank is the bit-reversed interleaving of x XOR y and y.
        let (mut rank, cross) = (0, x ^ y);
        for bit in 0..3 {
            rank = rank << 2 | (cross >> bit & 1) << 1 | (y >> bit & 1);
        }
        let white = u32::from(picture.get_pixel(x, y)[0]) * 64 > rank * 255 + 127;
        Luma([if white { 255 } else { 0 }])
    })
}

/// Palette and indices of `picture` with `levels` (2 to 6) steps in each channel.
#[must_use]
pub fn posterized(picture: &RgbImage, levels: u8) -> (Vec<[u8; 3]>, Vec<u8>) {
    let steps = u16::from(levels) - 1;
    let value = |step: u8| (u16::from(step) * 255 / steps) as u8;
    let mut palette = Vec::new();
    for r in 0..levels {
        for g in 0..levels {
            palette.extend((0..levels).map(|b| [value(r), value(g), value(b)]));
        }
    }
    let index = |pixel: &Rgb<u8>| {
        let [r, g, b] = pixel.0.map(|sample| ((u16::from(sample) * steps + 127) / 255) as u8);
        (r * levels + g) * levels + b
    };
    (palette, picture.pixels().map(index).collect())
}

fn landscape(u: f64, v: f64, aspect: f64) -> Color {
    let mut color = mix(ZENITH, HORIZON, smooth(v, 0.0, 0.6));
    let (dx, dy) = ((u - 0.74) * aspect, v - 0.22);
    let from_sun = (dx * dx + dy * dy).sqrt();
    color = mix(color, SUN, 0.7 / (1.0 + 40.0 * from_sun * from_sun));
    color = mix(SUN, color, smooth(from_sun, 0.065, 0.075));
    for (crest, roughness, seed, top, foot) in HILLS {
        let line = crest + roughness * (terrain(u * aspect, seed) - 0.5);
        if v > line {
            color = mix(top, foot, smooth(v, line, 0.9));
        }
    }
    color
}

/// A wedge without steps above eleven steps.
fn ramp(u: f64, v: f64) -> Color {
    let gray = if v < 0.95 { u * 255.0 } else { (u * 11.0).floor() * 25.5 };
    [gray; 3]
}

fn patch(u: f64, v: f64) -> Option<Color> {
    let (column, row) = ((u - 0.05) / 0.30 * 6.0, (v - 0.66) / 0.21 * 3.0);
    if !(0.0..6.0).contains(&column) || !(0.0..3.0).contains(&row) {
        return None;
    }
    Some(PATCHES[row as usize][column as usize].map(f64::from))
}

/// Black and white lines one to four pixels wide, upright at the left and flat at the right.
fn lines(u: f64, x: u32, y: u32) -> Color {
    let field = ((u - 0.70) / 0.26 * 8.0) as u32;
    let thickness = field % 4 + 1;
    let along = if field < 4 { x } else { y };
    [if (along / thickness).is_multiple_of(2) { 16.0 } else { 240.0 }; 3]
}

/// Value noise in four octaves, 0 to 1.
fn terrain(at: f64, seed: u32) -> f64 {
    let (mut sum, mut weight, mut frequency) = (0.0, 0.5, 3.0);
    for octave in 0..4 {
        let place = at * frequency;
        let cell = place.floor();
        let knot = |i: u32| f64::from(hash(cell as u32 + i, octave, seed) % 1024) / 1023.0;
        let t = smooth(place - cell, 0.0, 1.0);
        sum += weight * (knot(0) * (1.0 - t) + knot(1) * t);
        weight /= 2.0;
        frequency *= 2.0;
    }
    sum / 0.9375
}

/// Three integers well mixed: the finalizer of `MurmurHash3` (A. Appleby, 2011) over a linear combination.
fn hash(x: u32, y: u32, seed: u32) -> u32 {
    let mut h =
        x.wrapping_mul(0x9E37_79B1) ^ y.wrapping_mul(0x85EB_CA77) ^ seed.wrapping_mul(0xC2B2_AE3D);
    h = (h ^ h >> 16).wrapping_mul(0x85EB_CA6B);
    h = (h ^ h >> 13).wrapping_mul(0xC2B2_AE35);
    h ^ h >> 16
}

fn smooth(value: f64, from: f64, to: f64) -> f64 {
    let t = ((value - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

fn mix(a: Color, b: Color, t: f64) -> Color {
    [0, 1, 2].map(|i| a[i] + (b[i] - a[i]) * t)
}

fn round(sample: f64) -> u8 {
    (sample + 0.5).clamp(0.0, 255.0) as u8
}
