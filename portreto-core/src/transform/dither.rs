//! `dither:NAME`: few colors that look like many.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    strength::Strength,
    text::{Element, invalid, out_of_range},
    word::serde_checked,
};
use crate::{
    dither::{Algorithm, Palette, dither},
    error::Result,
    limits::Limits,
    picture::Picture,
};

/// Reduces the picture to few colors and spreads the error so that the eye mixes them back.
///
/// Text: `dither:NAME`, then in any order `:levels=2…256` or `:palette=NAME|rrggbb.rrggbb…`, `:serpentine`,
/// `:strength=0…1`, `:linear`.
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

impl Dither {
    /// Dithers to two levels in each channel, in raster order, at full strength, in sRGB values.
    #[must_use]
    pub fn new(algorithm: Algorithm) -> Self {
        Self {
            algorithm,
            levels: None,
            palette: None,
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
    pub fn levels(mut self, levels: u16) -> Result<Self> {
        self.levels = (levels != DEFAULT_LEVELS).then_some(levels);
        self.palette = None;
        self.checked()
    }

    /// Uses the colors of `palette` instead of levels.
    #[must_use]
    pub fn palette(mut self, palette: Palette) -> Self {
        self.palette = Some(palette);
        self.levels = None;
        self
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

    pub(crate) fn colors(&self) -> Colors<'_> {
        match &self.palette {
            Some(palette) => Colors::Palette(palette),
            None => Colors::Levels(self.levels.unwrap_or(DEFAULT_LEVELS)),
        }
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
        let (mut levels, mut palette) = (None, None);
        let (mut serpentine, mut strength, mut linear) = (None, None, None);
        for argument in element {
            match argument.key {
                "levels" => {
                    let value = argument.number()?;
                    let range = |_| out_of_range("dither levels", value, "2 to 256");
                    argument.once(&mut levels, u16::try_from(value).map_err(range)?)?;
                }
                "palette" => argument.once(&mut palette, argument.parse()?)?,
                "serpentine" => argument.once(&mut serpentine, argument.flag()?)?,
                "strength" => argument.once(&mut strength, argument.parse()?)?,
                "linear" => argument.once(&mut linear, argument.flag()?)?,
                _ => {
                    let known = "levels= or palette=, serpentine, strength=, linear";
                    return Err(argument.unexpected(known));
                }
            }
        }
        let dither = Self {
            algorithm,
            levels,
            palette,
            serpentine: serpentine.unwrap_or_default(),
            strength: strength.unwrap_or_default(),
            linear: linear.unwrap_or_default(),
        };
        dither.checked()
    }

    /// Checks the values, and makes the default the only way to say the default.
    fn checked(mut self) -> Result<Self> {
        if let Some(levels) = self.levels {
            if self.palette.is_some() {
                return Err(invalid("dither takes either levels or palette, not both"));
            }
            if !(2..=256).contains(&levels) {
                return Err(out_of_range("dither levels", levels, "2 to 256"));
            }
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
