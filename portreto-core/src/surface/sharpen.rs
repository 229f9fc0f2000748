//! Sharpening.

use rayon::prelude::*;

use super::Surface;
use crate::transform::Milli;

impl Surface {
    /// Mild sharpening: each sample counts 32, its eight neighbors −1 each, of 24.
    ///
    /// The mask that vipsthumbnail and sharp's `sharpen()` use for what has been made smaller. Alpha stays.
    pub(crate) fn sharpen_mildly(&mut self) {
        let (row_len, n_channels, n_colors) = (self.row_len(), self.n_channels, self.n_colors());
        let (width, height) = (self.width, self.height);
        let has_alpha = self.has_alpha();
        let from = self.samples.clone();
        self.samples.par_chunks_exact_mut(row_len).enumerate().for_each(|(y, to)| {
            let row = |y: usize| &from[y * row_len..][..row_len];
            let rows = [row(y.saturating_sub(1)), row(y), row((y + 1).min(height - 1))];
            for x in 0..width {
                let columns = [x.saturating_sub(1), x, (x + 1).min(width - 1)];
                let most = if has_alpha { to[x * n_channels + n_colors] } else { u16::MAX };
                for channel in 0..n_colors {
                    let at = |row: &[u16], x: usize| i32::from(row[x * n_channels + channel]);
                    let around: i32 = rows
                        .iter()
                        .map(|row| columns.iter().map(|&x| at(row, x)).sum::<i32>())
                        .sum();
                    // The sum holds the sample itself once.
                    let value = (33 * at(rows[1], x) - around + 12).div_euclid(24);
                    to[x * n_channels + channel] = value.clamp(0, most.into()) as u16;
                }
            }
        });
    }

    /// Unsharp mask: adds `amount` times the difference from the blurred picture where it is at least `threshold` of the whole
    /// range. Alpha stays.
    pub(crate) fn sharpen(&mut self, sigma: Milli, amount: Milli, threshold: Milli) {
        let mut blurred = self.clone();
        blurred.blur(sigma);
        let n_colors = self.n_colors();
        let (amount, threshold) =
            (i64::from(amount.0), (i64::from(threshold.0) * 65535 + 500) / 1000);
        let n_channels = self.n_channels;
        let pixels = self.samples.par_chunks_exact_mut(n_channels);
        pixels.zip(blurred.samples.par_chunks_exact(n_channels)).for_each(|(pixel, blurred)| {
            let (colors, alpha) = pixel.split_at_mut(n_colors);
            let most = i64::from(*alpha.first().unwrap_or(&u16::MAX));
            for (sample, &blurred) in colors.iter_mut().zip(blurred) {
                let value = i64::from(*sample);
                let detail = value - i64::from(blurred);
                if detail.abs() >= threshold {
                    *sample =
                        (value + (detail * amount + 500).div_euclid(1000)).clamp(0, most) as u16;
                }
            }
        });
    }
}
