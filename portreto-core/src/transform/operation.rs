//! One step of a transform, and which file knows it.

use std::{borrow::Cow, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{
    crop::Crop,
    dither::Dither,
    flip::Flip,
    grayscale,
    resize::Resize,
    rotate::Rotate,
    text::{Element, unknown},
};
use crate::{
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
    /// A quarter turn or more.
    Rotate(Rotate),
    /// Mirrored.
    Flip(Flip),
    /// Luma only.
    Grayscale,
    /// Few colors.
    Dither(Dither),
}

impl Operation {
    /// The names with which texts begin an operation.
    const NAMES: [&str; 6] =
        [Resize::NAME, Crop::NAME, Rotate::NAME, Flip::NAME, grayscale::NAME, Dither::NAME];

    /// Does this step.
    pub(crate) fn apply<'a>(
        &self,
        picture: Cow<'a, Picture>,
        limits: &Limits,
    ) -> Result<Cow<'a, Picture>> {
        Ok(Cow::Owned(match self {
            Self::Resize(resize) => match resize.apply(&picture, limits)? {
                Some(resized) => resized,
                None => return Ok(picture),
            },
            Self::Crop(crop) => crop.apply(&picture)?,
            Self::Rotate(turn) => turn.apply(&picture),
            Self::Flip(flip) => flip.apply(&picture),
            Self::Grayscale => grayscale::apply(&picture),
            Self::Dither(dither) => dither.apply(&picture, limits)?,
        }))
    }

    pub(super) fn parse(element: Element<'_>) -> Result<Self> {
        match element.name {
            Resize::NAME => Resize::parse(element).map(Self::Resize),
            Crop::NAME => Crop::parse(element).map(Self::Crop),
            Rotate::NAME => Rotate::parse(element).map(Self::Rotate),
            Flip::NAME => Flip::parse(element).map(Self::Flip),
            grayscale::NAME | "greyscale" => grayscale::parse(element).map(|()| Self::Grayscale),
            Dither::NAME => Dither::parse(element).map(Self::Dither),
            name => {
                let formats = Format::ALL.map(Format::extension);
                let known: Vec<_> = Self::NAMES.into_iter().chain(formats).collect();
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
            Self::Rotate(turn) => write!(f, "{}:{turn}", Rotate::NAME),
            Self::Flip(flip) => write!(f, "{}:{flip}", Flip::NAME),
            Self::Grayscale => f.write_str(grayscale::NAME),
            Self::Dither(dither) => dither.fmt(f),
        }
    }
}
