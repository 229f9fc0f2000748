//! PNG: chunks behind the header, before the pixels (W3C, third edition, sections 11.3.2.3, 11.3.3 and 11.3.4.5).

use super::{Attached, inserted};

/// Signature and header.
const HEADER_BYTES: usize = 8 + 12 + 13;

/// Name, compression by deflate.
const ICC: &[u8] = b"ICC profile\0\0";

/// Keyword, no compression, no language, no translation (ISO 16684-3, section 4.6).
const XMP: &[u8] = b"XML:com.adobe.xmp\0\0\0\0\0";

pub(super) fn put(file: &[u8], attached: &Attached) -> Option<Vec<u8>> {
    let mut chunks = Vec::new();
    if let Some(icc) = &attached.icc {
        chunk(&mut chunks, *b"iCCP", &[ICC, &fdeflate::compress_to_vec(icc)]);
    }
    if let Some(exif) = &attached.exif {
        chunk(&mut chunks, *b"eXIf", &[exif]);
    }
    if let Some(xmp) = &attached.xmp {
        chunk(&mut chunks, *b"iTXt", &[XMP, xmp]);
    }
    inserted(file, HEADER_BYTES, &chunks)
}

fn chunk(chunks: &mut Vec<u8>, name: [u8; 4], parts: &[&[u8]]) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    chunks.extend((length as u32).to_be_bytes());
    let start = chunks.len();
    chunks.extend(name);
    chunks.extend(parts.concat());
    let sum = crc32fast::hash(&chunks[start..]);
    chunks.extend(sum.to_be_bytes());
}
