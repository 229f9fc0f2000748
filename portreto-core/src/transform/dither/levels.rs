//! How many values each channel may have.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::super::text::{number, out_of_range};
use crate::error::{Error, Result};

/// How many evenly spaced values each channel may have: 2 to 256, the same for all or one number for each.
///
/// Its text is the number, or those of red, green and blue as `8.8.4`; in JSON they are a number or a list of three.
///
/// # Examples
///
/// ```
/// use portreto_core::transform::Levels;
///
/// assert_eq!("8.8.4".parse::<Levels>()?, Levels::of_channels([8, 8, 4])?);
/// assert_eq!(Levels::of_channels([4, 4, 4])?.to_string(), "4");
/// assert!(Levels::new(1).is_err());
/// # Ok::<(), portreto_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Plain", into = "Plain")]
pub struct Levels([u16; 3]);

impl Levels {
    /// The same number for every channel.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when it is not 2 to 256.
    pub fn new(levels: u16) -> Result<Self> {
        Self::of_channels([levels; 3])
    }

    /// A number each for red, green and blue. A gray picture is dithered as color when they differ.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when one is not 2 to 256.
    pub fn of_channels(levels: [u16; 3]) -> Result<Self> {
        match levels.into_iter().find(|levels| !(2..=256).contains(levels)) {
            Some(wrong) => Err(wrong_number(wrong)),
            None => Ok(Self(levels)),
        }
    }

    /// Those of red, green and blue.
    #[must_use]
    pub const fn channels(self) -> [u16; 3] {
        self.0
    }

    /// How many colors that makes.
    pub(crate) fn n_colors(self) -> u32 {
        self.0.into_iter().map(u32::from).product()
    }

    fn new_wide(levels: [u32; 3]) -> Result<Self> {
        let mut narrow = [0; 3];
        for (narrow, wide) in narrow.iter_mut().zip(levels) {
            *narrow = u16::try_from(wide).map_err(|_| wrong_number(wide))?;
        }
        Self::of_channels(narrow)
    }
}

impl Default for Levels {
    /// Two values of each channel.
    fn default() -> Self {
        Self([2; 3])
    }
}

impl FromStr for Levels {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let count = |text| number("dither levels", text);
        match text.split('.').collect::<Vec<_>>()[..] {
            [all] => Self::new_wide([count(all)?; 3]),
            [red, green, blue] => Self::new_wide([count(red)?, count(green)?, count(blue)?]),
            _ => Err(out_of_range("dither levels", format!("{text:.40?}"), "one number or three")),
        }
    }
}

impl fmt::Display for Levels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "{red}")?;
        if (green, blue) == (red, red) { Ok(()) } else { write!(f, ".{green}.{blue}") }
    }
}

fn wrong_number(levels: impl fmt::Display) -> Error {
    out_of_range("dither levels", levels, "2 to 256")
}

/// As they stand in JSON.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Plain {
    Same(u32),
    Each([u32; 3]),
}

impl TryFrom<Plain> for Levels {
    type Error = Error;

    fn try_from(plain: Plain) -> Result<Self> {
        match plain {
            Plain::Same(levels) => Self::new_wide([levels; 3]),
            Plain::Each(levels) => Self::new_wide(levels),
        }
    }
}

impl From<Levels> for Plain {
    fn from(levels: Levels) -> Self {
        let [red, green, blue] = levels.0.map(u32::from);
        if (green, blue) == (red, red) { Self::Same(red) } else { Self::Each([red, green, blue]) }
    }
}
