//! GIMP's palette (developer.gimp.org/core/standards/gpl): `GIMP Palette`, then `Name:` and `Columns:`, comments with
//! `#`, and lines of `R G B name`. Aseprite adds `Channels: RGBA` and a fourth number.

use std::fmt::Write as _;

use super::{Distinct, damaged, no_color, triple};
use crate::{error::Result, transform::Color};

pub(super) const MAGIC: &str = "GIMP Palette";

pub(super) fn read(text: &str, colors: &mut Distinct) -> Result<()> {
    let mut has_alpha = false;
    for (index, line) in text.lines().map(str::trim).enumerate().skip(1) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some((field, value)) = line.split_once(':')
            && !line.starts_with(|c: char| c.is_ascii_digit())
        {
            has_alpha |= field == "Channels" && value.trim() == "RGBA";
            continue;
        }
        let (color, rest) = triple(line).ok_or_else(|| no_color("gpl", index, line))?;
        let alpha = rest.split_whitespace().next().unwrap_or_default();
        if has_alpha {
            match alpha.parse::<u8>() {
                Ok(255) => {}
                Ok(0) => continue,
                Ok(alpha) => {
                    let line = index + 1;
                    let what = format_args!("line {line} has alpha {alpha}, but only 0 and 255 go");
                    return Err(damaged("gpl", what));
                }
                Err(_) => return Err(no_color("gpl", index, line)),
            }
        }
        colors.push(color)?;
    }
    Ok(())
}

pub(super) fn write(colors: &[Color]) -> String {
    let mut text = format!("{MAGIC}\nName: Portreto\nColumns: 16\n#\n");
    for color in colors {
        let [red, green, blue, _] = color.rgba();
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{red:3} {green:3} {blue:3}\t{color}");
    }
    text
}
