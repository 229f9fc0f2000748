//! `round:RADIUS`: rounded corners.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    color::Color,
    milli::Milli,
    text::{Element, out_of_range},
    word::serde_checked,
};
use crate::{error::Result, limits::Limits, picture::Picture, surface::Surface};

/// Rounds the corners off.
///
/// Text: `round:PIXELS`, or `round:PERCENT:percent` of the shorter side (`round:50%` is read as well: a circle of a square
/// picture); then `:background=rrggbb[aa]` for what is cut off, transparent white at first. A radius above half of the
/// shorter side counts as that. Edges are smooth.
///
/// # Examples
///
/// ```
/// use portreto_core::transform::{Color, Round, Transform};
///
/// assert_eq!(Transform::new().round(Round::new(12)?).to_string(), "round:12");
/// let circle = Round::percent(50.0)?.background(Color::WHITE);
/// assert_eq!(Transform::new().round(circle).to_string(), "round:50:percent:background=ffffff");
/// # Ok::<(), portreto_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct Round {
    radius: Milli,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    percent: bool,
    #[serde(default = "default_background")]
    background: Color,
}

fn default_background() -> Color {
    Color::TRANSPARENT_WHITE
}

const PIXELS: &str = "a whole number from 1 to 65535";
const PERCENT: &str = "more than 0 and at most 50 percent, with at most three decimals";

impl Round {
    /// Corners of `radius` pixels.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when it is 0 or above 65535.
    pub fn new(radius: u32) -> Result<Self> {
        let thousandths = radius.checked_mul(1000);
        let radius = thousandths.ok_or_else(|| out_of_range("round radius", radius, PIXELS))?;
        let background = default_background();
        Self { radius: Milli(radius), percent: false, background }.checked()
    }

    /// Corners of so many percent of the shorter side, at most 50.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when out of range, or with more than three decimals.
    pub fn percent(percent: f64) -> Result<Self> {
        let radius = Milli::from_f64("round radius", percent)?;
        Self { radius, percent: true, background: default_background() }.checked()
    }

    /// What shows where the corners were; transparent white at first.
    #[must_use]
    pub fn background(mut self, background: Color) -> Self {
        self.background = background;
        self
    }

    pub(super) fn apply(self, picture: &Picture, limits: &Limits) -> Result<Picture> {
        let surface = Surface::multiplied(&picture.to_direct(), 2, limits)?;
        let shorter = surface.width.min(surface.height);
        let radius = if self.percent {
            (shorter as u64 * u64::from(self.radius.0) + 50_000) / 100_000
        } else {
            u64::from(self.radius.0 / 1000)
        };
        let rounded = surface.round_corners((radius as usize).min(shorter / 2));
        let rounded = if self.background == default_background() {
            rounded
        } else {
            rounded.lay_on(self.background)
        };
        rounded.into_image().map(Picture::Direct)
    }

    pub(super) const NAME: &str = "round";

    pub(super) fn parse(mut element: Element<'_>) -> Result<Self> {
        let text = element.first("a radius in pixels, or in percent as 50%")?;
        let (mut percent, mut background) = (None, None);
        for argument in element {
            match argument.key {
                "percent" => argument.once(&mut percent, argument.flag()?)?,
                "background" => argument.once(&mut background, argument.parse()?)?,
                _ => return Err(argument.unexpected("percent, background=")),
            }
        }
        let digits = text.strip_suffix('%');
        let percent = percent.is_some() || digits.is_some();
        let range = if percent { PERCENT } else { PIXELS };
        let radius = digits.unwrap_or(text).parse();
        let radius =
            radius.map_err(|_| out_of_range("round radius", format!("{text:.40?}"), range))?;
        let background = background.unwrap_or_else(default_background);
        Self { radius, percent, background }.checked()
    }

    fn checked(self) -> Result<Self> {
        let is_good = match (self.percent, self.radius.0) {
            (true, radius) => (1..=50_000).contains(&radius),
            (false, radius) => radius % 1000 == 0 && (1000..=65_535_000).contains(&radius),
        };
        let range = if self.percent { PERCENT } else { PIXELS };
        if is_good { Ok(self) } else { Err(out_of_range("round radius", self.radius, range)) }
    }
}

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", Self::NAME, self.radius)?;
        if self.percent {
            f.write_str(":percent")?;
        }
        if self.background != default_background() {
            write!(f, ":background={}", self.background)?;
        }
        Ok(())
    }
}

serde_checked!(Round);
