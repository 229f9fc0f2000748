//! Knuth's dot diffusion: errors flow from pixels of low class to those of high class.
//!
//! D. E. Knuth, "Digital halftones by dot diffusion", ACM Transactions on Graphics 6(4), 1987, pp. 245-273,
//! doi:10.1145/35039.35040.
//!
//! 1. Each pixel has a class of 0 to 63 by its place in [`CLASSES`], which is repeated over the picture. The pixels of
//!    class 0 are done first, then those of class 1, and so on.
//! 2. A pixel's value, its sample's value plus the errors it was given, becomes the nearest color. The error is the value
//!    minus the color's value, times the strength.
//! 3. The error goes to those of the eight neighbors inside the picture that have a higher class: two parts to one that
//!    shares a side, one part to one that shares a corner, divided by the sum of these parts, to the nearest (a half
//!    up); the last of them in reading order gets what is left. Where there is none, the error is lost.
//! 4. A value is clamped whenever it is given an error. A pixel that is not opaque gives nothing and drops what it was given.

use super::{
    quantize::{HOLE, Quantize},
    scale::{HIGHEST, LOWEST, fraction, part},
    source::Source,
};

/// Knuth's class matrix for two dots in 8 × 8 pixels.
#[rustfmt::skip]
pub(crate) const CLASSES: [[u8; 8]; 8] = [
    [34, 48, 40, 32, 29, 15, 23, 31],
    [42, 58, 56, 53, 21,  5,  7, 10],
    [50, 62, 61, 45, 13,  1,  2, 18],
    [38, 46, 54, 37, 25, 17,  9, 26],
    [28, 14, 22, 30, 35, 49, 41, 33],
    [20,  4,  6, 11, 43, 59, 57, 52],
    [12,  0,  3, 19, 51, 63, 60, 44],
    [24, 16,  8, 27, 39, 47, 55, 36],
];

/// The eight neighbors in reading order: columns, rows, parts.
pub(crate) const NEIGHBORS: [(isize, isize, i32); 8] =
    [(-1, -1, 1), (0, -1, 2), (1, -1, 1), (-1, 0, 2), (1, 0, 2), (-1, 1, 1), (0, 1, 2), (1, 1, 1)];

/// Dithers `source` and hands each row of codes to `sink`, from top to bottom, when all is done.
pub(crate) fn diffuse<const C: usize>(
    source: &Source<'_>,
    quantizer: &mut impl Quantize<C>,
    strength: u16,
    sink: &mut dyn FnMut(&[u32]),
) {
    let (width, height) = (source.width(), source.height());
    let strength = fraction(i32::from(strength), 1000);
    let (mut values, opaque) = source.whole::<C>();
    let mut codes = vec![HOLE; values.len()];
    for (top, left) in places() {
        let receivers = receivers(top, left);
        for y in (top..height).step_by(8) {
            for x in (left..width).step_by(8) {
                let at = y * width + x;
                if !opaque[at] {
                    continue;
                }
                let value = values[at].map(i32::from);
                let (code, color) = quantizer.nearest(value);
                codes[at] = code;
                let inside = |dx: isize, dy: isize| {
                    x.wrapping_add_signed(dx) < width && y.wrapping_add_signed(dy) < height
                };
                let receivers = receivers.iter().filter(|(dx, dy, _)| inside(*dx, *dy));
                let parts: i32 = receivers.clone().map(|(_, _, parts)| parts).sum();
                let n_receivers = receivers.clone().count();
                let errors: [i32; C] =
                    std::array::from_fn(|channel| part(value[channel] - color[channel], strength));
                let mut left = errors;
                for (index, &(dx, dy, own)) in receivers.enumerate() {
                    let to = y.wrapping_add_signed(dy) * width + x.wrapping_add_signed(dx);
                    let own = fraction(own, parts);
                    for channel in 0..C {
                        let last = index + 1 == n_receivers;
                        let share = if last { left[channel] } else { part(errors[channel], own) };
                        left[channel] -= share;
                        let value = i32::from(values[to][channel]) + share;
                        values[to][channel] = value.clamp(LOWEST, HIGHEST) as i16;
                    }
                }
            }
        }
    }
    codes.chunks_exact(width).for_each(sink);
}

/// The row and column of each class in the matrix, in the order of the classes.
fn places() -> [(usize, usize); 64] {
    let mut places = [(0, 0); 64];
    for (y, row) in CLASSES.iter().enumerate() {
        for (x, &class) in row.iter().enumerate() {
            places[usize::from(class)] = (y, x);
        }
    }
    places
}

/// Those neighbors of a place in the matrix that have a higher class.
fn receivers(top: usize, left: usize) -> Vec<(isize, isize, i32)> {
    let class = |dx: isize, dy: isize| {
        CLASSES[top.wrapping_add_signed(dy) % 8][left.wrapping_add_signed(dx) % 8]
    };
    NEIGHBORS.into_iter().filter(|&(dx, dy, _)| class(dx, dy) > class(0, 0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_occurs_once_and_two_are_barons() {
        let mut classes = CLASSES.concat();
        classes.sort_unstable();
        assert!(classes.into_iter().eq(0..64));
        // Knuth's barons are the places from where an error goes nowhere.
        let barons = places().iter().filter(|(y, x)| receivers(*y, *x).is_empty()).count();
        assert_eq!(barons, 2);
    }
}
