//! What [`riemersma`](crate::dither::riemersma) says.

use super::{Values, nearest};
use crate::dither::{
    hilbert,
    quantize::HOLE,
    riemersma::WEIGHTS,
    scale::{HIGHEST, LOWEST, ONE, fraction, part},
    work::Choice,
};

pub(super) fn diffuse<const C: usize>(
    samples: &Values<C>,
    opaque: &[Vec<bool>],
    choice: &Choice,
    strength: u16,
) -> Vec<u32> {
    let (width, height) = (samples.first().map_or(0, Vec::len), samples.len());
    let mut path = Vec::new();
    hilbert::walk(width, height, &mut |x, y| path.push((x, y)));
    let mut codes = vec![HOLE; width * height];
    let mut errors: Vec<[i32; C]> = vec![[0; C]; 16];
    let mut rests = [0; C];
    for (x, y) in path.into_iter().filter(|&(x, y)| opaque[y][x]) {
        let last = &errors[errors.len() - 16..];
        let mut value = samples[y][x];
        for channel in 0..C {
            let weighed = last.iter().zip(WEIGHTS).map(|(error, weight)| error[channel] * weight);
            let sum = weighed.sum::<i32>() + rests[channel];
            rests[channel] = sum.rem_euclid(ONE);
            value[channel] = (value[channel] + sum.div_euclid(ONE)).clamp(LOWEST, HIGHEST);
        }
        let (code, color) = nearest(value, choice);
        codes[y * width + x] = code;
        errors.push(std::array::from_fn(|channel| {
            part(value[channel] - color[channel], fraction(i32::from(strength), 1000))
        }));
    }
    codes
}
