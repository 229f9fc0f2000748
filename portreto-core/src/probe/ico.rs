//! The directory of an icon (Microsoft, "Icons", 1995).

use std::io::Cursor;

use image::codecs::ico::IcoDecoder;

use super::{Headers, decoder, fields::Fields};
use crate::{error::Result, format::Format};

const HEADER_BYTES: usize = 6;
const ENTRY_BYTES: usize = 16;

/// Of the picture that is decoded, which is the one with the most bits a pixel, and of these the largest.
pub(super) fn headers(bytes: &[u8]) -> Result<Headers<'_>> {
    let is_complete = is_complete(bytes).unwrap_or(false);
    decoder::headers(Format::Ico, IcoDecoder::new(Cursor::new(bytes)), is_complete)
}

/// Whether all pictures that the directory names are there.
fn is_complete(bytes: &[u8]) -> Result<bool> {
    let fields = Fields { bytes, format: Format::Ico };
    for entry in 0..usize::from(fields.le16(4)?) {
        let at = HEADER_BYTES + entry * ENTRY_BYTES;
        let (length, start) = (fields.le32(at + 8)?, fields.le32(at + 12)?);
        if u64::from(start) + u64::from(length) > bytes.len() as u64 {
            return Ok(false);
        }
    }
    Ok(true)
}
