//! `ThumbHash`, after the reference implementation (E. Wallace, <https://github.com/evanw/thumbhash>, 2023, MIT).
//!
//! The crate of that name computes in single precision with the platform's cosine, which is not the same everywhere.

use image::RgbaImage;

use super::cosines;

/// The hash of a picture of at most 100 × 100 pixels: 5 to 25 bytes.
pub(super) fn bytes(picture: &RgbaImage) -> Vec<u8> {
    let (width, height) = picture.dimensions();
    let n_pixels = f64::from(width) * f64::from(height);
    let average = average(picture);
    let has_alpha = average[3] < n_pixels;
    let [l, p, q, a] = channels(picture, average);

    let most = if has_alpha { 5.0 } else { 7.0 };
    let longer = f64::from(width.max(height));
    let n_along = |side: u32| libm::round(most * f64::from(side) / longer).max(1.0) as u32;
    let (lx, ly) = (n_along(width), n_along(height));
    let size = (width, height);
    let l = Channel::new(&l, size, (lx.max(3), ly.max(3)));
    let [p, q] = [p, q].map(|samples| Channel::new(&samples, size, (3, 3)));
    let a = has_alpha.then(|| Channel::new(&a, size, (5, 5)));

    let is_landscape = width > height;
    let header = rounded(63.0 * l.mean)
        | rounded(31.5 + 31.5 * p.mean) << 6
        | rounded(31.5 + 31.5 * q.mean) << 12
        | rounded(31.0 * l.scale) << 18
        | u32::from(has_alpha) << 23;
    let shape = (if is_landscape { ly } else { lx })
        | rounded(63.0 * p.scale) << 3
        | rounded(63.0 * q.scale) << 9
        | u32::from(is_landscape) << 15;
    let mut bytes = header.to_le_bytes()[..3].to_vec();
    bytes.extend(&shape.to_le_bytes()[..2]);
    if let Some(a) = &a {
        bytes.push((rounded(15.0 * a.mean) | rounded(15.0 * a.scale) << 4) as u8);
    }
    let channels = [Some(&l), Some(&p), Some(&q), a.as_ref()];
    let waves: Vec<_> = channels.into_iter().flatten().flat_map(|channel| &channel.waves).collect();
    // Two in a byte, the first in its low half.
    bytes.extend(waves.chunks(2).map(|pair| {
        pair.iter().rev().fold(0, |byte, wave| byte << 4 | rounded(15.0 * **wave) as u8)
    }));
    bytes
}

/// Base64 (RFC 4648, section 4).
pub(super) fn text(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = (0..3)
            .fold(0_usize, |bits, at| bits << 8 | usize::from(three.get(at).copied().unwrap_or(0)));
        for sign in 0..4 {
            let is_there = sign <= three.len();
            let index = bits >> (18 - 6 * sign) & 63;
            text.push(if is_there { SIGNS[index].into() } else { '=' });
        }
    }
    text
}

/// Red, green and blue, 0 to 1, of what can be seen; and the sum of alpha.
fn average(picture: &RgbaImage) -> [f64; 4] {
    let mut sums = [0.0; 4];
    for pixel in picture.pixels() {
        let [r, g, b, a] = pixel.0.map(|sample| f64::from(sample) / 255.0);
        for (sum, value) in sums.iter_mut().zip([r * a, g * a, b * a, a]) {
            *sum += value;
        }
    }
    let [r, g, b, a] = sums;
    if a > 0.0 { [r / a, g / a, b / a, a] } else { sums }
}

/// Luminance, yellow against blue, red against green, alpha; on the average color where it can be seen through.
fn channels(picture: &RgbaImage, average: [f64; 4]) -> [Vec<f64>; 4] {
    let mut channels = [(); 4].map(|()| Vec::with_capacity(picture.len() / 4));
    for pixel in picture.pixels() {
        let [r, g, b, alpha] = pixel.0.map(|sample| f64::from(sample) / 255.0);
        let on = |value: f64, average: f64| average * (1.0 - alpha) + alpha * value;
        let (r, g, b) = (on(r, average[0]), on(g, average[1]), on(b, average[2]));
        let values = [(r + g + b) / 3.0, r.midpoint(g) - b, r - g, alpha];
        for (channel, value) in channels.iter_mut().zip(values) {
            channel.push(value);
        }
    }
    channels
}

/// A channel by its lowest frequencies.
struct Channel {
    mean: f64,
    /// The largest amplitude.
    scale: f64,
    /// The others, 0 to 1, where 0.5 is nothing.
    waves: Vec<f64>,
}

impl Channel {
    fn new(samples: &[f64], (width, height): (u32, u32), (nx, ny): (u32, u32)) -> Self {
        let rows = samples.chunks_exact(width as usize);
        // Each row by its frequencies first: the sums of a row are needed for every frequency down.
        let across: Vec<Vec<f64>> = (0..nx)
            .map(|cx| {
                let cosines = cosines(width, cx, 0.5);
                let sum = |row: &[f64]| row.iter().zip(&cosines).map(|(a, b)| a * b).sum();
                rows.clone().map(sum).collect()
            })
            .collect();
        let n_pixels = f64::from(width) * f64::from(height);
        let mut amplitudes = Vec::new();
        for cy in 0..ny {
            let cosines = cosines(height, cy, 0.5);
            for cx in (0..nx).take_while(|cx| cx * ny < nx * (ny - cy)) {
                let column = &across[cx as usize];
                let sum: f64 = column.iter().zip(&cosines).map(|(a, b)| a * b).sum();
                amplitudes.push(sum / n_pixels);
            }
        }
        let mean = amplitudes.remove(0);
        let scale = amplitudes.iter().fold(0.0, |scale: f64, wave| scale.max(wave.abs()));
        let relative = |wave: f64| if scale > 0.0 { 0.5 + 0.5 / scale * wave } else { wave };
        Self { mean, scale, waves: amplitudes.into_iter().map(relative).collect() }
    }
}

fn rounded(value: f64) -> u32 {
    libm::round(value) as u32
}
