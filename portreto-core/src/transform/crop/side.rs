//! Numbers of a crop.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    error::Result,
    transform::{
        milli::Milli,
        text::{number, out_of_range},
    },
};

/// A width, height or place: pixels, or thousandths of a percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Side(pub(super) u64);

impl Side {
    pub(super) fn pixels(pixels: u32) -> Self {
        Self(u64::from(pixels) * 1000)
    }

    pub(super) fn of_percent(field: &str, percent: f64) -> Result<Self> {
        Ok(Self(Milli::from_f64(field, percent)?.0.into()))
    }

    pub(super) fn whole(self) -> u32 {
        u32::try_from(self.0 / 1000).unwrap_or(u32::MAX)
    }

    /// So many percent of `side`, to the nearest pixel.
    pub(super) fn share_of(self, side: u32) -> u32 {
        let pixels = (u128::from(self.0) * u128::from(side) + 50_000) / 100_000;
        u32::try_from(pixels).unwrap_or(u32::MAX)
    }

    pub(super) fn parse(field: &str, text: &str, percent: bool) -> Result<Self> {
        if !percent {
            return number(field, text).map(Self::pixels);
        }
        let number = text.strip_suffix('%').unwrap_or(text).parse::<Milli>();
        let range = "a number of percent with at most three decimals";
        let number = number.map_err(|_| out_of_range(field, format!("{text:.40?}"), range))?;
        Ok(Self(number.0.into()))
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 % 1000 {
            0 => write!(f, "{}", self.0 / 1000),
            thousandths => {
                let text = format!("{}.{thousandths:03}", self.0 / 1000);
                f.write_str(text.trim_end_matches('0'))
            }
        }
    }
}

impl Serialize for Side {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 % 1000 {
            0 => serializer.serialize_u64(self.0 / 1000),
            _ => serializer.serialize_f64(self.0 as f64 / 1000.0),
        }
    }
}

impl<'de> Deserialize<'de> for Side {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = f64::deserialize(deserializer)?;
        let thousandths = (value * 1000.0).round();
        let is_exact = (value * 1000.0 - thousandths).abs() < 1e-3;
        if !is_exact || !(0.0..=f64::from(u32::MAX) * 1000.0).contains(&thousandths) {
            return Err(serde::de::Error::custom(out_of_range(
                "crop side",
                value,
                "a size or place",
            )));
        }
        Ok(Self(thousandths as u64))
    }
}
