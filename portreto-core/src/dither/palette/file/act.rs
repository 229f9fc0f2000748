//! Adobe's color table (Adobe Photoshop File Formats Specification, "Color Table"): 256 triples and, in 772 bytes, how
//! many of them count and which one is transparent.

use super::{Distinct, damaged};
use crate::{error::Result, transform::Color};

/// Bytes of the 256 colors.
const TABLE: usize = 768;
/// "No color is transparent."
const NONE: u16 = 0xFFFF;

/// There is nothing but the length to tell it by.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    matches!(bytes.len(), TABLE | 772)
}

pub(super) fn read(bytes: &[u8], colors: &mut Distinct) -> Result<()> {
    let (table, rest) = bytes.split_at(TABLE.min(bytes.len()));
    let (n_colors, transparent) = match *rest {
        [n_high, n_low, high, low] => {
            (u16::from_be_bytes([n_high, n_low]), u16::from_be_bytes([high, low]))
        }
        _ => (256, NONE),
    };
    if n_colors > 256 {
        let what = format_args!("counts {n_colors} colors at byte {TABLE}, but holds 256");
        return Err(damaged("act", what));
    }
    let triples = table.as_chunks::<3>().0.iter().zip(0..n_colors);
    for (&[red, green, blue], index) in triples {
        if index != transparent {
            colors.push(Color::opaque(red, green, blue))?;
        }
    }
    Ok(())
}

pub(super) fn write(colors: &[Color]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(TABLE + 4);
    for color in colors {
        bytes.extend(&color.rgba()[..3]);
    }
    bytes.resize(TABLE, 0);
    bytes.extend((colors.len() as u16).to_be_bytes());
    bytes.extend(NONE.to_be_bytes());
    bytes
}
