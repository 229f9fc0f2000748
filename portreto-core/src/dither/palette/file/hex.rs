//! One `rrggbb` a line, with or without `#`, as Lospec exports `.hex`; or Paint.NET's `.txt`: `aarrggbb` a line and
//! comments with `;` (getpaint.net/doc/latest/WorkingWithPalettes.html).

use std::fmt::Write as _;

use super::{Distinct, damaged, no_color};
use crate::{error::Result, transform::Color};

pub(super) fn read(text: &str, colors: &mut Distinct) -> Result<()> {
    for (index, line) in text.lines().map(str::trim).enumerate() {
        if line.is_empty() || line.starts_with(';') {
            continue;
        }
        let digits = line.strip_prefix('#').unwrap_or(line);
        let [first, second, third, fourth] =
            value(digits).ok_or_else(|| no_color("hex", index, line))?.to_be_bytes();
        match first {
            255 => colors.push(Color::opaque(second, third, fourth))?,
            // Transparent white or black is how Paint.NET fills up its 96 places.
            0 => {}
            alpha => {
                let line = index + 1;
                let what = format_args!("line {line} has alpha {alpha}, but only 00 and ff go");
                return Err(damaged("hex", what));
            }
        }
    }
    Ok(())
}

/// Alpha, red, green and blue.
fn value(digits: &str) -> Option<u32> {
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let value = u32::from_str_radix(digits, 16).ok()?;
    match digits.len() {
        6 => Some(0xFF00_0000 | value),
        8 => Some(value),
        _ => None,
    }
}

pub(super) fn write(colors: &[Color]) -> String {
    let mut text = String::new();
    for color in colors {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{color}");
    }
    text
}
