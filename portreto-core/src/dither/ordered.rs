//! Ordered dither: each pixel against the threshold at its place, no memory of others.
//!
//! Where every channel has its own ladder of values, a value that lies the fraction `f` of the way from one rung to
//! the next goes up when `f`, rounded down to 1/65536, is above the threshold: black and white stay, and flat
//! grays keep their tone. With a palette of colors the value is moved by the threshold, at most by half the
//! palette's mean spacing either way, and becomes the nearest color. All channels of a pixel have the same threshold.

use super::{
    noise::Noise,
    quantize::{HOLE, Quantize},
    scale::WHITE,
    source::Source,
    threshold_map::ThresholdMap,
};

/// Dithers `source` by a map and hands each row of codes to `sink`, from top to bottom.
pub(crate) fn by_map<const C: usize>(
    source: &Source<'_>,
    quantizer: &mut impl Quantize<C>,
    map: &ThresholdMap,
    sink: &mut dyn FnMut(&[u32]),
) {
    rows(source, sink, |y, values, codes| {
        let thresholds = map.row(y).iter().cycle();
        for ((code, value), threshold) in codes.iter_mut().zip(values).zip(thresholds) {
            *code = quantizer.ordered(*value, *threshold);
        }
    });
}

/// Dithers `source` by thresholds that are computed.
pub(crate) fn by_noise<const C: usize>(
    source: &Source<'_>,
    quantizer: &mut impl Quantize<C>,
    noise: Noise,
    sink: &mut dyn FnMut(&[u32]),
) {
    rows(source, sink, |y, values, codes| {
        for (x, (code, value)) in codes.iter_mut().zip(values).enumerate() {
            *code = quantizer.ordered(*value, noise.threshold(x, y));
        }
    });
}

/// Makes every value the nearest color.
pub(crate) fn nearest<const C: usize>(
    source: &Source<'_>,
    quantizer: &mut impl Quantize<C>,
    sink: &mut dyn FnMut(&[u32]),
) {
    rows(source, sink, |_, values, codes| {
        for (code, value) in codes.iter_mut().zip(values) {
            *code = quantizer.nearest(*value).0;
        }
    });
}

/// Makes values above that of `cuts` in its channel white and the others black, and these the nearest color.
pub(crate) fn cut<const C: usize>(
    source: &Source<'_>,
    quantizer: &mut impl Quantize<C>,
    cuts: [i32; C],
    sink: &mut dyn FnMut(&[u32]),
) {
    rows(source, sink, |_, values: &[[i32; C]], codes| {
        for (code, value) in codes.iter_mut().zip(values) {
            let side = |channel: usize| if value[channel] > cuts[channel] { WHITE } else { 0 };
            *code = quantizer.nearest(std::array::from_fn(side)).0;
        }
    });
}

fn rows<const C: usize>(
    source: &Source<'_>,
    sink: &mut dyn FnMut(&[u32]),
    mut dither: impl FnMut(usize, &[[i32; C]], &mut [u32]),
) {
    let width = source.width();
    let mut values = vec![[0; C]; width];
    let mut opaque = vec![true; width];
    let mut codes = vec![0; width];
    for y in 0..source.height() {
        source.row(y, &mut values);
        source.opaque_row(y, &mut opaque);
        dither(y, &values, &mut codes);
        for (code, opaque) in codes.iter_mut().zip(&opaque) {
            *code = if *opaque { *code } else { HOLE };
        }
        sink(&codes);
    }
}
