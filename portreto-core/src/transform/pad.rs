//! `pad:TOP.RIGHT.BOTTOM.LEFT`: a margin around the picture.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    background::Background,
    color::Color,
    text::{Element, invalid, number, out_of_range},
    word::serde_checked,
};
use crate::{error::Result, limits::Limits, picture::Picture};

/// Puts a margin around the picture.
///
/// Text: `pad:N` (all sides), `pad:N.M` (above and below, left and right) or `pad:TOP.RIGHT.BOTTOM.LEFT`, pixels, the
/// order of CSS `padding`; then `:background=rrggbb[aa]`, transparent white at first, or `:background=blur`.
///
/// # Examples
///
/// ```
/// use portreto_core::transform::{Color, Pad, Transform};
///
/// let pad = Pad::new(10, 20, 10, 20)?.background(Color::opaque(0, 0, 0));
/// assert_eq!(Transform::new().pad(pad).to_string(), "pad:10.20:background=000000");
/// # Ok::<(), portreto_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct Pad {
    #[serde(default)]
    top: u32,
    #[serde(default)]
    right: u32,
    #[serde(default)]
    bottom: u32,
    #[serde(default)]
    left: u32,
    #[serde(default = "default_background")]
    background: Background,
}

fn default_background() -> Background {
    Background::Color(Color::TRANSPARENT_WHITE)
}

impl Pad {
    /// Margins in pixels.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when all are 0 or one is above 65535.
    pub fn new(top: u32, right: u32, bottom: u32, left: u32) -> Result<Self> {
        Self { top, right, bottom, left, background: default_background() }.checked()
    }

    /// What the margin is made of; transparent white at first.
    #[must_use]
    pub fn background(mut self, background: impl Into<Background>) -> Self {
        self.background = background.into();
        self
    }

    pub(super) fn apply(self, picture: &Picture, limits: &Limits) -> Result<Picture> {
        let grown = |side: u32, before: u32, behind: u32| {
            side.saturating_add(before).saturating_add(behind)
        };
        let size = (
            grown(picture.width(), self.left, self.right),
            grown(picture.height(), self.top, self.bottom),
        );
        limits.check_size(size.0, size.1)?;
        let at = (self.left, self.top);
        let padded = self.background.pad(&picture.to_direct(), size, at, limits)?;
        Ok(Picture::Direct(padded))
    }

    pub(super) const NAME: &str = "pad";

    pub(super) fn parse(mut element: Element<'_>) -> Result<Self> {
        let text = element.first("margins in pixels, such as 10 or 10.20")?;
        let margins: Vec<u32> =
            text.split('.').map(|margin| number("pad margin", margin)).collect::<Result<_>>()?;
        let [top, right, bottom, left] = match margins[..] {
            [all] => [all; 4],
            [tall, wide] => [tall, wide, tall, wide],
            [top, right, bottom, left] => [top, right, bottom, left],
            _ => return Err(invalid("pad takes one margin, two or four: TOP.RIGHT.BOTTOM.LEFT")),
        };
        let mut background = None;
        for argument in element {
            match argument.key {
                "background" => argument.once(&mut background, argument.parse()?)?,
                _ => return Err(argument.unexpected("background=")),
            }
        }
        let background = background.unwrap_or_else(default_background);
        Self { top, right, bottom, left, background }.checked()
    }

    fn checked(self) -> Result<Self> {
        let most = [self.top, self.right, self.bottom, self.left].into_iter().max().unwrap_or(0);
        match most {
            0 => Err(invalid("pad needs a margin that is not 0")),
            1..=65535 => Ok(self),
            _ => Err(out_of_range("pad margin", most, "0 to 65535")),
        }
    }
}

impl fmt::Display for Pad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { top, right, bottom, left, .. } = self;
        write!(f, "{}:{top}", Self::NAME)?;
        if (top, left) != (bottom, right) {
            write!(f, ".{right}.{bottom}.{left}")?;
        } else if top != right {
            write!(f, ".{right}")?;
        }
        if self.background != default_background() {
            write!(f, ":background={}", self.background)?;
        }
        Ok(())
    }
}

serde_checked!(Pad);
