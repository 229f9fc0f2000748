//! `dither:NAME`: few colors that look like many.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    strength::Strength,
    text::{Element, invalid, out_of_range},
    word::serde_checked,
};
use crate::{
    dither::{Algorithm, Metric, Palette, Quantizer, dither},
    error::Result,
    limits::Limits,
    picture::Picture,
};

/// Reduces the picture to few colors and spreads the error so that the eye mixes them back.
///
/// Text: `dither:NAME`, then in any order `:levels=2…256`, `:palette=NAME|rrggbb.rrggbb…` or `:colors=2…256`,
/// `:quantizer=NAME`, `:metric=NAME`, `:serpentine`, `:strength=0…1`, `:linear`.
///
/// Pixels that are less than half opaque become wholly transparent and the others wholly opaque.
///
/// # Examples
///
/// ```
/// use portreto_core::transform::{Algorithm, Dither, Transform};
///
/// let dither = Dither::new(Algorithm::Atkinson).palette("gameboy".parse()?).serpentine(true);
/// let transform = Transform::new().dither(dither);
/// assert_eq!(transform.to_string(), "dither:atkinson:palette=gameboy:serpentine");
/// # Ok::<(), portreto_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct Dither {
    algorithm: Algorithm,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    levels: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    palette: Option<Palette>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    colors: Option<u16>,
    #[serde(default, skip_serializing_if = "Quantizer::is_default")]
    quantizer: Quantizer,
    #[serde(default, skip_serializing_if = "Metric::is_default")]
    metric: Metric,
    #[serde(default)]
    serpentine: bool,
    #[serde(default)]
    strength: Strength,
    #[serde(default)]
    linear: bool,
}

/// The colors that a dither may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colors<'a> {
    /// So many evenly spaced values in each channel, 2 to 256.
    Levels(u16),
    /// These.
    Palette(&'a Palette),
}

const DEFAULT_LEVELS: u16 = 2;

const QUANTIZER_NEEDS: &str = "dither quantizer chooses colors: it needs colors=";
const METRIC_NEEDS: &str = "dither metric compares colors: it needs palette= or colors=";

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
            serpentine: false,
            strength: Strength::FULL,
            linear: false,
        }
    }

    /// Uses `levels` evenly spaced values in each channel, 2 to 256, instead of a palette.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when out of range.
    pub fn levels(self, levels: u16) -> Result<Self> {
        let levels = (levels != DEFAULT_LEVELS).then_some(levels);
        let (quantizer, metric) = (Quantizer::default(), Metric::default());
        Self { levels, palette: None, colors: None, quantizer, metric, ..self }.checked()
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
        Self { levels: None, palette: None, colors: Some(n_colors), ..self }.checked()
    }

    /// How the colors are chosen for the picture.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` unless [`Dither::colors`] has been asked for.
    pub fn quantizer(self, quantizer: Quantizer) -> Result<Self> {
        Self { quantizer, ..self }.checked()
    }

    /// What makes a color of the palette the nearest one.
    ///
    /// A palette of grays sees the picture's luma, and compares values whatever the metric.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` unless there is a palette, or there are colors chosen for the picture.
    pub fn metric(self, metric: Metric) -> Result<Self> {
        Self { metric, ..self }.checked()
    }

    /// Runs every other row from right to left, which breaks up the worms of error diffusion.
    #[must_use]
    pub fn serpentine(mut self, serpentine: bool) -> Self {
        self.serpentine = serpentine;
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

    pub(crate) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The colors to use. Those that are to be chosen for a picture have to be [`settled`](Self::settled) first.
    pub(crate) fn color_choice(&self) -> Colors<'_> {
        match &self.palette {
            Some(palette) => Colors::Palette(palette),
            None => Colors::Levels(self.levels.unwrap_or(DEFAULT_LEVELS)),
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

    pub(crate) fn is_serpentine(&self) -> bool {
        self.serpentine
    }

    pub(crate) fn strength_thousandths(&self) -> u16 {
        self.strength.thousandths()
    }

    pub(crate) fn is_linear(&self) -> bool {
        self.linear
    }

    pub(super) fn apply(&self, picture: &Picture, limits: &Limits) -> Result<Picture> {
        dither(&picture.to_direct(), self, limits)
    }

    pub(super) const NAME: &str = "dither";

    pub(super) fn parse(mut element: Element<'_>) -> Result<Self> {
        let algorithm = element.first("an algorithm, such as floyd-steinberg")?.parse()?;
        let (mut levels, mut palette, mut colors) = (None, None, None);
        let (mut quantizer, mut metric) = (None, None);
        let (mut serpentine, mut strength, mut linear) = (None, None, None);
        for argument in element {
            match argument.key {
                "levels" => {
                    let value = argument.number()?;
                    let range = |_| out_of_range("dither levels", value, "2 to 256");
                    argument.once(&mut levels, u16::try_from(value).map_err(range)?)?;
                }
                "colors" => {
                    let value = argument.number()?;
                    let range = |_| out_of_range("dither colors", value, "2 to 256");
                    argument.once(&mut colors, u16::try_from(value).map_err(range)?)?;
                }
                "quantizer" => argument.once(&mut quantizer, argument.parse()?)?,
                "metric" => argument.once(&mut metric, argument.parse()?)?,
                "palette" => argument.once(&mut palette, argument.parse()?)?,
                "serpentine" => argument.once(&mut serpentine, argument.flag()?)?,
                "strength" => argument.once(&mut strength, argument.parse()?)?,
                "linear" => argument.once(&mut linear, argument.flag()?)?,
                _ => {
                    let known = "levels=, palette= or colors=, quantizer=, metric=, serpentine, strength=, \
                                 linear";
                    return Err(argument.unexpected(known));
                }
            }
        }
        // Also where they say the default.
        if quantizer.is_some() && colors.is_none() {
            return Err(invalid(QUANTIZER_NEEDS));
        }
        if metric.is_some() && palette.is_none() && colors.is_none() {
            return Err(invalid(METRIC_NEEDS));
        }
        let dither = Self {
            algorithm,
            levels,
            palette,
            colors,
            quantizer: quantizer.unwrap_or_default(),
            metric: metric.unwrap_or_default(),
            serpentine: serpentine.unwrap_or_default(),
            strength: strength.unwrap_or_default(),
            linear: linear.unwrap_or_default(),
        };
        dither.checked()
    }

    /// Checks the values, and makes the default the only way to say the default.
    fn checked(mut self) -> Result<Self> {
        let named = [
            ("levels", self.levels.is_some()),
            ("palette", self.palette.is_some()),
            ("colors", self.colors.is_some()),
        ];
        let mut named = named.into_iter().filter_map(|(name, is_there)| is_there.then_some(name));
        if let (Some(one), Some(other)) = (named.next(), named.next()) {
            return Err(invalid(format!("dither takes either {one} or {other}, not both")));
        }
        for (field, n) in [("dither levels", self.levels), ("dither colors", self.colors)] {
            if let Some(n) = n.filter(|n| !(2..=256).contains(n)) {
                return Err(out_of_range(field, n, "2 to 256"));
            }
        }
        if !self.quantizer.is_default() && self.colors.is_none() {
            return Err(invalid(QUANTIZER_NEEDS));
        }
        if !self.metric.is_default() && self.palette.is_none() && self.colors.is_none() {
            return Err(invalid(METRIC_NEEDS));
        }
        self.levels = self.levels.filter(|&levels| levels != DEFAULT_LEVELS);
        Ok(self)
    }
}

impl fmt::Display for Dither {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", Self::NAME, self.algorithm)?;
        if let Some(levels) = self.levels {
            write!(f, ":levels={levels}")?;
        }
        if let Some(palette) = &self.palette {
            write!(f, ":palette={palette}")?;
        }
        if let Some(colors) = self.colors {
            write!(f, ":colors={colors}")?;
        }
        if !self.quantizer.is_default() {
            write!(f, ":quantizer={}", self.quantizer)?;
        }
        if !self.metric.is_default() {
            write!(f, ":metric={}", self.metric)?;
        }
        if self.serpentine {
            f.write_str(":serpentine")?;
        }
        if self.strength != Strength::FULL {
            write!(f, ":strength={}", self.strength)?;
        }
        if self.linear {
            f.write_str(":linear")?;
        }
        Ok(())
    }
}

serde_checked!(Dither);
