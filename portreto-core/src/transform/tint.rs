//! `tint:rrggbb`: shades of one color.

use std::fmt;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    color::Color,
    grayscale::luma16,
    strength::Strength,
    text::{Element, invalid},
    word::serde_checked,
};
use crate::{error::Result, light::widen, limits::Limits, picture::Picture, surface::Surface};

/// Shows the picture in shades of one color: black and white stay, and what has the color's luma becomes the color.
///
/// Text: `tint:rrggbb`, then `:strength=0…1` (1 at first), how much of it is mixed with the picture. Luma (ITU-R BT.709) stays
/// as it is, as sharp's `tint` keeps the luminance; so does alpha.
///
/// # Examples
///
/// ```
/// use portreto_core::transform::{Color, Tint, Transform};
///
/// let sepia = Tint::new(Color::opaque(0x70, 0x42, 0x14))?;
/// assert_eq!(Transform::new().tint(sepia).to_string(), "tint:704214");
/// # Ok::<(), portreto_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct Tint {
    color: Color,
    #[serde(default)]
    strength: Strength,
}

impl Tint {
    /// Tints all of the picture.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when `color` can be seen through.
    pub fn new(color: Color) -> Result<Self> {
        Self { color, strength: Strength::FULL }.checked()
    }

    /// How much of the tint is mixed with the picture.
    #[must_use]
    pub fn strength(mut self, strength: Strength) -> Self {
        self.strength = strength;
        self
    }

    pub(super) fn apply(self, picture: &Picture, limits: &Limits) -> Result<Picture> {
        let mut surface = Surface::straight(&picture.to_direct(), 4, limits)?.with_colors();
        let shades = self.shades();
        let strength = i64::from(self.strength.thousandths());
        let n_channels = 3 + usize::from(surface.has_alpha());
        surface.samples.par_chunks_exact_mut(n_channels).with_min_len(4096).for_each(|pixel| {
            let luma = luma16(pixel[0], pixel[1], pixel[2]);
            for (sample, shades) in pixel.iter_mut().zip(&shades) {
                let (from, to) = (i64::from(*sample), i64::from(shades[usize::from(luma)]));
                *sample = (from + ((to - from) * strength + 500).div_euclid(1000)) as u16;
            }
        });
        surface.into_image().map(Picture::Direct)
    }

    /// The shade of each luma, for red, green and blue: straight from black to the color, and from there to white.
    fn shades(self) -> [Vec<u16>; 3] {
        let [red, green, blue, _] = self.color.rgba().map(widen);
        let middle = u64::from(luma16(red, green, blue));
        [red, green, blue].map(u64::from).map(|sample| {
            let shade = |luma: u64| match luma {
                luma if luma <= middle => {
                    (sample * luma + middle / 2).checked_div(middle).unwrap_or(0)
                }
                luma => {
                    let room = 65535 - middle;
                    (sample * (65535 - luma) + 65535 * (luma - middle) + room / 2) / room
                }
            };
            (0..=65535).map(|luma| shade(luma) as u16).collect()
        })
    }

    pub(super) const NAME: &str = "tint";

    pub(super) fn parse(mut element: Element<'_>) -> Result<Self> {
        let color = element.first("a color, rrggbb")?.parse()?;
        let mut strength = None;
        for argument in element {
            match argument.key {
                "strength" => argument.once(&mut strength, argument.parse()?)?,
                _ => return Err(argument.unexpected("strength=")),
            }
        }
        Self { color, strength: strength.unwrap_or_default() }.checked()
    }

    fn checked(self) -> Result<Self> {
        if self.color.rgba()[3] < 255 {
            let color = self.color;
            return Err(invalid(format!("tint color is {color}, but must be opaque: rrggbb")));
        }
        Ok(self)
    }
}

impl fmt::Display for Tint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", Self::NAME, self.color)?;
        if self.strength != Strength::FULL {
            write!(f, ":strength={}", self.strength)?;
        }
        Ok(())
    }
}

serde_checked!(Tint);
