//! Channels of a scaled decode, resampled each on its own and put together when they are small.

use image::{DynamicImage, GrayImage, RgbImage};

use crate::{
    decode::{Channel, Detail, Reduced},
    error::{Error, ErrorKind, Result},
    geometry::SourceBox,
    limits::Limits,
    resample::resample_plane,
    transform::Filter,
};

/// The box `from` of the part `[left, top, width, height]` of the stored picture at `size`, in its own colors, not turned.
pub(super) fn resampled(
    reduced: &Reduced,
    detail: Detail,
    part: [u32; 4],
    from: SourceBox,
    size: (u32, u32),
    filter: Filter,
    limits: &Limits,
) -> Result<DynamicImage> {
    let planes: Vec<_> = (reduced.channels().iter().enumerate())
        .filter_map(|(place, channel)| Scaled::new(channel, place == 0, detail, part))
        .collect();
    let samples = planes.iter().map(|plane| plane.resampled(from, size, filter, limits));
    together(samples.collect::<Result<_>>()?, size)
}

/// Samples of a part of a channel.
struct Scaled<'a> {
    samples: std::borrow::Cow<'a, [u8]>,
    width: u32,
    height: u32,
    /// The left top of the part among the samples.
    origin: (f64, f64),
    /// Samples for each pixel of the file, across and down.
    density: (f64, f64),
}

impl<'a> Scaled<'a> {
    fn new(channel: &'a Channel, is_luma: bool, detail: Detail, part: [u32; 4]) -> Option<Self> {
        let side = detail.side(is_luma, channel.density);
        let plane = channel.planes.iter().find(|plane| plane.side == side)?;
        let scale = side as f64 / 8.0;
        let density = (channel.density.0 * scale, channel.density.1 * scale);
        // What is outside of the part lends nothing to it, as far as samples are not on both sides.
        let (left, origin_x, width) = cut(plane.width, part[0], part[2], density.0);
        let (top, origin_y, height) = cut(plane.height, part[1], part[3], density.1);
        let samples = if (width, height) == (plane.width, plane.height) {
            (&plane.samples[..]).into()
        } else {
            let rows = plane.samples.chunks(plane.width).skip(top).take(height);
            rows.flat_map(|row| &row[left..left + width]).copied().collect::<Vec<_>>().into()
        };
        let (width, height) = (width as u32, height as u32);
        Some(Self { samples, width, height, origin: (origin_x, origin_y), density })
    }

    /// A box of the part in samples.
    fn boxed(&self, from: SourceBox) -> SourceBox {
        let left = self.origin.0 + from.left * self.density.0;
        let top = self.origin.1 + from.top * self.density.1;
        // Products are rounded: not a hair more than there is.
        let left = left.clamp(0.0, f64::from(self.width));
        let top = top.clamp(0.0, f64::from(self.height));
        SourceBox {
            left,
            top,
            width: (from.width * self.density.0).min(f64::from(self.width) - left),
            height: (from.height * self.density.1).min(f64::from(self.height) - top),
        }
    }

    fn resampled(
        &self,
        from: SourceBox,
        size: (u32, u32),
        filter: Filter,
        limits: &Limits,
    ) -> Result<Vec<u8>> {
        let stored = (self.width, self.height);
        resample_plane(&self.samples, stored, self.boxed(from), size, filter, limits)
    }
}

/// First sample, where in it the part begins, and number of samples of a part along one side.
fn cut(n_samples: usize, from: u32, length: u32, density: f64) -> (usize, f64, usize) {
    let start = f64::from(from) * density;
    let end = (f64::from(from) + f64::from(length)) * density;
    let first = (start.floor() as usize).min(n_samples - 1);
    let last = (end.ceil() as usize).clamp(first + 1, n_samples);
    (first, start - first as f64, last - first)
}

/// Channels of `size` as a picture: gray, or RGB of `YCbCr` (ITU-T T.871, section 7).
fn together(mut channels: Vec<Vec<u8>>, size: (u32, u32)) -> Result<DynamicImage> {
    let image = match &mut channels[..] {
        [gray] => GrayImage::from_raw(size.0, size.1, std::mem::take(gray)).map(Into::into),
        [y, cb, cr] => {
            let mut samples = vec![0; y.len() * 3];
            let colors = y.iter().zip(&*cb).zip(&*cr);
            for (rgb, ((&y, &cb), &cr)) in samples.as_chunks_mut::<3>().0.iter_mut().zip(colors) {
                *rgb = rgb_of(y, cb, cr);
            }
            RgbImage::from_raw(size.0, size.1, samples).map(Into::into)
        }
        _ => None,
    };
    image.ok_or_else(disagreement)
}

/// In 16-bit fixed point, rounded to the nearest.
fn rgb_of(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (luma, blue, red) =
        ((i32::from(y) << 16) + (1 << 15), i32::from(cb) - 128, i32::from(cr) - 128);
    let sums = [luma + 91_881 * red, luma - 22_554 * blue - 46_802 * red, luma + 116_130 * blue];
    sums.map(|sum| (sum >> 16).clamp(0, 255) as u8)
}

fn disagreement() -> Error {
    Error::new(ErrorKind::Internal, "a scaled decode is not what was asked for")
}
