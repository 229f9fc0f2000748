//! A PNG's palette, or else its distinct colors.

use std::io::Cursor;

use png::{ColorType, Decoder};

use super::{Distinct, damaged};
use crate::{decode::decode, error::Result, limits::Limits, transform::Color};

pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1A\n";

/// A palette needs no large picture: at most so many pixels.
const MAX_PIXELS: u64 = 4096 * 4096;
const MAX_MEMORY_BYTES: u64 = 256 << 20;

pub(super) fn read(bytes: &[u8], colors: &mut Distinct) -> Result<()> {
    let limits = Limits { pixels: MAX_PIXELS, memory_bytes: MAX_MEMORY_BYTES, ..Limits::default() };
    let headers = png::Limits { bytes: 1 << 20 };
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), headers);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let headers = decoder.read_header_info();
    let is_indexed = matches!(headers, Ok(info) if info.color_type == ColorType::Indexed);
    if !is_indexed {
        return distinct(bytes, &limits, colors);
    }
    let reader = decoder.read_info().map_err(|error| damaged("png", &error).with_source(error))?;
    let info = reader.info();
    let alphas = info.trns.as_deref().unwrap_or_default();
    let palette = info.palette.as_deref().unwrap_or_default();
    for (index, &[red, green, blue]) in palette.as_chunks::<3>().0.iter().enumerate() {
        if alphas.get(index).is_none_or(|&alpha| alpha >= 128) {
            colors.push(Color::opaque(red, green, blue))?;
        }
    }
    Ok(())
}

/// Every color that is met, row by row.
fn distinct(bytes: &[u8], limits: &Limits, colors: &mut Distinct) -> Result<()> {
    let picture = decode(bytes, limits)?.image.into_rgba8();
    let mut last = None;
    for &image::Rgba([red, green, blue, alpha]) in picture.pixels() {
        let color = Color::opaque(red, green, blue);
        if alpha >= 128 && last != Some(color) {
            colors.push(color)?;
            last = Some(color);
        }
    }
    Ok(())
}
