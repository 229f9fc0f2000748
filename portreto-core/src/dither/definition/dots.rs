//! What [`dots`](crate::dither::dots) says.

use super::{Values, nearest};
use crate::dither::{
    dots::{CLASSES, NEIGHBORS},
    quantize::HOLE,
    scale::{HIGHEST, LOWEST, fraction, part},
    work::Choice,
};

pub(super) fn diffuse<const C: usize>(
    mut values: Values<C>,
    opaque: &[Vec<bool>],
    choice: &Choice,
    strength: u16,
) -> Vec<u32> {
    let (width, height) = (values.first().map_or(0, Vec::len), values.len());
    let class = |x: usize, y: usize| CLASSES[y % 8][x % 8];
    let mut order: Vec<_> = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).collect();
    order.sort_by_key(|&(x, y)| class(x, y));
    let mut codes = vec![HOLE; width * height];
    for (x, y) in order.into_iter().filter(|&(x, y)| opaque[y][x]) {
        let value = values[y][x];
        let (code, color) = nearest(value, choice);
        codes[y * width + x] = code;
        let receivers: Vec<_> = NEIGHBORS
            .into_iter()
            .map(|(dx, dy, parts)| (x.wrapping_add_signed(dx), y.wrapping_add_signed(dy), parts))
            .filter(|&(to_x, to_y, _)| {
                to_x < width && to_y < height && class(to_x, to_y) > class(x, y)
            })
            .collect();
        let all: i32 = receivers.iter().map(|(_, _, parts)| parts).sum();
        for channel in 0..C {
            let error = value[channel] - color[channel];
            let error = part(error, fraction(i32::from(strength), 1000));
            let mut left = error;
            for (index, &(to_x, to_y, parts)) in receivers.iter().enumerate() {
                let last = index + 1 == receivers.len();
                let share = if last { left } else { part(error, fraction(parts, all)) };
                left -= share;
                let to = &mut values[to_y][to_x][channel];
                *to = (*to + share).clamp(LOWEST, HIGHEST);
            }
        }
    }
    codes
}
