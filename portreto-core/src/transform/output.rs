//! The last element: the format, and how to encode it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    bit_order::BitOrder,
    text::{Element, invalid, out_of_range},
    word::serde_checked,
};
use crate::{
    encode::{Encoding, Layout, read_only},
    error::Result,
    format::Format,
    picture::Depth,
};

/// The format of the result and how it is encoded.
///
/// Text: `auto`, or a format's extension with `:quality=1…100` (jpg, webp), `:lossless` (webp), or `:bits=1|2|4|8`,
/// `:order=msb|lsb` and `:invert` (raw).
/// Automatic means the original's format, except that a dithered result becomes PNG, as does what came from GIF or PBM and
/// now has more colors, what came from PGM and is no longer gray, and what came from a format without alpha and can now
/// be seen through.
///
/// `raw` is the memory of a display: the palette indices of a dithered picture, row after row from the top, each row
/// padded with 0 to a whole byte. It takes as many bits a pixel as the palette needs, the leftmost pixel in the highest
/// bits, unless told otherwise. An index is the place of its color in the palette, or of its level from dark to light; what
/// is transparent comes after the last.
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
///
/// For e-paper of 7 colors (`ACeP`), two pixels share a byte, the left one in its high half, and the index is the number
/// of the ink; for black and white panels (SSD1680, UC8151) eight pixels share a byte, the left one in its highest bit,
/// and 1 is white:
///
/// ```
/// use portreto_core::{Limits, Transform, render};
///
/// // Four pixels: black, white, red, yellow. In the palette they have the indices 0, 1, 4 and 5.
/// let picture = b"P6 4 1 255\n\x00\x00\x00\xFF\xFF\xFF\xFF\x00\x00\xFF\xFF\x00";
/// let panel: Transform = "dither:floyd-steinberg:palette=eink-7,raw:bits=4".parse()?;
/// assert_eq!(render(picture, &panel, &Limits::default())?.bytes, [0x01, 0x45]);
///
/// let panel: Transform = "dither:threshold:palette=black-white,raw".parse()?;
/// assert_eq!(render(picture, &panel, &Limits::default())?.bytes, [0b0101_0000]);
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bits: Option<u8>,
    #[serde(default, skip_serializing_if = "is_msb")]
    order: BitOrder,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    invert: bool,
}

impl Output {
    /// The original's format where that makes sense.
    #[must_use]
    pub const fn auto() -> Self {
        Self {
            format: None,
            quality: None,
            lossless: false,
            bits: None,
            order: BitOrder::Msb,
            invert: false,
        }
    }

    /// A format, encoded in its usual way.
    #[must_use]
    pub const fn new(format: Format) -> Self {
        Self { format: Some(format), ..Self::auto() }
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

    /// Packed palette indices, as many bits each as the palette needs.
    #[must_use]
    pub const fn raw() -> Self {
        Self::new(Format::Raw)
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

    /// Sets the bits of one raw index: 1, 2, 4 or 8.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when `bits` is something else or the format is not raw. Rendering fails when the palette has more
    /// colors than that.
    pub fn bits(mut self, bits: u8) -> Result<Self> {
        self.bits = Some(bits);
        self.checked()
    }

    /// Sets where the leftmost of several raw pixels in a byte stands.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when the format is not raw.
    pub fn bit_order(mut self, order: BitOrder) -> Result<Self> {
        self.order = order;
        self.checked()
    }

    /// Turns every bit of the raw indices around: 1 is the first of two colors then, and 0 the second.
    ///
    /// What a row has left over of its last byte stays 0.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when the format is not raw.
    pub fn invert(mut self) -> Result<Self> {
        self.invert = true;
        self.checked()
    }

    /// The format; none for the original's.
    #[must_use]
    pub const fn format(self) -> Option<Format> {
        self.format
    }

    pub(crate) const fn encoding(self) -> Encoding {
        let depth = match self.bits {
            Some(bits) => depth(bits),
            None => None,
        };
        let layout = Layout { depth, order: self.order, invert: self.invert };
        Encoding { quality: self.quality, lossless: self.lossless, layout }
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
        let (mut bits, mut order, mut invert) = (None, None, None);
        for argument in element {
            match argument.key {
                "quality" => {
                    let value = argument.number()?;
                    let value = u8::try_from(value)
                        .map_err(|_| out_of_range("quality", value, "1 to 100"))?;
                    argument.once(&mut quality, value)?;
                }
                "lossless" => argument.once(&mut lossless, argument.flag()?)?,
                "bits" => {
                    let value = argument.number()?;
                    let value =
                        u8::try_from(value).map_err(|_| out_of_range("raw bits", value, BITS))?;
                    argument.once(&mut bits, value)?;
                }
                "order" => argument.once(&mut order, argument.parse()?)?,
                "invert" => argument.once(&mut invert, argument.flag()?)?,
                _ => {
                    let known = "quality=, lossless, bits=, order=, invert";
                    return Err(argument.unexpected(known));
                }
            }
        }
        Self {
            format,
            quality,
            lossless: lossless.unwrap_or_default(),
            bits,
            order: order.unwrap_or_default(),
            invert: invert.unwrap_or_default(),
        }
        .checked()
    }

    fn checked(self) -> Result<Self> {
        if let Some(format) = self.format.filter(|format| !format.is_written()) {
            return Err(read_only(format));
        }
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
        let has_layout = self.bits.is_some() || !is_msb(&self.order) || self.invert;
        if has_layout && self.format != Some(Format::Raw) {
            let message = format!("{name} does not take bits, order or invert; only raw does");
            return Err(invalid(message));
        }
        if let Some(bits) = self.bits
            && depth(bits).is_none()
        {
            return Err(out_of_range("raw bits", bits, BITS));
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
        if let Some(bits) = self.bits {
            write!(f, ":bits={bits}")?;
        }
        if !is_msb(&self.order) {
            write!(f, ":order={}", self.order)?;
        }
        if self.invert {
            f.write_str(":invert")?;
        }
        Ok(())
    }
}

const BITS: &str = "1, 2, 4 or 8";

const fn depth(bits: u8) -> Option<Depth> {
    match bits {
        1 => Some(Depth::One),
        2 => Some(Depth::Two),
        4 => Some(Depth::Four),
        8 => Some(Depth::Eight),
        _ => None,
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_msb(order: &BitOrder) -> bool {
    matches!(order, BitOrder::Msb)
}

serde_checked!(Output);
