//! The blocks of a GIF ("Graphics Interchange Format, version 89a", 1990).

use image::metadata::Orientation;

use super::{Headers, damaged, fields::Fields};
use crate::{error::Result, format::Format};

pub(super) fn headers(bytes: &[u8]) -> Result<Headers<'_>> {
    let fields = Fields { bytes, format: Format::Gif };
    let flags = fields.u8(10)?;
    let Survey { frames, has_alpha, index_bits, plays, is_complete } = survey(&fields, flags);
    if frames == 0 {
        return Err(damaged(Format::Gif, "it holds no picture"));
    }
    Ok(Headers {
        format: Format::Gif,
        width: fields.le16(6)?.into(),
        height: fields.le16(8)?.into(),
        orientation: Orientation::NoTransforms,
        has_alpha,
        bits: index_bits,
        frames,
        icc: None,
        exif: None,
        xmp: None,
        channels: 4,
        // The frame is decoded beside its canvas.
        workspace: 4,
        jpeg_adobe: None,
        jpeg_split_scans: false,
        jpeg_scans: 0,
        plays,
        is_complete,
    })
}

struct Survey {
    frames: u32,
    has_alpha: bool,
    /// Of the largest color table.
    index_bits: u8,
    /// See [`Headers::plays`].
    plays: u32,
    /// The trailer was met.
    is_complete: bool,
}

/// Looks at all blocks, as far as the file goes.
fn survey(fields: &Fields<'_>, flags: u8) -> Survey {
    let index_bits = |flags: u8| if flags & 0x80 == 0 { 1 } else { (flags & 7) + 1 };
    let mut found = Survey {
        frames: 0,
        has_alpha: false,
        index_bits: index_bits(flags),
        plays: 1,
        is_complete: false,
    };
    let mut at = 13 + color_table(flags);
    loop {
        match fields.u8(at) {
            Ok(0x21) => {
                // Graphic control: block size 4, then flags whose lowest bit is transparency.
                if let Ok([0xF9, 4, flags]) = fields.slice(at + 1, 3) {
                    found.has_alpha |= flags & 1 == 1;
                }
                if let Ok(block) = fields.slice(at + 1, 17)
                    && let Some(plays) = plays(block)
                {
                    found.plays = plays;
                }
                at = past_sub_blocks(fields, at + 2);
            }
            Ok(0x2C) => {
                let Ok(flags) = fields.u8(at + 9) else { return found };
                found.frames += 1;
                found.index_bits = found.index_bits.max(index_bits(flags));
                at = past_sub_blocks(fields, at + 11 + color_table(flags));
            }
            end => {
                found.is_complete = matches!(end, Ok(0x3B));
                return found;
            }
        }
    }
}

/// How often the animation is shown by Netscape's application extension, which counts how often it is repeated.
fn plays(block: &[u8]) -> Option<u32> {
    let counts = block
        .strip_prefix(b"\xFF\x0BNETSCAPE2.0\x03\x01")
        .or_else(|| block.strip_prefix(b"\xFF\x0BANIMEXTS1.0\x03\x01"));
    match *counts? {
        [0, 0] => Some(0),
        [low, high] => Some(u32::from(u16::from_le_bytes([low, high])) + 1),
        _ => None,
    }
}

/// Bytes of the color table that `flags` announce.
fn color_table(flags: u8) -> usize {
    if flags & 0x80 == 0 { 0 } else { 3 << ((flags & 7) + 1) }
}

fn past_sub_blocks(fields: &Fields<'_>, mut at: usize) -> usize {
    while let Ok(length @ 1..) = fields.u8(at) {
        at += usize::from(length) + 1;
    }
    at + 1
}
