//! The file formats: names, media types, extensions, and how each is told from its first bytes.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, ErrorKind},
    probe::sniff_heif,
};

/// A file format: read, written, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Format {
    /// JPEG (ITU-T T.81), with JFIF or Exif.
    #[serde(rename = "jpg")]
    Jpeg,
    /// PNG, third edition.
    Png,
    /// WebP (RFC 9649).
    WebP,
    /// GIF 87a and 89a.
    Gif,
    /// Windows bitmap.
    Bmp,
    /// TIFF 6.0.
    Tiff,
    /// Quite OK Image Format 1.0.
    Qoi,
    /// Netpbm's portable bitmap, black and white.
    Pbm,
    /// Netpbm's portable graymap.
    Pgm,
    /// Netpbm's portable pixmap, colors.
    Ppm,
    /// Windows icon; of its pictures the one with the most colors and pixels. Read only.
    Ico,
    /// Truevision TGA. Read only.
    Tga,
    /// Radiance picture of light, tone-mapped. Read only.
    Hdr,
    /// OpenEXR picture of light, tone-mapped. Read only.
    Exr,
    /// AVIF: AV1 in HEIF, still or animated.
    Avif,
    /// JPEG XL (ISO/IEC 18181); written without loss.
    Jxl,
    /// HEIC: HEVC in HEIF. Read only, and only by builds with the feature `heic`; others tell it from the rest and refuse it.
    Heic,
    /// Packed palette indices and nothing else: the memory of a display. Written only.
    Raw,
}

impl Format {
    /// Every format, in the order in which they are listed to people.
    pub const ALL: [Self; 18] = [
        Self::Jpeg,
        Self::Png,
        Self::WebP,
        Self::Gif,
        Self::Bmp,
        Self::Tiff,
        Self::Qoi,
        Self::Pbm,
        Self::Pgm,
        Self::Ppm,
        Self::Ico,
        Self::Tga,
        Self::Hdr,
        Self::Exr,
        Self::Avif,
        Self::Jxl,
        Self::Heic,
        Self::Raw,
    ];

    /// Whether pictures in this format can be read: [`Format::Raw`] does not say what it is, and of
    /// [`Format::Heic`] only the name is known without the feature `heic`.
    #[must_use]
    pub const fn is_read(self) -> bool {
        !matches!(self, Self::Raw) && (cfg!(feature = "heic") || !matches!(self, Self::Heic))
    }

    /// Whether pictures in this format can be written.
    #[must_use]
    pub const fn is_written(self) -> bool {
        !matches!(self, Self::Ico | Self::Tga | Self::Hdr | Self::Exr | Self::Heic)
    }

    /// How many bytes from the beginning of a file are enough to tell its format.
    pub const HEAD_BYTES: usize = 256;

    /// The format of some bytes, by their content; the first [`Format::HEAD_BYTES`] are enough.
    ///
    /// Never one that is only written.
    #[must_use]
    pub fn sniff(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xFF, 0xD8, 0xFF, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            // Many texts begin with these two letters; the size of the information header tells.
            [b'B', b'M', ..]
                if matches!(
                    bytes.get(14..16),
                    Some([12 | 16 | 40 | 52 | 56 | 64 | 108 | 124, 0])
                ) =>
            {
                Some(Self::Bmp)
            }
            // 43 for the form with offsets of 8 bytes.
            [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Some(Self::Tiff),
            [b'q', b'o', b'i', b'f', ..] => Some(Self::Qoi),
            // A type of 1, a number of pictures, and a byte of the first that is always zero.
            [0, 0, 1, 0, low, high, _, _, _, 0, ..] if (*low, *high) != (0, 0) => Some(Self::Ico),
            [b'#', b'?', b'R', b'A', b'D', b'I', b'A', b'N', b'C', b'E', ..] => Some(Self::Hdr),
            [0x76, 0x2F, 0x31, 0x01, ..] => Some(Self::Exr),
            [b'P', kind, rest @ ..] if begins_netpbm_header(rest) => match kind {
                b'1' | b'4' => Some(Self::Pbm),
                b'2' | b'5' => Some(Self::Pgm),
                b'3' | b'6' => Some(Self::Ppm),
                _ => None,
            },
            // A code stream, and a container of one (ISO/IEC 18181-2, section 9.1).
            [0xFF, 0x0A, ..]
            | [0, 0, 0, 12, b'J', b'X', b'L', b' ', 0x0D, 0x0A, 0x87, 0x0A, ..] => Some(Self::Jxl),
            [_, _, _, _, b'f', b't', b'y', b'p', ..] => sniff_heif(bytes),
            _ => begins_tga(bytes).then_some(Self::Tga),
        }
    }

    /// The format that a file name's extension promises, in any case; also one that is only written.
    #[must_use]
    pub fn from_extension(extension: &str) -> Option<Self> {
        extension.to_ascii_lowercase().parse().ok()
    }

    /// The usual extension, without a dot; also the format's name in transforms.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::WebP => "webp",
            Self::Gif => "gif",
            Self::Bmp => "bmp",
            Self::Tiff => "tiff",
            Self::Qoi => "qoi",
            Self::Pbm => "pbm",
            Self::Pgm => "pgm",
            Self::Ppm => "ppm",
            Self::Ico => "ico",
            Self::Tga => "tga",
            Self::Hdr => "hdr",
            Self::Exr => "exr",
            Self::Avif => "avif",
            Self::Jxl => "jxl",
            Self::Heic => "heic",
            Self::Raw => "raw",
        }
    }

    /// The registered media type (those of QOI, Netpbm, TGA and the pictures of light are not registered, but are what their
    /// users send).
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Gif => "image/gif",
            Self::Bmp => "image/bmp",
            Self::Tiff => "image/tiff",
            Self::Qoi => "image/qoi",
            Self::Pbm => "image/x-portable-bitmap",
            Self::Pgm => "image/x-portable-graymap",
            Self::Ppm => "image/x-portable-pixmap",
            Self::Ico => "image/vnd.microsoft.icon",
            Self::Tga => "image/x-tga",
            Self::Hdr => "image/vnd.radiance",
            Self::Exr => "image/x-exr",
            Self::Avif => "image/avif",
            Self::Jxl => "image/jxl",
            Self::Heic => "image/heic",
            Self::Raw => "application/octet-stream",
        }
    }

    /// Whether the format can carry transparency.
    #[must_use]
    pub const fn has_alpha(self) -> bool {
        matches!(
            self,
            Self::Png
                | Self::WebP
                | Self::Gif
                | Self::Tiff
                | Self::Qoi
                | Self::Ico
                | Self::Tga
                | Self::Exr
                | Self::Avif
                | Self::Jxl
                | Self::Heic
        )
    }
}

/// Whether a number or a comment comes after the white space that must follow a Netpbm file's first two
/// letters: a text can begin with those as well.
fn begins_netpbm_header(rest: &[u8]) -> bool {
    let is_space = |byte: &&u8| matches!(byte, b' ' | b'\t'..=b'\r');
    let n_spaces = rest.iter().take_while(is_space).count();
    n_spaces > 0 && matches!(rest.get(n_spaces), Some(b'0'..=b'9' | b'#'))
}

/// Whether this is the header of a TGA, which has no signature: every field must be one of the few that there are (Truevision,
/// "TGA File Format Specification", version 2.0, 1991).
fn begins_tga(bytes: &[u8]) -> bool {
    let [_, has_map, kind, map @ ..] = bytes else { return false };
    let Some((map, rest)) = map.split_first_chunk::<5>() else { return false };
    let &[_, _, _, _, width_low, width_high, height_low, height_high, bits, described, ..] = rest
    else {
        return false;
    };
    let is_mapped = matches!(map, [_, _, low, high, 15 | 16 | 24 | 32] if (*low, *high) != (0, 0));
    let is_kind = match kind {
        1 | 9 => *has_map == 1 && is_mapped && matches!(bits, 8 | 16),
        2 | 10 => *has_map == 0 && *map == [0; 5] && matches!(bits, 15 | 16 | 24 | 32),
        3 | 11 => *has_map == 0 && *map == [0; 5] && matches!(bits, 8 | 16),
        _ => false,
    };
    let has_sides = (width_low, width_high) != (0, 0) && (height_low, height_high) != (0, 0);
    is_kind && has_sides && described & 0xC0 == 0 && matches!(described & 15, 0 | 1 | 8)
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.extension())
    }
}

impl FromStr for Format {
    type Err = Error;

    /// Reads a format by its usual extensions, lower case.
    fn from_str(text: &str) -> Result<Self, Error> {
        Ok(match text {
            "jpg" | "jpeg" => Self::Jpeg,
            "png" => Self::Png,
            "webp" => Self::WebP,
            "gif" => Self::Gif,
            "bmp" => Self::Bmp,
            "tiff" | "tif" => Self::Tiff,
            "qoi" => Self::Qoi,
            "pbm" => Self::Pbm,
            "pgm" => Self::Pgm,
            "ppm" => Self::Ppm,
            "ico" => Self::Ico,
            "tga" => Self::Tga,
            "hdr" => Self::Hdr,
            "exr" => Self::Exr,
            "avif" => Self::Avif,
            "jxl" => Self::Jxl,
            "heic" | "heif" => Self::Heic,
            "raw" | "bin" => Self::Raw,
            _ => {
                let known = Self::ALL.map(Self::extension).join(", ");
                let message = format!("unknown format {text:?}; one of {known}");
                return Err(Error::new(ErrorKind::InvalidTransform, message));
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse::<Format>().unwrap(), format);
            assert_eq!(Format::from_extension(&format.extension().to_uppercase()), Some(format));
            let json = serde_json::to_string(&format).unwrap();
            assert_eq!(json, format!("\"{format}\""));
        }
    }
}
