//! Palette files, told by their content: one file a format.

mod aco;
mod act;
mod fields;
mod gpl;
mod hex;
mod jasc;
mod png;
mod riff;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use super::Palette;
use crate::{
    error::{Error, ErrorKind, Result},
    transform::{Color, text::invalid, word::words},
};

words! {
    /// A format that a palette can be written in.
    #[non_exhaustive]
    pub enum PaletteFormat: "palette format" {
        /// GIMP's, which Inkscape, Krita and Aseprite read as well.
        Gpl = "gpl",
        /// One `rrggbb` a line.
        Hex = "hex",
        /// Adobe's color table.
        Act = "act",
        /// JASC Paint Shop Pro's.
        Jasc = "pal" | "jasc",
    }
}

/// The palette in `bytes`.
pub(super) fn read(bytes: &[u8]) -> Result<Palette> {
    let limit = Palette::MAX_FILE_BYTES;
    if bytes.len() as u64 > limit {
        let message = format!("palette file has {} bytes; at most {limit}", bytes.len());
        return Err(Error::new(ErrorKind::LimitExceeded, message));
    }
    match read_marked(bytes) {
        // Its first colors can look like the mark of any other format.
        Err(_) if act::is_one(bytes) && text(bytes).is_none() => {
            let mut colors = Distinct::default();
            act::read(bytes, &mut colors)?;
            Palette::custom(colors.colors)
        }
        read => read,
    }
}

/// The palette of a file that tells its format in its first bytes.
fn read_marked(bytes: &[u8]) -> Result<Palette> {
    let mut colors = Distinct::default();
    if bytes.starts_with(png::SIGNATURE) {
        png::read(bytes, &mut colors)?;
    } else if bytes.starts_with(b"RIFF") {
        riff::read(bytes, &mut colors)?;
    } else if aco::is_one(bytes) {
        aco::read(bytes, &mut colors)?;
    } else if let Some(text) = text(bytes) {
        if text.starts_with(jasc::MAGIC) {
            jasc::read(text, &mut colors)?;
        } else if text.starts_with(gpl::MAGIC) {
            gpl::read(text, &mut colors)?;
        } else {
            hex::read(text, &mut colors)?;
        }
    } else {
        let known = "gpl, hex, act, pal (JASC or RIFF), aco and png";
        let message = format!("palette is in none of the formats that are known: {known}");
        return Err(Error::new(ErrorKind::Unsupported, message));
    }
    Palette::custom(colors.colors)
}

/// A file with `colors`, at most 256.
pub(super) fn write(colors: &[Color], format: PaletteFormat) -> Vec<u8> {
    match format {
        PaletteFormat::Gpl => gpl::write(colors).into_bytes(),
        PaletteFormat::Hex => hex::write(colors).into_bytes(),
        PaletteFormat::Act => act::write(colors),
        PaletteFormat::Jasc => jasc::write(colors).into_bytes(),
    }
}

/// Text, without its byte order mark: no control characters but those that end lines and part columns.
fn text(bytes: &[u8]) -> Option<&str> {
    let text = str::from_utf8(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)).ok()?;
    let is_plain = |byte: u8| byte >= 0x20 || b"\t\r\n\x0C".contains(&byte);
    text.bytes().all(is_plain).then_some(text)
}

/// Colors in the order in which they were first met.
#[derive(Debug, Default)]
struct Distinct {
    colors: Vec<Color>,
    seen: HashSet<Color>,
}

impl Distinct {
    fn push(&mut self, color: Color) -> Result<()> {
        if self.seen.insert(color) {
            self.colors.push(color);
        }
        if self.colors.len() > 256 {
            return Err(invalid("palette has more than 256 different colors"));
        }
        Ok(())
    }
}

/// The error of a file that breaks its format's rules.
fn damaged(format: &str, what: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Damaged, format!("{format} palette: {what}"))
}

/// The error of a line, counted from 0, that is no color.
fn no_color(format: &str, index: usize, line: &str) -> Error {
    damaged(format, format_args!("line {} is {line:.40?}, which is no color", index + 1))
}

/// `R G B`, decimal, and what stands behind them.
fn triple(line: &str) -> Option<(Color, &str)> {
    let mut rest = line;
    let mut rgb = [0; 3];
    for channel in &mut rgb {
        rest = rest.trim_start();
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        *channel = rest[..end].parse().ok()?;
        rest = &rest[end..];
        if !(rest.is_empty() || rest.starts_with(char::is_whitespace)) {
            return None;
        }
    }
    let [red, green, blue] = rgb;
    Some((Color::opaque(red, green, blue), rest.trim()))
}
