//! Palettes that are chosen for a picture, or for many.
//!
//! Every way starts from a [`Histogram`] of the opaque pixels and is computed in whole numbers, or in floating point
//! whose order is stated, so that every machine chooses the same colors. Colors are sorted from dark to light.

mod exact;
mod histogram;
mod k_means;
mod median_cut;
mod octree;
mod sample;
#[cfg(test)]
mod tests;
mod wu;

use std::borrow::Cow;

use image::DynamicImage;

use self::{histogram::Histogram, sample::Sample};
use super::Palette;
use crate::{
    decode::decode,
    error::Result,
    limits::Limits,
    transform::{Dither, text::out_of_range, word::words},
};

words! {
    /// How colors are chosen for a picture.
    #[derive(Default)]
    #[non_exhaustive]
    pub enum Quantizer: "quantizer" {
        /// Wu's cuts of least variance (1992), in OKLab: quick and good.
        #[default]
        Wu = "wu",
        /// Wu's colors, moved to the means of what is nearest to them (Lloyd, 1982), in OKLab: the best, slower.
        KMeans = "k-means",
        /// Heckbert's cuts at the median (1982), in RGB.
        MedianCut = "median-cut",
        /// Gervautz and Purgathofer's tree (1988), in RGB: keeps small patches of strong color.
        Octree = "octree",
    }
}

impl Quantizer {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it so")]
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// At most `n_colors` colors, 1 to 256, for what `histogram` has counted, from dark to light.
    fn colors(self, histogram: &Histogram, n_colors: usize) -> Vec<[u8; 3]> {
        let samples = histogram.samples();
        let mut colors: Vec<[u8; 3]> = if histogram.is_exact() && samples.len() <= n_colors {
            samples.iter().map(Sample::rgb).collect()
        } else {
            match self {
                Self::Wu => wu::colors(&samples, n_colors),
                Self::KMeans => k_means::colors(&samples, n_colors),
                Self::MedianCut => median_cut::colors(samples, n_colors),
                Self::Octree => octree::colors(&samples, n_colors),
            }
        };
        if histogram.is_gray() {
            // Green has the greatest part in a gray; the others differ by rounding at most.
            colors = colors.iter().map(|color| [color[1]; 3]).collect();
        }
        colors.sort_unstable_by_key(|&color| (brightness(color), color));
        colors.dedup();
        if colors.is_empty() { vec![[0, 0, 0]] } else { colors }
    }
}

/// ITU-R BT.601's luma in thousandths; for the order only.
fn brightness([red, green, blue]: [u8; 3]) -> u32 {
    299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue)
}

/// `dither` with a palette, if it wants one that is chosen for `image`.
pub(crate) fn settled<'a>(image: &DynamicImage, dither: &'a Dither) -> Cow<'a, Dither> {
    let Some((n_colors, quantizer)) = dither.adaptive() else { return Cow::Borrowed(dither) };
    let mut histogram = Histogram::default();
    histogram.add(image);
    // An index is 8 bits, also for the transparent color.
    let n_colors = usize::from(n_colors).min(256 - usize::from(histogram.has_holes()));
    Cow::Owned(dither.settled(Palette::made(&quantizer.colors(&histogram, n_colors))))
}

/// Chooses one palette for many pictures: each counts by its opaque pixels.
///
/// # Examples
///
/// ```no_run
/// use portreto_core::{Limits, transform::{PaletteBuilder, Quantizer}};
///
/// # fn photos() -> Vec<Vec<u8>> { Vec::new() }
/// let mut builder = PaletteBuilder::new();
/// for photo in photos() {
///     builder.add(&photo, &Limits::default())?;
/// }
/// let palette = builder.finish(64, Quantizer::KMeans)?;
/// assert!(palette.colors().len() <= 64);
/// # Ok::<(), portreto_core::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct PaletteBuilder {
    histogram: Histogram,
}

impl PaletteBuilder {
    /// No pictures yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts the colors of one more picture, given as the bytes of its file. Takes memory for the time of the call only.
    ///
    /// # Errors
    ///
    /// As [`render`](crate::render); nothing has been counted then.
    pub fn add(&mut self, original: &[u8], limits: &Limits) -> Result<()> {
        self.histogram.add(&decode(original, limits)?.image);
        Ok(())
    }

    /// At most `n_colors` colors, 2 to 256, for all pictures together, from dark to light.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when `n_colors` is out of range, or the pictures have fewer than two colors.
    pub fn finish(&self, n_colors: u16, quantizer: Quantizer) -> Result<Palette> {
        if !(2..=256).contains(&n_colors) {
            return Err(out_of_range("number of colors", n_colors, "2 to 256"));
        }
        let made = Palette::made(&quantizer.colors(&self.histogram, usize::from(n_colors)));
        Palette::custom(made.colors())
    }
}
