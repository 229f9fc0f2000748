//! The two headers of a BMP ("Bitmap Storage", Microsoft, learn.microsoft.com/windows/win32/gdi).

use std::io::Cursor;

use image::codecs::bmp::BmpDecoder;

use super::{Headers, decoder, fields::Fields};
use crate::{error::Result, format::Format};

pub(super) fn headers(bytes: &[u8]) -> Result<Headers<'_>> {
    let is_complete = end(bytes).is_ok_and(|end| bytes.len() as u64 >= end);
    let headers = decoder::headers(Format::Bmp, BmpDecoder::new(Cursor::new(bytes)), is_complete)?;
    // The decoder tells of the colors that it makes of a palette.
    let fields = Fields { bytes, format: Format::Bmp };
    let bits = fields.le16(if fields.le32(14)? == 12 { 24 } else { 28 })?;
    Ok(Headers { bits: bits.clamp(1, u16::from(headers.bits)) as u8, ..headers })
}

/// Where the pixels end: not where the file header says, which many writers leave at 0 or wrong.
fn end(bytes: &[u8]) -> Result<u64> {
    let fields = Fields { bytes, format: Format::Bmp };
    let start = u64::from(fields.le32(10)?);
    let header_bytes = fields.le32(14)?;
    let (width, height, bits) = if header_bytes == 12 {
        // BITMAPCOREHEADER
        (fields.le16(18)?.into(), fields.le16(20)?.into(), fields.le16(24)?)
    } else {
        // A height below 0 means rows from the top down.
        let height = fields.le32(22)?.cast_signed().unsigned_abs();
        (fields.le32(18)?, height, fields.le16(28)?)
    };
    // Uncompressed, with masks of colors, with masks of colors and alpha.
    if header_bytes == 12 || matches!(fields.le32(30)?, 0 | 3 | 6) {
        // Rows are padded to four bytes: below 2^46.
        let row = (u64::from(width) * u64::from(bits)).div_ceil(32) * 4;
        return Ok(start.saturating_add(row.saturating_mul(height.into())));
    }
    match fields.le32(34)? {
        0 => fields.le32(2).map(u64::from),
        length => Ok(start + u64::from(length)),
    }
}
