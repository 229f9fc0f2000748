//! A fraction with three decimals, kept as a whole number so that equal means equal.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::text::out_of_range;
use crate::error::{Error, Result};

/// How much of the error a dither spreads: 0 to 1 in thousandths.
///
/// # Examples
///
/// ```
/// use portreto_core::transform::Strength;
///
/// let strength: Strength = "0.80".parse()?;
/// assert_eq!(strength.thousandths(), 800);
/// assert_eq!(strength.to_string(), "0.8");
/// # Ok::<(), portreto_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Strength(u16);

const RANGE: &str = "0 to 1, with at most three decimals";

impl Strength {
    /// All of the error.
    pub const FULL: Self = Self(1000);

    /// A strength from its thousandths, 0 to 1000.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` above 1000.
    pub fn from_thousandths(thousandths: u16) -> Result<Self> {
        if thousandths > 1000 {
            return Err(out_of_range("strength in thousandths", thousandths, "0 to 1000"));
        }
        Ok(Self(thousandths))
    }

    /// The strength in thousandths, 0 to 1000.
    #[must_use]
    pub const fn thousandths(self) -> u16 {
        self.0
    }
}

impl Default for Strength {
    fn default() -> Self {
        Self::FULL
    }
}

impl TryFrom<f64> for Strength {
    type Error = Error;

    /// Takes what three decimals can say: 0.8, not 0.8004.
    fn try_from(value: f64) -> Result<Self> {
        let thousandths = (value * 1000.0).round();
        if !(0.0..=1000.0).contains(&thousandths) || (value * 1000.0 - thousandths).abs() > 1e-6 {
            return Err(out_of_range("strength", value, RANGE));
        }
        Ok(Self(thousandths as u16))
    }
}

impl From<Strength> for f64 {
    fn from(strength: Strength) -> Self {
        Self::from(strength.0) / 1000.0
    }
}

impl FromStr for Strength {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || out_of_range("strength", format!("{text:.40?}"), RANGE);
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if !matches!(whole, "0" | "1") || !(1..=3).contains(&decimals.len()) || !digits(decimals) {
            return Err(wrong());
        }
        let whole: u16 = whole.parse().map_err(|_| wrong())?;
        let decimals: u16 = format!("{decimals:0<3}").parse().map_err(|_| wrong())?;
        Self::from_thousandths(whole * 1000 + decimals).map_err(|_| wrong())
    }
}

impl fmt::Display for Strength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:03}", self.0 / 1000, self.0 % 1000);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}
