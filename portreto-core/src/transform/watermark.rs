//! `watermark:DIGEST`: another picture laid over.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    gravity::Gravity,
    milli::Milli,
    overlay::{check_gravity, margin, place},
    resize::Filter,
    strength::Strength,
    text::{Element, out_of_range},
    word::serde_checked,
};
use crate::{
    assets::Assets,
    digest::Digest,
    error::Result,
    geometry::{SourceBox, inside},
    limits::Limits,
    picture::Picture,
    resample::{Resampling, resample},
    surface::Surface,
};

/// Lays another picture over this one.
///
/// Text: `watermark:DIGEST`, the BLAKE3 of the other picture's file in 64 hexadecimal digits, then in any order
///
/// | option | what it does | range, and at first |
/// |---|---|---|
/// | `gravity=…` | the side, corner or point at which it is | not by content; southeast |
/// | `margin=N` | its distance from the edges; between tiles, the gap | 0 to 65535 pixels, 10 |
/// | `opacity=S` | how much of it shows | 0 to 1, 1 |
/// | `scale=S` | as large as fits within so much of this picture's width and height | 0.001 to 1, its own size |
/// | `tile` | repeats it all over | |
///
/// It is never larger than the picture. Whoever renders brings it along: see [`Assets`].
///
/// # Examples
///
/// ```
/// use portreto_core::{Digest, transform::{Gravity, Transform, Watermark}};
///
/// let mark = Watermark::new(Digest::of(b"logo")).gravity(Gravity::North).scale(0.25)?;
/// let text = Transform::new().watermark(mark).to_string();
/// assert!(text.starts_with("watermark:") && text.ends_with(":gravity=north:scale=0.25"));
/// # Ok::<(), portreto_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct Watermark {
    picture: Digest,
    #[serde(default = "default_gravity")]
    gravity: Gravity,
    #[serde(default = "margin::default")]
    margin: u32,
    #[serde(default)]
    opacity: Strength,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scale: Option<Milli>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    tile: bool,
}

fn default_gravity() -> Gravity {
    Gravity::Southeast
}

impl Watermark {
    /// The picture of this digest in its own size, 10 pixels from the right bottom.
    #[must_use]
    pub fn new(picture: Digest) -> Self {
        Self {
            picture,
            gravity: default_gravity(),
            margin: margin::default(),
            opacity: Strength::FULL,
            scale: None,
            tile: false,
        }
    }

    /// Where it is; not by content.
    #[must_use]
    pub fn gravity(mut self, gravity: Gravity) -> Self {
        self.gravity = gravity;
        self
    }

    /// Its distance from the edges, pixels.
    #[must_use]
    pub fn margin(mut self, margin: u32) -> Self {
        self.margin = margin;
        self
    }

    /// How much of it shows.
    #[must_use]
    pub fn opacity(mut self, opacity: Strength) -> Self {
        self.opacity = opacity;
        self
    }

    /// As large as fits within so much of the picture's width and height, 0.001 to 1.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when out of range, or with more than three decimals.
    pub fn scale(mut self, scale: f64) -> Result<Self> {
        let scale = Milli::from_f64("watermark scale", scale)?;
        self.scale = Some(scale.within("watermark scale", 1, 1000)?);
        Ok(self)
    }

    /// Repeats it all over.
    #[must_use]
    pub fn tile(mut self, tile: bool) -> Self {
        self.tile = tile;
        self
    }

    /// The digest of the picture.
    #[must_use]
    pub fn picture(&self) -> Digest {
        self.picture
    }

    pub(super) fn apply(
        self,
        picture: &Picture,
        limits: &Limits,
        assets: &Assets,
    ) -> Result<Picture> {
        let mark = assets.get(&self.picture)?;
        let size = (picture.width(), picture.height());
        let own = (mark.width(), mark.height());
        let fitted = match self.scale {
            None => inside(own, size, true),
            Some(scale) => {
                let side =
                    |side: u32| ((u64::from(side) * u64::from(scale.0) + 500) / 1000).max(1) as u32;
                inside(own, (side(size.0), side(size.1)), false)
            }
        };
        let below = Surface::multiplied(&picture.to_direct(), 2, limits)?;
        let mark = if fitted == own {
            Surface::multiplied(mark, 2, limits)?
        } else {
            let whole = SourceBox {
                left: 0.0,
                top: 0.0,
                width: f64::from(own.0),
                height: f64::from(own.1),
            };
            let how = Resampling { filter: Filter::Lanczos3, linear: false };
            Surface::multiplied(&resample(mark, whole, fitted, how, limits)?, 2, limits)?
        };
        let at = place(self.gravity, size, fitted, self.margin);
        let opacity = Milli(self.opacity.thousandths().into());
        let marked = if self.tile {
            let mark = mark.repeated(size, at, self.margin as usize, limits)?;
            below.lay_over(mark, (0, 0), opacity)
        } else {
            below.lay_over(mark, at, opacity)
        };
        marked.into_image().map(Picture::Direct)
    }

    pub(super) const NAME: &str = "watermark";

    pub(super) fn parse(mut element: Element<'_>) -> Result<Self> {
        let text = element.first("a digest of 64 hexadecimal digits")?;
        let wrong = || {
            let range = "64 hexadecimal digits, the BLAKE3 of the picture's file";
            out_of_range("watermark", format!("{text:.40?}"), range)
        };
        let picture = text.parse().map_err(|_| wrong())?;
        let (mut gravity, mut distance, mut opacity) = (None, None, None);
        let (mut scale, mut tile) = (None, None);
        for argument in element {
            match argument.key {
                "gravity" => argument.once(&mut gravity, argument.parse()?)?,
                "margin" => argument.once(&mut distance, argument.number()?)?,
                "opacity" => argument.once(&mut opacity, argument.parse()?)?,
                "scale" => argument.once(&mut scale, argument.milli()?)?,
                "tile" => argument.once(&mut tile, argument.flag()?)?,
                _ => return Err(argument.unexpected("gravity=, margin=, opacity=, scale=, tile")),
            }
        }
        Self {
            picture,
            gravity: gravity.unwrap_or_else(default_gravity),
            margin: distance.unwrap_or_else(margin::default),
            opacity: opacity.unwrap_or_default(),
            scale,
            tile: tile.unwrap_or_default(),
        }
        .checked()
    }

    pub(super) fn check(self) -> Result<()> {
        check_gravity(Self::NAME, self.gravity)?;
        margin::check(Self::NAME, self.margin)?;
        self.scale.map_or(Ok(()), |scale| scale.within("watermark scale", 1, 1000).map(drop))
    }

    fn checked(self) -> Result<Self> {
        self.check()?;
        Ok(self)
    }
}

impl fmt::Display for Watermark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", Self::NAME, self.picture)?;
        if self.gravity != default_gravity() {
            write!(f, ":gravity={}", self.gravity)?;
        }
        margin::write(f, self.margin)?;
        if self.opacity != Strength::FULL {
            write!(f, ":opacity={}", self.opacity)?;
        }
        if let Some(scale) = self.scale {
            write!(f, ":scale={scale}")?;
        }
        if self.tile { f.write_str(":tile") } else { Ok(()) }
    }
}

serde_checked!(Watermark);
