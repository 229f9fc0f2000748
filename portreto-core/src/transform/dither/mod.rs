//! `dither:NAME`: few colors that look like many.

mod alpha;
mod levels;
mod sense;
mod text;

use serde::{Deserialize, Serialize};

use super::{strength::Strength, word::serde_checked};
use crate::{
    dither::{Algorithm, Family, Matrix, Metric, Palette, Quantizer, Weights, dither},
    error::Result,
    limits::Limits,
    picture::Picture,
};

pub use self::{alpha::Alpha, levels::Levels};

/// Reduces the picture to few colors and spreads the error so that the eye mixes them back.
///
/// Text: `dither:NAME`, then in any order
///
/// | option | what it does | where it has a meaning |
/// |---|---|---|
/// | `levels=2…256`, `levels=R.G.B` | so many evenly spaced values in each channel; 2 at first | everywhere but `otsu`, which has two; the Yliluomas mix at most 256 colors |
/// | `palette=NAME`, `palette=rrggbb.rrggbb…` | these colors instead of levels | everywhere; `otsu` takes two grays |
/// | `colors=2…256` | so many colors, chosen for the picture | everywhere but `otsu` |
/// | `quantizer=NAME` | how they are chosen, see [`Quantizer`] | with `colors` |
/// | `metric=NAME` | what makes a color the nearest, see [`Metric`] | with a palette or `colors`, but the Yliluomas, which have their own |
/// | `grayscale` | the picture's luma (Rec. 709, of light with `linear`) instead of its color | everywhere; a palette of grays always sees luma |
/// | `recolor` | luma in as many even steps as the palette has colors, in the palette's order | with a palette or `colors` |
/// | `serpentine` | every other row backwards | error diffusion by a kernel; `ostromoukhov` and `zhou-fang` always are |
/// | `strength=0…1` | how much of the error is spread, or how strong the pattern is | everywhere but `threshold`, `otsu` and the Yliluomas |
/// | `linear` | light instead of sRGB values | everywhere |
/// | `alpha=threshold`, `keep`, `dither` | what becomes of transparency, see [`Alpha`] | everywhere |
/// | `seed=0…4294967295` | which noise; 0 at first | `random`, `zhou-fang` |
/// | `cutoff=0…1` | from where a value goes up to the next level; 0.5 at first | `threshold` |
/// | `matrix=0.2-3.1` | the [`Matrix`] of thresholds | `ordered`, which needs it |
/// | `weights=0.x.7-3.5.1@16` | the [`Weights`] of neighbors | `kernel`, which needs it |
///
/// An option that has no meaning for an algorithm is refused, not ignored.
///
/// # Examples
///
/// ```
/// use portreto_core::transform::{Algorithm, Dither, Transform};
///
/// let dither = Dither::new(Algorithm::Atkinson).palette("gameboy".parse()?).serpentine(true);
/// let transform = Transform::new().dither(dither);
/// assert_eq!(transform.to_string(), "dither:atkinson:palette=gameboy:serpentine");
/// let refused = Transform::new().dither(Dither::new(Algorithm::Bayer8).serpentine(true));
/// assert!(refused.check().is_err(), "a threshold map has no direction");
/// # Ok::<(), portreto_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "options that are set or not, each with its name in JSON"
)]
pub struct Dither {
    algorithm: Algorithm,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    levels: Option<Levels>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    palette: Option<Palette>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    colors: Option<u16>,
    #[serde(default, skip_serializing_if = "Quantizer::is_default")]
    quantizer: Quantizer,
    #[serde(default, skip_serializing_if = "Metric::is_default")]
    metric: Metric,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    matrix: Option<Matrix>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    weights: Option<Weights>,
    #[serde(default)]
    grayscale: bool,
    #[serde(default)]
    recolor: bool,
    #[serde(default)]
    serpentine: bool,
    #[serde(default)]
    strength: Strength,
    #[serde(default)]
    linear: bool,
    #[serde(default)]
    alpha: Alpha,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cutoff: Option<Strength>,
    #[serde(default)]
    seed: u32,
}

/// The colors that a dither may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colors<'a> {
    /// So many evenly spaced values in each channel.
    Levels(Levels),
    /// These.
    Palette(&'a Palette),
}

impl Dither {
    /// Dithers to two levels in each channel, in raster order, at full strength, in sRGB values.
    #[must_use]
    pub fn new(algorithm: Algorithm) -> Self {
        Self {
            algorithm,
            levels: None,
            palette: None,
            colors: None,
            quantizer: Quantizer::default(),
            metric: Metric::default(),
            matrix: None,
            weights: None,
            grayscale: false,
            recolor: false,
            serpentine: false,
            strength: Strength::FULL,
            linear: false,
            alpha: Alpha::Threshold,
            cutoff: None,
            seed: 0,
        }
    }

    /// Ordered dither by a matrix of one's own.
    #[must_use]
    pub fn ordered(matrix: Matrix) -> Self {
        Self { matrix: Some(matrix), ..Self::new(Algorithm::Ordered) }
    }

    /// Error diffusion by a kernel of one's own.
    #[must_use]
    pub fn kernel(weights: Weights) -> Self {
        Self { weights: Some(weights), ..Self::new(Algorithm::Kernel) }
    }

    /// Uses `levels` evenly spaced values in each channel, 2 to 256, instead of a palette.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when out of range.
    pub fn levels(self, levels: u16) -> Result<Self> {
        Ok(self.channel_levels(Levels::new(levels)?))
    }

    /// Uses evenly spaced values, as many as `levels` says for each channel, instead of a palette.
    #[must_use]
    pub fn channel_levels(self, levels: Levels) -> Self {
        let levels = (levels != Levels::default()).then_some(levels);
        let (quantizer, metric) = (Quantizer::default(), Metric::default());
        Self { levels, palette: None, colors: None, quantizer, metric, ..self }
    }

    /// Uses the colors of `palette` instead of levels.
    #[must_use]
    pub fn palette(self, palette: Palette) -> Self {
        let quantizer = Quantizer::default();
        Self { levels: None, palette: Some(palette), colors: None, quantizer, ..self }
    }

    /// Uses at most `n_colors` colors, 2 to 256, that are chosen for the picture by its opaque pixels.
    ///
    /// A picture of no more colors keeps exactly these, and a gray picture gets grays. Where there are transparent
    /// pixels, 256 means 255 and the transparent color.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when out of range.
    pub fn colors(self, n_colors: u16) -> Result<Self> {
        Self { levels: None, palette: None, colors: Some(n_colors), ..self }.with_colors_checked()
    }

    /// How the colors are chosen for the picture.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` unless [`Dither::colors`] has been asked for.
    pub fn quantizer(self, quantizer: Quantizer) -> Result<Self> {
        Self { quantizer, ..self }.with_colors_checked()
    }

    /// What makes a color of the palette the nearest one.
    ///
    /// A palette of grays sees the picture's luma, and compares values whatever the metric.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` unless there is a palette, or there are colors chosen for the picture.
    pub fn metric(self, metric: Metric) -> Result<Self> {
        Self { metric, ..self }.with_colors_checked()
    }

    /// Dithers the picture's luma (ITU-R BT.709, of light when [`linear`](Self::linear)) instead of its color.
    #[must_use]
    pub fn grayscale(mut self, grayscale: bool) -> Self {
        self.grayscale = grayscale;
        self
    }

    /// Dithers luma to as many even steps as the palette has colors, and shows the first color for black and the last
    /// for white, whatever they look like. Needs a palette.
    #[must_use]
    pub fn recolor(mut self, recolor: bool) -> Self {
        self.recolor = recolor;
        self
    }

    /// Runs every other row from right to left, which breaks up the worms of error diffusion.
    #[must_use]
    pub fn serpentine(mut self, serpentine: bool) -> Self {
        self.serpentine = serpentine && !self.is_always_serpentine();
        self
    }

    /// How much of the error is spread, or how strong the threshold pattern is; all of it at first.
    #[must_use]
    pub fn strength(mut self, strength: Strength) -> Self {
        self.strength = strength;
        self
    }

    /// Spreads light instead of sRGB values, so that the result is as bright as the picture.
    #[must_use]
    pub fn linear(mut self, linear: bool) -> Self {
        self.linear = linear;
        self
    }

    /// What becomes of transparency.
    #[must_use]
    pub fn alpha(mut self, alpha: Alpha) -> Self {
        self.alpha = alpha;
        self
    }

    /// From where between two levels a value goes up, for [`Algorithm::Threshold`]: 0.5 at first.
    #[must_use]
    pub fn cutoff(mut self, cutoff: Strength) -> Self {
        self.cutoff = (cutoff.thousandths() != 500).then_some(cutoff);
        self
    }

    /// Which noise, for those algorithms that have some.
    #[must_use]
    pub fn seed(mut self, seed: u32) -> Self {
        self.seed = seed;
        self
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The colors to use. Those that are to be chosen for a picture have to be [`settled`](Self::settled) first.
    pub(crate) fn color_choice(&self) -> Colors<'_> {
        match &self.palette {
            Some(palette) => Colors::Palette(palette),
            None => Colors::Levels(self.levels.unwrap_or_default()),
        }
    }

    /// How many colors are to be chosen for the picture, and how.
    pub(crate) fn adaptive(&self) -> Option<(u16, Quantizer)> {
        self.colors.map(|n_colors| (n_colors, self.quantizer))
    }

    /// The same with the colors that were chosen for the picture.
    pub(crate) fn settled(&self, palette: Palette) -> Self {
        self.clone().palette(palette)
    }

    pub(crate) fn color_metric(&self) -> Metric {
        self.metric
    }

    pub(crate) fn own_matrix(&self) -> Option<&Matrix> {
        self.matrix.as_ref()
    }

    pub(crate) fn own_weights(&self) -> Option<&Weights> {
        self.weights.as_ref()
    }

    pub(crate) fn is_grayscale(&self) -> bool {
        self.grayscale
    }

    pub(crate) fn is_recolor(&self) -> bool {
        self.recolor
    }

    pub(crate) fn is_serpentine(&self) -> bool {
        self.serpentine
    }

    pub(crate) fn strength_thousandths(&self) -> u16 {
        self.strength.thousandths()
    }

    pub(crate) fn is_linear(&self) -> bool {
        self.linear
    }

    pub(crate) fn alpha_rule(&self) -> Alpha {
        self.alpha
    }

    pub(crate) fn cutoff_thousandths(&self) -> Option<u16> {
        self.cutoff.map(Strength::thousandths)
    }

    pub(crate) fn noise_seed(&self) -> u32 {
        self.seed
    }

    /// How alpha is dithered: in the same way, to transparent and opaque.
    pub(crate) fn of_alpha(&self) -> Self {
        let bare = Self::new(self.algorithm);
        Self {
            levels: bare.levels,
            palette: bare.palette,
            colors: bare.colors,
            quantizer: bare.quantizer,
            metric: bare.metric,
            grayscale: bare.grayscale,
            recolor: bare.recolor,
            linear: bare.linear,
            alpha: Alpha::Keep,
            ..self.clone()
        }
    }

    pub(super) fn apply(&self, picture: &Picture, limits: &Limits) -> Result<Picture> {
        dither(&picture.to_direct(), self, limits)
    }

    pub(super) const NAME: &str = "dither";

    /// Checks the options, and makes the default the only way to say the default.
    fn checked(mut self) -> Result<Self> {
        self.levels = self.levels.filter(|&levels| levels != Levels::default());
        self.cutoff = self.cutoff.filter(|cutoff| cutoff.thousandths() != 500);
        self.serpentine &= !self.is_always_serpentine();
        self.check()?;
        Ok(self)
    }

    /// Serpentine by definition: to say so changes nothing.
    fn is_always_serpentine(&self) -> bool {
        self.algorithm.family() == Family::Variable
    }
}

serde_checked!(Dither);
