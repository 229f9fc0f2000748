//! Ordered dither: each pixel against the threshold at its place, no memory of others.
//!
//! Where every channel has its own ladder of values, a value that lies the fraction `f` of the way from one rung to
//! the next goes up when `f`, rounded down to 1/65536, is above the threshold: black and white stay, and flat
//! grays keep their tone. With a palette of colors the value is moved by the threshold, at most by half the
//! palette's mean spacing either way, and becomes the nearest color.

use super::{
    bayer::ThresholdMap,
    quantize::{HOLE, Quantize},
    source::Source,
};

/// Dithers `source` and hands each row of codes to `sink`, from top to bottom.
pub(crate) fn threshold<const C: usize>(
    source: &Source<'_>,
    quantizer: &mut impl Quantize<C>,
    map: &ThresholdMap,
    sink: &mut impl FnMut(&[u32]),
) {
    let width = source.width();
    let mut values = vec![[0; C]; width];
    let mut opaque = vec![true; width];
    let mut codes = vec![0; width];
    for y in 0..source.height() {
        source.row(y, &mut values);
        source.opaque_row(y, &mut opaque);
        let thresholds = map.row(y).iter().cycle();
        let pixels = values.iter().zip(&opaque).zip(thresholds);
        for (code, ((value, opaque), threshold)) in codes.iter_mut().zip(pixels) {
            *code = if *opaque { quantizer.ordered(*value, *threshold) } else { HOLE };
        }
        sink(&codes);
    }
}
