//! `crop:WxH@XxY`: a part of the picture.

use std::{fmt, num::NonZeroU32};

use serde::{Deserialize, Serialize};

use super::{
    gravity::Gravity,
    text::{Element, invalid, nonzero, number, positive},
};
use crate::{error::Result, picture::Picture};

/// Keeps a box of the picture and drops the rest.
///
/// Text: `crop:WxH@XxY`, or `crop:WxH[:gravity=NAME]`. A box that reaches beyond the picture is cut to it;
/// one that lies wholly outside is an error when it is applied.
///
/// # Examples
///
/// ```
/// use portreto_core::transform::{Crop, Transform};
///
/// let crop = Crop::new(640, 480)?.at(10, 20);
/// assert_eq!(Transform::new().crop(crop).to_string(), "crop:640x480@10x20");
/// # Ok::<(), portreto_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crop {
    width: NonZeroU32,
    height: NonZeroU32,
    #[serde(default)]
    from: Origin,
}

/// Where the box is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Origin {
    /// Left and top, pixels.
    At(u32, u32),
    /// At a side or corner.
    Gravity(Gravity),
}

impl Default for Origin {
    fn default() -> Self {
        Self::Gravity(Gravity::Center)
    }
}

impl Crop {
    /// The middle `width` × `height` pixels.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when one is 0.
    pub fn new(width: u32, height: u32) -> Result<Self> {
        let (width, height) = (nonzero("crop width", width)?, nonzero("crop height", height)?);
        Ok(Self { width, height, from: Origin::default() })
    }

    /// The box whose left top pixel is (`x`, `y`), counted from 0.
    #[must_use]
    pub fn at(mut self, x: u32, y: u32) -> Self {
        self.from = Origin::At(x, y);
        self
    }

    /// The box at a side or corner.
    #[must_use]
    pub fn gravity(mut self, gravity: Gravity) -> Self {
        self.from = Origin::Gravity(gravity);
        self
    }

    pub(super) fn apply(self, picture: &Picture) -> Result<Picture> {
        let (width, height) = (picture.width(), picture.height());
        let (left, top) = match self.from {
            Origin::At(x, y) => (x, y),
            Origin::Gravity(gravity) => gravity.place((
                width.saturating_sub(self.width.get()),
                height.saturating_sub(self.height.get()),
            )),
        };
        if left >= width || top >= height {
            return Err(invalid(format!(
                "crop begins at {left}x{top}, outside the picture of {width}x{height} pixels"
            )));
        }
        let kept = (self.width.get().min(width - left), self.height.get().min(height - top));
        Ok(picture.crop((left, top), kept))
    }

    pub(super) const NAME: &str = "crop";

    pub(super) fn parse(mut element: Element<'_>) -> Result<Self> {
        let text = element.first("a box, WxH@XxY or WxH")?;
        let (size, at) = match text.split_once('@') {
            Some((size, at)) => (size, Some(at)),
            None => (text, None),
        };
        let shape =
            |text: &str| invalid(format!("crop is {text:.40?}, but must be WxH or WxH@XxY"));
        let (width, height) = size.split_once('x').ok_or_else(|| shape(text))?;
        let mut crop = Self {
            width: positive("crop width", width)?,
            height: positive("crop height", height)?,
            from: Origin::default(),
        };
        if let Some(at) = at {
            let (x, y) = at.split_once('x').ok_or_else(|| shape(text))?;
            crop.from = Origin::At(number("crop x", x)?, number("crop y", y)?);
        }
        let mut gravity = None;
        for argument in element {
            match argument.key {
                "gravity" if at.is_none() => argument.once(&mut gravity, argument.parse()?)?,
                "gravity" => return Err(invalid("crop takes either @XxY or gravity=, not both")),
                _ => return Err(argument.unexpected("gravity=")),
            }
        }
        if let Some(gravity) = gravity {
            crop.from = Origin::Gravity(gravity);
        }
        Ok(crop)
    }
}

impl fmt::Display for Crop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}x{}", Self::NAME, self.width, self.height)?;
        match self.from {
            Origin::At(x, y) => write!(f, "@{x}x{y}"),
            Origin::Gravity(Gravity::Center) => Ok(()),
            Origin::Gravity(gravity) => write!(f, ":gravity={gravity}"),
        }
    }
}
