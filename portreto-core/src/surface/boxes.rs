//! Large blurs: running sums, at a cost that does not depend on sigma.
//!
//! Gwosdek, Grewenig, Bruhn and Weickert, "Theoretical foundations of Gaussian convolution by extended box filtering" (2011):
//! a box whose two outermost pixels count in part has any variance, so a few of them make a Gaussian of any sigma.

use rayon::prelude::*;

use super::Surface;
use crate::transform::Milli;

/// Boxes one after another. Four differ from a Gaussian by less than 0.75 % of a step from black to white, as the excess of
/// their kurtosis (−1.2 / 4) makes one expect; three by 0.95 %.
const N_BOXES: usize = 4;

/// How many columns one thread blurs downwards at a time: a few cache lines of sums.
const COLUMNS: usize = 512;

/// One extended box: `2 · reach + 1` pixels of weight `inner` and one at each end of weight `outer`, which sum to 2³².
#[derive(Debug, Clone, Copy)]
struct Extended {
    reach: usize,
    inner: i64,
    outer: i64,
}

impl Extended {
    fn of(sigma: Milli) -> Self {
        let variance = sigma.to_f64() * sigma.to_f64() / N_BOXES as f64;
        let reach = libm::floor((libm::sqrt(12.0 * variance + 1.0) - 1.0) / 2.0);
        let length = 2.0 * reach + 1.0;
        // Equation 6 there.
        let next = (reach + 1.0) * (reach + 1.0);
        let share = length * (reach * (reach + 1.0) - 3.0 * variance) / (6.0 * (variance - next));
        // Even, so that the ends share what is left.
        let inner = 2 * libm::round(2_147_483_648.0 / (length + 2.0 * share)) as i64;
        let outer = ((1_i64 << 32) - inner * length as i64) / 2;
        Self { reach: reach as usize, inner, outer }
    }

    fn mean(self, sum: i64, ends: i64) -> u16 {
        ((sum * self.inner + ends * self.outer + (1 << 31)) >> 32).clamp(0, 65535) as u16
    }
}

impl Surface {
    pub(super) fn blur_by_boxes(&mut self, sigma: Milli) {
        let extended = Extended::of(sigma);
        let (row_len, n_channels, height) = (self.row_len(), self.n_channels, self.height);
        self.samples.par_chunks_exact_mut(row_len).for_each(|samples| {
            // A row is a column of pixels that lies down.
            let blurred = extended.blur(samples, n_channels);
            samples.copy_from_slice(&blurred);
        });
        // Stripes of columns: each is moved out, blurred downwards and moved in again.
        let stripes: Vec<(usize, Vec<u16>)> = (0..row_len)
            .into_par_iter()
            .step_by(COLUMNS)
            .map(|left| {
                let width = COLUMNS.min(row_len - left);
                let rows = self.samples.chunks_exact(row_len);
                let stripe: Vec<u16> =
                    rows.flat_map(|row| &row[left..left + width]).copied().collect();
                (left, extended.blur(&stripe, width))
            })
            .collect();
        for (left, stripe) in stripes {
            let width = stripe.len() / height;
            let rows = self.samples.chunks_exact_mut(row_len).zip(stripe.chunks_exact(width));
            rows.for_each(|(row, stripe)| row[left..left + width].copy_from_slice(stripe));
        }
    }
}

impl Extended {
    /// Blurs a list of rows of `width` samples downwards.
    ///
    /// The outermost rows go on beyond the edges as far as all boxes together reach, so that one box's edge is not the next
    /// one's: a box of what another box made of an edge is no Gaussian of the edge.
    fn blur(self, rows: &[u16], width: usize) -> Vec<u16> {
        let beyond = N_BOXES * (self.reach + 1) * width;
        let (first, last) = (&rows[..width], &rows[rows.len() - width..]);
        let mut from = Vec::with_capacity(rows.len() + 2 * beyond);
        from.extend(first.iter().cycle().take(beyond));
        from.extend_from_slice(rows);
        from.extend(last.iter().cycle().take(beyond));
        for _ in 0..N_BOXES {
            from = self.once(&from, width);
        }
        from[beyond..][..rows.len()].to_vec()
    }

    fn once(self, from: &[u16], width: usize) -> Vec<u16> {
        let height = (from.len() / width) as i64;
        let row = |y: i64| &from[y.clamp(0, height - 1) as usize * width..][..width];
        let reach = self.reach as i64;
        let mut sums = vec![0_i64; width];
        for y in -reach..=reach {
            sums.iter_mut().zip(row(y)).for_each(|(sum, &sample)| *sum += i64::from(sample));
        }
        let mut to = Vec::with_capacity(from.len());
        for y in 0..height {
            let (leaving, before, next) = (row(y - reach), row(y - reach - 1), row(y + reach + 1));
            for (((sum, &leaving), &before), &next) in
                sums.iter_mut().zip(leaving).zip(before).zip(next)
            {
                let (before, next) = (i64::from(before), i64::from(next));
                to.push(self.mean(*sum, before + next));
                *sum += next - i64::from(leaving);
            }
        }
        to
    }
}
