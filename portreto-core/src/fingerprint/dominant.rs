//! The color of which there is most.

use image::RgbaImage;

use crate::transform::Color;

/// Cells of the color cube along each side.
const CELLS: usize = 32;
/// Cells of a neighborhood along each side.
const REACH: usize = 2;

/// The mean of the most populous neighborhood of colors, pixels counted by their alpha; none when there is none.
///
/// As sharp's `dominant`, which counts in a cube of 16 cells a side; but neighborhoods overlap by half, so that a color is not
/// torn apart by the edge of a cell, and the mean is a color of the picture and not the middle of a cell.
pub(super) fn color(picture: &RgbaImage) -> Option<Color> {
    // Sums of red, green and blue times alpha, and of alpha.
    let mut cells = vec![[0_u64; 4]; CELLS * CELLS * CELLS];
    for pixel in picture.pixels() {
        let [r, g, b, a] = pixel.0;
        let cell = [r, g, b]
            .iter()
            .fold(0, |cell, &value| cell * CELLS + usize::from(value) * CELLS / 256);
        let alpha = u64::from(a);
        let values = [u64::from(r) * alpha, u64::from(g) * alpha, u64::from(b) * alpha, alpha];
        for (sum, value) in cells[cell].iter_mut().zip(values) {
            *sum += value;
        }
    }
    // Of those with the same number the darkest counts: the first.
    let mut most = [0; 4];
    let starts = CELLS - REACH + 1;
    for start in 0..starts.pow(3) {
        let (r, g, b) = (start / starts / starts, start / starts % starts, start % starts);
        let mut sums = [0; 4];
        for near in 0..REACH.pow(3) {
            let (r, g, b) = (r + near / 4, g + near / 2 % 2, b + near % 2);
            for (sum, value) in sums.iter_mut().zip(cells[(r * CELLS + g) * CELLS + b]) {
                *sum += value;
            }
        }
        if sums[3] > most[3] {
            most = sums;
        }
    }
    let [r, g, b, alpha] = most;
    let mean = |sum: u64| ((2 * sum + alpha) / (2 * alpha)) as u8;
    (alpha > 0).then(|| Color::opaque(mean(r), mean(g), mean(b)))
}
