//! Rounded corners.

use super::Surface;
use crate::resample::multiply;

/// Points a side of a pixel that the arc cuts, at which it is asked whether they are inside.
const N_POINTS: i64 = 16;

impl Surface {
    /// Makes what is outside of quarter circles of `radius` pixels at the corners transparent, smoothly.
    ///
    /// `radius` is at most half of the shorter side. The surface gets alpha.
    pub(crate) fn round_corners(self, radius: usize) -> Self {
        let mut surface = self.with_alpha();
        let (width, height, n_channels) = (surface.width, surface.height, surface.n_channels);
        for y in 0..radius {
            for x in 0..radius {
                let inside = share_inside(x as i64, y as i64, radius as i64);
                if inside == u16::MAX {
                    continue;
                }
                let (right, bottom) = (width - 1 - x, height - 1 - y);
                for (x, y) in [(x, y), (right, y), (x, bottom), (right, bottom)] {
                    let pixel = &mut surface.samples[(y * width + x) * n_channels..][..n_channels];
                    for sample in pixel {
                        *sample = multiply(*sample, inside);
                    }
                }
            }
        }
        surface
    }
}

/// How much of the pixel at (`x`, `y`) is within `radius` of the point (`radius`, `radius`), of 65535.
fn share_inside(x: i64, y: i64, radius: i64) -> u16 {
    // Squared distances, in halves of the points' distance.
    let unit = 2 * N_POINTS;
    let distance = |x: i64, y: i64| (radius * unit - x).pow(2) + (radius * unit - y).pow(2);
    let limit = (radius * unit).pow(2);
    if distance(x * unit, y * unit) <= limit {
        return u16::MAX;
    }
    if distance((x + 1) * unit, (y + 1) * unit) >= limit {
        return 0;
    }
    let points = 0..N_POINTS * N_POINTS;
    let n_inside = points
        .filter(|point| {
            let (across, down) = (point % N_POINTS * 2 + 1, point / N_POINTS * 2 + 1);
            distance(x * unit + across, y * unit + down) <= limit
        })
        .count();
    (n_inside as i64 * 65535 / (N_POINTS * N_POINTS)) as u16
}
