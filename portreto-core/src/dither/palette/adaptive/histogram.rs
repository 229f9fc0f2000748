//! What colors there are, and how often.

use image::DynamicImage;

use super::{
    exact::Exact,
    sample::{Sample, mean},
};
use crate::light::narrow;

/// Bits of each channel that tell cells apart: 32,768 cells of 32 bytes stay in a level-2 cache.
const BITS: u32 = 5;

/// The opaque pixels of pictures: color by color while there are few, then by cells of 8 × 8 × 8 colors, of which the
/// mean is kept. 16-bit samples count as the nearest 8-bit ones.
#[derive(Debug, Default)]
pub(crate) struct Histogram {
    /// All that has been met, as long as that is possible.
    exact: Exact,
    /// All that has been met since; none before.
    cells: Vec<Cell>,
    has_color: bool,
    has_holes: bool,
}

/// Pixels and the sums of their channels.
#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    n: u64,
    sums: [u64; 3],
}

impl Cell {
    #[inline]
    fn add(&mut self, color: [u8; 3], n: u64) {
        self.n += n;
        for (sum, sample) in self.sums.iter_mut().zip(color) {
            *sum += n * u64::from(sample);
        }
    }
}

#[inline]
fn cell([red, green, blue]: [u8; 3]) -> usize {
    let [red, green, blue] = [red, green, blue].map(|sample| usize::from(sample >> (8 - BITS)));
    (red << BITS | green) << BITS | blue
}

impl Histogram {
    /// Counts the pixels that are at least half opaque.
    pub(super) fn add(&mut self, image: &DynamicImage) {
        match image {
            DynamicImage::ImageLuma8(image) => {
                self.add_all(image.as_raw().iter().map(|&gray| Some([gray; 3])));
            }
            DynamicImage::ImageRgb8(image) => {
                self.add_all(image.as_raw().as_chunks::<3>().0.iter().map(|&color| Some(color)));
            }
            DynamicImage::ImageLumaA8(image) => {
                let opaque = |&[gray, alpha]: &[u8; 2]| (alpha >= 128).then_some([gray; 3]);
                self.add_all(image.as_raw().as_chunks::<2>().0.iter().map(opaque));
            }
            DynamicImage::ImageRgba8(image) => {
                let opaque = |&[red, green, blue, alpha]: &[u8; 4]| {
                    (alpha >= 128).then_some([red, green, blue])
                };
                self.add_all(image.as_raw().as_chunks::<4>().0.iter().map(opaque));
            }
            DynamicImage::ImageLuma16(image) => {
                self.add_all(image.as_raw().iter().map(|&gray| Some([narrow(gray); 3])));
            }
            DynamicImage::ImageRgb16(image) => {
                let color = |color: &[u16; 3]| Some(color.map(narrow));
                self.add_all(image.as_raw().as_chunks::<3>().0.iter().map(color));
            }
            DynamicImage::ImageLumaA16(image) => {
                let opaque =
                    |&[gray, alpha]: &[u16; 2]| (alpha >= 32768).then_some([narrow(gray); 3]);
                self.add_all(image.as_raw().as_chunks::<2>().0.iter().map(opaque));
            }
            DynamicImage::ImageRgba16(image) => {
                let opaque = |&[red, green, blue, alpha]: &[u16; 4]| {
                    (alpha >= 32768).then(|| [red, green, blue].map(narrow))
                };
                self.add_all(image.as_raw().as_chunks::<4>().0.iter().map(opaque));
            }
            // Nothing is decoded to floating point.
            other => self.add(&other.to_rgba16().into()),
        }
    }

    fn add_all(&mut self, mut pixels: impl Iterator<Item = Option<[u8; 3]>>) {
        // Few colors come in runs.
        let (mut last, mut n) = ([0; 3], 0);
        while self.is_exact() {
            match pixels.next() {
                Some(Some(color)) if color == last => n += 1,
                Some(Some(color)) => {
                    self.add_run(last, n);
                    (last, n) = (color, 1);
                }
                Some(None) => self.has_holes = true,
                None => return self.add_run(last, n),
            }
        }
        self.add_run(last, n);
        let cells = &mut self.cells[..1 << (3 * BITS)];
        for pixel in pixels {
            match pixel {
                Some(color) => cells[cell(color)].add(color, 1),
                None => self.has_holes = true,
            }
        }
    }

    fn add_run(&mut self, color: [u8; 3], n: u64) {
        if n == 0 {
            return;
        }
        self.has_color |= color[0] != color[1] || color[1] != color[2];
        if self.is_exact() {
            if self.exact.add(color, n) {
                return;
            }
            self.cells = vec![Cell::default(); 1 << (3 * BITS)];
            for (color, n) in self.exact.counts() {
                self.cells[cell(color)].add(color, n);
            }
        }
        self.cells[cell(color)].add(color, n);
    }

    /// Whether there are so few colors that each was counted apart. Always so for gray pictures.
    pub(super) fn is_exact(&self) -> bool {
        self.cells.is_empty()
    }

    pub(super) fn is_gray(&self) -> bool {
        !self.has_color
    }

    pub(super) fn has_holes(&self) -> bool {
        self.has_holes
    }

    /// Colors and how often each was met, in an order that depends on the colors alone.
    pub(super) fn samples(&self) -> Vec<Sample> {
        if self.is_exact() {
            let counts = self.exact.counts().into_iter();
            return counts
                .map(|(color, n)| Sample::new(color.map(|sample| u16::from(sample) * 257), n))
                .collect();
        }
        let met = self.cells.iter().filter(|cell| cell.n > 0);
        met.map(|cell| Sample::new(cell.sums.map(|sum| mean(sum * 257, cell.n)), cell.n)).collect()
    }
}
