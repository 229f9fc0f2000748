//! The units that AV1 consists of (AV1 Bitstream & Decoding Process Specification, section 5.3).
//!
//! The decoder is written for whole films, and a panic of its ends the process. So it is given only what a picture needs: one
//! description of the sequence and one frame that stands alone, in the order in which encoders write them.

use crate::{
    error::{Error, ErrorKind, Result},
    format::Format,
    probe::damaged,
};

/// Kinds of units (section 6.2.2).
const SEQUENCE: u8 = 1;
const FRAME_HEADER: u8 = 3;
const TILES: u8 = 4;
const FRAME: u8 = 6;

/// The units of the first picture in `code`, and nothing else.
///
/// # Errors
///
/// `Damaged` when units are cut off or missing; `Unsupported` when the picture needs another one to be decoded.
pub(super) fn of_first_picture(code: &[u8]) -> Result<Vec<u8>> {
    let cut_off = || damaged(Format::Avif, "its picture is cut off");
    let (mut rest, mut sequence) = (code, None);
    let mut kept = Vec::new();
    let mut first_kind = None;
    while !rest.is_empty() {
        let unit = Unit::first(rest).ok_or_else(cut_off)?;
        rest = &rest[unit.n_bytes..];
        match (unit.kind, first_kind) {
            (SEQUENCE, None) => sequence = Some(unit),
            (FRAME_HEADER | FRAME, None) => {
                let sequence: Unit<'_> = sequence.ok_or_else(cut_off)?;
                if !sequence.is_of_one_picture() && !unit.stands_alone() {
                    let message = "avif files whose picture needs another one cannot be read";
                    return Err(Error::new(ErrorKind::Unsupported, message));
                }
                first_kind = Some(unit.kind);
                sequence.put_into(&mut kept);
                unit.put_into(&mut kept);
            }
            // The tiles of a header that came without them.
            (TILES, Some(FRAME_HEADER)) => unit.put_into(&mut kept),
            (SEQUENCE | FRAME_HEADER | FRAME, Some(_)) => break,
            _ => {}
        }
    }
    if first_kind.is_some() { Ok(kept) } else { Err(cut_off()) }
}

/// A unit.
#[derive(Clone, Copy)]
struct Unit<'a> {
    kind: u8,
    payload: &'a [u8],
    /// With its header.
    n_bytes: usize,
}

impl<'a> Unit<'a> {
    fn first(code: &'a [u8]) -> Option<Self> {
        let (header, mut rest) = code.split_first()?;
        let kind = header >> 3 & 15;
        if header & 4 != 0 {
            rest = rest.split_first()?.1;
        }
        if header & 2 == 0 {
            // Without a length it goes on to the end.
            return Some(Self { kind, payload: rest, n_bytes: code.len() });
        }
        let mut length = 0_usize;
        for place in 0..8 {
            let (byte, after) = rest.split_first()?;
            rest = after;
            length |= usize::from(byte & 0x7F) << (7 * place);
            if byte & 0x80 == 0 {
                let payload = rest.get(..length)?;
                let n_bytes = code.len() - rest.len() + length;
                return Some(Self { kind, payload, n_bytes });
            }
        }
        None
    }

    /// Of a sequence: whether it says that it consists of one picture, whose header is shorter then (section 5.5.1).
    fn is_of_one_picture(self) -> bool {
        self.payload.first().is_some_and(|byte| byte & 0x08 != 0)
    }

    /// Of a frame: whether it is a key frame that is shown (section 5.9.2: `show_existing_frame`, `frame_type`,
    /// `show_frame`).
    fn stands_alone(self) -> bool {
        self.payload.first().is_some_and(|byte| byte >> 4 == 0b0001)
    }

    /// Writes it with a length, and without the layer that it belongs to.
    fn put_into(self, bytes: &mut Vec<u8>) {
        bytes.push(self.kind << 3 | 2);
        let mut length = self.payload.len();
        while length >= 0x80 {
            bytes.push(length as u8 | 0x80);
            length >>= 7;
        }
        bytes.push(length as u8);
        bytes.extend(self.payload);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEQUENCE_OF_ONE: [u8; 3] = [0x0A, 1, 0x18];
    const SEQUENCE_OF_MANY: [u8; 3] = [0x0A, 1, 0x10];

    #[test]
    fn one_picture_is_kept_and_no_more() {
        let delimiter = [0x12, 0];
        let metadata = [0x2A, 2, 9, 9];
        let (frame, other) = ([0x32, 2, 0x10, 7], [0x32, 2, 0x10, 8]);
        let code = [&delimiter[..], &SEQUENCE_OF_ONE, &metadata, &frame, &other, &SEQUENCE_OF_ONE]
            .concat();
        let expected = [&SEQUENCE_OF_ONE[..], &frame].concat();
        assert_eq!(of_first_picture(&code).unwrap(), expected);
        // With a layer in the header, and without a length at the end.
        let code = [&SEQUENCE_OF_ONE[..], &[0x34, 0x20, 0x10, 7]].concat();
        assert_eq!(of_first_picture(&code).unwrap(), expected);
        // A header and its tiles apart.
        let apart = [&SEQUENCE_OF_ONE[..], &[0x1A, 1, 0x10], &[0x22, 1, 5], &[0x22, 1, 6]].concat();
        assert_eq!(of_first_picture(&[&apart[..], &frame].concat()).unwrap(), apart);
        // Long units keep their lengths.
        let long = [&[0x32, 0xAC, 2][..], &[0x10; 300]].concat();
        let code = [&SEQUENCE_OF_ONE[..], &long].concat();
        assert_eq!(of_first_picture(&code).unwrap(), code);
    }

    #[test]
    fn what_is_cut_off_or_does_not_stand_alone_is_refused() {
        let whole = [&SEQUENCE_OF_MANY[..], &[0x32, 2, 0x10, 7]].concat();
        assert!(of_first_picture(&whole).is_ok());
        for length in 0..whole.len() {
            let error = of_first_picture(&whole[..length]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Damaged, "{length}");
        }
        assert!(
            of_first_picture(&[0x0A, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0]).is_err()
        );
        // A frame before its sequence; one that shows another; one between others; one that is not shown.
        assert!(of_first_picture(&whole[3..]).is_err());
        for first in [0x90, 0x30, 0x50, 0x00] {
            let code = [&SEQUENCE_OF_MANY[..], &[0x32, 2, first, 7]].concat();
            assert_eq!(of_first_picture(&code).unwrap_err().kind(), ErrorKind::Unsupported);
        }
    }
}
