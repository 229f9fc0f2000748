//! JPEG: segments before all others but JFIF's (CIPA DC-008-2024, section 4.7; ISO 16684-3, section 4.2).

use super::{Attached, exif_within, inserted};

const EXIF: &[u8] = b"Exif\0\0";
const ICC: &[u8] = b"ICC_PROFILE\0";
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// The length of a segment counts itself.
const MOST: usize = 0xFFFF - 2;

pub(super) fn put(file: &[u8], attached: &Attached) -> Option<Vec<u8>> {
    let mut segments = Vec::new();
    if let Some(exif) = &attached.exif
        && let Some(exif) = exif_within(exif, MOST - EXIF.len())
    {
        segment(&mut segments, 0xE1, &[EXIF, &exif]);
    }
    if let Some(xmp) = attached.xmp.as_ref().filter(|xmp| xmp.len() <= MOST - XMP.len()) {
        segment(&mut segments, 0xE1, &[XMP, xmp]);
    }
    if let Some(icc) = &attached.icc {
        // ICC.1:2022, annex B.4: parts, counted from 1.
        let parts = icc.chunks(MOST - ICC.len() - 2);
        let n_parts = u8::try_from(parts.len()).ok()?;
        for (number, part) in (1..=n_parts).zip(parts) {
            segment(&mut segments, 0xE2, &[ICC, &[number, n_parts], part]);
        }
    }
    let mut at = 2;
    if file.get(2..4)? == [0xFF, 0xE0] {
        at += 2 + usize::from(u16::from_be_bytes(*file.get(4..)?.first_chunk()?));
    }
    inserted(file, at, &segments)
}

/// `parts` are at most [`MOST`] bytes together.
fn segment(segments: &mut Vec<u8>, marker: u8, parts: &[&[u8]]) {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    segments.extend([0xFF, marker]);
    segments.extend((length as u16 + 2).to_be_bytes());
    segments.extend(parts.concat());
}
