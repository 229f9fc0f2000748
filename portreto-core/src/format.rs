//! The file formats: names, media types, extensions, and how each is told from its first bytes.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind};

/// A file format that is written and, but for [`Format::Raw`], read.
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
    /// Packed palette indices and nothing else: the memory of a display. Written only.
    Raw,
}

impl Format {
    /// Every format, in the order in which they are listed to people.
    pub const ALL: [Self; 11] = [
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
        Self::Raw,
    ];

    /// Whether pictures in this format can be read: [`Format::Raw`] does not say what it is.
    #[must_use]
    pub const fn is_read(self) -> bool {
        !matches!(self, Self::Raw)
    }

    /// The format of some bytes, by their content; the first 16 bytes are enough.
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
            [b'P', kind, rest @ ..] if begins_netpbm_header(rest) => match kind {
                b'1' | b'4' => Some(Self::Pbm),
                b'2' | b'5' => Some(Self::Pgm),
                b'3' | b'6' => Some(Self::Ppm),
                _ => None,
            },
            _ => None,
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
            Self::Raw => "raw",
        }
    }

    /// The registered media type (those of QOI and Netpbm are not registered, but are what their users send).
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
            Self::Raw => "application/octet-stream",
        }
    }

    /// Whether the format can carry transparency.
    #[must_use]
    pub const fn has_alpha(self) -> bool {
        matches!(self, Self::Png | Self::WebP | Self::Gif | Self::Tiff | Self::Qoi)
    }
}

/// Whether a number or a comment comes after the white space that must follow a Netpbm file's first two
/// letters: a text can begin with those as well.
fn begins_netpbm_header(rest: &[u8]) -> bool {
    let is_space = |byte: &&u8| matches!(byte, b' ' | b'\t'..=b'\r');
    let n_spaces = rest.iter().take_while(is_space).count();
    n_spaces > 0 && matches!(rest.get(n_spaces), Some(b'0'..=b'9' | b'#'))
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
