//! Palette indices as they lie in the memory of a display: no header, row after row from the top.
//!
//! Two layouts that many panels have, with the text of a transform that makes them:
//!
//! | panel | layout | text |
//! |---|---|---|
//! | 7 colors (`ACeP`) | two pixels a byte, the left one in the high nibble (Waveshare, `EPD_5in65f.c`) | `dither:floyd-steinberg:palette=eink-7,raw:bits=4` |
//! | black and white (SSD1680, UC8151) | eight pixels a byte, the left one in the highest bit, 1 is white | `dither:floyd-steinberg,raw` |

use crate::{
    error::Result,
    picture::{Depth, Picture},
    transform::{BitOrder, text::invalid},
};

/// How indices lie in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Layout {
    /// None for the smallest that holds the palette.
    pub(crate) depth: Option<Depth>,
    pub(crate) order: BitOrder,
    /// Whether every bit of an index is turned around.
    pub(crate) invert: bool,
}

pub(super) fn encode(picture: &Picture, layout: Layout) -> Result<Vec<u8>> {
    let Picture::Indexed(picture) = picture else {
        return Err(invalid(
            "raw is made of palette indices, and the picture has none; dither it last, to at most 256 colors: \
             dither:atkinson,raw",
        ));
    };
    let depth = layout.depth.unwrap_or(picture.depth);
    if depth < picture.depth {
        let (bits, n_colors, needed) = (depth.bits(), picture.palette.len(), picture.depth.bits());
        let transparent = if picture.is_opaque() { "" } else { ", one of them transparent" };
        return Err(invalid(format!(
            "raw bits is {bits}, but the picture has {n_colors} colors{transparent}, which need {needed}"
        )));
    }
    let n_pixels_a_byte = 8 / depth.bits();
    let unused_bits =
        (picture.width as usize).next_multiple_of(n_pixels_a_byte).abs_diff(picture.width as usize)
            * depth.bits();
    let picture = picture.deepened(depth);
    let row_bytes = picture.row_bytes();
    let mut rows = picture.into_owned().rows;
    if layout.invert {
        for row in rows.chunks_exact_mut(row_bytes) {
            for byte in row.iter_mut() {
                *byte = !*byte;
            }
            if let Some(last) = row.last_mut() {
                *last &= 0xFF << unused_bits;
            }
        }
    }
    if layout.order == BitOrder::Lsb {
        for byte in &mut rows {
            *byte = mirrored(*byte, depth);
        }
    }
    Ok(rows)
}

/// The pixels of a byte from right to left.
const fn mirrored(byte: u8, depth: Depth) -> u8 {
    match depth {
        Depth::One => byte.reverse_bits(),
        Depth::Two => byte << 6 | byte << 2 & 0x30 | byte >> 2 & 0x0C | byte >> 6,
        Depth::Four => byte.rotate_left(4),
        Depth::Eight => byte,
    }
}
