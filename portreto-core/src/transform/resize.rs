//! `resize:WxH`: another size.

use std::{fmt, num::NonZeroU32};

use image::DynamicImage;
use serde::{Deserialize, Serialize};

use super::{
    background::Background,
    color::Color,
    gravity::Gravity,
    milli::Milli,
    text::{Element, invalid, nonzero, positive},
    word::{serde_checked, words},
};
use crate::{
    content,
    error::Result,
    geometry::{Layout, SourceBox, Wish},
    limits::Limits,
    picture::Picture,
    resample::{Resampling, resample},
    surface::Surface,
};

/// Makes the picture another size.
///
/// Text: `resize:WxH`, `resize:Wx` or `resize:xH`, then in any order
///
/// | option | what it does | where it has a meaning |
/// |---|---|---|
/// | `FIT` | how the picture meets the box, see [`Fit`]; `inside` at first | with both sides |
/// | `gravity=…` | what [`Fit::Cover`] keeps and where [`Fit::Contain`] puts the picture, see [`Gravity`] | `entropy` and `attention` with `cover` only |
/// | `background=rrggbb[aa]`, `background=blur` | what [`Fit::Contain`] pads with; transparent white at first | `blur` with `contain` only |
/// | `no-enlarge` | leaves alone what would grow | everywhere |
/// | `dpr=1…8` | the size is meant for a display with so many pixels to the point, and multiplied by it | everywhere |
/// | `filter=NAME` | the kernel, see [`Filter`] | everywhere |
/// | `linear` | mixes light instead of sRGB values | everywhere |
/// | `sharpen` | sharpens mildly (see [`Sharpen`](super::Sharpen)) what became smaller | everywhere |
///
/// With one side given, the other follows from the picture and the fit does not matter.
///
/// Nothing is sharpened unless asked for, as in sharp and `ImageMagick`: Lanczos' kernel is crisp by itself.
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
    background: Background,
    #[serde(default)]
    no_enlarge: bool,
    #[serde(default = "default_dpr", skip_serializing_if = "is_default_dpr")]
    dpr: Milli,
    #[serde(default)]
    filter: Filter,
    #[serde(default)]
    linear: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    sharpen: bool,
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

fn default_background() -> Background {
    Background::Color(Color::TRANSPARENT_WHITE)
}

fn default_dpr() -> Milli {
    Milli::ONE
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_default_dpr(dpr: &Milli) -> bool {
    *dpr == default_dpr()
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
            dpr: default_dpr(),
            filter: Filter::default(),
            linear: false,
            sharpen: false,
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
    pub fn background(mut self, background: impl Into<Background>) -> Self {
        self.background = background.into();
        self
    }

    /// Leaves pictures alone that would grow.
    #[must_use]
    pub fn no_enlarge(mut self, no_enlarge: bool) -> Self {
        self.no_enlarge = no_enlarge;
        self
    }

    /// Multiplies the size: the pixels of a display to one point, 1 to 8.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when out of range, or with more than three decimals.
    pub fn dpr(mut self, dpr: f64) -> Result<Self> {
        self.dpr = Milli::from_f64("resize dpr", dpr)?.within("resize dpr", 1000, 8000)?;
        Ok(self)
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

    /// Sharpens mildly what became smaller.
    #[must_use]
    pub fn sharpen(mut self, sharpen: bool) -> Self {
        self.sharpen = sharpen;
        self
    }

    /// What this does to a picture of `size`. Where the gravity is by content, the source's place is the middle.
    pub(crate) fn layout(self, size: (u32, u32)) -> Layout {
        let multiplied = |side: NonZeroU32| {
            let pixels = (u64::from(side.get()) * u64::from(self.dpr.0) + 500) / 1000;
            u32::try_from(pixels).unwrap_or(u32::MAX)
        };
        let wish = Wish {
            width: self.width.map(multiplied),
            height: self.height.map(multiplied),
            fit: self.fit,
            gravity: self.gravity,
            no_enlarge: self.no_enlarge,
        };
        Layout::new(size, wish)
    }

    /// The resized picture; none when it is already so.
    pub(super) fn apply(self, picture: &Picture, limits: &Limits) -> Result<Option<Picture>> {
        let size = (picture.width(), picture.height());
        let layout = self.layout(size);
        limits.check_size(layout.canvas.0, layout.canvas.1)?;
        if layout.is_identity(size) {
            return Ok(None);
        }
        let layout = self.settled(picture, limits)?.layout(size);
        let direct = picture.to_direct();
        let scaled = resample(&direct, layout.source, layout.scaled, self.how(), limits)?;
        self.finish(scaled, &layout, limits).map(Picture::Direct).map(Some)
    }

    /// The same without looking at the content: where that of `picture` decides.
    pub(super) fn settled(self, picture: &Picture, limits: &Limits) -> Result<Self> {
        if !self.is_by_content() {
            return Ok(self);
        }
        let SourceBox { width, height, .. } =
            self.layout((picture.width(), picture.height())).source;
        let gravity = content::settle(self.gravity, &picture.to_direct(), (width, height), limits)?;
        Ok(Self { gravity, ..self })
    }

    /// Whether the layout waits for the pixels.
    pub(crate) fn is_by_content(self) -> bool {
        self.gravity.is_by_content()
    }

    /// How pixels are mixed.
    pub(crate) fn how(self) -> Resampling {
        Resampling { filter: self.filter, linear: self.linear }
    }

    /// The resampled picture, sharpened and on its canvas.
    pub(crate) fn finish(
        self,
        mut scaled: DynamicImage,
        layout: &Layout,
        limits: &Limits,
    ) -> Result<DynamicImage> {
        if self.sharpen && layout.is_smaller() {
            let mut surface = Surface::multiplied(&scaled, 2, limits)?;
            surface.sharpen_mildly();
            scaled = surface.into_image()?;
        }
        if layout.canvas == layout.scaled {
            return Ok(scaled);
        }
        self.background.pad(&scaled, layout.canvas, layout.at, limits)
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
        let (mut no_enlarge, mut dpr) = (None, None);
        let (mut filter, mut linear, mut sharpen) = (None, None, None);
        for argument in element {
            match argument.key {
                "fit" => argument.once(&mut fit, argument.parse()?)?,
                "gravity" => argument.once(&mut gravity, argument.parse()?)?,
                "background" => argument.once(&mut background, argument.parse()?)?,
                "no-enlarge" => argument.once(&mut no_enlarge, argument.flag()?)?,
                "dpr" => argument.once(&mut dpr, argument.milli()?)?,
                "filter" => argument.once(&mut filter, argument.parse()?)?,
                "linear" => argument.once(&mut linear, argument.flag()?)?,
                "sharpen" => argument.once(&mut sharpen, argument.flag()?)?,
                word => {
                    match word.parse::<Fit>() {
                        Ok(word) if argument.flag()? => argument.once(&mut fit, word)?,
                        _ => return Err(argument.unexpected(
                            "a fit (contain, cover, fill, inside, outside), gravity=, background=, \
                         no-enlarge, dpr=, filter=, linear, sharpen",
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
            dpr: dpr.unwrap_or_else(default_dpr),
            filter: filter.unwrap_or_default(),
            linear: linear.unwrap_or_default(),
            sharpen: sharpen.unwrap_or_default(),
            ..Self::of(width, height)
        };
        resize.checked()
    }

    /// Checks that every option has a meaning for this fit.
    pub(super) fn check(self) -> Result<()> {
        let fit = if self.width.is_some() && self.height.is_some() { Some(self.fit) } else { None };
        if self.gravity.is_by_content() && fit != Some(Fit::Cover) {
            let gravity = self.gravity;
            let message = format!(
                "resize gravity {gravity} chooses what to keep: it needs cover, and both sides"
            );
            return Err(invalid(message));
        }
        if self.background == Background::Blur && fit != Some(Fit::Contain) {
            return Err(invalid(
                "resize background blur fills a box: it needs contain, and both sides",
            ));
        }
        Ok(())
    }

    fn checked(self) -> Result<Self> {
        if self.width.is_none() && self.height.is_none() {
            return Err(invalid("resize needs a width or a height: WxH, Wx or xH"));
        }
        self.dpr.within("resize dpr", 1000, 8000)?;
        self.check()?;
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
        if !is_default_dpr(&self.dpr) {
            write!(f, ":dpr={}", self.dpr)?;
        }
        if self.filter != Filter::default() {
            write!(f, ":filter={}", self.filter)?;
        }
        if self.linear {
            f.write_str(":linear")?;
        }
        if self.sharpen {
            f.write_str(":sharpen")?;
        }
        Ok(())
    }
}

serde_checked!(Resize);
