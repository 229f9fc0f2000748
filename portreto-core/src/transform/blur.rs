//! `blur:SIGMA`: out of focus.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    milli::Milli,
    text::{Element, out_of_range},
    word::serde_checked,
};
use crate::{error::Result, limits::Limits, picture::Picture, surface::Surface};

/// Blurs by a Gaussian.
///
/// Text: `blur:SIGMA`, the standard deviation in pixels, 0.3 to 1000 with at most three decimals: what sharp and imgproxy mean
/// by it. Beyond the edges the outermost pixels go on; transparent pixels lend no color.
///
/// # Examples
///
/// ```
/// use portreto_core::transform::{Blur, Transform};
///
/// assert_eq!(Transform::new().blur(Blur::new(2.5)?).to_string(), "blur:2.5");
/// # Ok::<(), portreto_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct Blur {
    sigma: Milli,
}

impl Blur {
    /// Blurs by a Gaussian of `sigma` pixels.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` unless it is 0.3 to 1000, with at most three decimals.
    pub fn new(sigma: f64) -> Result<Self> {
        Self { sigma: Milli::from_f64("blur sigma", sigma)? }.checked()
    }

    pub(super) fn apply(self, picture: &Picture, limits: &Limits) -> Result<Picture> {
        let mut surface = Surface::multiplied(&picture.to_direct(), 2, limits)?;
        surface.blur(self.sigma);
        surface.into_image().map(Picture::Direct)
    }

    pub(super) const NAME: &str = "blur";

    pub(super) fn parse(mut element: Element<'_>) -> Result<Self> {
        let text = element.first("a sigma in pixels, such as 2")?;
        let sigma =
            text.parse().map_err(|_| out_of_range("blur sigma", format!("{text:.40?}"), RANGE))?;
        element.end()?;
        Self { sigma }.checked()
    }

    fn checked(self) -> Result<Self> {
        check_sigma("blur sigma", self.sigma)?;
        Ok(self)
    }
}

const RANGE: &str = "0.3 to 1000, with at most three decimals";

/// Checks that the kernel of `sigma` has an effect and an end.
pub(super) fn check_sigma(field: &str, sigma: Milli) -> Result<()> {
    sigma.within(field, 300, 1_000_000).map(drop)
}

impl fmt::Display for Blur {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", Self::NAME, self.sigma)
    }
}

serde_checked!(Blur);
