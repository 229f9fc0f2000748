//! The header and the chunks of a QOI ("The Quite OK Image Format", version 1.0, 2022).

use std::io::Cursor;

use image::codecs::qoi::QoiDecoder;

use super::{Headers, decoder, fields::Fields};
use crate::{error::Result, format::Format};

const HEADER_BYTES: usize = 14;
const END: &[u8] = &[0, 0, 0, 0, 0, 0, 0, 1];

pub(super) fn headers(bytes: &[u8]) -> Result<Headers<'_>> {
    let is_complete = is_complete(bytes).unwrap_or(false);
    decoder::headers(Format::Qoi, QoiDecoder::new(Cursor::new(bytes)), is_complete)
}

/// Whether the end marker follows the chunk with the last pixel. Nothing else tells where that is.
fn is_complete(bytes: &[u8]) -> Result<bool> {
    let fields = Fields { bytes, format: Format::Qoi };
    let mut pixels = u64::from(fields.be32(4)?) * u64::from(fields.be32(8)?);
    let mut chunks = bytes.get(HEADER_BYTES..).unwrap_or_default();
    while pixels > 0 {
        let (length, run) = match chunks.first() {
            Some(0xFE) => (4, 1),                                  // RGB
            Some(0xFF) => (5, 1),                                  // RGBA
            Some(0x80..=0xBF) => (2, 1),                           // LUMA
            Some(&run @ 0xC0..) => (1, u64::from(run & 0x3F) + 1), // RUN
            Some(_) => (1, 1),                                     // INDEX, DIFF
            None => return Ok(false),
        };
        chunks = chunks.get(length..).unwrap_or_default();
        pixels = pixels.saturating_sub(run);
    }
    Ok(chunks.starts_with(END))
}
