//! The last element: the format, and how to encode it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    text::{Element, invalid, out_of_range},
    word::serde_checked,
};
use crate::{encode::Encoding, error::Result, format::Format};

/// The format of the result and how it is encoded.
///
/// Text: `auto`, or a format's extension with `:quality=1…100` (jpg, webp) or `:lossless` (webp).
/// Automatic means the original's format, except that a dithered result becomes PNG, as does what came from GIF and
/// now has more colors, and what came from JPEG or BMP and can now be seen through.
///
/// # Examples
///
/// ```
/// use portreto_core::transform::Output;
///
/// assert_eq!(Output::jpeg().quality(80)?.to_string(), "jpg:quality=80");
/// assert!(Output::png().quality(80).is_err(), "PNG has no quality");
/// # Ok::<(), portreto_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct Output {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    format: Option<Format>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    quality: Option<u8>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    lossless: bool,
}

impl Output {
    /// The original's format where that makes sense.
    #[must_use]
    pub const fn auto() -> Self {
        Self { format: None, quality: None, lossless: false }
    }

    /// A format, encoded in its usual way.
    #[must_use]
    pub const fn new(format: Format) -> Self {
        Self { format: Some(format), quality: None, lossless: false }
    }

    /// JPEG.
    #[must_use]
    pub const fn jpeg() -> Self {
        Self::new(Format::Jpeg)
    }

    /// PNG.
    #[must_use]
    pub const fn png() -> Self {
        Self::new(Format::Png)
    }

    /// WebP, lossy.
    #[must_use]
    pub const fn webp() -> Self {
        Self::new(Format::WebP)
    }

    /// Sets the quality of a lossy format, 1 (smallest) to 100 (best).
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when the quality is out of range or the format has none.
    pub fn quality(mut self, quality: u8) -> Result<Self> {
        self.quality = Some(quality);
        self.checked()
    }

    /// Keeps every sample exactly, in a format that can be lossy or lossless.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when the format is not such a one.
    pub fn lossless(mut self) -> Result<Self> {
        self.lossless = true;
        self.checked()
    }

    /// The format; none for the original's.
    #[must_use]
    pub const fn format(self) -> Option<Format> {
        self.format
    }

    pub(crate) const fn encoding(self) -> Encoding {
        Encoding { quality: self.quality, lossless: self.lossless }
    }

    const AUTO: &str = "auto";

    /// Reads an output, if the element's name is a format or `auto`.
    pub(super) fn parse(element: Element<'_>) -> Option<Result<Self>> {
        let format = match element.name {
            Self::AUTO => None,
            name => Some(name.parse().ok()?),
        };
        Some(Self::parse_arguments(format, element))
    }

    fn parse_arguments(format: Option<Format>, element: Element<'_>) -> Result<Self> {
        let (mut quality, mut lossless) = (None, None);
        for argument in element {
            match argument.key {
                "quality" => {
                    let value = argument.number()?;
                    let value = u8::try_from(value)
                        .map_err(|_| out_of_range("quality", value, "1 to 100"))?;
                    argument.once(&mut quality, value)?;
                }
                "lossless" => argument.once(&mut lossless, argument.flag()?)?,
                _ => return Err(argument.unexpected("quality=, lossless")),
            }
        }
        Self { format, quality, lossless: lossless.unwrap_or_default() }.checked()
    }

    fn checked(self) -> Result<Self> {
        let name = self.format.map_or(Self::AUTO, Format::extension);
        if let Some(quality) = self.quality {
            if !matches!(self.format, Some(Format::Jpeg | Format::WebP)) {
                return Err(invalid(format!("{name} has no quality; jpg and webp have one")));
            }
            if !(1..=100).contains(&quality) {
                return Err(out_of_range(&format!("{name} quality"), quality, "1 to 100"));
            }
        }
        if self.lossless && self.format != Some(Format::WebP) {
            return Err(invalid(format!("{name} does not take lossless; only webp is either")));
        }
        if self.lossless && self.quality.is_some() {
            return Err(invalid("webp takes either quality or lossless, not both"));
        }
        Ok(self)
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.format.map_or(Self::AUTO, Format::extension))?;
        if let Some(quality) = self.quality {
            write!(f, ":quality={quality}")?;
        }
        if self.lossless {
            f.write_str(":lossless")?;
        }
        Ok(())
    }
}

serde_checked!(Output);
