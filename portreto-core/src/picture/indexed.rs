//! Pictures of few colors.

use std::borrow::Cow;

use image::{DynamicImage, GrayAlphaImage, GrayImage, RgbImage, RgbaImage};

use super::Depth;

/// A picture of at most 256 colors, its indices packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Indexed {
    /// Pixels.
    pub(crate) width: u32,
    /// Pixels.
    pub(crate) height: u32,
    /// Red, green, blue, alpha; 1 to 256 entries.
    pub(crate) palette: Vec<[u8; 4]>,
    /// The smallest that holds the palette, or more.
    pub(crate) depth: Depth,
    /// From top to bottom, [`Self::row_bytes`] each, as [`Depth::pack`] makes them; each index is below
    /// `palette.len()`.
    pub(crate) rows: Vec<u8>,
}

impl Indexed {
    /// A picture that is all of the first of `palette`'s colors.
    pub(crate) fn new(width: u32, height: u32, palette: Vec<[u8; 4]>) -> Self {
        let depth = Depth::holding(palette.len());
        let rows = vec![0; depth.row_bytes(width) * height as usize];
        Self { width, height, palette, depth, rows }
    }

    /// A picture by its indices, one byte a pixel, row by row.
    pub(crate) fn from_indices(
        width: u32,
        height: u32,
        palette: Vec<[u8; 4]>,
        indices: &[u8],
    ) -> Self {
        let mut picture = Self::new(width, height, palette);
        let depth = picture.depth;
        for (row, indices) in picture.rows_mut().zip(indices.chunks_exact(width as usize)) {
            depth.pack(indices, row);
        }
        picture
    }

    /// Bytes of one row.
    pub(crate) fn row_bytes(&self) -> usize {
        self.depth.row_bytes(self.width)
    }

    /// The packed rows, from top to bottom.
    pub(crate) fn rows(&self) -> impl DoubleEndedIterator<Item = &[u8]> + ExactSizeIterator {
        self.rows.chunks_exact(self.row_bytes())
    }

    /// The packed rows, to be filled.
    pub(crate) fn rows_mut(&mut self) -> impl Iterator<Item = &mut [u8]> {
        let row_bytes = self.row_bytes();
        self.rows.chunks_exact_mut(row_bytes)
    }

    /// Shows each row's indices, one byte a pixel, from top to bottom.
    pub(crate) fn each_row(&self, mut show: impl FnMut(&[u8])) {
        let mut indices = vec![0; self.width as usize];
        for row in self.rows() {
            self.depth.unpack(row, &mut indices);
            show(&indices);
        }
    }

    /// All indices, one byte a pixel, row by row.
    pub(crate) fn indices(&self) -> Vec<u8> {
        let mut indices = Vec::with_capacity(self.width as usize * self.height as usize);
        self.each_row(|row| indices.extend_from_slice(row));
        indices
    }

    /// Whether every color is a gray.
    pub(crate) fn is_gray(&self) -> bool {
        self.palette.iter().all(|color| color[0] == color[1] && color[1] == color[2])
    }

    /// Whether every color is opaque.
    pub(crate) fn is_opaque(&self) -> bool {
        self.palette.iter().all(|color| color[3] == 255)
    }

    /// The colors of all pixels; gray and opaque pictures become `L` and `Rgb`.
    pub(crate) fn to_direct(&self) -> DynamicImage {
        let (width, height) = (self.width, self.height);
        match (self.is_gray(), self.is_opaque()) {
            (true, true) => {
                let samples = self.samples(|[gray, ..]| [gray]);
                GrayImage::from_raw(width, height, samples).map(Into::into)
            }
            (true, false) => {
                let samples = self.samples(|[gray, _, _, alpha]| [gray, alpha]);
                GrayAlphaImage::from_raw(width, height, samples).map(Into::into)
            }
            (false, true) => {
                let samples = self.samples(|[red, green, blue, _]| [red, green, blue]);
                RgbImage::from_raw(width, height, samples).map(Into::into)
            }
            (false, false) => {
                RgbaImage::from_raw(width, height, self.samples(|color| color)).map(Into::into)
            }
        }
        // There is a color for each pixel.
        .unwrap_or_default()
    }

    /// The same picture with as many bits a pixel as `depth`, which is not below its own.
    pub(crate) fn deepened(&self, depth: Depth) -> Cow<'_, Self> {
        if depth == self.depth {
            return Cow::Borrowed(self);
        }
        let (width, height) = (self.width, self.height);
        let rows = vec![0; depth.row_bytes(width) * height as usize];
        let mut deeper = Self { width, height, palette: self.palette.clone(), depth, rows };
        let mut rows = deeper.rows_mut();
        self.each_row(|indices| {
            if let Some(row) = rows.next() {
                depth.pack(indices, row);
            }
        });
        drop(rows);
        Cow::Owned(deeper)
    }

    /// What `of` makes of each pixel's color.
    pub(crate) fn samples<const N: usize>(&self, of: impl Fn([u8; 4]) -> [u8; N]) -> Vec<u8> {
        let mut colors = [[0; N]; 256];
        for (color, entry) in colors.iter_mut().zip(&self.palette) {
            *color = of(*entry);
        }
        let mut samples = vec![0; self.width as usize * self.height as usize * N];
        let mut pixels = samples.as_chunks_mut::<N>().0.iter_mut();
        self.each_row(|indices| {
            for (index, pixel) in indices.iter().zip(&mut pixels) {
                *pixel = colors[usize::from(*index)];
            }
        });
        samples
    }
}
