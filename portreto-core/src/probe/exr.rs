//! The headers and the table of offsets of an OpenEXR file ("OpenEXR File Layout", version 2).

use std::io::Cursor;

use exr::meta::MetaData;
use image::codecs::openexr::OpenExrDecoder;

use super::{Headers, decoder, fields::Fields};
use crate::{error::Result, format::Format};

/// Set in the version of a file with several parts.
const PARTS: u32 = 1 << 12;

pub(super) fn headers(bytes: &[u8]) -> Result<Headers<'_>> {
    let is_complete = is_complete(bytes).is_some();
    decoder::headers(Format::Exr, OpenExrDecoder::new(Cursor::new(bytes)), is_complete)
}

/// Whether all chunks that the offsets point to are there: a file that was not written to its end has offsets of zero.
fn is_complete(bytes: &[u8]) -> Option<()> {
    let mut from = Cursor::new(bytes);
    let meta = MetaData::read_from_buffered(&mut from, false).ok()?;
    let fields = Fields { bytes, format: Format::Exr };
    let has_parts = fields.le32(4).ok()? & PARTS != 0;
    let mut table = usize::try_from(from.position()).ok()?;
    for header in &meta.headers {
        // The place of a chunk within the picture, and the number of its part, stand before its length.
        let place_bytes = if header.blocks.has_tiles() { 16 } else { 4 };
        let before_bytes = place_bytes + if has_parts { 4 } else { 0 };
        for _ in 0..header.chunk_count {
            let offset = fields.slice(table, 8).ok()?.try_into().map(u64::from_le_bytes).ok()?;
            let start = usize::try_from(offset).ok().filter(|start| *start > 0)?;
            let length = start.checked_add(before_bytes)?;
            let data = length.checked_add(4)?;
            // Deep data is not read, whatever its chunks are like.
            let n_bytes = if header.deep { 0 } else { fields.le32(length).ok()? as usize };
            fields.slice(data, n_bytes).ok()?;
            table += 8;
        }
    }
    Some(())
}
