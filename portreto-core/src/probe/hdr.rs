//! The header and the scan lines of a Radiance picture (G. Ward, "Real Pixels", Graphics Gems II, 1991; the
//! "Radiance File Formats", where the newer run-length code is).

use std::io::Cursor;

use image::codecs::hdr::HdrDecoder;

use super::{Headers, damaged, decoder};
use crate::{error::Result, format::Format};

pub(super) fn headers(bytes: &[u8]) -> Result<Headers<'_>> {
    let (size, lines) =
        size_and_lines(bytes).ok_or_else(|| damaged(Format::Hdr, "it ends inside its header"))?;
    let is_complete = has_lines(size, lines).is_some();
    decoder::headers(Format::Hdr, HdrDecoder::new(Cursor::new(bytes)), is_complete)
}

/// The line with the size, which follows the empty line that ends the header, and what is behind it.
fn size_and_lines(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let blank = bytes.windows(2).position(|pair| pair == b"\n\n")?;
    let size = &bytes[blank + 2..];
    let end = size.iter().position(|byte| *byte == b'\n')?;
    Some((&size[..end], &size[end + 1..]))
}

/// Walks all scan lines; none when one ends early.
fn has_lines(size: &[u8], mut rest: &[u8]) -> Option<()> {
    let text = std::str::from_utf8(size).ok()?;
    let mut words = text.split_ascii_whitespace();
    let (height, width) = match (words.next()?, words.next()?, words.next()?, words.next()?) {
        ("-Y" | "+Y", height, "+X" | "-X", width) => (height, width),
        ("+X" | "-X", width, "-Y" | "+Y", height) => (width, height),
        _ => return None,
    };
    let (n_lines, width): (usize, usize) = (height.parse().ok()?, width.parse().ok()?);
    for _ in 0..n_lines {
        rest = after_line(rest, width)?;
    }
    Some(())
}

/// What follows a scan line.
fn after_line(mut rest: &[u8], width: usize) -> Option<&[u8]> {
    let is_new = (8..=0x7FFF).contains(&width)
        && matches!(*rest.get(..4)?, [2, 2, high, _] if high & 0x80 == 0);
    if is_new {
        rest = &rest[4..];
        // One channel after the other: runs of one byte, and bytes as they are.
        for _ in 0..4 {
            let mut n_left = width;
            while n_left > 0 {
                let (&code, after) = rest.split_first()?;
                let (n_here, n_bytes) = match code {
                    0 => return None,
                    1..=128 => (usize::from(code), usize::from(code)),
                    _ => (usize::from(code - 128), 1),
                };
                rest = after.get(n_bytes..)?;
                n_left = n_left.checked_sub(n_here)?;
            }
        }
        return Some(rest);
    }
    // Pixels, and counts of how often the last one is repeated, the lowest byte first.
    let (mut n_left, mut shift) = (width, 0);
    while n_left > 0 {
        let pixel = rest.get(..4)?;
        let n_here = if let [1, 1, 1, count] = pixel {
            let n_here = usize::from(*count) << shift;
            shift = (shift + 8).min(24);
            n_here
        } else {
            shift = 0;
            1
        };
        n_left = n_left.saturating_sub(n_here);
        rest = &rest[4..];
    }
    Some(rest)
}
