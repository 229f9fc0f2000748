//! Yliluoma's dithers: a pattern of palette colors that mix to the color that is wanted.
//!
//! J. Yliluoma, "Joel Yliluoma's arbitrary-palette positional dithering algorithm", bisqwit.iki.fi/story/howto/dither/jy,
//! 2011. The differences between colors are weighed as there: with `d` the differences of the channels and `l` that of
//! their luma by the weights 0.299, 0.587 and 0.114 (ITU-R BT.601), `0.75 · Σ weight · d² + l²`. Of equals the first wins.
//! The pattern is Bayer's of 8 × 8.
//!
//! Algorithm 1 looks at every pair of colors, in the order of the palette, the second not before the first. Their
//! ratio, in 64ths, is `64 · (wanted − first) / (second − first)` of each channel where they differ, weighed by the
//! same weights and rounded toward zero at every division, from 0 to 63. The pair with the least penalty is taken: the
//! difference between what is wanted and what is mixed, plus a tenth of that between the two, the more the farther the
//! ratio is from a half: times `|ratio − 1/2| + 1/2`. A pixel is the second where the pattern is below the ratio.
//!
//! Algorithm 2 lists 16 colors. Until there are 16, that color is added, and as often as 1, 2, 4, … up to as many times as
//! there are colors yet, that brings the mean of the list, rounded toward zero, nearest to what is wanted. The list is then
//! sorted by luma, and the pattern says which of it a pixel is.

use super::{quantize::HOLE, source::Source, work::Choice};

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mixing {
    Pairs,
    Lists,
}

/// What a wanted color is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plan {
    /// The first, the second, and how many 64ths of the second.
    Pair(u8, u8, i64),
    /// From dark to bright.
    List([u8; 16]),
}

impl Plan {
    /// The code where Bayer's matrix has `rank`, 0 to 63.
    pub(crate) fn code(&self, rank: u32) -> u32 {
        u32::from(match *self {
            Self::Pair(first, second, ratio) => {
                if i64::from(rank) < ratio {
                    second
                } else {
                    first
                }
            }
            Self::List(codes) => codes[rank as usize / 4],
        })
    }
}

/// The colors that can be mixed, in the order of their codes: at most 256.
pub(crate) fn colors<const C: usize>(choice: &Choice) -> Vec<[i64; 3]> {
    match choice {
        Choice::Channelwise([grays, ..]) if C == 1 => {
            grays.iter().map(|&gray| [i64::from(gray); 3]).collect()
        }
        Choice::Channelwise([reds, greens, blues]) => {
            let mut colors = Vec::new();
            for red in reds {
                for green in greens {
                    colors.extend(blues.iter().map(|blue| [*red, *green, *blue].map(i64::from)));
                }
            }
            colors
        }
        joint => joint.colors().iter().map(|color| color.map(i64::from)).collect(),
    }
}

const WEIGHTS: [i64; 3] = [299, 587, 114];

/// The difference between two colors, times a million.
fn difference(a: [i64; 3], b: [i64; 3]) -> i64 {
    let (mut squares, mut luma) = (0, 0);
    for channel in 0..3 {
        let distance = a[channel] - b[channel];
        squares += WEIGHTS[channel] * distance * distance;
        luma += WEIGHTS[channel] * distance;
    }
    750 * squares + luma * luma
}

/// The plan of algorithm 1.
pub(crate) fn best_pair(wanted: [i64; 3], colors: &[[i64; 3]]) -> Plan {
    let (mut best, mut least) = (Plan::Pair(0, 0, 32), i64::MAX);
    for (index, &first) in colors.iter().enumerate() {
        for (other, &second) in colors.iter().enumerate().skip(index) {
            let (mut sum, mut weights) = (0, 0);
            for channel in 0..3 {
                let span = second[channel] - first[channel];
                if span != 0 {
                    sum += WEIGHTS[channel] * 64 * (wanted[channel] - first[channel]) / span;
                    weights += WEIGHTS[channel];
                }
            }
            let ratio = if weights == 0 { 32 } else { (sum / weights).clamp(0, 63) };
            let mixed = std::array::from_fn(|channel| {
                first[channel] + ratio * (second[channel] - first[channel]) / 64
            });
            // A tenth of |ratio / 64 − 1/2| + 1/2 is (|ratio − 32| + 32) / 640.
            let penalty = 640 * difference(wanted, mixed)
                + difference(first, second) * ((ratio - 32).abs() + 32);
            if penalty < least {
                (best, least) = (Plan::Pair(index as u8, other as u8, ratio), penalty);
            }
        }
    }
    best
}

/// The plan of algorithm 2.
pub(crate) fn best_list(wanted: [i64; 3], colors: &[[i64; 3]]) -> Plan {
    let (mut codes, mut n_codes, mut so_far) = ([0; 16], 0, [0; 3]);
    while n_codes < 16 {
        let (mut chosen, mut amount, mut least) = (0, 1, i64::MAX);
        for (code, color) in colors.iter().enumerate() {
            let mut count = 1;
            while count <= n_codes.max(1) {
                let (times, all) = (count as i64, (n_codes + count) as i64);
                let mean =
                    std::array::from_fn(|channel| (so_far[channel] + times * color[channel]) / all);
                let penalty = difference(wanted, mean);
                if penalty < least {
                    (chosen, amount, least) = (code, count, penalty);
                }
                count *= 2;
            }
        }
        let amount = amount.min(16 - n_codes);
        codes[n_codes..n_codes + amount].fill(chosen as u8);
        n_codes += amount;
        for channel in 0..3 {
            so_far[channel] += amount as i64 * colors[chosen][channel];
        }
    }
    let luma = |code: &u8| -> i64 {
        (0..3).map(|channel| WEIGHTS[channel] * colors[usize::from(*code)][channel]).sum()
    };
    codes.sort_by_key(|code| (luma(code), *code));
    Plan::List(codes)
}

/// Dithers `source` and hands each row of codes to `sink`, from top to bottom.
pub(crate) fn dither<const C: usize>(
    source: &Source<'_>,
    choice: &Choice,
    mixing: Mixing,
    pattern: &[u32],
    sink: &mut dyn FnMut(&[u32]),
) {
    let width = source.width();
    let colors = colors::<C>(choice);
    let mut plans = vec![None; N_PLANS];
    let (mut values, mut opaque, mut codes) =
        (vec![[0; C]; width], vec![true; width], vec![0; width]);
    for y in 0..source.height() {
        source.row(y, &mut values);
        source.opaque_row(y, &mut opaque);
        for (x, (code, value)) in codes.iter_mut().zip(&values).enumerate() {
            if !opaque[x] {
                *code = HOLE;
                continue;
            }
            let wanted = std::array::from_fn(|channel| i64::from(value[channel.min(C - 1)]));
            let slot = &mut plans[slot(wanted)];
            let plan = match slot {
                Some((known, plan)) if *known == wanted => *plan,
                _ => {
                    let plan = match mixing {
                        Mixing::Pairs => best_pair(wanted, &colors),
                        Mixing::Lists => best_list(wanted, &colors),
                    };
                    *slot = Some((wanted, plan));
                    plan
                }
            };
            *code = plan.code(pattern[y % 8 * 8 + x % 8]);
        }
        sink(&codes);
    }
}

/// So many plans are remembered: pictures repeat their colors, and plans are dear.
const N_PLANS: usize = 1 << 14;

fn slot([red, green, blue]: [i64; 3]) -> usize {
    let mixed = (red as u64) << 32 ^ (green as u64) << 16 ^ blue as u64;
    (mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 50) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    const RGB: [[i64; 3]; 4] = [[0; 3], [16320; 3], [16320, 0, 0], [0, 0, 16320]];

    #[test]
    fn a_color_of_the_palette_is_itself_everywhere() {
        for (code, &color) in RGB.iter().enumerate() {
            for plan in [best_pair(color, &RGB), best_list(color, &RGB)] {
                assert!((0..64).all(|rank| plan.code(rank) == code as u32), "{plan:?}");
            }
        }
    }

    #[test]
    fn what_is_between_two_colors_is_mixed_of_them() {
        // Three eighths of the way from black to white.
        assert_eq!(best_pair([6120; 3], &RGB[..2]), Plan::Pair(0, 1, 24));
        let plan = best_list([6120; 3], &RGB[..2]);
        assert_eq!((0..64).filter(|&rank| plan.code(rank) == 1).count(), 24);
        // Half red, half blue.
        assert_eq!(best_pair([8160, 0, 8160], &RGB[2..]), Plan::Pair(0, 1, 32));
    }
}
