//! Median cut: the box of most pixels is cut across its longest side, half of its pixels on either hand (Paul Heckbert,
//! "Color image quantization for frame buffer display", SIGGRAPH 1982, DOI 10.1145/800064.801294).

use super::sample::{Sample, mean_rgb};

pub(super) fn colors(samples: Vec<Sample>, n_colors: usize) -> Vec<[u8; 3]> {
    let mut boxes = vec![samples];
    while boxes.len() < n_colors {
        // Of equals the first.
        let largest = (0..boxes.len())
            .filter(|&index| boxes[index].len() > 1)
            .max_by_key(|&index| (n_pixels(&boxes[index]), std::cmp::Reverse(index)));
        let Some(largest) = largest else { break };
        let half = cut(&mut boxes[largest]);
        boxes.push(half);
    }
    boxes.iter().filter(|samples| !samples.is_empty()).map(|samples| mean_rgb(samples)).collect()
}

fn n_pixels(samples: &[Sample]) -> u64 {
    samples.iter().map(|sample| sample.n).sum()
}

/// Takes the upper half of a box of at least two samples out of it.
fn cut(samples: &mut Vec<Sample>) -> Vec<Sample> {
    let side = |channel: usize| {
        let along = || samples.iter().map(|sample| sample.srgb[channel]);
        along().max().unwrap_or(0) - along().min().unwrap_or(0)
    };
    let longest = (0..3).max_by_key(|&channel| (side(channel), std::cmp::Reverse(channel)));
    let longest = longest.unwrap_or(0);
    samples.sort_by_key(|sample| (sample.srgb[longest], sample.srgb));
    let half = n_pixels(samples) / 2;
    let mut below = 0;
    let median = samples.iter().position(|sample| {
        below += sample.n;
        below > half
    });
    // Something on either hand.
    samples.split_off(median.unwrap_or(0).clamp(1, samples.len() - 1))
}
