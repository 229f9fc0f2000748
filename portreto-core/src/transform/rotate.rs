//! `rotate:90`, `rotate:7.5`: turns.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{
    color::Color,
    milli::Milli,
    resize::Filter,
    text::{Argument, Element, invalid, out_of_range},
};
use crate::{
    error::{Error, Result},
    limits::Limits,
    picture::Picture,
    surface::Surface,
};

/// Turns the picture clockwise.
///
/// Text: `rotate:DEGREES`, more than 0 and less than 360 with at most three decimals (a turn to the left, `-7.5`, is read as
/// `352.5`). Quarter turns are exact. Any other turn takes, in any order, `:background=rrggbb[aa]` (transparent white at
/// first) for the corners and `:filter=nearest|bilinear|catmull-rom|mitchell` (catmull-rom at first); the canvas grows to
/// hold all of the picture.
///
/// # Examples
///
/// ```
/// use portreto_core::transform::{Rotate, Transform};
///
/// assert_eq!("90".parse::<Rotate>()?, Rotate::CLOCKWISE_90);
/// assert_eq!(Transform::new().rotate(Rotate::new(-7.5)?).to_string(), "rotate:352.5");
/// # Ok::<(), portreto_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Rotate {
    degrees: Milli,
    background: Color,
    filter: Filter,
}

/// How it stands in JSON: the degrees, or an object that says more.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Whole(u32),
    Degrees(f64),
    Options(Options),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    degrees: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    background: Option<Color>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    filter: Option<Filter>,
}

const FULL: u32 = 360_000;
const DEFAULT_BACKGROUND: Color = Color::TRANSPARENT_WHITE;
const DEFAULT_FILTER: Filter = Filter::CatmullRom;
const RANGE: &str = "more than 0 and less than 360, with at most three decimals";

impl Rotate {
    /// A quarter turn to the right.
    pub const CLOCKWISE_90: Self = Self::quarters(1);
    /// Upside down.
    pub const CLOCKWISE_180: Self = Self::quarters(2);
    /// A quarter turn to the left.
    pub const CLOCKWISE_270: Self = Self::quarters(3);

    /// The exact turns.
    pub const QUARTERS: &'static [Self] =
        &[Self::CLOCKWISE_90, Self::CLOCKWISE_180, Self::CLOCKWISE_270];

    const fn quarters(n: u32) -> Self {
        let degrees = Milli(n * 90_000);
        Self { degrees, background: DEFAULT_BACKGROUND, filter: DEFAULT_FILTER }
    }

    /// Turns by so many degrees clockwise; less than 0 is to the left.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` unless it is more than -360 and less than 360, not 0, with at most three decimals.
    pub fn new(degrees: f64) -> Result<Self> {
        let wrong = || out_of_range("rotate degrees", degrees, RANGE);
        let turn = Milli::from_f64("rotate degrees", degrees.abs()).map_err(|_| wrong())?;
        Self::of(turn, degrees < 0.0).ok_or_else(wrong)
    }

    fn of(turn: Milli, is_left: bool) -> Option<Self> {
        let degrees = Milli(if is_left { FULL.checked_sub(turn.0)? } else { turn.0 });
        let is_turn = 0 < degrees.0 && degrees.0 < FULL;
        is_turn.then_some(Self { degrees, ..Self::quarters(0) })
    }

    /// What shows in the corners; transparent white at first.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` for quarter turns, which have no corners to fill.
    pub fn background(self, background: Color) -> Result<Self> {
        Self { background, ..self }.checked(true)
    }

    /// How to interpolate: nearest, bilinear, Catmull-Rom (at first) or Mitchell.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` for another filter, and for quarter turns, which do not interpolate.
    pub fn filter(self, filter: Filter) -> Result<Self> {
        Self { filter, ..self }.checked(true)
    }

    /// The turn, degrees clockwise.
    #[must_use]
    pub fn degrees(self) -> f64 {
        self.degrees.to_f64()
    }

    /// Quarter turns to the right, 1 to 3; none for any other angle.
    pub(crate) fn n_quarters(self) -> Option<u32> {
        self.is_exact().then_some(self.degrees.0 / 90_000)
    }

    fn is_exact(self) -> bool {
        self.degrees.0.is_multiple_of(90_000)
    }

    fn checked(self, has_options: bool) -> Result<Self> {
        if has_options && self.is_exact() {
            let degrees = self.degrees;
            let message =
                format!("rotate {degrees} is exact: background and filter have no meaning");
            return Err(invalid(message));
        }
        if self.filter == Filter::Lanczos3 {
            let known = "nearest, bilinear, catmull-rom or mitchell";
            return Err(out_of_range("rotate filter", self.filter, known));
        }
        Ok(self)
    }

    pub(super) fn apply(self, picture: &Picture, limits: &Limits) -> Result<Picture> {
        match self.degrees.0 {
            90_000 => Ok(picture.rotate90()),
            180_000 => Ok(picture.rotate180()),
            270_000 => Ok(picture.rotate270()),
            _ => {
                let surface = Surface::multiplied(&picture.to_direct(), 1, limits)?;
                let turned = surface.turned(self.degrees, self.background, self.filter, limits)?;
                turned.into_image().map(Picture::Direct)
            }
        }
    }

    pub(super) const NAME: &str = "rotate";

    pub(super) fn parse(mut element: Element<'_>) -> Result<Self> {
        let turn: Self = element.first("degrees, such as 90")?.parse()?;
        let (mut background, mut filter) = (None, None);
        for argument in element {
            match argument.key {
                "background" => argument.once(&mut background, argument.parse()?)?,
                "filter" => argument.once(&mut filter, argument.parse()?)?,
                _ => return Err(Argument::unexpected(&argument, "background=, filter=")),
            }
        }
        turn.with(background, filter)
    }

    fn with(self, background: Option<Color>, filter: Option<Filter>) -> Result<Self> {
        let has_options = background.is_some() || filter.is_some();
        Self {
            background: background.unwrap_or(self.background),
            filter: filter.unwrap_or(self.filter),
            ..self
        }
        .checked(has_options)
    }
}

impl TryFrom<Written> for Rotate {
    type Error = Error;

    fn try_from(written: Written) -> Result<Self> {
        match written {
            Written::Whole(degrees) => Self::new(degrees.into()),
            Written::Degrees(degrees) => Self::new(degrees),
            Written::Options(options) => {
                Self::new(options.degrees)?.with(options.background, options.filter)
            }
        }
    }
}

impl From<Rotate> for Written {
    fn from(turn: Rotate) -> Self {
        let background = (turn.background != DEFAULT_BACKGROUND).then_some(turn.background);
        let filter = (turn.filter != DEFAULT_FILTER).then_some(turn.filter);
        match (background, filter) {
            (None, None) if turn.degrees.0.is_multiple_of(1000) => {
                Self::Whole(turn.degrees.0 / 1000)
            }
            (None, None) => Self::Degrees(turn.degrees()),
            _ => Self::Options(Options { degrees: turn.degrees(), background, filter }),
        }
    }
}

impl FromStr for Rotate {
    type Err = Error;

    /// Reads the degrees.
    fn from_str(text: &str) -> Result<Self> {
        let wrong = || out_of_range("rotate degrees", format!("{text:.40?}"), RANGE);
        let (digits, is_left) = match text.strip_prefix('-') {
            Some(digits) => (digits, true),
            None => (text, false),
        };
        let turn = digits.parse().map_err(|_| wrong())?;
        Self::of(turn, is_left).ok_or_else(wrong)
    }
}

impl fmt::Display for Rotate {
    /// The degrees, and options that are not the default: `7.5:background=000000`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.degrees.fmt(f)?;
        if self.background != DEFAULT_BACKGROUND {
            write!(f, ":background={}", self.background)?;
        }
        if self.filter != DEFAULT_FILTER {
            write!(f, ":filter={}", self.filter)?;
        }
        Ok(())
    }
}
