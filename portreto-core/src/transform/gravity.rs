//! Which part of a picture is kept, or where it is put.

use std::{fmt, str::FromStr};

use super::{
    milli::Milli,
    text::{invalid, unknown},
    word::serde_as_text,
};
use crate::error::{Error, Result};

/// What a picture is pulled toward: kept when cropping, stood at when padding.
///
/// Text: the name of a side or corner; a point as `0.3x0.7` (fractions of width and height; `30%,70%` is read as
/// well); `entropy` or `attention`.
///
/// # Examples
///
/// ```
/// use portreto_core::transform::Gravity;
///
/// assert_eq!("30%,70%".parse::<Gravity>()?, Gravity::point(0.3, 0.7)?);
/// assert_eq!(Gravity::point(0.3, 0.7)?.to_string(), "0.3x0.7");
/// # Ok::<(), portreto_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[non_exhaustive]
pub enum Gravity {
    /// The middle.
    #[default]
    Center,
    /// Top middle.
    North,
    /// Top right.
    Northeast,
    /// Right middle.
    East,
    /// Bottom right.
    Southeast,
    /// Bottom middle.
    South,
    /// Bottom left.
    Southwest,
    /// Left middle.
    West,
    /// Top left.
    Northwest,
    /// A point that is to come as near to the middle as the picture's edges allow.
    Point(Focus),
    /// Where the tones are most varied, when cropping.
    Entropy,
    /// Where people look: skin, strong colors and edges, when cropping.
    Attention,
}

/// A point of a picture that is none of [`Gravity::SIDES`]: see [`Gravity::point`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Focus {
    x: Milli,
    y: Milli,
}

impl Gravity {
    /// The sides, the corners and the middle.
    pub const SIDES: &'static [Self] = &[
        Self::Center,
        Self::North,
        Self::Northeast,
        Self::East,
        Self::Southeast,
        Self::South,
        Self::Southwest,
        Self::West,
        Self::Northwest,
    ];

    /// The point at `x` and `y`, fractions of width and height from the left top: 0 to 1 each, with at most three decimals.
    ///
    /// What one of [`Gravity::SIDES`] says as well becomes that one.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` for other values.
    pub fn point(x: f64, y: f64) -> Result<Self> {
        Self::checked_point(Milli::from_f64("gravity x", x)?, Milli::from_f64("gravity y", y)?)
    }

    fn checked_point(x: Milli, y: Milli) -> Result<Self> {
        let (x, y) = (x.within("gravity x", 0, 1000)?, y.within("gravity y", 0, 1000)?);
        Ok(Self::from_thousandths(x.0, y.0))
    }

    /// A point in thousandths, each at most 1000.
    pub(crate) fn from_thousandths(x: u32, y: u32) -> Self {
        let side = Self::SIDES.iter().copied().find(|side| side.middle() == (x, y));
        side.unwrap_or(Self::Point(Focus { x: Milli(x.min(1000)), y: Milli(y.min(1000)) }))
    }

    /// Whether the picture has to be looked at to know where this is.
    #[must_use]
    pub const fn is_by_content(self) -> bool {
        matches!(self, Self::Entropy | Self::Attention)
    }

    /// Left and top of a box of `inner` pixels within `outer`, which is no smaller.
    ///
    /// Where an odd pixel is left over it stays right or below. Content counts as the middle.
    pub(crate) fn place(self, outer: (u32, u32), inner: (u32, u32)) -> (u32, u32) {
        let (x, y) = self.middle();
        let along = |outer: u32, inner: u32, middle: u32| {
            let left = (2 * i64::from(outer) * i64::from(middle) - 1000 * i64::from(inner))
                .div_euclid(2000);
            left.clamp(0, i64::from(outer - inner)) as u32
        };
        (along(outer.0, inner.0, x), along(outer.1, inner.1, y))
    }

    /// Left and top of a box of `inner` pixels, perhaps fractional, within `outer`.
    pub(crate) fn place_exactly(self, outer: (f64, f64), inner: (f64, f64)) -> (f64, f64) {
        let (x, y) = self.middle();
        let along = |outer: f64, inner: f64, middle: u32| {
            let slack = (outer - inner).max(0.0);
            match middle {
                0 => 0.0,
                500 => slack * 0.5,
                1000 => slack,
                _ => (outer * f64::from(middle) / 1000.0 - inner / 2.0).clamp(0.0, slack),
            }
        };
        (along(outer.0, inner.0, x), along(outer.1, inner.1, y))
    }

    /// Where the middle of what is kept should be, thousandths.
    pub(super) const fn middle(self) -> (u32, u32) {
        match self {
            Self::Northwest => (0, 0),
            Self::North => (500, 0),
            Self::Northeast => (1000, 0),
            Self::West => (0, 500),
            Self::Center | Self::Entropy | Self::Attention => (500, 500),
            Self::East => (1000, 500),
            Self::Southwest => (0, 1000),
            Self::South => (500, 1000),
            Self::Southeast => (1000, 1000),
            Self::Point(Focus { x, y }) => (x.0, y.0),
        }
    }

    const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::Center => "center",
            Self::North => "north",
            Self::Northeast => "northeast",
            Self::East => "east",
            Self::Southeast => "southeast",
            Self::South => "south",
            Self::Southwest => "southwest",
            Self::West => "west",
            Self::Northwest => "northwest",
            Self::Point(_) => return None,
            Self::Entropy => "entropy",
            Self::Attention => "attention",
        })
    }
}

impl fmt::Display for Gravity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self, self.name()) {
            (Self::Point(Focus { x, y }), _) => write!(f, "{x}x{y}"),
            (_, name) => f.pad(name.unwrap_or_default()),
        }
    }
}

impl FromStr for Gravity {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text == "centre" {
            return Ok(Self::Center);
        }
        let words = Self::SIDES.iter().chain(&[Self::Entropy, Self::Attention]).copied();
        if let Some(gravity) = words.clone().find(|gravity| gravity.name() == Some(text)) {
            return Ok(gravity);
        }
        if text.starts_with(|first: char| first.is_ascii_digit()) {
            return point(text);
        }
        let known: Vec<_> = words.filter_map(Self::name).chain(["0.3x0.7"]).collect();
        Err(unknown("gravity", text, &known))
    }
}

fn point(text: &str) -> Result<Gravity> {
    let wrong = || invalid(format!("gravity is {text:.40?}, but a point is 0.3x0.7 or 30%,70%"));
    let (x, y) = text.split_once(['x', ',']).ok_or_else(wrong)?;
    let coordinate = |text: &str| match text.strip_suffix('%') {
        None => text.parse::<Milli>().map_err(|_| wrong()),
        Some(percent) => {
            let percent: Milli = percent.parse().map_err(|_| wrong())?;
            if percent.0.is_multiple_of(100) { Ok(Milli(percent.0 / 100)) } else { Err(wrong()) }
        }
    };
    Gravity::checked_point(coordinate(x)?, coordinate(y)?)
}

serde_as_text!(Gravity);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_have_one_text() {
        for (typed, printed) in [
            ("0.3x0.7", "0.3x0.7"),
            ("30%,70%", "0.3x0.7"),
            ("30%x70.5%", "0.3x0.705"),
            ("0.001x1.000", "0.001x1"),
            ("0x1", "southwest"),
            ("50%,50%", "center"),
            ("centre", "center"),
            ("attention", "attention"),
        ] {
            assert_eq!(typed.parse::<Gravity>().unwrap().to_string(), printed, "{typed}");
        }
        for wrong in ["1.1x0", "0.3", "0.3x", "30%", "30.25%,1%", "101%,5%", "up", "", "x"] {
            assert!(wrong.parse::<Gravity>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_point_comes_to_the_middle_as_far_as_the_edges_allow() {
        let place = |x, y| Gravity::point(x, y).unwrap().place((100, 60), (40, 20));
        assert_eq!(place(0.5, 0.5), (30, 20));
        assert_eq!(place(0.3, 0.7), (10, 32));
        assert_eq!(place(0.0, 1.0), (0, 40));
        assert_eq!(place(0.1, 0.9), (0, 40));
        assert_eq!(Gravity::Southeast.place((100, 60), (39, 19)), (61, 41));
        assert_eq!(Gravity::Center.place((100, 60), (39, 19)), (30, 20));
    }
}
