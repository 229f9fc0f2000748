//! Rows of a picture as values.

use image::DynamicImage;

use super::{opacity::Opacity, scale::Scale};

/// A picture whose rows are read as values of `C` channels, 1 or 3.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    pub(crate) image: &'a DynamicImage,
    pub(crate) scale: &'a Scale,
    pub(crate) opacity: &'a Opacity,
}

/// Samples of 8 or 16 bits.
enum Samples<'a> {
    Narrow(&'a [u8]),
    Wide(&'a [u16]),
}

impl Source<'_> {
    pub(crate) fn width(&self) -> usize {
        self.image.width() as usize
    }

    pub(crate) fn height(&self) -> usize {
        self.image.height() as usize
    }

    /// Reads row `y` into `values`; a gray picture is read as three equal channels where `C` is 3.
    pub(crate) fn row<const C: usize>(&self, y: usize, values: &mut [[i32; C]]) {
        let step = usize::from(self.image.color().channel_count());
        let n_colors = if self.image.color().has_color() { 3 } else { 1 };
        debug_assert!(n_colors <= C);
        match self.samples(y) {
            Samples::Narrow(samples) => {
                fill(values, samples, step, n_colors, |sample| self.scale.narrow(sample));
            }
            Samples::Wide(samples) => {
                fill(values, samples, step, n_colors, |sample| self.scale.wide(sample));
            }
        }
    }

    /// Reads whether each pixel of row `y` is opaque.
    pub(crate) fn opaque_row(&self, y: usize, opaque: &mut [bool]) {
        match self.opacity {
            Opacity::All => return opaque.fill(true),
            Opacity::Mask(mask) => {
                return opaque.copy_from_slice(&mask[y * self.width()..(y + 1) * self.width()]);
            }
            Opacity::Half => {}
        }
        let step = usize::from(self.image.color().channel_count());
        match self.samples(y) {
            Samples::Narrow(samples) => {
                for (opaque, pixel) in opaque.iter_mut().zip(samples.chunks_exact(step)) {
                    *opaque = pixel[step - 1] >= 128;
                }
            }
            Samples::Wide(samples) => {
                for (opaque, pixel) in opaque.iter_mut().zip(samples.chunks_exact(step)) {
                    *opaque = pixel[step - 1] >= 32768;
                }
            }
        }
    }

    /// Reads all of the picture: values, which fit 16 bits, and whether each pixel is opaque.
    pub(crate) fn whole<const C: usize>(&self) -> (Vec<[i16; C]>, Vec<bool>) {
        let (width, height) = (self.width(), self.height());
        let (mut values, mut opaque) =
            (Vec::with_capacity(width * height), vec![true; width * height]);
        let mut row = vec![[0; C]; width];
        for (y, opaque) in opaque.chunks_exact_mut(width).enumerate() {
            self.row(y, &mut row);
            self.opaque_row(y, opaque);
            values.extend(row.iter().map(|value| value.map(|value| value as i16)));
        }
        (values, opaque)
    }

    /// Whether some pixel is not opaque.
    pub(crate) fn has_holes(&self) -> bool {
        let mut opaque = vec![true; self.width()];
        !matches!(self.opacity, Opacity::All)
            && (0..self.height()).any(|y| {
                self.opaque_row(y, &mut opaque);
                opaque.contains(&false)
            })
    }

    fn samples(&self, y: usize) -> Samples<'_> {
        let n_samples = self.width() * usize::from(self.image.color().channel_count());
        let row = y * n_samples..(y + 1) * n_samples;
        match self.image {
            DynamicImage::ImageLuma16(image) => Samples::Wide(&image.as_raw()[row]),
            DynamicImage::ImageLumaA16(image) => Samples::Wide(&image.as_raw()[row]),
            DynamicImage::ImageRgb16(image) => Samples::Wide(&image.as_raw()[row]),
            DynamicImage::ImageRgba16(image) => Samples::Wide(&image.as_raw()[row]),
            narrow => Samples::Narrow(&narrow.as_bytes()[row]),
        }
    }
}

#[inline]
fn fill<const C: usize, S: Copy>(
    values: &mut [[i32; C]],
    samples: &[S],
    step: usize,
    n_colors: usize,
    value: impl Fn(S) -> i32,
) {
    for (values, pixel) in values.iter_mut().zip(samples.chunks_exact(step)) {
        *values = std::array::from_fn(|channel| value(pixel[channel.min(n_colors - 1)]));
    }
}
