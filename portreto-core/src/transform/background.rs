//! What padding is made of.

use std::{fmt, str::FromStr};

use image::DynamicImage;

use super::{color::Color, milli::Milli, resize::Filter, word::serde_as_text};
use crate::{
    canvas::pad,
    error::{Error, Result},
    geometry::cover_box,
    limits::Limits,
    resample::{Resampling, resample},
    surface::Surface,
    transform::Gravity,
};

/// What fills the canvas around a picture. Text: a color as `rrggbb` or `rrggbbaa`, or `blur`.
///
/// # Examples
///
/// ```
/// use portreto_core::transform::{Background, Color};
///
/// assert_eq!("102030".parse::<Background>()?, Color::opaque(16, 32, 48).into());
/// assert_eq!("blur".parse::<Background>()?, Background::Blur);
/// # Ok::<(), portreto_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Background {
    /// One color.
    Color(Color),
    /// The picture itself, covering the canvas, blurred by a Gaussian of a 32nd of the canvas' longer side.
    Blur,
}

impl Background {
    const BLUR: &str = "blur";

    /// `image` at `at` on a canvas of `size` pixels.
    pub(super) fn pad(
        self,
        image: &DynamicImage,
        size: (u32, u32),
        at: (u32, u32),
        limits: &Limits,
    ) -> Result<DynamicImage> {
        limits.check_size(size.0, size.1)?;
        match self {
            Self::Color(color) => pad(image, size, at, color, limits),
            Self::Blur => {
                let from = cover_box((image.width(), image.height()), size, Gravity::Center);
                let how = Resampling { filter: Filter::Bilinear, linear: false };
                let behind = resample(image, from, size, how, limits)?;
                let mut surface = Surface::multiplied(&behind, 3, limits)?;
                drop(behind);
                let sigma = u64::from(size.0.max(size.1)) * 1000 / 32;
                surface.blur(Milli(sigma.clamp(300, 1_000_000) as u32));
                let above = Surface::multiplied(image, 3, limits)?;
                let at = (i64::from(at.0), i64::from(at.1));
                surface.lay_over(above, at, Milli::ONE).into_image()
            }
        }
    }
}

impl From<Color> for Background {
    fn from(color: Color) -> Self {
        Self::Color(color)
    }
}

impl fmt::Display for Background {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Color(color) => color.fmt(f),
            Self::Blur => f.write_str(Self::BLUR),
        }
    }
}

impl FromStr for Background {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text == Self::BLUR { Ok(Self::Blur) } else { text.parse().map(Self::Color) }
    }
}

serde_as_text!(Background);
