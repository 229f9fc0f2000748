//! The same codes in the most readable way: whole pictures of errors, full searches, no tables.
//!
//! This is the definition that the engine is tested against. The arithmetic is stated in
//! [`diffusion`](super::diffusion) and [`ordered`](super::ordered).

use super::{
    bayer::ThresholdMap,
    diffusion::Spreading,
    kernel::KERNELS,
    nearest::{distance, moved, spread, weighted_distance},
    quantize::HOLE,
    scale::{HIGHEST, LOWEST, fraction, part},
    work::{Choice, Method, Work},
};

/// The code of every pixel, row by row.
pub(crate) fn codes<const C: usize>(work: &Work<'_>) -> Vec<u32> {
    let source = work.source();
    let (width, height) = (source.width(), source.height());
    let mut values = vec![vec![[0; C]; width]; height];
    let mut opaque = vec![vec![true; width]; height];
    for y in 0..height {
        source.row(y, &mut values[y]);
        source.opaque_row(y, &mut opaque[y]);
    }
    match &work.method {
        Method::Diffusion(how) => diffuse(values, &opaque, &work.choice, *how),
        Method::Ordered(map) => threshold(&values, &opaque, &work.choice, Some(map)),
        Method::Nearest => threshold(&values, &opaque, &work.choice, None),
    }
}

fn diffuse<const C: usize>(
    mut values: Vec<Vec<[i32; C]>>,
    opaque: &[Vec<bool>],
    choice: &Choice,
    how: Spreading,
) -> Vec<u32> {
    let (width, height) = (values.first().map_or(0, Vec::len), values.len());
    let kernel = &KERNELS[how.kernel];
    let mut codes = vec![HOLE; width * height];
    for y in 0..height {
        let reverse = how.serpentine && y % 2 == 1;
        for step in 0..width {
            let x = if reverse { width - 1 - step } else { step };
            if !opaque[y][x] {
                continue;
            }
            let value = values[y][x].map(|value| value.clamp(LOWEST, HIGHEST));
            let (code, color) = nearest(value, choice);
            codes[y * width + x] = code;
            for channel in 0..C {
                let error = value[channel] - color[channel];
                let error = part(error, fraction(i32::from(how.strength), 1000));
                let mut left = part(error, kernel.whole());
                let taps = &kernel.taps()[..kernel.n_taps()];
                for (index, tap) in taps.iter().enumerate() {
                    let last = index + 1 == taps.len();
                    let share = part(error, tap.weight);
                    let share = if last { left } else { share };
                    left -= share;
                    let column = x as i64 + i64::from(if reverse { -tap.dx } else { tap.dx });
                    if (0..width as i64).contains(&column) && y + tap.dy < height {
                        values[y + tap.dy][column as usize][channel] += share;
                    }
                }
            }
        }
    }
    codes
}

fn threshold<const C: usize>(
    values: &[Vec<[i32; C]>],
    opaque: &[Vec<bool>],
    choice: &Choice,
    map: Option<&ThresholdMap>,
) -> Vec<u32> {
    let mut codes = Vec::new();
    for (y, row) in values.iter().enumerate() {
        for (x, value) in row.iter().enumerate() {
            let threshold = map.map(|map| map.thresholds[y % map.side * map.side + x % map.side]);
            let code = match (choice, threshold) {
                (_, None) => nearest(*value, choice).0,
                (Choice::Channelwise { rungs, radix }, Some(threshold)) => value
                    .iter()
                    .fold(0, |code, &value| code * radix + step_up(value, rungs, threshold)),
                (choice, Some(threshold)) => {
                    nearest(moved(as_color(*value), threshold, spread(choice.colors())), choice).0
                }
            };
            codes.push(if opaque[y][x] { code } else { HOLE });
        }
    }
    codes
}

/// The nearest color: the least squared distance, then the lowest code.
fn nearest<const C: usize>(value: [i32; C], choice: &Choice) -> (u32, [i32; C]) {
    match choice {
        Choice::Channelwise { rungs, radix } => {
            let mut code = 0;
            let color = value.map(|value| {
                let near = |rung: &(u32, i32)| ((rung.1 - value).abs(), rung.0);
                let (digit, rung) =
                    (0..).zip(rungs.iter().copied()).min_by_key(near).unwrap_or_default();
                code = code * radix + digit;
                rung
            });
            (code, color)
        }
        Choice::Joint(colors) => first_nearest(colors, |color| distance(color, as_color(value))),
        Choice::Weighted(colors) => {
            first_nearest(colors, |color| weighted_distance(color, as_color(value)))
        }
        Choice::Perceived(perceived) => {
            let code = perceived.nearest(as_color(value));
            let color = perceived.colors()[code];
            (code as u32, std::array::from_fn(|channel| color[channel]))
        }
    }
}

/// A gray as three equal channels.
fn as_color<const C: usize>(value: [i32; C]) -> [i32; 3] {
    std::array::from_fn(|channel| value[channel.min(C - 1)])
}

/// The color at the least distance, and its code, the lowest.
fn first_nearest<const C: usize, D: Ord>(
    colors: &[[i32; 3]],
    distance: impl Fn([i32; 3]) -> D,
) -> (u32, [i32; C]) {
    let near = |color: &(u32, [i32; 3])| (distance(color.1), color.0);
    let (code, color) = (0..).zip(colors.iter().copied()).min_by_key(near).unwrap_or_default();
    (code, std::array::from_fn(|channel| color[channel]))
}

/// The code of the rung that ordered dither chooses.
fn step_up(value: i32, rungs: &[i32], threshold: u32) -> u32 {
    let lowest = rungs.iter().copied().min().unwrap_or(0);
    let below = rungs.iter().copied().filter(|&rung| rung <= value).max().unwrap_or(lowest);
    let above = rungs.iter().copied().filter(|&rung| rung > below).min();
    let chosen = above.filter(|above| {
        let fraction = (i64::from(value.max(below) - below) * 65536) / i64::from(above - below);
        fraction > i64::from(threshold)
    });
    let chosen = chosen.unwrap_or(below);
    rungs.iter().position(|&rung| rung == chosen).unwrap_or(0) as u32
}
