//! The same codes in the most readable way: whole pictures of errors, full searches, no tables.
//!
//! This is the definition that the engine is tested against. The arithmetic is stated in
//! [`diffusion`](super::diffusion) and [`ordered`](super::ordered).

mod dots;
mod riemersma;
mod variable;

use super::{
    bayer::bayer,
    kernel::{KERNELS, Tap},
    mixing::{self, Mixing},
    nearest::{distance, moved, spread, weighted_distance},
    otsu,
    own_kernel::OwnKernel,
    quantize::HOLE,
    scale::{HIGHEST, LOWEST, WHITE, fraction, part},
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
        Method::Diffusion(how) => {
            let kernel = &KERNELS[how.kernel];
            let spread = Spread {
                taps: &kernel.taps()[..kernel.n_taps()],
                whole: kernel.whole(),
                serpentine: how.serpentine,
                strength: how.strength,
            };
            diffuse(values, &opaque, &work.choice, &spread)
        }
        Method::OwnKernel(own) => {
            let OwnKernel { taps, whole, serpentine, strength } = own;
            let (whole, serpentine, strength) = (*whole, *serpentine, *strength);
            diffuse(values, &opaque, &work.choice, &Spread { taps, whole, serpentine, strength })
        }
        Method::Ordered(map) => {
            each(&values, &opaque, |value, x, y| ordered(value, &work.choice, map.at(x, y)))
        }
        Method::Noise(noise) => each(&values, &opaque, |value, x, y| {
            ordered(value, &work.choice, noise.threshold(x, y))
        }),
        Method::Variable(how) => variable::diffuse(&values, &opaque, &work.choice, how),
        Method::Riemersma(strength) => {
            riemersma::diffuse(&values, &opaque, &work.choice, *strength)
        }
        Method::Dots(strength) => dots::diffuse(values, &opaque, &work.choice, *strength),
        Method::Mixing(mixing) => {
            let (colors, pattern) = (mixing::colors::<C>(&work.choice), bayer(3));
            each(&values, &opaque, |value, x, y| {
                let wanted = as_color(value).map(i64::from);
                let plan = match mixing {
                    Mixing::Pairs => mixing::best_pair(wanted, &colors),
                    Mixing::Lists => mixing::best_list(wanted, &colors),
                };
                plan.code(pattern[y % 8 * 8 + x % 8])
            })
        }
        Method::Otsu => {
            let cuts: [i32; C] = std::array::from_fn(|channel| {
                let mut histogram = vec![0; WHITE as usize + 1];
                for (value, _) in
                    values.iter().flatten().zip(opaque.iter().flatten()).filter(|at| *at.1)
                {
                    histogram[value[channel] as usize] += 1;
                }
                otsu::best(&histogram)
            });
            each(&values, &opaque, |value, _, _| {
                let side = |channel: usize| if value[channel] > cuts[channel] { WHITE } else { 0 };
                nearest::<C>(std::array::from_fn(side), &work.choice).0
            })
        }
        Method::Nearest => each(&values, &opaque, |value, _, _| nearest(value, &work.choice).0),
    }
}

/// The values of a picture, row by row.
type Values<const C: usize> = Vec<Vec<[i32; C]>>;

/// How errors are spread.
struct Spread<'a> {
    taps: &'a [Tap],
    /// The part of the error that all of them get.
    whole: i32,
    serpentine: bool,
    /// Thousandths.
    strength: u16,
}

fn diffuse<const C: usize>(
    mut values: Vec<Vec<[i32; C]>>,
    opaque: &[Vec<bool>],
    choice: &Choice,
    how: &Spread<'_>,
) -> Vec<u32> {
    let (width, height) = (values.first().map_or(0, Vec::len), values.len());
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
                let mut left = part(error, how.whole);
                for (index, tap) in how.taps.iter().enumerate() {
                    let last = index + 1 == how.taps.len();
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

/// Each pixel by itself: its code from its value and its place.
fn each<const C: usize>(
    values: &[Vec<[i32; C]>],
    opaque: &[Vec<bool>],
    code: impl Fn([i32; C], usize, usize) -> u32,
) -> Vec<u32> {
    let mut codes = Vec::new();
    for (y, row) in values.iter().enumerate() {
        for (x, value) in row.iter().enumerate() {
            codes.push(if opaque[y][x] { code(*value, x, y) } else { HOLE });
        }
    }
    codes
}

/// The code that ordered dither chooses.
fn ordered<const C: usize>(value: [i32; C], choice: &Choice, threshold: u32) -> u32 {
    match choice {
        Choice::Channelwise(rungs) => value.iter().zip(rungs).fold(0, |code, (&value, rungs)| {
            code * rungs.len() as u32 + step_up(value, rungs, threshold)
        }),
        choice => nearest(moved(as_color(value), threshold, spread(choice.colors())), choice).0,
    }
}

/// The nearest color: the least squared distance, then the lowest code.
fn nearest<const C: usize>(value: [i32; C], choice: &Choice) -> (u32, [i32; C]) {
    match choice {
        Choice::Channelwise(rungs) => {
            let (mut code, mut color) = (0, value);
            for (value, rungs) in color.iter_mut().zip(rungs) {
                let near = |rung: &(u32, i32)| ((rung.1 - *value).abs(), rung.0);
                let (digit, rung) =
                    (0..).zip(rungs.iter().copied()).min_by_key(near).unwrap_or_default();
                code = code * rungs.len() as u32 + digit;
                *value = rung;
            }
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
