//! Adobe's swatches (Adobe Photoshop File Formats Specification, "Color Swatches"): a version 1 list and, mostly, the
//! same list again with names as version 2. Each color has a space and four numbers.

use super::{Distinct, damaged, fields::Fields};
use crate::{
    error::{Error, ErrorKind, Result},
    light::narrow,
    transform::Color,
};

/// A version that no text begins with.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    matches!(bytes, [0, 1 | 2, _, _, ..])
}

pub(super) fn read(bytes: &[u8], colors: &mut Distinct) -> Result<()> {
    let mut file = Fields::new(bytes, "aco");
    let version = list(&mut file, colors)?;
    if version == 1 && !file.is_at_end() {
        let at = file.at();
        if list(&mut file, &mut Distinct::default())? != 2 {
            return Err(damaged("aco", format_args!("must have version 2 at byte {at}")));
        }
    }
    if !file.is_at_end() {
        let what = format_args!("goes on behind its last color, at byte {}", file.at());
        return Err(damaged("aco", what));
    }
    Ok(())
}

/// Reads one of the two lists; its version.
fn list(file: &mut Fields<'_>, colors: &mut Distinct) -> Result<u16> {
    let version = file.be16()?;
    let n_colors = file.be16()?;
    for _ in 0..n_colors {
        let at = file.at();
        let space = file.be16()?;
        let numbers = [file.be16()?, file.be16()?, file.be16()?, file.be16()?];
        colors.push(color(space, numbers, at)?)?;
        if version == 2 {
            // The length of the name in units of UTF-16, with the zero at its end.
            let length = file.be32()? as usize;
            file.slice(length.saturating_mul(2))?;
        }
    }
    Ok(version)
}

fn color(space: u16, [first, second, third, _]: [u16; 4], at: usize) -> Result<Color> {
    match space {
        0 => Ok(Color::opaque(narrow(first), narrow(second), narrow(third))),
        1 => Ok(of_hue(first, second, third)),
        8 if first <= 10_000 => {
            let gray = ((u32::from(first) * 255 + 5_000) / 10_000) as u8;
            Ok(Color::opaque(gray, gray, gray))
        }
        8 => {
            let what = format_args!("gray is {first} at byte {at}, but must be 0 to 10000");
            Err(damaged("aco", what))
        }
        _ => {
            let name = match space {
                2 => "CMYK",
                7 => "Lab",
                9 => "wide CMYK",
                _ => "an unknown space",
            };
            let message = format!(
                "aco palette: the color at byte {at} is in {name}; only RGB, HSB and gray are read"
            );
            Err(Error::new(ErrorKind::Unsupported, message))
        }
    }
}

/// Hue, saturation and brightness of 65535 each (Smith, "Color gamut transform pairs", SIGGRAPH 1978,
/// DOI 10.1145/800248.807361), in whole numbers.
fn of_hue(hue: u16, saturation: u16, brightness: u16) -> Color {
    const ONE: u64 = 65_535;
    let [hue, saturation, brightness] = [hue, saturation, brightness].map(u64::from);
    let sextant = hue % ONE * 6 / ONE;
    let fraction = hue % ONE * 6 % ONE;
    let scaled = |part: u64| narrow((brightness * part / ONE) as u16);
    let full = scaled(ONE);
    let none = scaled(ONE - saturation);
    let falling = scaled(ONE - saturation * fraction / ONE);
    let rising = scaled(ONE - saturation * (ONE - fraction) / ONE);
    let [red, green, blue] = match sextant {
        0 => [full, rising, none],
        1 => [falling, full, none],
        2 => [none, full, rising],
        3 => [none, falling, full],
        4 => [rising, none, full],
        _ => [full, none, falling],
    };
    Color::opaque(red, green, blue)
}
