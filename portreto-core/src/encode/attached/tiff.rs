//! TIFF: entries of its own directory, and the directories of Exif below it.

use super::Attached;
use crate::metadata::{Block, Field, Fields, tag};

/// The kind of a field that holds bytes.
const BYTES: u16 = 1;
/// And of one whose bytes only its reader understands.
const UNDEFINED: u16 = 7;

/// A new directory with all entries takes the place of the first, or is appended when something lies behind that.
pub(super) fn put(file: &[u8], attached: &Attached) -> Option<Vec<u8>> {
    let is_big_endian = Block::new(file)?.is_big_endian();
    let u32_at = |at: usize| {
        let order = if is_big_endian { u32::from_be_bytes } else { u32::from_le_bytes };
        Some(order(*file.get(at..)?.first_chunk()?))
    };
    let start = u32_at(4)? as usize;
    let count: [u8; 2] = *file.get(start..)?.first_chunk()?;
    let count = if is_big_endian { u16::from_be_bytes(count) } else { u16::from_le_bytes(count) };
    let end = start + 2 + 12 * usize::from(count);
    let own = file.get(start + 2..end)?.as_chunks::<12>().0;

    let block = attached.exif.as_deref().and_then(Block::new);
    let mut fields = block.map(|block| Fields::of(&block)).unwrap_or_default();
    fields = fields.in_order(is_big_endian);
    if let Some(xmp) = &attached.xmp {
        let count = xmp.len() as u32;
        fields.picture.push(Field { tag: tag::XMP, kind: BYTES, count, value: xmp.clone() });
    }
    if let Some(icc) = &attached.icc {
        let count = icc.len() as u32;
        fields.picture.push(Field { tag: tag::ICC, kind: UNDEFINED, count, value: icc.clone() });
    }
    let mut bytes = if end + 4 == file.len() { file[..start].to_vec() } else { file.to_vec() };
    let first = fields.append_to(&mut bytes, own) as u32;
    let first = if is_big_endian { first.to_be_bytes() } else { first.to_le_bytes() };
    bytes[4..8].copy_from_slice(&first);
    Some(bytes)
}
