//! One channel of real numbers.

use image::GrayImage;

/// A picture of one channel; 0 is black and 255 is white.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    width: usize,
    values: Vec<f64>,
}

impl Plane {
    /// Rows of `width` values each.
    ///
    /// # Panics
    ///
    /// When `values` is not a whole number of rows.
    #[must_use]
    pub fn new(width: usize, values: Vec<f64>) -> Self {
        assert!(width > 0 && values.len().is_multiple_of(width), "rows of {width}");
        Self { width, values }
    }

    /// Pixels in a row.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    #[must_use]
    pub fn height(&self) -> usize {
        self.values.len() / self.width
    }

    /// All values, row by row.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Row `y`.
    #[must_use]
    pub fn row(&self, y: usize) -> &[f64] {
        &self.values[y * self.width..(y + 1) * self.width]
    }

    /// The mean of all values.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.values.iter().sum::<f64>() / self.values.len() as f64
    }

    /// What `how` makes of each pair of values.
    ///
    /// # Panics
    ///
    /// When the sizes differ.
    #[must_use]
    pub fn with(&self, other: &Self, how: impl Fn(f64, f64) -> f64) -> Self {
        assert_eq!((self.width, self.values.len()), (other.width, other.values.len()), "sizes");
        let values = self.values.iter().zip(&other.values).map(|(&a, &b)| how(a, b));
        Self { width: self.width, values: values.collect() }
    }

    /// The same with rows and columns exchanged.
    #[must_use]
    pub fn transposed(&self) -> Self {
        let (width, height) = (self.width, self.height());
        let values = (0..width).flat_map(|x| (0..height).map(move |y| self.values[y * width + x]));
        Self { width: height, values: values.collect() }
    }

    /// The part without the outermost `margin` pixels.
    ///
    /// # Panics
    ///
    /// When nothing would be left.
    #[must_use]
    pub fn without_margin(&self, margin: usize) -> Self {
        let (width, height) = (self.width, self.height());
        assert!(2 * margin < width.min(height), "a margin of {margin} leaves nothing");
        let rows = (margin..height - margin).flat_map(|y| &self.row(y)[margin..width - margin]);
        Self { width: width - 2 * margin, values: rows.copied().collect() }
    }
}

impl From<&GrayImage> for Plane {
    fn from(image: &GrayImage) -> Self {
        Self::new(image.width() as usize, image.as_raw().iter().map(|&v| f64::from(v)).collect())
    }
}
