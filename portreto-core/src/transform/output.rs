//! The last element: the format, and how to encode it.

mod accept;
mod builder;
mod check;
mod compression;
mod metadata;
mod profile;
mod subsampling;
mod text;

use serde::{Deserialize, Serialize};

pub use self::{
    accept::Accept, compression::Compression, metadata::MetadataPolicy, profile::Profile,
    subsampling::Subsampling,
};
use super::{bit_order::BitOrder, word::serde_checked};
use crate::{
    encode::{Encoding, Layout},
    error::Result,
    format::Format,
    picture::Depth,
};

/// The format of the result and how it is encoded.
///
/// Text: `same`, `auto`, or a format's extension, with the options that this format has:
///
/// | option | formats | what it does |
/// |---|---|---|
/// | `quality=1…100` | jpg, webp, avif, auto | smallest to best; 80 unless said |
/// | `quality=auto`, `target=30…95` | jpg, webp, avif, auto | the [lowest quality that still looks good](Output::visual_target), with a score of 70 unless said |
/// | `accept=avif.webp` | auto | [what the viewer shows](Accept) besides JPEG, PNG and GIF |
/// | `lossless` | webp | keeps every sample |
/// | `effort=0…6` | avif; webp, lossy | fast to small; 2 for avif and 4 for webp unless said |
/// | `subsampling=444…440` | jpg | [the resolution of color](Subsampling); 420 below quality 90, 444 from there, unless said |
/// | `progressive` | jpg | shows coarsely when a part of it has come, and is often smaller |
/// | `compression=fast…best` | png | [speed or size](Compression); unless said, what suits the samples |
/// | `optimize` | jpg, png | the same pixels in fewer bytes: codes made for this picture; for png also its samples in the smallest kind, and several filters tried |
/// | `profile=srgb…original` | jpg, png, webp, tiff, auto, same | the [color space](Profile) of the result: `srgb` unless said, which animations always have |
/// | `metadata=strip…all` | jpg, png, webp, tiff, auto, same | [what is kept of the original's metadata](MetadataPolicy): `strip` unless said |
/// | `still` | webp, gif, auto, same | the first frame of an animation; without it, an animated WebP or GIF stays one |
/// | `bits=1…8`, `order=msb…lsb`, `invert` | raw | how indices lie in bytes |
///
/// `same`, the default, means the original's format, except that a dithered result becomes PNG, as does what came from GIF or PBM and
/// now has more colors, what came from PGM and is no longer gray, and what came from a format without alpha and can now
/// be seen through.
///
/// `auto` chooses by content: JPEG for photos, PNG for what can be seen through or is drawn (a picture is when half of its pixels
/// are like their neighbors, or when it was dithered), GIF for animations; where the viewer accepts them, AVIF or WebP for
/// photos and WebP for animations and, lossless, for drawings.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option that is typed or not")]
pub struct Output {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    format: Option<Format>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    auto: Option<Accept>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    quality: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    target: Option<u8>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    lossless: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    effort: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subsampling: Option<Subsampling>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    progressive: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    compression: Option<Compression>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    optimize: bool,
    #[serde(default, skip_serializing_if = "MetadataPolicy::is_default")]
    metadata: MetadataPolicy,
    #[serde(default, skip_serializing_if = "Profile::is_default")]
    profile: Profile,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bits: Option<u8>,
    #[serde(default, skip_serializing_if = "is_msb")]
    order: BitOrder,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    invert: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    still: bool,
}

impl Default for Output {
    fn default() -> Self {
        Self::same()
    }
}

impl Output {
    /// The original's format where that makes sense.
    #[must_use]
    pub const fn same() -> Self {
        Self {
            format: None,
            auto: None,
            quality: None,
            target: None,
            lossless: false,
            effort: None,
            subsampling: None,
            progressive: false,
            compression: None,
            optimize: false,
            metadata: MetadataPolicy::Strip,
            profile: Profile::Srgb,
            bits: None,
            order: BitOrder::Msb,
            invert: false,
            still: false,
        }
    }

    /// The format that shows the result well in the fewest bytes, of those that everyone shows and those that the viewer
    /// accepts.
    #[must_use]
    pub const fn auto(accept: Accept) -> Self {
        Self { auto: Some(accept), ..Self::same() }
    }

    /// A format, encoded in its usual way.
    #[must_use]
    pub const fn new(format: Format) -> Self {
        Self { format: Some(format), ..Self::same() }
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

    /// AVIF.
    #[must_use]
    pub const fn avif() -> Self {
        Self::new(Format::Avif)
    }

    /// Packed palette indices, as many bits each as the palette needs.
    #[must_use]
    pub const fn raw() -> Self {
        Self::new(Format::Raw)
    }

    /// What the viewer accepts, when the format is chosen by content.
    #[must_use]
    pub const fn by_content(self) -> Option<Accept> {
        self.auto
    }

    /// Whether an animation of `original` format stays one.
    pub(crate) fn animates(self, original: Format) -> bool {
        // Everyone shows animated GIFs.
        let chosen = self.auto.map_or(original, |_| Format::Gif);
        let (from, to) = (original, self.format.unwrap_or(chosen));
        !self.still && [from, to].into_iter().all(|format| ANIMATED.contains(&format))
    }

    /// The format; none for the original's.
    #[must_use]
    pub const fn format(self) -> Option<Format> {
        self.format
    }

    /// The color space of the result.
    #[must_use]
    pub const fn color_profile(self) -> Profile {
        self.profile
    }

    /// What is kept of the original's metadata.
    #[must_use]
    pub const fn metadata_policy(self) -> MetadataPolicy {
        self.metadata
    }

    pub(crate) const fn encoding(self) -> Encoding {
        let depth = match self.bits {
            Some(bits) => depth(bits),
            None => None,
        };
        let layout = Layout { depth, order: self.order, invert: self.invert };
        Encoding {
            quality: self.quality,
            target: self.target,
            lossless: self.lossless,
            effort: self.effort,
            subsampling: self.subsampling,
            progressive: self.progressive,
            compression: self.compression,
            optimize: self.optimize,
            layout,
        }
    }

    const SAME: &str = "same";
    const AUTO: &str = "auto";

    fn name(self) -> &'static str {
        match (self.format, self.auto) {
            (Some(format), _) => format.extension(),
            (None, Some(_)) => Self::AUTO,
            (None, None) => Self::SAME,
        }
    }
}

/// The formats whose animations are kept.
const ANIMATED: &[Format] = &[Format::WebP, Format::Gif];
const QUALITIES: &str = "1 to 100";
const TARGETS: &str = "30 to 95";
/// "High quality" in the words of the metric's authors.
const USUAL_TARGET: u8 = 70;
const EFFORTS: &str = "0 to 6";
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
