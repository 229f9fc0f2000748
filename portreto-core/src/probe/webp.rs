//! The chunks of a WebP (RFC 9649, section 2).

use std::borrow::Cow;

use image::metadata::Orientation;

use super::{Headers, Icc, damaged, exif_orientation, fields::Fields};
use crate::{error::Result, format::Format};

/// Flags of the `VP8X` chunk.
const ALPHA: u8 = 0x10;

pub(super) fn headers(bytes: &[u8]) -> Result<Headers<'_>> {
    let fields = Fields { bytes, format: Format::WebP };
    let mut headers = match fields.slice(12, 4)? {
        b"VP8 " => lossy(&fields)?,
        b"VP8L" => lossless(&fields)?,
        b"VP8X" => extended(&fields)?,
        _ => return Err(damaged(Format::WebP, "it does not begin with its header")),
    };
    // Only the extended form has further chunks; others ignore them, and so are they here.
    if fields.slice(12, 4)? == b"VP8X" {
        let mut frames = 0;
        let mut at = 12;
        while let (Ok(name), Ok(length)) = (fields.slice(at, 4), fields.le32(at + 4)) {
            let content = fields.slice(at + 8, length as usize);
            match (name, content) {
                (b"ANMF", _) => frames += 1,
                (b"ANIM", Ok([_, _, _, _, low, high])) => {
                    headers.plays = u16::from_le_bytes([*low, *high]).into();
                }
                (b"EXIF", Ok(block)) => {
                    headers.orientation = exif_orientation(block);
                    headers.exif = Some(block);
                }
                (b"XMP ", Ok(packet)) => headers.xmp = Some(packet),
                (b"ICCP", Ok(icc)) => headers.icc = Some(Icc::Plain(Cow::Borrowed(icc))),
                _ => {}
            }
            at += 8 + length as usize + (length & 1) as usize;
        }
        headers.frames = frames.max(1);
    }
    headers.is_complete = is_complete(&fields).unwrap_or(false);
    Ok(headers)
}

/// Whether the container is all there, with all its chunks and a picture among them.
fn is_complete(fields: &Fields<'_>) -> Result<bool> {
    let end = (fields.le32(4)? as usize).saturating_add(8);
    if end > fields.bytes.len() {
        return Ok(false);
    }
    let fields = Fields { bytes: &fields.bytes[..end], ..*fields };
    let (mut at, mut pictures) = (12, 0);
    while at + 8 <= end {
        let length = fields.le32(at + 4)? as usize;
        fields.slice(at + 8, length)?;
        pictures += u32::from(matches!(fields.slice(at, 4)?, b"VP8 " | b"VP8L" | b"ANMF"));
        // Content is padded to an even length.
        at += 8 + length + (length & 1);
    }
    Ok(pictures > 0)
}

/// Section 2.5: a frame header as in RFC 6386, section 9.1.
fn lossy<'a>(fields: &Fields<'a>) -> Result<Headers<'a>> {
    if fields.slice(23, 3)? != [0x9D, 0x01, 0x2A] {
        return Err(damaged(Format::WebP, "its frame has no start code"));
    }
    let side = |at| fields.le16(at).map(|side| u32::from(side & 0x3FFF));
    Ok(plain(side(26)?, side(28)?, false))
}

/// Section 3.4: 14 bits of width, 14 of height, one of alpha, behind the signature.
fn lossless<'a>(fields: &Fields<'a>) -> Result<Headers<'a>> {
    if fields.u8(20)? != 0x2F {
        return Err(damaged(Format::WebP, "its frame has no signature"));
    }
    let packed = fields.le32(21)?;
    let side = |shift: u32| (packed >> shift & 0x3FFF) + 1;
    Ok(plain(side(0), side(14), packed >> 28 & 1 == 1))
}

/// Section 2.7: flags and the size of the canvas.
fn extended<'a>(fields: &Fields<'a>) -> Result<Headers<'a>> {
    let flags = fields.u8(20)?;
    Ok(plain(fields.le24(24)? + 1, fields.le24(27)? + 1, flags & ALPHA != 0))
}

fn plain<'a>(width: u32, height: u32, has_alpha: bool) -> Headers<'a> {
    Headers {
        format: Format::WebP,
        width,
        height,
        orientation: Orientation::NoTransforms,
        has_alpha,
        bits: 8,
        frames: 1,
        icc: None,
        exif: None,
        xmp: None,
        channels: if has_alpha { 4 } else { 3 },
        // A lossy frame is decoded to planes, and an animation's frame beside its canvas.
        workspace: 4,
        jpeg_adobe: None,
        jpeg_split_scans: false,
        jpeg_scans: 0,
        plays: 1,
        is_complete: false,
    }
}
