//! A color as it is typed.

use std::{fmt, str::FromStr};

use super::{text::invalid, word::serde_as_text};
use crate::error::{Error, Result};

/// An sRGB color with straight alpha; its text is `rrggbb`, or `rrggbbaa` when it is not opaque.
///
/// # Examples
///
/// ```
/// use portreto_core::transform::Color;
///
/// assert_eq!("FF8000".parse::<Color>()?, Color::opaque(255, 128, 0));
/// assert_eq!(Color::new(0, 0, 0, 0x7F).to_string(), "0000007f");
/// # Ok::<(), portreto_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Color([u8; 4]);

impl Color {
    /// White that cannot be seen: formats without alpha show it white.
    pub const TRANSPARENT_WHITE: Self = Self::new(255, 255, 255, 0);

    /// White.
    pub const WHITE: Self = Self::opaque(255, 255, 255);

    /// A color from its red, green, blue and alpha.
    #[must_use]
    pub const fn new(red: u8, green: u8, blue: u8, alpha: u8) -> Self {
        Self([red, green, blue, alpha])
    }

    /// An opaque color.
    #[must_use]
    pub const fn opaque(red: u8, green: u8, blue: u8) -> Self {
        Self::new(red, green, blue, 255)
    }

    /// Red, green, blue, alpha.
    #[must_use]
    pub const fn rgba(self) -> [u8; 4] {
        self.0
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue, alpha] = self.0;
        write!(f, "{red:02x}{green:02x}{blue:02x}")?;
        if alpha == 255 { Ok(()) } else { write!(f, "{alpha:02x}") }
    }
}

impl FromStr for Color {
    type Err = Error;

    /// Reads 6 or 8 hexadecimal digits in either case.
    fn from_str(text: &str) -> Result<Self> {
        let wrong = || invalid(format!("color is {text:.40?}, but must be rrggbb or rrggbbaa"));
        if !matches!(text.len(), 6 | 8) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        let mut color = [255; 4];
        for (byte, at) in color.iter_mut().zip((0..text.len()).step_by(2)) {
            *byte = u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| wrong())?;
        }
        Ok(Self(color))
    }
}

serde_as_text!(Color);
