//! Palettes: named ones, each a constant with its source, and lists of colors.

use std::{fmt, str::FromStr};

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

const fn hex<const N: usize>(colors: [u32; N]) -> [Color; N] {
    let mut palette = [Color::opaque(0, 0, 0); N];
    let mut index = 0;
    while index < N {
        let [_, red, green, blue] = colors[index].to_be_bytes();
        palette[index] = Color::opaque(red, green, blue);
        index += 1;
    }
    palette
}

/// Evenly spaced grays, black first.
const fn grays<const N: usize>() -> [Color; N] {
    let mut palette = [Color::opaque(0, 0, 0); N];
    let mut index = 0;
    while index < N {
        let gray = (index * 255 / (N - 1)) as u8;
        palette[index] = Color::opaque(gray, gray, gray);
        index += 1;
    }
    palette
}

/// The 216 colors with each channel a multiple of 0x33, red slowest: Netscape's color cube (1995).
const fn web_safe() -> [Color; 216] {
    let mut palette = [Color::opaque(0, 0, 0); 216];
    let mut index = 0;
    while index < 216 {
        let (red, green, blue) = (index / 36, index / 6 % 6, index % 6);
        palette[index] = Color::opaque(red as u8 * 51, green as u8 * 51, blue as u8 * 51);
        index += 1;
    }
    palette
}

/// Every named palette.
const NAMED: &[(&str, &[Color])] = &[
    ("black-white", &hex([0x00_0000, 0xFF_FFFF])),
    // Evenly spaced: what 2-bit and 4-bit e-paper and PNG grays mean.
    ("gray-4", &grays::<4>()),
    ("gray-16", &grays::<16>()),
    // IBM, "Color/Graphics Monitor Adapter" technical reference (1984): palette 1 at high intensity.
    ("cga", &hex([0x00_0000, 0x55_FFFF, 0xFF_55FF, 0xFF_FFFF])),
    // IBM, "Enhanced Graphics Adapter" technical reference (1984): the 16 default colors.
    (
        "ega",
        &hex([
            0x00_0000, 0x00_00AA, 0x00_AA00, 0x00_AAAA, 0xAA_0000, 0xAA_00AA, 0xAA_5500, 0xAA_AAAA,
            0x55_5555, 0x55_55FF, 0x55_FF55, 0x55_FFFF, 0xFF_5555, 0xFF_55FF, 0xFF_FF55, 0xFF_FFFF,
        ]),
    ),
    // The four greens by which the DMG-01's screen is usually drawn (en.wikipedia.org/wiki/Game_Boy).
    ("gameboy", &hex([0x0F_380F, 0x30_6230, 0x8B_AC0F, 0x9B_BC0F])),
    // Lexaloffle, PICO-8 manual, "Palette".
    (
        "pico-8",
        &hex([
            0x00_0000, 0x1D_2B53, 0x7E_2553, 0x00_8751, 0xAB_5236, 0x5F_574F, 0xC2_C3C7, 0xFF_F1E8,
            0xFF_004D, 0xFF_A300, 0xFF_EC27, 0x00_E436, 0x29_ADFF, 0x83_769C, 0xFF_77A8, 0xFF_CCAA,
        ]),
    ),
    // Philip "Pepto" Timmermann, "All you ever wanted to know about the colors of the Commodore 64" (2001).
    (
        "c64",
        &hex([
            0x00_0000, 0xFF_FFFF, 0x68_372B, 0x70_A4B2, 0x6F_3D86, 0x58_8D43, 0x35_2879, 0xB8_C76F,
            0x6F_4F25, 0x43_3900, 0x9A_6759, 0x44_4444, 0x6C_6C6C, 0x9A_D284, 0x6C_5EB5, 0x95_9595,
        ]),
    ),
    // Ethan Schoonover, "Solarized" (2011), ethanschoonover.com/solarized: base03 … base3, then the accents.
    (
        "solarized",
        &hex([
            0x00_2B36, 0x07_3642, 0x58_6E75, 0x65_7B83, 0x83_9496, 0x93_A1A1, 0xEE_E8D5, 0xFD_F6E3,
            0xB5_8900, 0xCB_4B16, 0xDC_322F, 0xD3_3682, 0x6C_71C4, 0x26_8BD2, 0x2A_A198, 0x85_9900,
        ]),
    ),
    // The 7 inks of ACeP e-paper in the order of the panel's codes, as its drivers name them (Pimoroni, "inky",
    // inky_uc8159.py, DESATURATED_PALETTE): black, white, green, blue, red, yellow, orange.
    ("eink-7", &hex([0x00_0000, 0xFF_FFFF, 0x00_FF00, 0x00_00FF, 0xFF_0000, 0xFF_FF00, 0xFF_8C00])),
    ("web-safe", &web_safe()),
];
