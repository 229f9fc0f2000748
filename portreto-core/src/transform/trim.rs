//! `trim`: without a border of one color.

use std::{borrow::Cow, fmt};

use image::DynamicImage;
use serde::{Deserialize, Serialize};

use super::{
    color::Color,
    crop::Crop,
    text::{Element, out_of_range},
    word::serde_checked,
};
use crate::{error::Result, limits::Limits, picture::Picture, surface::Surface};

/// Cuts off a border of one color.
///
/// Text: `trim`, then in any order `:tolerance=0…255` (10 at first, as sharp has it) and `:color=rrggbb[aa]`.
///
/// The border is what differs from the color of the left top pixel, or from `color`, in no channel by more than the tolerance,
/// colors multiplied by alpha. A picture that is all border is left as it is.
///
/// # Examples
///
/// ```
/// use portreto_core::transform::{Color, Transform, Trim};
///
/// let trim = Trim::new().tolerance(0).color(Color::opaque(255, 255, 255));
/// assert_eq!(Transform::new().trim(trim).to_string(), "trim:tolerance=0:color=ffffff");
/// # Ok::<(), portreto_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct Trim {
    #[serde(default = "default_tolerance")]
    tolerance: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    color: Option<Color>,
}

/// Left top and size of what is no border, pixels.
type Kept = ((u32, u32), (u32, u32));

fn default_tolerance() -> u8 {
    10
}

impl Default for Trim {
    fn default() -> Self {
        Self { tolerance: default_tolerance(), color: None }
    }
}

impl Trim {
    /// Cuts off what is like the left top pixel within 10 of 255.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How much a sample of the border may differ, of 255.
    #[must_use]
    pub fn tolerance(mut self, tolerance: u8) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// The color of the border, whatever the left top pixel is.
    #[must_use]
    pub fn color(mut self, color: Color) -> Self {
        self.color = Some(color);
        self
    }

    pub(super) fn apply<'a>(
        self,
        picture: Cow<'a, Picture>,
        limits: &Limits,
    ) -> Result<Cow<'a, Picture>> {
        let kept = self.kept(&picture.to_direct(), limits)?;
        let size = (picture.width(), picture.height());
        match kept {
            Some((at, kept)) if kept != size => Ok(Cow::Owned(picture.crop(at, kept))),
            _ => Ok(picture),
        }
    }

    /// The cut that this is for `picture`.
    pub(super) fn settled(self, picture: &Picture, limits: &Limits) -> Result<Crop> {
        let all = ((0, 0), (picture.width(), picture.height()));
        let (at, size) = self.kept(&picture.to_direct(), limits)?.unwrap_or(all);
        Ok(Crop::new(size.0, size.1)?.at(at.0, at.1))
    }

    /// Left top and size of what is no border.
    fn kept(self, image: &DynamicImage, limits: &Limits) -> Result<Option<Kept>> {
        let surface = Surface::multiplied(image, 0, limits)?;
        // A color has to be compared in color.
        let surface = match self.color {
            Some(color) => surface.fit_for(color),
            None => surface,
        };
        let border = surface.border(self.color);
        let tolerance = u16::from(self.tolerance) * 257;
        let is_border = |pixel: &[u16]| {
            pixel.iter().zip(&border).all(|(sample, border)| sample.abs_diff(*border) <= tolerance)
        };
        let n_channels = border.len();
        let (mut left, mut right) = (surface.width, 0);
        let (mut top, mut bottom) = (surface.height, 0);
        for (y, row) in surface.samples.chunks_exact(surface.width * n_channels).enumerate() {
            let mut pixels = row.chunks_exact(n_channels);
            let Some(first) = pixels.position(|pixel| !is_border(pixel)) else { continue };
            let behind = pixels.rposition(|pixel| !is_border(pixel)).map_or(0, |at| at + 1);
            (left, right) = (left.min(first), right.max(first + 1 + behind));
            (top, bottom) = (top.min(y), y + 1);
        }
        let size = (right.saturating_sub(left) as u32, bottom.saturating_sub(top) as u32);
        Ok((size.0 > 0).then_some(((left as u32, top as u32), size)))
    }

    pub(super) const NAME: &str = "trim";

    pub(super) fn parse(element: Element<'_>) -> Result<Self> {
        let (mut tolerance, mut color) = (None, None);
        for argument in element {
            match argument.key {
                "tolerance" => {
                    let value = argument.number()?;
                    let value = u8::try_from(value)
                        .map_err(|_| out_of_range("trim tolerance", value, "0 to 255"))?;
                    argument.once(&mut tolerance, value)?;
                }
                "color" => argument.once(&mut color, argument.parse()?)?,
                _ => return Err(argument.unexpected("tolerance=, color=")),
            }
        }
        Ok(Self { tolerance: tolerance.unwrap_or_else(default_tolerance), color })
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "what serde reads is checked like everything else"
    )]
    fn checked(self) -> Result<Self> {
        Ok(self)
    }
}

impl fmt::Display for Trim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::NAME)?;
        if self.tolerance != default_tolerance() {
            write!(f, ":tolerance={}", self.tolerance)?;
        }
        match self.color {
            Some(color) => write!(f, ":color={color}"),
            None => Ok(()),
        }
    }
}

serde_checked!(Trim);

#[cfg(test)]
mod tests {
    use image::{GrayImage, Luma};

    use super::*;

    fn kept(trim: Trim, image: impl Into<DynamicImage>) -> Option<Kept> {
        trim.kept(&image.into(), &Limits::default()).unwrap()
    }

    #[test]
    fn the_border_ends_where_something_differs_enough() {
        let spot = GrayImage::from_fn(9, 7, |x, y| match (x, y) {
            (3, 2) => Luma([90]),
            (6, 5) => Luma([111]),
            (1, 1) => Luma([105]),
            _ => Luma([100]),
        });
        assert_eq!(kept(Trim::new(), spot.clone()), Some(((6, 5), (1, 1))));
        assert_eq!(kept(Trim::new().tolerance(9), spot.clone()), Some(((3, 2), (4, 4))));
        assert_eq!(kept(Trim::new().tolerance(0), spot.clone()), Some(((1, 1), (6, 5))));
        assert_eq!(kept(Trim::new().tolerance(11), spot.clone()), None);
        let white = Trim::new().color(Color::opaque(255, 255, 255));
        assert_eq!(kept(white, spot), Some(((0, 0), (9, 7))));
    }

    #[test]
    fn hidden_colors_are_no_difference() {
        let image = image::RgbaImage::from_fn(4, 3, |x, y| match (x, y) {
            (2, 1) => image::Rgba([9, 9, 9, 255]),
            _ => image::Rgba([(x * 60) as u8, (y * 80) as u8, 7, 0]),
        });
        assert_eq!(kept(Trim::new().tolerance(0), image.clone()), Some(((2, 1), (1, 1))));
        let clear = Trim::new().tolerance(0).color(Color::TRANSPARENT_WHITE);
        assert_eq!(kept(clear, image), Some(((2, 1), (1, 1))));
    }

    #[test]
    fn sixteen_bits_are_compared_in_sixteen_bits() {
        let image =
            image::ImageBuffer::from_fn(3, 1, |x, _| Luma([if x == 1 { 258_u16 } else { 0 }]));
        let image = DynamicImage::ImageLuma16(image);
        assert_eq!(kept(Trim::new().tolerance(1), image.clone()), Some(((1, 0), (1, 1))));
        assert_eq!(kept(Trim::new().tolerance(2), image), None);
    }
}
