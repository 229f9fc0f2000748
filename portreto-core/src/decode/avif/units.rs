//! The units that AV1 consists of (AV1 Bitstream & Decoding Process Specification, section 5.3).

use crate::{
    error::{Error, ErrorKind, Result},
    format::Format,
    probe::damaged,
};

/// Frames of one picture: its layers, and some that are never shown. A frame of a few bytes can cost as much time as one of
/// many.
const MOST_FRAMES: u32 = 8;

/// Checks that `code` is made of whole units, few of them frames.
pub(super) fn check(code: &[u8]) -> Result<()> {
    let (mut rest, mut n_frames) = (code, 0);
    while !rest.is_empty() {
        let (kind, after) =
            next(rest).ok_or_else(|| damaged(Format::Avif, "its picture is cut off"))?;
        // Frame headers, alone or with their frames.
        n_frames += u32::from(matches!(kind, 3 | 6));
        if n_frames > MOST_FRAMES {
            let message = format!("the avif file's picture has more than {MOST_FRAMES} frames");
            return Err(Error::new(ErrorKind::LimitExceeded, message));
        }
        rest = after;
    }
    Ok(())
}

/// Kind of the first unit, and what comes after it.
fn next(code: &[u8]) -> Option<(u8, &[u8])> {
    let (header, mut rest) = code.split_first()?;
    let kind = header >> 3 & 15;
    if header & 4 != 0 {
        rest = rest.split_first()?.1;
    }
    if header & 2 == 0 {
        // Without a length it goes on to the end.
        return Some((kind, &[]));
    }
    let mut length = 0_usize;
    for place in 0..8 {
        let (byte, after) = rest.split_first()?;
        rest = after;
        length |= usize::from(byte & 0x7F) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((kind, rest.get(length..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_whole_and_frames_are_few() {
        // A temporal delimiter, and frames of 2 bytes.
        let frame = [0x32, 2, 0, 0];
        let code = |n_frames| [&[0x12, 0][..], &frame.repeat(n_frames)].concat();
        assert!(check(&code(8)).is_ok());
        assert_eq!(check(&code(9)).unwrap_err().kind(), ErrorKind::LimitExceeded);
        let whole = code(2);
        for length in [1, 3, 4, 5, 7, 8, 9] {
            let error = check(&whole[..length]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Damaged, "{length}");
        }
        // Without a length, and with one that never ends.
        assert!(check(&[0x30, 1, 2, 3]).is_ok());
        assert!(check(&[0x32, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0]).is_err());
    }
}
