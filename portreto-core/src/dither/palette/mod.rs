//! Palettes: named ones, lists of colors, files, and those that are made for a picture.

pub(crate) mod adaptive;
mod file;
pub(crate) mod metric;
mod named;
mod oklab;
#[cfg(test)]
mod tests;

use std::{fmt, str::FromStr};

use self::named::NAMED;
pub use self::{
    adaptive::{PaletteBuilder, Quantizer},
    file::PaletteFormat,
    metric::Metric,
};

use crate::{
    error::{Error, Result},
    transform::{
        Color,
        text::{invalid, unknown},
        word::serde_as_text,
    },
};

/// The colors that a dither may use, in order: a named palette, or a list of 2 to 256 opaque colors.
///
/// Its text is the name, or the colors as `rrggbb` joined by `.`.
///
/// # Examples
///
/// ```
/// use portreto_core::transform::{Color, Palette};
///
/// let palette: Palette = "gameboy".parse()?;
/// assert_eq!(palette.colors().len(), 4);
/// let palette = Palette::custom(vec![Color::opaque(0, 0, 0), Color::opaque(255, 0, 0)])?;
/// assert_eq!(palette.to_string(), "000000.ff0000");
/// # Ok::<(), portreto_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Palette(Source);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Source {
    Named(&'static str),
    Custom(Vec<Color>),
}

impl Palette {
    /// A palette of 2 to 256 opaque colors, in this order.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` for fewer or more colors, or for one that is not opaque.
    pub fn custom(colors: Vec<Color>) -> Result<Self> {
        if !(2..=256).contains(&colors.len()) {
            let n_colors = colors.len();
            return Err(invalid(format!("palette has {n_colors} colors, but must have 2 to 256")));
        }
        match colors.iter().find(|color| color.rgba()[3] != 255) {
            Some(color) => {
                Err(invalid(format!("palette color is {color}, but must be opaque: rrggbb")))
            }
            None => Ok(Self(Source::Custom(colors))),
        }
    }

    /// What was made for a picture: 1 to 256 opaque colors.
    fn made(colors: &[[u8; 3]]) -> Self {
        let color = |&[red, green, blue]: &[u8; 3]| Color::opaque(red, green, blue);
        Self(Source::Custom(colors.iter().map(color).collect()))
    }

    /// The palette that is in a file.
    ///
    /// Known by content, not by name: GIMP `.gpl`; `.hex`, one `rrggbb` a line, or Paint.NET's `.txt`; Adobe color
    /// tables `.act`; `.pal` of JASC and of Microsoft (RIFF); Adobe swatches `.aco` in RGB, HSB and gray; and `.png`,
    /// whose palette it is, or else its distinct opaque colors. Colors keep their order; of equal ones the first stays,
    /// and what is transparent is left out.
    ///
    /// # Errors
    ///
    /// `LimitExceeded` above [`Palette::MAX_FILE_BYTES`], `Unsupported` for swatches in other color spaces, `Damaged`
    /// naming the line or byte where the file ends its format, and `InvalidTransform` for fewer than 2 or more than
    /// 256 different colors.
    ///
    /// # Examples
    ///
    /// ```
    /// use portreto_core::transform::Palette;
    ///
    /// let palette = Palette::from_bytes(b"GIMP Palette\n  0   0   0 Ink\n255 250 240 Paper\n")?;
    /// assert_eq!(palette.to_string(), "000000.fffaf0");
    /// # Ok::<(), portreto_core::Error>(())
    /// ```
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        file::read(bytes)
    }

    /// The bytes of a file with these colors.
    ///
    /// # Examples
    ///
    /// ```
    /// use portreto_core::transform::{Palette, PaletteFormat};
    ///
    /// let palette: Palette = "gameboy".parse()?;
    /// let bytes = palette.to_bytes(PaletteFormat::Hex);
    /// assert_eq!(bytes, b"0f380f\n306230\n8bac0f\n9bbc0f\n");
    /// assert_eq!(Palette::from_bytes(&bytes)?.colors(), palette.colors());
    /// # Ok::<(), portreto_core::Error>(())
    /// ```
    #[must_use]
    pub fn to_bytes(&self, format: PaletteFormat) -> Vec<u8> {
        file::write(&self.colors(), format)
    }

    /// Largest file that [`Palette::from_bytes`] reads, bytes.
    pub const MAX_FILE_BYTES: u64 = 16 << 20;

    /// The names of the palettes that have one.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMED.iter().map(|(name, _)| *name)
    }

    /// The colors, in order.
    #[must_use]
    pub fn colors(&self) -> Vec<Color> {
        match &self.0 {
            Source::Custom(colors) => colors.clone(),
            Source::Named(name) => {
                let named = NAMED.iter().find(|(known, _)| known == name);
                named.map_or_else(Vec::new, |(_, colors)| colors.to_vec())
            }
        }
    }
}

impl FromStr for Palette {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if let Some((name, _)) = NAMED.iter().find(|(name, _)| *name == text) {
            return Ok(Self(Source::Named(name)));
        }
        if text.contains('.') || text.parse::<Color>().is_ok() {
            return Self::custom(text.split('.').map(str::parse).collect::<Result<_>>()?);
        }
        let known: Vec<_> = Self::names().chain(["rrggbb.rrggbb…"]).collect();
        Err(unknown("palette", text, &known))
    }
}

impl fmt::Display for Palette {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::Named(name) => f.write_str(name),
            Source::Custom(colors) => {
                for (index, color) in colors.iter().enumerate() {
                    write!(f, "{}{color}", if index == 0 { "" } else { "." })?;
                }
                Ok(())
            }
        }
    }
}

serde_as_text!(Palette);
