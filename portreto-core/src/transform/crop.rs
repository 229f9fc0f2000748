//! `crop:WxH@XxY`: a part of the picture.

mod side;

use std::fmt;

use serde::{Deserialize, Serialize};

use self::side::Side;
use super::{
    gravity::Gravity,
    text::{Element, invalid, nonzero, out_of_range},
    word::serde_checked,
};
use crate::{content, error::Result, limits::Limits, picture::Picture};

/// Keeps a box of the picture and drops the rest.
///
/// Text: `crop:WxH@XxY`, or `crop:WxH[:gravity=…]`, in pixels; with `:percent` in percent of the picture's width and height,
/// with at most three decimals (`crop:50%x50%@10%x20%` is read as well). A box that reaches beyond the picture is cut to it; one
/// that lies wholly outside is an error when it is applied.
///
/// # Examples
///
/// ```
/// use portreto_core::transform::{Crop, Gravity, Transform};
///
/// let crop = Crop::new(640, 480)?.at(10, 20);
/// assert_eq!(Transform::new().crop(crop).to_string(), "crop:640x480@10x20");
/// let half = Crop::percent(50.0, 100.0)?.gravity(Gravity::Attention);
/// assert_eq!(Transform::new().crop(half).to_string(), "crop:50x100:gravity=attention:percent");
/// # Ok::<(), portreto_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct Crop {
    width: Side,
    height: Side,
    #[serde(default)]
    from: Origin,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    percent: bool,
}

/// Where the box is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Origin {
    /// Left and top.
    At(Side, Side),
    /// At a side or corner, a point, or by content.
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
        Ok(Self {
            width: Side::pixels(width.get()),
            height: Side::pixels(height.get()),
            from: Origin::default(),
            percent: false,
        })
    }

    /// The middle `width` × `height` percent of the picture's own width and height.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` unless both are above 0 and at most 100, with at most three decimals.
    pub fn percent(width: f64, height: f64) -> Result<Self> {
        Self {
            width: Side::of_percent("crop width", width)?,
            height: Side::of_percent("crop height", height)?,
            from: Origin::default(),
            percent: true,
        }
        .checked()
    }

    /// The box whose left top pixel is (`x`, `y`), counted from 0; percent when its size is in percent.
    #[must_use]
    pub fn at(mut self, x: u32, y: u32) -> Self {
        self.from = Origin::At(Side::pixels(x), Side::pixels(y));
        self
    }

    /// The box at a side or corner, around a point, or chosen by content.
    #[must_use]
    pub fn gravity(mut self, gravity: Gravity) -> Self {
        self.from = Origin::Gravity(gravity);
        self
    }

    pub(super) fn apply(self, picture: &Picture, limits: &Limits) -> Result<Picture> {
        let size = (picture.width(), picture.height());
        let (at, kept) = self.settled(picture, limits)?.kept(size)?;
        Ok(picture.crop(at, kept))
    }

    /// The same without looking at the content: where that of `picture` decides.
    pub(super) fn settled(self, picture: &Picture, limits: &Limits) -> Result<Self> {
        let Origin::Gravity(gravity) = self.from else { return Ok(self) };
        if !gravity.is_by_content() {
            return Ok(self);
        }
        let size = (picture.width(), picture.height());
        let (width, height) = self.place(size).0;
        let exactly = (f64::from(width.min(size.0)), f64::from(height.min(size.1)));
        let gravity = content::settle(gravity, &picture.to_direct(), exactly, limits)?;
        Ok(self.gravity(gravity))
    }

    /// Whether what is kept waits for the pixels.
    pub(crate) fn is_by_content(self) -> bool {
        matches!(self.from, Origin::Gravity(gravity) if gravity.is_by_content())
    }

    /// Left top and size of what is kept of a picture of `size`, pixels; of gravities by content, the middle.
    pub(crate) fn kept(self, size: (u32, u32)) -> Result<((u32, u32), (u32, u32))> {
        let (wished, at) = self.place(size);
        let (left, top) = match (self.from, at) {
            (_, Some(at)) => at,
            (Origin::Gravity(gravity), None) => {
                gravity.place(size, (wished.0.min(size.0), wished.1.min(size.1)))
            }
            (Origin::At(..), None) => (0, 0),
        };
        if left >= size.0 || top >= size.1 {
            let (width, height) = size;
            return Err(invalid(format!(
                "crop begins at {left}x{top}, outside the picture of {width}x{height} pixels"
            )));
        }
        Ok(((left, top), (wished.0.min(size.0 - left), wished.1.min(size.1 - top))))
    }

    /// Size of the box and, if that is given, its left top, in pixels of a picture of `size`.
    ///
    /// Percents are rounded edge by edge, so that boxes that meet in percent meet in pixels.
    fn place(self, size: (u32, u32)) -> ((u32, u32), Option<(u32, u32)>) {
        let at = match self.from {
            Origin::At(x, y) => Some((x, y)),
            Origin::Gravity(_) => None,
        };
        if !self.percent {
            let at = at.map(|(x, y)| (x.whole(), y.whole()));
            return ((self.width.whole(), self.height.whole()), at);
        }
        let along = |begin: Option<Side>, length: Side, size: u32| {
            let begin = begin.map_or(0, |begin| begin.0);
            let from = Side(begin).share_of(size);
            (from, Side(begin + length.0).share_of(size).saturating_sub(from).max(1))
        };
        let (left, width) = along(at.map(|at| at.0), self.width, size.0);
        let (top, height) = along(at.map(|at| at.1), self.height, size.1);
        ((width, height), at.map(|_| (left, top)))
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
        let at = at.map(|at| at.split_once('x').ok_or_else(|| shape(text))).transpose()?;
        let (mut gravity, mut percent) = (None, None);
        for argument in element {
            match argument.key {
                "gravity" if at.is_none() => argument.once(&mut gravity, argument.parse()?)?,
                "gravity" => return Err(invalid("crop takes either @XxY or gravity=, not both")),
                "percent" => argument.once(&mut percent, argument.flag()?)?,
                _ => return Err(argument.unexpected("gravity=, percent")),
            }
        }
        let signs = text.matches('%').count();
        let n_numbers = if at.is_some() { 4 } else { 2 };
        if signs != 0 && signs != n_numbers {
            return Err(invalid(format!(
                "crop {text:.40?} takes either pixels or percent, not both"
            )));
        }
        let percent = percent.is_some() || signs > 0;
        let side = |field: &str, text: &str| Side::parse(field, text, percent);
        let from = match (at, gravity) {
            (Some((x, y)), _) => Origin::At(side("crop x", x)?, side("crop y", y)?),
            (None, gravity) => Origin::Gravity(gravity.unwrap_or_default()),
        };
        let (width, height) = (side("crop width", width)?, side("crop height", height)?);
        Self { width, height, from, percent }.checked()
    }

    /// Checks what a builder that returns no errors may have been given.
    pub(super) fn check(self) -> Result<()> {
        let (width, height) = (("crop width", self.width), ("crop height", self.height));
        for (field, side) in [width, height] {
            if side.0 == 0 && !self.percent {
                return Err(out_of_range(field, 0, "at least 1"));
            }
            if self.percent && !(1..=100_000).contains(&side.0) {
                return Err(out_of_range(field, side, "more than 0 and at most 100 percent"));
            }
        }
        let (x, y) = match self.from {
            Origin::At(x, y) => (x, y),
            Origin::Gravity(_) => (Side(0), Side(0)),
        };
        for (field, side) in [width, height, ("crop x", x), ("crop y", y)] {
            let is_whole = side.0.is_multiple_of(1000) && side.0 / 1000 <= u32::MAX.into();
            if !self.percent && !is_whole {
                return Err(out_of_range(field, side, "a whole number below 2^32"));
            }
            if self.percent && side.0 > 100_000 {
                return Err(out_of_range(field, side, "at most 100 percent"));
            }
        }
        Ok(())
    }

    fn checked(self) -> Result<Self> {
        self.check()?;
        Ok(self)
    }
}

impl fmt::Display for Crop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}x{}", Self::NAME, self.width, self.height)?;
        match self.from {
            Origin::At(x, y) => write!(f, "@{x}x{y}")?,
            Origin::Gravity(Gravity::Center) => {}
            Origin::Gravity(gravity) => write!(f, ":gravity={gravity}")?,
        }
        if self.percent { f.write_str(":percent") } else { Ok(()) }
    }
}

serde_checked!(Crop);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percents_that_meet_meet_in_pixels() {
        for size in [1, 7, 10, 99, 1000, 4001] {
            let boxes = [(0.0, 33.333), (33.333, 33.333), (66.666, 33.334)];
            let mut end = 0;
            for (begin, length) in boxes {
                let text = format!("crop:{length}x100@{begin}x0:percent");
                let crop: Crop = Crop::parse(Element::new(&text)).unwrap();
                let ((width, height), at) = crop.place((size, size));
                assert_eq!(height, size);
                if size >= 7 {
                    assert_eq!(at.unwrap().0, end, "{size}: {text}");
                }
                end = at.unwrap().0 + width;
            }
            assert!(end >= size, "{size}");
        }
    }
}
