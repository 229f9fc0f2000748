//! `resize:WxH`: another size.

use std::{fmt, num::NonZeroU32};

use serde::{Deserialize, Serialize};

use super::{
    color::Color,
    gravity::Gravity,
    text::{Element, invalid, nonzero, positive},
    word::{serde_checked, words},
};
use crate::{
    canvas::pad,
    error::Result,
    geometry::{Layout, Wish},
    limits::Limits,
    picture::Picture,
    resample::{Resampling, resample},
};

/// Makes the picture another size.
///
/// Text: `resize:WxH`, `resize:Wx` or `resize:xH`, then in any order `:FIT`, `:gravity=NAME`,
/// `:background=rrggbb[aa]`, `:no-enlarge`, `:filter=NAME`, `:linear`.
///
/// With one side given, the other follows from the picture and the fit does not matter.
///
/// # Examples
///
/// ```
/// use portreto_core::transform::{Fit, Gravity, Resize, Transform};
///
/// let resize = Resize::new(320, 240)?.fit(Fit::Cover).gravity(Gravity::North);
/// assert_eq!(Transform::new().resize(resize).to_string(), "resize:320x240:cover:gravity=north");
/// # Ok::<(), portreto_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct Resize {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    width: Option<NonZeroU32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    height: Option<NonZeroU32>,
    #[serde(default)]
    fit: Fit,
    #[serde(default)]
    gravity: Gravity,
    #[serde(default = "default_background")]
    background: Color,
    #[serde(default)]
    no_enlarge: bool,
    #[serde(default)]
    filter: Filter,
    #[serde(default)]
    linear: bool,
}

words! {
    /// How a picture meets a box of another shape: the words of CSS `object-fit` and of sharp.
    #[derive(Default)]
    pub enum Fit: "fit" {
        /// As large as fits within the box, then padded to exactly the box.
        Contain = "contain",
        /// As small as covers the box, then cropped to exactly the box.
        Cover = "cover",
        /// Exactly the box, distorted if need be.
        Fill = "fill",
        /// As large as fits within the box. The default: it never crops, pads or distorts.
        #[default]
        Inside = "inside",
        /// As small as covers the box.
        Outside = "outside",
    }
}

words! {
    /// The kernel with which pixels are interpolated.
    #[derive(Default)]
    pub enum Filter: "filter" {
        /// The nearest pixel, unmixed: for pixel art.
        Nearest = "nearest",
        /// A triangle one pixel wide.
        Bilinear = "bilinear" | "triangle",
        /// Catmull and Rom's cubic (1974): interpolating, a little sharp.
        CatmullRom = "catmull-rom",
        /// Mitchell and Netravali's cubic (1988), B = C = 1/3: no ringing that shows.
        Mitchell = "mitchell",
        /// Sinc windowed by sinc, three lobes: the sharpest for photographs.
        #[default]
        Lanczos3 = "lanczos3",
    }
}

fn default_background() -> Color {
    Color::TRANSPARENT_WHITE
}

impl Resize {
    /// Resizes to within `width` × `height` pixels; one may be `None`.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when both are `None` or one is 0.
    pub fn new(width: impl Into<Option<u32>>, height: impl Into<Option<u32>>) -> Result<Self> {
        let width = width.into().map(|width| nonzero("resize width", width)).transpose()?;
        let height = height.into().map(|height| nonzero("resize height", height)).transpose()?;
        Self::of(width, height).checked()
    }

    fn of(width: Option<NonZeroU32>, height: Option<NonZeroU32>) -> Self {
        Self {
            width,
            height,
            fit: Fit::default(),
            gravity: Gravity::default(),
            background: default_background(),
            no_enlarge: false,
            filter: Filter::default(),
            linear: false,
        }
    }

    /// How the picture meets the box; [`Fit::Inside`] at first.
    #[must_use]
    pub fn fit(mut self, fit: Fit) -> Self {
        self.fit = fit;
        self
    }

    /// What [`Fit::Cover`] keeps and where [`Fit::Contain`] puts the picture; the center at first.
    #[must_use]
    pub fn gravity(mut self, gravity: Gravity) -> Self {
        self.gravity = gravity;
        self
    }

    /// What [`Fit::Contain`] pads with; transparent white at first.
    #[must_use]
    pub fn background(mut self, background: Color) -> Self {
        self.background = background;
        self
    }

    /// Leaves pictures alone that would grow.
    #[must_use]
    pub fn no_enlarge(mut self, no_enlarge: bool) -> Self {
        self.no_enlarge = no_enlarge;
        self
    }

    /// The kernel; [`Filter::Lanczos3`] at first.
    #[must_use]
    pub fn filter(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }

    /// Mixes light instead of sRGB values: fine bright detail keeps its brightness.
    #[must_use]
    pub fn linear(mut self, linear: bool) -> Self {
        self.linear = linear;
        self
    }

    /// The resized picture; none when it is already so.
    pub(super) fn apply(self, picture: &Picture, limits: &Limits) -> Result<Option<Picture>> {
        let size = (picture.width(), picture.height());
        let layout = Layout::new(
            size,
            Wish {
                width: self.width.map(NonZeroU32::get),
                height: self.height.map(NonZeroU32::get),
                fit: self.fit,
                gravity: self.gravity,
                no_enlarge: self.no_enlarge,
            },
        );
        limits.check_size(layout.canvas.0, layout.canvas.1)?;
        if layout.is_identity(size) {
            return Ok(None);
        }
        let how = Resampling { filter: self.filter, linear: self.linear };
        let direct = picture.to_direct();
        let scaled = resample(&direct, layout.source, layout.scaled, how, limits)?;
        if layout.canvas == layout.scaled {
            return Ok(Some(Picture::Direct(scaled)));
        }
        let padded = pad(&scaled, layout.canvas, layout.at, self.background, limits)?;
        Ok(Some(Picture::Direct(padded)))
    }

    pub(super) const NAME: &str = "resize";

    pub(super) fn parse(mut element: Element<'_>) -> Result<Self> {
        let size = element.first("a size, WxH, Wx or xH")?;
        let Some((width, height)) = size.split_once('x') else {
            return Err(invalid(format!("resize size is {size:.40?}, but must be WxH, Wx or xH")));
        };
        let side =
            |field: &str, text: &str| (!text.is_empty()).then(|| positive(field, text)).transpose();
        let width = side("resize width", width)?;
        let height = side("resize height", height)?;
        let (mut fit, mut gravity, mut background) = (None, None, None);
        let (mut no_enlarge, mut filter, mut linear) = (None, None, None);
        for argument in element {
            match argument.key {
                "fit" => argument.once(&mut fit, argument.parse()?)?,
                "gravity" => argument.once(&mut gravity, argument.parse()?)?,
                "background" => argument.once(&mut background, argument.parse()?)?,
                "no-enlarge" => argument.once(&mut no_enlarge, argument.flag()?)?,
                "filter" => argument.once(&mut filter, argument.parse()?)?,
                "linear" => argument.once(&mut linear, argument.flag()?)?,
                word => {
                    match word.parse::<Fit>() {
                        Ok(word) if argument.flag()? => argument.once(&mut fit, word)?,
                        _ => return Err(argument.unexpected(
                            "a fit (contain, cover, fill, inside, outside), gravity=, background=, \
                         no-enlarge, filter=, linear",
                        )),
                    }
                }
            }
        }
        let resize = Self {
            fit: fit.unwrap_or_default(),
            gravity: gravity.unwrap_or_default(),
            background: background.unwrap_or_else(default_background),
            no_enlarge: no_enlarge.unwrap_or_default(),
            filter: filter.unwrap_or_default(),
            linear: linear.unwrap_or_default(),
            ..Self::of(width, height)
        };
        resize.checked()
    }

    fn checked(self) -> Result<Self> {
        if self.width.is_none() && self.height.is_none() {
            return Err(invalid("resize needs a width or a height: WxH, Wx or xH"));
        }
        Ok(self)
    }
}

impl fmt::Display for Resize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", Self::NAME)?;
        self.width.map_or(Ok(()), |width| write!(f, "{width}"))?;
        f.write_str("x")?;
        self.height.map_or(Ok(()), |height| write!(f, "{height}"))?;
        if self.fit != Fit::default() {
            write!(f, ":{}", self.fit)?;
        }
        if self.gravity != Gravity::default() {
            write!(f, ":gravity={}", self.gravity)?;
        }
        if self.background != default_background() {
            write!(f, ":background={}", self.background)?;
        }
        if self.no_enlarge {
            f.write_str(":no-enlarge")?;
        }
        if self.filter != Filter::default() {
            write!(f, ":filter={}", self.filter)?;
        }
        if self.linear {
            f.write_str(":linear")?;
        }
        Ok(())
    }
}

serde_checked!(Resize);
