//! The header and the packets of a TGA (Truevision, "TGA File Format Specification", version 2.0, 1991).

use std::io::Cursor;

use image::codecs::tga::TgaDecoder;

use super::{Headers, decoder, fields::Fields};
use crate::{error::Result, format::Format};

const HEADER_BYTES: usize = 18;
/// Set in the types of pictures that are run-length encoded.
const RUN_LENGTH: u8 = 8;

pub(super) fn headers(bytes: &[u8]) -> Result<Headers<'_>> {
    let is_complete = is_complete(bytes).unwrap_or(false);
    decoder::headers(Format::Tga, TgaDecoder::new(Cursor::new(bytes)), is_complete)
}

/// Whether the last pixel is there; the footer of version 2 is not needed.
fn is_complete(bytes: &[u8]) -> Result<bool> {
    let fields = Fields { bytes, format: Format::Tga };
    let map_bytes = usize::from(fields.le16(5)?) * usize::from(fields.u8(7)?.div_ceil(8));
    let start = HEADER_BYTES + usize::from(fields.u8(0)?) + map_bytes;
    let pixel_bytes = usize::from(fields.u8(16)?.div_ceil(8));
    let mut n_pixels = usize::from(fields.le16(12)?) * usize::from(fields.le16(14)?);
    if fields.u8(2)? & RUN_LENGTH == 0 {
        return Ok(fields.slice(start, n_pixels * pixel_bytes).is_ok());
    }
    let mut at = start;
    while n_pixels > 0 {
        let packet = fields.u8(at)?;
        let n_here = usize::from(packet & 0x7F) + 1;
        at += 1 + if packet & 0x80 == 0 { n_here * pixel_bytes } else { pixel_bytes };
        n_pixels = n_pixels.saturating_sub(n_here);
    }
    Ok(at <= bytes.len())
}
