//! One surface on another.
//!
//! Porter and Duff, "Compositing digital images" (1984), `over`: on colors multiplied by alpha it is one formula for every
//! channel, alpha too.

use super::Surface;
use crate::{
    resample::multiply,
    transform::{Color, Milli},
};

impl Surface {
    /// Lays `above`, weakened to `opacity` of itself, over this with its left top at `at`, which may be outside. Both
    /// are multiplied.
    ///
    /// The surface gets the colors that `above` has.
    pub(crate) fn lay_over(self, above: Self, at: (i64, i64), opacity: Milli) -> Self {
        let above = above.with_alpha();
        let mut below = if above.n_colors() == 3 { self.with_colors() } else { self };
        let above = if below.n_colors() == 3 { above.with_colors() } else { above };
        let opacity = ((u64::from(opacity.0) * 65535 + 500) / 1000) as u16;
        let (width, height) = (below.width as i64, below.height as i64);
        let left = at.0.clamp(0, width);
        let right = (at.0 + above.width as i64).clamp(left, width);
        let (n_channels, n_above) = (below.n_channels, above.n_channels);
        for y in at.1.clamp(0, height)..(at.1 + above.height as i64).clamp(0, height) {
            let from = (y - at.1) as usize * above.row_len() + (left - at.0) as usize * n_above;
            let to = (y * width + left) as usize * n_channels;
            let n_pixels = (right - left) as usize;
            let below = below.samples[to..][..n_pixels * n_channels].chunks_exact_mut(n_channels);
            let above = above.samples[from..][..n_pixels * n_above].chunks_exact(n_above);
            for (below, above) in below.zip(above) {
                let shown = 65535 - multiply(above[n_above - 1], opacity);
                for (below, &above) in below.iter_mut().zip(above) {
                    let sum =
                        u32::from(multiply(above, opacity)) + u32::from(multiply(*below, shown));
                    *below = sum.min(65535) as u16;
                }
            }
        }
        below
    }

    /// Puts `color` behind every pixel. Without transparency in `color` the surface has no alpha after it.
    pub(crate) fn lay_on(self, color: Color) -> Self {
        if !self.has_alpha() {
            return self;
        }
        let mut surface = self.fit_for(color);
        let behind = surface.pixel_of(color);
        let n_channels = surface.n_channels;
        for pixel in surface.pixels_mut() {
            let shown = 65535 - pixel[n_channels - 1];
            for (sample, behind) in pixel.iter_mut().zip(behind) {
                *sample =
                    (u32::from(*sample) + u32::from(multiply(behind, shown))).min(65535) as u16;
            }
        }
        if color.rgba()[3] < 255 {
            return surface;
        }
        surface.with_channels(n_channels - 1, |pixel, channel| pixel[channel])
    }
}
