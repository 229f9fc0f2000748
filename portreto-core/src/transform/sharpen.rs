//! `sharpen`: crisper edges.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    blur::check_sigma,
    milli::Milli,
    text::{Element, invalid},
    word::serde_checked,
};
use crate::{error::Result, limits::Limits, picture::Picture, surface::Surface};

/// Sharpens.
///
/// Text: `sharpen` sharpens mildly, by the 3 × 3 mask that vipsthumbnail and sharp use for what has been made smaller.
/// `sharpen:sigma=0.3…1000` is an unsharp mask by a Gaussian of so many pixels, and takes `:amount=0.001…10` (1 at first) and
/// `:threshold=0…1` (0 at first): how much of the difference from the blurred picture is added, and from what difference on, of the
/// whole range. At most three decimals each. Alpha stays as it is.
///
/// # Examples
///
/// ```
/// use portreto_core::transform::{Sharpen, Transform};
///
/// assert_eq!(Transform::new().sharpen(Sharpen::mild()).to_string(), "sharpen");
/// let unsharp = Sharpen::unsharp(1.5)?.amount(0.7)?;
/// assert_eq!(Transform::new().sharpen(unsharp).to_string(), "sharpen:sigma=1.5:amount=0.7");
/// # Ok::<(), portreto_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct Sharpen {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sigma: Option<Milli>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    amount: Option<Milli>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    threshold: Option<Milli>,
}

impl Sharpen {
    /// Sharpens mildly.
    #[must_use]
    pub const fn mild() -> Self {
        Self { sigma: None, amount: None, threshold: None }
    }

    /// Adds the difference from the picture blurred by a Gaussian of `sigma` pixels.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` unless it is 0.3 to 1000, with at most three decimals.
    pub fn unsharp(sigma: f64) -> Result<Self> {
        let sigma = Some(Milli::from_f64("sharpen sigma", sigma)?);
        Self { sigma, ..Self::mild() }.checked()
    }

    /// How much of the difference is added, 0.001 to 10; 1 at first.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when out of range, or without a sigma.
    pub fn amount(self, amount: f64) -> Result<Self> {
        let amount = Some(Milli::from_f64("sharpen amount", amount)?);
        Self { amount, ..self }.checked()
    }

    /// From what difference on it is added, 0 to 1 of the whole range; 0 at first.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when out of range, or without a sigma.
    pub fn threshold(self, threshold: f64) -> Result<Self> {
        let threshold = Some(Milli::from_f64("sharpen threshold", threshold)?);
        Self { threshold, ..self }.checked()
    }

    pub(super) fn apply(self, picture: &Picture, limits: &Limits) -> Result<Picture> {
        let mut surface = Surface::multiplied(&picture.to_direct(), 3, limits)?;
        match self.sigma {
            None => surface.sharpen_mildly(),
            Some(sigma) => surface.sharpen(
                sigma,
                self.amount.unwrap_or(Milli::ONE),
                self.threshold.unwrap_or(Milli::ZERO),
            ),
        }
        surface.into_image().map(Picture::Direct)
    }

    pub(super) const NAME: &str = "sharpen";

    pub(super) fn parse(element: Element<'_>) -> Result<Self> {
        let (mut sigma, mut amount, mut threshold) = (None, None, None);
        for argument in element {
            match argument.key {
                "sigma" => argument.once(&mut sigma, argument.milli()?)?,
                "amount" => argument.once(&mut amount, argument.milli()?)?,
                "threshold" => argument.once(&mut threshold, argument.milli()?)?,
                _ => return Err(argument.unexpected("sigma=, amount=, threshold=")),
            }
        }
        Self { sigma, amount, threshold }.checked()
    }

    /// Checks the options, and makes the default the only way to say the default.
    fn checked(mut self) -> Result<Self> {
        match self.sigma {
            Some(sigma) => check_sigma("sharpen sigma", sigma)?,
            None if self.amount.is_some() || self.threshold.is_some() => {
                return Err(invalid(
                    "sharpen amount and threshold are of an unsharp mask: they need sigma=",
                ));
            }
            None => {}
        }
        if let Some(amount) = self.amount {
            amount.within("sharpen amount", 1, 10_000)?;
        }
        if let Some(threshold) = self.threshold {
            threshold.within("sharpen threshold", 0, 1000)?;
        }
        self.amount = self.amount.filter(|amount| *amount != Milli::ONE);
        self.threshold = self.threshold.filter(|threshold| *threshold != Milli::ZERO);
        Ok(self)
    }
}

impl fmt::Display for Sharpen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::NAME)?;
        for (name, value) in
            [("sigma", self.sigma), ("amount", self.amount), ("threshold", self.threshold)]
        {
            if let Some(value) = value {
                write!(f, ":{name}={value}")?;
            }
        }
        Ok(())
    }
}

serde_checked!(Sharpen);
