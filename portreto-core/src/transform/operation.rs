//! One step of a transform, and which file knows it.

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{
    adjust::Adjust,
    blur::Blur,
    caption::Caption,
    crop::Crop,
    dither::Dither,
    flatten::Flatten,
    flip::Flip,
    grayscale,
    pad::Pad,
    resize::Resize,
    rotate::Rotate,
    round::Round,
    sharpen::Sharpen,
    text::{Element, unknown},
    tint::Tint,
    trim::Trim,
    watermark::Watermark,
};
use crate::{
    assets::Assets,
    error::{Error, Result},
    format::Format,
    limits::Limits,
    picture::Picture,
};

/// One step of a transform.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Operation {
    /// Another size.
    Resize(Resize),
    /// A part of the picture.
    Crop(Crop),
    /// Without a border of one color.
    Trim(Trim),
    /// With a margin.
    Pad(Pad),
    /// A turn.
    Rotate(Rotate),
    /// Mirrored.
    Flip(Flip),
    /// Luma only.
    Grayscale,
    /// Other tones and colors.
    Adjust(Adjust),
    /// Shades of one color.
    Tint(Tint),
    /// Out of focus.
    Blur(Blur),
    /// Crisper edges.
    Sharpen(Sharpen),
    /// On a color, opaque.
    Flatten(Flatten),
    /// Rounded corners.
    Round(Round),
    /// Another picture laid over.
    Watermark(Watermark),
    /// A line of text laid over.
    Caption(Caption),
    /// Few colors.
    Dither(Dither),
}

impl Operation {
    /// The names with which texts begin an operation.
    pub const NAMES: &'static [&'static str] = &[
        Resize::NAME,
        Crop::NAME,
        Trim::NAME,
        Pad::NAME,
        Rotate::NAME,
        Flip::NAME,
        grayscale::NAME,
        Adjust::NAME,
        Tint::NAME,
        Blur::NAME,
        Sharpen::NAME,
        Flatten::NAME,
        Round::NAME,
        Watermark::NAME,
        Caption::NAME,
        Dither::NAME,
    ];

    /// Does this step.
    pub(crate) fn apply<'a>(
        &self,
        picture: Cow<'a, Picture>,
        limits: &Limits,
        assets: &Assets,
    ) -> Result<Cow<'a, Picture>> {
        Ok(Cow::Owned(match self {
            Self::Resize(resize) => match resize.apply(&picture, limits)? {
                Some(resized) => resized,
                None => return Ok(picture),
            },
            Self::Crop(crop) => crop.apply(&picture, limits)?,
            Self::Trim(trim) => return trim.apply(picture, limits),
            Self::Pad(pad) => pad.apply(&picture, limits)?,
            Self::Rotate(turn) => turn.apply(&picture, limits)?,
            Self::Flip(flip) => flip.apply(&picture),
            Self::Grayscale => grayscale::apply(&picture),
            Self::Adjust(adjust) => adjust.apply(&picture, limits)?,
            Self::Tint(tint) => tint.apply(&picture, limits)?,
            Self::Blur(blur) => blur.apply(&picture, limits)?,
            Self::Sharpen(sharpen) => sharpen.apply(&picture, limits)?,
            Self::Flatten(flatten) => return flatten.apply(picture, limits),
            Self::Round(round) => round.apply(&picture, limits)?,
            Self::Watermark(watermark) => watermark.apply(&picture, limits, assets)?,
            Self::Caption(caption) => caption.apply(&picture, limits)?,
            Self::Dither(dither) => dither.apply(&picture, limits)?,
        }))
    }

    /// The same without looking for what to keep: where `picture`, the first frame of an animation, decides for all.
    pub(crate) fn settled(&self, picture: &Picture, limits: &Limits) -> Result<Self> {
        Ok(match self {
            Self::Resize(resize) => Self::Resize(resize.settled(picture, limits)?),
            Self::Crop(crop) => Self::Crop(crop.settled(picture, limits)?),
            Self::Trim(trim) => Self::Crop(trim.settled(picture, limits)?),
            other => other.clone(),
        })
    }

    /// Checks what builders that return no errors may have been given.
    pub(super) fn check(&self) -> Result<()> {
        match self {
            Self::Resize(resize) => resize.check(),
            Self::Crop(crop) => crop.check(),
            Self::Adjust(adjust) => adjust.check(),
            Self::Watermark(watermark) => watermark.check(),
            Self::Caption(caption) => caption.check(),
            Self::Dither(dither) => dither.check(),
            _ => Ok(()),
        }
    }

    pub(super) fn parse(element: Element<'_>) -> Result<Self> {
        match element.name {
            Resize::NAME => Resize::parse(element).map(Self::Resize),
            Crop::NAME => Crop::parse(element).map(Self::Crop),
            Trim::NAME => Trim::parse(element).map(Self::Trim),
            Pad::NAME | "extend" => Pad::parse(element).map(Self::Pad),
            Rotate::NAME => Rotate::parse(element).map(Self::Rotate),
            Flip::NAME => Flip::parse(element).map(Self::Flip),
            grayscale::NAME | "greyscale" => grayscale::parse(element).map(|()| Self::Grayscale),
            Adjust::NAME => Adjust::parse(element).map(Self::Adjust),
            Tint::NAME => Tint::parse(element).map(Self::Tint),
            Blur::NAME => Blur::parse(element).map(Self::Blur),
            Sharpen::NAME => Sharpen::parse(element).map(Self::Sharpen),
            Flatten::NAME => Flatten::parse(element).map(Self::Flatten),
            Round::NAME => Round::parse(element).map(Self::Round),
            Watermark::NAME => Watermark::parse(element).map(Self::Watermark),
            Caption::NAME => Caption::parse(element).map(Self::Caption),
            Dither::NAME => Dither::parse(element).map(Self::Dither),
            name => {
                let formats = Format::ALL.into_iter().filter(|format| format.is_written());
                let formats = formats.map(Format::extension);
                let known: Vec<_> = Self::NAMES.iter().copied().chain(formats).collect();
                Err(unknown("operation or format", name, &known))
            }
        }
    }
}

impl FromStr for Operation {
    type Err = Error;

    /// Reads one operation, such as `resize:320x`.
    fn from_str(text: &str) -> Result<Self> {
        Self::parse(Element::new(text))
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resize(resize) => resize.fmt(f),
            Self::Crop(crop) => crop.fmt(f),
            Self::Trim(trim) => trim.fmt(f),
            Self::Pad(pad) => pad.fmt(f),
            Self::Rotate(turn) => write!(f, "{}:{turn}", Rotate::NAME),
            Self::Flip(flip) => write!(f, "{}:{flip}", Flip::NAME),
            Self::Grayscale => f.write_str(grayscale::NAME),
            Self::Adjust(adjust) => adjust.fmt(f),
            Self::Tint(tint) => tint.fmt(f),
            Self::Blur(blur) => blur.fmt(f),
            Self::Sharpen(sharpen) => sharpen.fmt(f),
            Self::Flatten(flatten) => flatten.fmt(f),
            Self::Round(round) => round.fmt(f),
            Self::Watermark(watermark) => watermark.fmt(f),
            Self::Caption(caption) => caption.fmt(f),
            Self::Dither(dither) => dither.fmt(f),
        }
    }
}
