//! `flatten`: nothing can be seen through.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Serialize};

use super::{
    color::Color,
    text::{Element, invalid},
    word::serde_checked,
};
use crate::{
    error::Result, limits::Limits, picture::Picture, resample::is_opaque, surface::Surface,
};

/// Puts a color behind the picture and drops its alpha.
///
/// Text: `flatten`, white, or `flatten:background=rrggbb`.
///
/// # Examples
///
/// ```
/// use portreto_core::transform::{Color, Flatten, Transform};
///
/// assert_eq!(Transform::new().flatten(Flatten::new(Color::WHITE)?).to_string(), "flatten");
/// assert!(Flatten::new(Color::TRANSPARENT_WHITE).is_err());
/// # Ok::<(), portreto_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct Flatten {
    #[serde(default = "white")]
    background: Color,
}

const fn white() -> Color {
    Color::WHITE
}

impl Flatten {
    /// Puts an opaque color behind the picture.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when `background` can be seen through.
    pub fn new(background: Color) -> Result<Self> {
        Self { background }.checked()
    }

    pub(super) fn apply<'a>(
        self,
        picture: Cow<'a, Picture>,
        limits: &Limits,
    ) -> Result<Cow<'a, Picture>> {
        let is_flat = match &*picture {
            Picture::Indexed(indexed) => indexed.is_opaque(),
            Picture::Direct(image) => !image.color().has_alpha(),
        };
        if is_flat {
            return Ok(picture);
        }
        let direct = picture.to_direct();
        let surface = Surface::multiplied(&direct, 1, limits)?;
        // A gray picture gets no colors that do not show.
        let background = if is_opaque(&direct) { white() } else { self.background };
        surface.lay_on(background).into_image().map(|image| Cow::Owned(Picture::Direct(image)))
    }

    pub(super) const NAME: &str = "flatten";

    pub(super) fn parse(element: Element<'_>) -> Result<Self> {
        let mut background = None;
        for argument in element {
            match argument.key {
                "background" => argument.once(&mut background, argument.parse()?)?,
                _ => return Err(argument.unexpected("background=")),
            }
        }
        Self { background: background.unwrap_or_else(white) }.checked()
    }

    fn checked(self) -> Result<Self> {
        if self.background.rgba()[3] < 255 {
            let background = self.background;
            let message = format!("flatten background is {background}, but must be opaque: rrggbb");
            return Err(invalid(message));
        }
        Ok(self)
    }
}

impl fmt::Display for Flatten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::NAME)?;
        if self.background != white() {
            write!(f, ":background={}", self.background)?;
        }
        Ok(())
    }
}

serde_checked!(Flatten);
