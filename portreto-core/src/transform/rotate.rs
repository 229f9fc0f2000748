//! `rotate:90`: quarter turns.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::text::{Element, number, out_of_range};
use crate::{
    error::{Error, Result},
    picture::Picture,
};

/// Turns the picture clockwise, exactly. Text: `rotate:90`, `rotate:180`, `rotate:270`.
///
/// # Examples
///
/// ```
/// use portreto_core::transform::Rotate;
///
/// assert_eq!("90".parse::<Rotate>()?, Rotate::Clockwise90);
/// # Ok::<(), portreto_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub enum Rotate {
    /// A quarter turn to the right.
    Clockwise90,
    /// Upside down.
    Clockwise180,
    /// A quarter turn to the left.
    Clockwise270,
}

impl Rotate {
    /// Every turn.
    pub const ALL: &'static [Self] = &[Self::Clockwise90, Self::Clockwise180, Self::Clockwise270];

    /// The turn, degrees clockwise.
    #[must_use]
    pub const fn degrees(self) -> u32 {
        match self {
            Self::Clockwise90 => 90,
            Self::Clockwise180 => 180,
            Self::Clockwise270 => 270,
        }
    }

    pub(super) fn apply(self, picture: &Picture) -> Picture {
        match self {
            Self::Clockwise90 => picture.rotate90(),
            Self::Clockwise180 => picture.rotate180(),
            Self::Clockwise270 => picture.rotate270(),
        }
    }

    pub(super) const NAME: &str = "rotate";

    pub(super) fn parse(mut element: Element<'_>) -> Result<Self> {
        let turn = element.first("degrees, 90, 180 or 270")?.parse()?;
        element.end()?;
        Ok(turn)
    }
}

impl TryFrom<u32> for Rotate {
    type Error = Error;

    fn try_from(degrees: u32) -> Result<Self> {
        let turn = Self::ALL.iter().find(|turn| turn.degrees() == degrees);
        turn.copied().ok_or_else(|| out_of_range("rotate degrees", degrees, "90, 180 or 270"))
    }
}

impl From<Rotate> for u32 {
    fn from(turn: Rotate) -> Self {
        turn.degrees()
    }
}

impl FromStr for Rotate {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        number("rotate degrees", text)?.try_into()
    }
}

impl fmt::Display for Rotate {
    /// The degrees: `90`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.degrees().fmt(f)
    }
}
