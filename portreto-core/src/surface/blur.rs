//! Gaussian blur.

use rayon::prelude::*;

use super::Surface;
use crate::transform::Milli;

/// From this sigma on, boxes are as good and cost the same whatever the sigma.
const BOXES_FROM: Milli = Milli(8_000);

/// One half of 16 fractional bits.
const HALF: u32 = 1 << 15;

impl Surface {
    /// Blurs by a Gaussian of `sigma` pixels; beyond the edges the outermost pixels go on.
    ///
    /// Below a sigma of 8 by the kernel itself, out to 3 sigma, else by [boxes](super::boxes). Whole numbers in both.
    pub(crate) fn blur(&mut self, sigma: Milli) {
        if sigma >= BOXES_FROM {
            return self.blur_by_boxes(sigma);
        }
        let kernel = kernel(sigma);
        let (row_len, n_channels) = (self.row_len(), self.n_channels);
        let mut between = vec![0; self.samples.len()];
        between
            .par_chunks_exact_mut(row_len)
            .zip(self.samples.par_chunks_exact(row_len))
            .for_each(|(to, from)| blur_row(from, to, &kernel, n_channels));
        let height = self.height;
        self.samples.par_chunks_exact_mut(row_len).enumerate().for_each(|(y, to)| {
            let row = |y: usize| &between[y * row_len..][..row_len];
            let mut sums: Vec<u32> =
                row(y).iter().map(|&sample| u32::from(sample) * kernel[0] + HALF).collect();
            for (reach, &weight) in kernel.iter().enumerate().skip(1) {
                let above = row(y.saturating_sub(reach));
                let below = row((y + reach).min(height - 1));
                add_pairs(&mut sums, above, below, weight);
            }
            to.iter_mut().zip(&sums).for_each(|(sample, sum)| *sample = (sum >> 16) as u16);
        });
    }
}

fn blur_row(from: &[u16], to: &mut [u16], kernel: &[u32], n_channels: usize) {
    let reach = (kernel.len() - 1) * n_channels;
    let mut padded = Vec::with_capacity(from.len() + 2 * reach);
    let (first, last) = (&from[..n_channels], &from[from.len() - n_channels..]);
    padded.extend(first.iter().cycle().take(reach));
    padded.extend_from_slice(from);
    padded.extend(last.iter().cycle().take(reach));
    let mut sums: Vec<u32> =
        from.iter().map(|&sample| u32::from(sample) * kernel[0] + HALF).collect();
    for (step, &weight) in kernel.iter().enumerate().skip(1) {
        let left = &padded[reach - step * n_channels..];
        let right = &padded[reach + step * n_channels..];
        add_pairs(&mut sums, left, right, weight);
    }
    to.iter_mut().zip(&sums).for_each(|(sample, sum)| *sample = (sum >> 16) as u16);
}

fn add_pairs(sums: &mut [u32], one: &[u16], other: &[u16], weight: u32) {
    for ((sum, &one), &other) in sums.iter_mut().zip(one).zip(other) {
        *sum += (u32::from(one) + u32::from(other)) * weight;
    }
}

/// The middle weight and those to one side. All of them, both sides, sum to exactly 65536.
fn kernel(sigma: Milli) -> Vec<u32> {
    let sigma = sigma.to_f64();
    let reach = libm::ceil(3.0 * sigma) as usize;
    let weight = |at: usize| {
        let at = at as f64 / sigma;
        libm::exp(-0.5 * at * at)
    };
    let mut sum = 1.0;
    for at in 1..=reach {
        sum += 2.0 * weight(at);
    }
    let mut kernel: Vec<u32> =
        (0..=reach).map(|at| libm::round(65536.0 * weight(at) / sum) as u32).collect();
    let sides: u32 = 2 * kernel[1..].iter().sum::<u32>();
    kernel[0] = 65536 - sides;
    kernel
}
