//! Where people look.
//!
//! What draws the eye is scored as by Wagner, "smartcrop.js" (2014, github.com/jwagner/smartcrop.js): detail by the Laplacian
//! of luma, skin by its direction in RGB, and strong color, with his weights. The window is the one whose score, weighed by a
//! tent toward its middle, is the highest: libvips' `attention` blurs the same three for the same purpose.

use super::Miniature;

/// How much detail, skin and strong color count, tenths.
const DETAIL: i64 = 2;
const SKIN: i64 = 18;
const SATURATION: i64 = 3;

/// Left and top of the best `kept` pixels.
pub(super) fn choose(miniature: &Miniature, kept: (u32, u32)) -> (u32, u32) {
    let (width, height) = miniature.0.dimensions();
    let score: Vec<i64> = (0..height as i32)
        .flat_map(|y| (0..width as i32).map(move |x| (x, y)))
        .map(|(x, y)| score(miniature, x, y))
        .collect();
    let (columns, rows) = ((width - kept.0 + 1) as usize, (height - kept.1 + 1) as usize);
    let across: Vec<i64> = score
        .chunks_exact(width as usize)
        .flat_map(|row| row.windows(kept.0 as usize).map(|window| tent(window.iter().copied())))
        .collect();
    let mut best = (i64::MIN, i64::MIN);
    let mut at = (0, 0);
    for top in 0..rows {
        for left in 0..columns {
            let below = across.iter().skip(top * columns + left).step_by(columns);
            let sum = tent(below.take(kept.1 as usize).copied());
            // Of equals, the one nearest to the middle.
            let off = |at: usize, n: usize| (2 * at as i64 - (n as i64 - 1)).pow(2);
            let merit = (sum, -(off(left, columns) + off(top, rows)));
            if merit > best {
                (best, at) = (merit, (left as u32, top as u32));
            }
        }
    }
    at
}

/// The sum of `values`, those in the middle counting most.
fn tent(values: impl ExactSizeIterator<Item = i64>) -> i64 {
    let n = values.len();
    values.enumerate().map(|(at, value)| value * (at + 1).min(n - at) as i64).sum()
}

fn score(miniature: &Miniature, x: i32, y: i32) -> i64 {
    let luma = |x, y| miniature.luma(x, y);
    let here = luma(x, y);
    let around = luma(x - 1, y) + luma(x + 1, y) + luma(x, y - 1) + luma(x, y + 1);
    let detail = (4 * here - around).abs().min(255);
    let color = miniature.color(x, y);
    DETAIL * i64::from(detail)
        + SKIN * i64::from(skin(color, here))
        + SATURATION * i64::from(saturation(color))
}

/// How much a color is like skin, 0 to 255: all human skin lies near one direction in RGB, lighter or darker.
fn skin(color: [i32; 3], luma: i32) -> i32 {
    // smartcrop.js, `skinColor`, in thousandths.
    const DIRECTION: [i32; 3] = [780, 570, 440];
    let length = color.iter().map(|sample| sample * sample).sum::<i32>().isqrt();
    if luma < 51 || length == 0 {
        return 0;
    }
    let apart = color
        .iter()
        .zip(DIRECTION)
        .map(|(sample, wanted)| (sample * 1000 / length - wanted).pow(2));
    let likeness = 1000 - apart.sum::<i32>().isqrt();
    ((likeness - 800) * 255 / 200).clamp(0, 255)
}

/// How strong a color is beyond the usual, 0 to 255: saturation of HSL above 0.4, where it is neither dark nor glaring.
fn saturation(color: [i32; 3]) -> i32 {
    let most = color.into_iter().max().unwrap_or(0);
    let least = color.into_iter().min().unwrap_or(0);
    let twice_lightness = most + least;
    let room = if twice_lightness > 255 { 510 - twice_lightness } else { twice_lightness };
    // Lightness from 0.05 to 0.9.
    if room == 0 || !(26..=459).contains(&twice_lightness) {
        return 0;
    }
    let saturation = (most - least) * 1000 / room;
    ((saturation - 400) * 255 / 600).clamp(0, 255)
}
