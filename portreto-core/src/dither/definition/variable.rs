//! What [`variable`](crate::dither::variable) says.

use super::{Values, as_color, nearest};
use crate::dither::{
    nearest::spread,
    quantize::HOLE,
    scale::{HIGHEST, LOWEST, fraction, part},
    variable::{Place, Variable, place, place_of_color},
    work::Choice,
};

pub(super) fn diffuse<const C: usize>(
    samples: &Values<C>,
    opaque: &[Vec<bool>],
    choice: &Choice,
    how: &Variable,
) -> Vec<u32> {
    let (width, height) = (samples.first().map_or(0, Vec::len), samples.len());
    let mut values = samples.clone();
    let mut codes = vec![HOLE; width * height];
    for y in 0..height {
        for step in 0..width {
            let x = if y % 2 == 1 { width - 1 - step } else { step };
            if !opaque[y][x] {
                continue;
            }
            let value = values[y][x].map(|value| value.clamp(LOWEST, HIGHEST));
            let places: [Place; C] = std::array::from_fn(|channel| match choice {
                Choice::Channelwise(rungs) => {
                    let mut rungs = rungs[channel].clone();
                    rungs.sort_unstable();
                    rungs.dedup();
                    place(samples[y][x][channel], &rungs)
                }
                colors => place_of_color(as_color(samples[y][x]), spread(colors.colors())),
            });
            let shifted: [i32; C] = std::array::from_fn(|channel| {
                (value[channel] - how.shift(places[channel], x, y)).max(LOWEST)
            });
            let (code, color) = nearest(shifted, choice);
            codes[y * width + x] = code;
            for channel in 0..C {
                let tone = how.tone(places[channel]);
                let strength = fraction(i32::from(how.strength), 1000);
                let error = part(value[channel] - color[channel], strength);
                let (ahead, behind) = (part(error, tone.ahead), part(error, tone.behind));
                let forward = if y % 2 == 1 { -1 } else { 1 };
                for (dx, dy, share) in
                    [(forward, 0, ahead), (-forward, 1, behind), (0, 1, error - ahead - behind)]
                {
                    let column = x.wrapping_add_signed(dx);
                    if column < width && y + dy < height {
                        values[y + dy][column][channel] += share;
                    }
                }
            }
        }
    }
    codes
}
