//! A decimal number of three places, kept as a whole number so that equal means equal.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::text::{invalid, out_of_range};
use crate::error::{Error, Result};

/// Thousandths: 1.5 is 1500. Each field that holds one says which values it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Milli(pub(crate) u32);

/// The largest that is read, in whole numbers: above any field's range.
const MOST: u32 = 4_000_000;

impl Milli {
    pub(crate) const ZERO: Self = Self(0);
    pub(crate) const ONE: Self = Self(1000);

    /// Takes what three decimals can say: 0.8, not 0.8004.
    pub(crate) fn from_f64(field: &str, value: f64) -> Result<Self> {
        let thousandths = (value * 1000.0).round();
        let is_exact = (value * 1000.0 - thousandths).abs() < 1e-6;
        if (0.0..=f64::from(MOST) * 1000.0).contains(&thousandths) && is_exact {
            return Ok(Self(thousandths as u32));
        }
        Err(out_of_range(field, value, "a number with at most three decimals"))
    }

    /// Checks that the number is within `least` and `most`, both in thousandths.
    pub(crate) fn within(self, field: &str, least: u32, most: u32) -> Result<Self> {
        if (least..=most).contains(&self.0) {
            return Ok(self);
        }
        Err(out_of_range(field, self, &format!("{} to {}", Self(least), Self(most))))
    }

    pub(crate) fn to_f64(self) -> f64 {
        f64::from(self.0) / 1000.0
    }
}

impl FromStr for Milli {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || {
            invalid(format!(
                "{text:.40?} is not a number from 0 to {MOST} with at most three decimals"
            ))
        };
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty()
            || !(1..=3).contains(&decimals.len())
            || !digits(whole)
            || !digits(decimals)
        {
            return Err(wrong());
        }
        let whole: u32 = whole.parse().map_err(|_| wrong())?;
        let decimals: u32 = format!("{decimals:0<3}").parse().map_err(|_| wrong())?;
        if whole >= MOST {
            return Err(wrong());
        }
        Ok(Self(whole * 1000 + decimals))
    }
}

impl fmt::Display for Milli {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:03}", self.0 / 1000, self.0 % 1000);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl Serialize for Milli {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.to_f64())
    }
}

impl<'de> Deserialize<'de> for Milli {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_f64("number", f64::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_three_decimals_are_read() {
        for (text, thousandths) in
            [("0", 0), ("1.5", 1500), ("007.250", 7250), ("3999999.999", 3_999_999_999)]
        {
            assert_eq!(text.parse::<Milli>().unwrap(), Milli(thousandths), "{text}");
        }
        for wrong in ["", ".5", "5.", "1.2345", "-1", "+1", "1e3", "4000000", "99999999999"] {
            assert!(wrong.parse::<Milli>().is_err(), "{wrong}");
        }
        for wrong in [-0.1, 0.0004, f64::NAN, f64::INFINITY, 1e12] {
            assert!(Milli::from_f64("x", wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn texts_and_floats_are_exact(thousandths in 0..4_000_000_000_u32) {
            let milli = Milli(thousandths);
            prop_assert_eq!(milli.to_string().parse::<Milli>().unwrap(), milli);
            prop_assert_eq!(Milli::from_f64("x", milli.to_f64()).unwrap(), milli);
        }
    }
}
