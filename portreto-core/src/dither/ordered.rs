//! Ordered dither: each pixel against the threshold at its place, no memory of others.
//!
//! Where every channel has its own ladder of values, a value that lies the fraction `f` of the way from one rung to
//! the next goes up when `f`, rounded down to 1/65536, is above the threshold: black and white stay, and flat
//! grays keep their tone. With a palette of colors the value is moved by the threshold, at most by half the
//! palette's mean spacing either way, and becomes the nearest color. Without a map every value just becomes the nearest
//! color.

use super::{
    bayer::ThresholdMap,
    quantize::{HOLE, Quantize},
    source::Source,
};

/// Dithers `source` and hands each row of codes to `sink`, from top to bottom.
pub(crate) fn threshold<const C: usize>(
    source: &Source<'_>,
    quantizer: &mut impl Quantize<C>,
    map: Option<&ThresholdMap>,
    sink: &mut dyn FnMut(&[u32]),
) {
    let width = source.width();
    let mut values = vec![[0; C]; width];
    let mut opaque = vec![true; width];
    let mut codes = vec![0; width];
    for y in 0..source.height() {
        source.row(y, &mut values);
        source.opaque_row(y, &mut opaque);
        if let Some(map) = map {
            for ((code, value), threshold) in
                codes.iter_mut().zip(&values).zip(map.row(y).iter().cycle())
            {
                *code = quantizer.ordered(*value, *threshold);
            }
        } else {
            for (code, value) in codes.iter_mut().zip(&values) {
                *code = quantizer.nearest(*value).0;
            }
        }
        for (code, opaque) in codes.iter_mut().zip(&opaque) {
            *code = if *opaque { *code } else { HOLE };
        }
        sink(&codes);
    }
}
