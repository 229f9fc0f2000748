//! Planes to interleaved pixels.
//!
//! Color of half the resolution is taken to lie in the middle between its four (or two) samples of luma, and comes from
//! the nearest of its samples and the neighbors, three parts to one in each direction: what readers of AVIF and JPEG do.

use image::{DynamicImage, ImageBuffer};

use super::matrix::Matrix;
use crate::probe::{Headers, Nclx};

/// How the planes of a tile are made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// Pixels.
    pub(super) width: u32,
    /// Pixels.
    pub(super) height: u32,
    /// Of a sample: 8, 10 or 12.
    pub(super) bits: u8,
    /// Whether there is but one plane.
    pub(super) is_gray: bool,
    /// Whether the planes of color are half as wide.
    pub(super) halves_width: bool,
    /// Whether the planes of color are half as tall.
    pub(super) halves_height: bool,
    /// What the code says of its colors.
    pub(super) nclx: Nclx,
}

/// The decoded planes of a tile, in the memory of their decoder.
pub(super) trait Planes {
    fn shape(&self) -> Shape;

    /// Samples of a row of plane 0, 1 or 2, into the front of `row`.
    ///
    /// # Panics
    ///
    /// Panics when there is no such row or plane, or when `row` is shorter than it.
    fn copy_row(&self, plane: usize, y: u32, row: &mut [u16]);
}

/// The picture to be, of interleaved samples.
pub(super) struct Canvas {
    width: u32,
    height: u32,
    n_channels: usize,
    samples: Samples,
}

enum Samples {
    Eight(Vec<u8>),
    Sixteen(Vec<u16>),
}

impl Canvas {
    /// Black, and opaque.
    pub(super) fn new(headers: &Headers<'_>) -> Self {
        let n_channels = usize::from(headers.channels);
        let n_samples = headers.width as usize * headers.height as usize * n_channels;
        let samples = if headers.bits > 8 {
            Samples::Sixteen(vec![0; n_samples])
        } else {
            Samples::Eight(vec![0; n_samples])
        };
        Self { width: headers.width, height: headers.height, n_channels, samples }
    }

    /// The largest value of a sample.
    pub(super) const fn largest(&self) -> u16 {
        match self.samples {
            Samples::Eight(_) => 255,
            Samples::Sixteen(_) => 65_535,
        }
    }

    /// Puts the colors of a tile where its left upper corner belongs; what reaches beyond is left out.
    pub(super) fn lay_colors(&mut self, frame: &dyn Planes, matrix: &Matrix, left: u32, top: u32) {
        let shape = frame.shape();
        let mut luma = vec![0; shape.width as usize];
        let mut differences = (!shape.is_gray).then(|| Differences::new(frame));
        for y in 0..shape.height.min(self.height - top) {
            frame.copy_row(0, y, &mut luma);
            let place = self.place(left, top + y, shape.width);
            match &mut differences {
                None => {
                    let grays = luma.iter().map(|sample| [matrix.gray(*sample)]);
                    self.samples.put(place, self.n_channels, 0, grays);
                }
                Some(differences) => {
                    differences.read(y);
                    let pixels = luma.iter().enumerate().map(|(x, sample)| {
                        let (blue, red) = differences.at(x);
                        matrix.rgb(*sample, blue, red)
                    });
                    self.samples.put(place, self.n_channels, 0, pixels);
                }
            }
        }
    }

    /// The same of alpha.
    pub(super) fn lay_alpha(&mut self, frame: &dyn Planes, matrix: &Matrix, left: u32, top: u32) {
        let shape = frame.shape();
        let mut row = vec![0; shape.width as usize];
        for y in 0..shape.height.min(self.height - top) {
            frame.copy_row(0, y, &mut row);
            let place = self.place(left, top + y, shape.width);
            let alphas = row.iter().map(|sample| [matrix.gray(*sample)]);
            self.samples.put(place, self.n_channels, self.n_channels - 1, alphas);
        }
    }

    pub(super) fn into_image(self) -> Option<DynamicImage> {
        let (width, height) = (self.width, self.height);
        match (self.samples, self.n_channels) {
            (Samples::Eight(all), 1) => {
                ImageBuffer::from_raw(width, height, all).map(DynamicImage::ImageLuma8)
            }
            (Samples::Eight(all), 2) => {
                ImageBuffer::from_raw(width, height, all).map(DynamicImage::ImageLumaA8)
            }
            (Samples::Eight(all), 3) => {
                ImageBuffer::from_raw(width, height, all).map(DynamicImage::ImageRgb8)
            }
            (Samples::Eight(all), _) => {
                ImageBuffer::from_raw(width, height, all).map(DynamicImage::ImageRgba8)
            }
            (Samples::Sixteen(all), 1) => {
                ImageBuffer::from_raw(width, height, all).map(DynamicImage::ImageLuma16)
            }
            (Samples::Sixteen(all), 2) => {
                ImageBuffer::from_raw(width, height, all).map(DynamicImage::ImageLumaA16)
            }
            (Samples::Sixteen(all), 3) => {
                ImageBuffer::from_raw(width, height, all).map(DynamicImage::ImageRgb16)
            }
            (Samples::Sixteen(all), _) => {
                ImageBuffer::from_raw(width, height, all).map(DynamicImage::ImageRgba16)
            }
        }
    }

    /// The samples of a row from `left` on, `width` pixels or as many as there are.
    fn place(&self, left: u32, y: u32, width: u32) -> std::ops::Range<usize> {
        let start = (y as usize * self.width as usize + left as usize) * self.n_channels;
        start..start + width.min(self.width - left) as usize * self.n_channels
    }
}

impl Samples {
    /// Writes `pixels` over the channels from `channel` on of the pixels at `place`.
    fn put<const N: usize>(
        &mut self,
        place: std::ops::Range<usize>,
        n_channels: usize,
        channel: usize,
        pixels: impl Iterator<Item = [u16; N]>,
    ) {
        match self {
            Self::Eight(samples) => {
                for (to, from) in samples[place].chunks_exact_mut(n_channels).zip(pixels) {
                    to[channel..channel + N].copy_from_slice(&from.map(|sample| sample as u8));
                }
            }
            Self::Sixteen(samples) => {
                for (to, from) in samples[place].chunks_exact_mut(n_channels).zip(pixels) {
                    to[channel..channel + N].copy_from_slice(&from);
                }
            }
        }
    }
}

/// Differences of color along one row of pixels.
struct Differences<'a> {
    frame: &'a dyn Planes,
    shape: Shape,
    /// Of blue and red, four times as large as samples.
    rows: [Vec<u16>; 2],
    /// A row as it is stored.
    stored: Vec<u16>,
}

impl<'a> Differences<'a> {
    fn new(frame: &'a dyn Planes) -> Self {
        let shape = frame.shape();
        let width = shape.width as usize;
        Self { frame, shape, rows: [vec![0; width], vec![0; width]], stored: vec![0; width] }
    }

    /// Prepares the row `y` of pixels.
    fn read(&mut self, y: u32) {
        for (row, plane) in self.rows.iter_mut().zip(1..) {
            if self.shape.halves_height {
                let (near, far) = neighbors(y, self.shape.height.div_ceil(2));
                self.frame.copy_row(plane, near, row);
                self.frame.copy_row(plane, far, &mut self.stored);
                for (near, far) in row.iter_mut().zip(&self.stored) {
                    *near = 3 * *near + far;
                }
            } else {
                self.frame.copy_row(plane, y, row);
                for sample in row {
                    *sample *= 4;
                }
            }
        }
    }

    /// Of a pixel of the row: blue and red, 16 times as large as samples.
    fn at(&self, x: usize) -> (i64, i64) {
        let [blue, red] = self.rows.each_ref().map(|row| {
            if self.shape.halves_width {
                let (near, far) = neighbors(x as u32, self.shape.width.div_ceil(2));
                3 * i64::from(row[near as usize]) + i64::from(row[far as usize])
            } else {
                4 * i64::from(row[x])
            }
        });
        (blue, red)
    }
}

/// Of `count` samples of half the resolution, the one that a pixel belongs to, and the next one on its side.
fn neighbors(at: u32, count: u32) -> (u32, u32) {
    let near = at / 2;
    let far = if at.is_multiple_of(2) { near.saturating_sub(1) } else { (near + 1).min(count - 1) };
    (near, far)
}
