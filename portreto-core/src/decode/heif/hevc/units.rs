//! What of a tile's code goes to the decoder: parameter sets, and the slices of one picture that stands alone.
//!
//! Sections without another name are of ITU-T H.265.

use crate::{
    error::{Error, ErrorKind, Result},
    format::Format,
    probe::damaged,
};

/// Bytes of `hvcC` before its parameter sets, without their count (ISO/IEC 14496-15, section 8.3.3.1).
const HEAD_BYTES: usize = 22;

/// Parameter sets of one tile; three are usual.
const MOST_SETS: usize = 64;

/// One picture, and what its code claims to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Coded {
    /// The largest that a sequence claims, pixels.
    pub(super) width: u32,
    /// The largest that a sequence claims, pixels.
    pub(super) height: u32,
    /// Width and height of what is shown of it.
    pub(super) shown: (u32, u32),
    /// `hvcC`, written anew.
    pub(super) configuration: Vec<u8>,
    /// Slices, each behind its length of four bytes.
    pub(super) code: Vec<u8>,
}

impl Coded {
    pub(super) fn of(configuration: &[u8], code: &[u8]) -> Result<Self> {
        let contradiction = || damaged(Format::Heic, "its code is not that of a picture");
        let (head, mut rest) =
            configuration.split_at_checked(HEAD_BYTES).ok_or_else(contradiction)?;
        // Lengths of slices have 1, 2 or 4 bytes.
        let length_bytes = usize::from(head[21] & 3) + 1;
        let (mut width, mut height, mut shown, mut n_sets) = (0, 0, (0, 0), 0);
        let mut sets: Vec<Vec<u8>> = Vec::new();
        let n_arrays = number(&mut rest, 1).ok_or_else(contradiction)?;
        for _ in 0..n_arrays {
            number(&mut rest, 1).ok_or_else(contradiction)?;
            for _ in 0..number(&mut rest, 2).ok_or_else(contradiction)? {
                let set = taken(&mut rest, 2).ok_or_else(contradiction)?;
                let Some(kind @ 32..=34) = kind(set) else { continue };
                n_sets += 1;
                if n_sets > MOST_SETS {
                    return Err(contradiction());
                }
                if kind == 33 {
                    let (coded, window) = sides(set).ok_or_else(contradiction)?;
                    (width, height) = (coded.0.max(width), coded.1.max(height));
                    shown = window;
                }
                // An array of one set: it is complete, its kind, one set, its length.
                let length = (set.len() as u16).to_be_bytes();
                sets.push([&[0x80 | kind, 0, 1], &length[..], set].concat());
            }
        }
        if shown.0 == 0 || shown.1 == 0 {
            return Err(contradiction());
        }
        let head = [&head[..21], &[head[21] | 3, sets.len() as u8]].concat();
        let configuration = [head, sets.concat()].concat();
        Ok(Self { width, height, shown, configuration, code: slices(code, length_bytes)? })
    }
}

/// The slices of the first picture.
fn slices(mut code: &[u8], length_bytes: usize) -> Result<Vec<u8>> {
    let contradiction = || damaged(Format::Heic, "its code is not that of a picture");
    let mut slices = Vec::with_capacity(code.len() + 16);
    while !code.is_empty() {
        let unit = taken(&mut code, length_bytes).ok_or_else(contradiction)?;
        match kind(unit) {
            // Section 7.4.2.2: pictures that need no other.
            Some(16..=21) => {
                let is_first = unit.get(2).is_some_and(|byte| byte & 0x80 != 0);
                if is_first != slices.is_empty() {
                    if is_first {
                        break;
                    }
                    return Err(contradiction());
                }
                slices.extend((unit.len() as u32).to_be_bytes());
                slices.extend(unit);
            }
            Some(0..=31) => {
                let message = "heic files whose picture needs others cannot be read";
                return Err(Error::new(ErrorKind::Unsupported, message));
            }
            // Messages, ends, and sets that belong elsewhere.
            _ => {}
        }
    }
    if slices.is_empty() { Err(contradiction()) } else { Ok(slices) }
}

/// What a unit is, if it belongs to the first layer (section 7.3.1.2).
const fn kind(unit: &[u8]) -> Option<u8> {
    match unit {
        [first, second, ..] if *first & 0x81 == 0 && *second & 0xF8 == 0 => Some(*first >> 1),
        _ => None,
    }
}

fn number(rest: &mut &[u8], n_bytes: usize) -> Option<usize> {
    let (taken, after) = rest.split_at_checked(n_bytes)?;
    *rest = after;
    Some(taken.iter().fold(0, |number, byte| number << 8 | usize::from(*byte)))
}

/// What stands behind its length.
fn taken<'a>(rest: &mut &'a [u8], length_bytes: usize) -> Option<&'a [u8]> {
    let n_bytes = number(rest, length_bytes)?;
    let (taken, after) = rest.split_at_checked(n_bytes)?;
    *rest = after;
    Some(taken)
}

/// Width and height of a sequence as coded, and of what is shown of it (sections 7.3.2.2.1 and 7.4.3.2.1).
fn sides(set: &[u8]) -> Option<((u32, u32), (u32, u32))> {
    let mut bits = Bits { bytes: payload(set), at: 16 };
    bits.number(4)?;
    let n_layers = bits.number(3)?;
    bits.number(1)?;
    // Profile, tier and level (section 7.3.3).
    bits.skip(96);
    let mut layer_bits = 0;
    for _ in 0..n_layers {
        layer_bits += if bits.number(1)? == 1 { 88 } else { 0 };
        layer_bits += if bits.number(1)? == 1 { 8 } else { 0 };
    }
    if n_layers > 0 {
        bits.skip(2 * (8 - n_layers as usize));
    }
    bits.skip(layer_bits);
    bits.exponential()?;
    let sampling = bits.exponential()?;
    let is_apart = sampling == 3 && bits.number(1)? == 1;
    let (width, height) = (bits.exponential()?, bits.exponential()?);
    let (mut across, mut down) = (0, 0);
    if bits.number(1)? == 1 {
        let unit = |is_halved: bool| if is_halved && !is_apart { 2 } else { 1 };
        let mut both =
            |unit: u32| bits.exponential()?.checked_add(bits.exponential()?)?.checked_mul(unit);
        across = both(unit(matches!(sampling, 1 | 2)))?;
        down = both(unit(sampling == 1))?;
    }
    Some(((width, height), (width.checked_sub(across)?, height.checked_sub(down)?)))
}

/// A unit without the bytes that keep it from looking like a start (section 7.3.1.1).
fn payload(unit: &[u8]) -> Vec<u8> {
    let mut n_zeros = 0;
    let mut payload = Vec::with_capacity(unit.len());
    for byte in unit {
        if n_zeros >= 2 && *byte == 3 {
            n_zeros = 0;
            continue;
        }
        n_zeros = if *byte == 0 { n_zeros + 1 } else { 0 };
        payload.push(*byte);
    }
    payload
}

/// Bits from the highest to the lowest of each byte.
struct Bits {
    bytes: Vec<u8>,
    at: usize,
}

impl Bits {
    const fn skip(&mut self, n_bits: usize) {
        self.at += n_bits;
    }

    /// Of up to 32 bits.
    fn number(&mut self, n_bits: u32) -> Option<u32> {
        (0..n_bits).try_fold(0, |number, _| {
            let byte = *self.bytes.get(self.at / 8)?;
            let bit = byte >> (7 - self.at % 8) & 1;
            self.at += 1;
            Some(number << 1 | u32::from(bit))
        })
    }

    /// Exponential Golomb code (section 9.2).
    fn exponential(&mut self) -> Option<u32> {
        let mut n_zeros = 0;
        while self.number(1)? == 0 {
            n_zeros += 1;
            if n_zeros > 31 {
                return None;
            }
        }
        Some(((1 << n_zeros) - 1) + self.number(n_zeros)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parameter sets that x265 3.5 wrote for a picture of 64 by 64.
    const SEQUENCE: &[u8] = b"\x42\x01\x01\x03\x70\0\0\x03\0\x90\0\0\x03\0\0\x03\0\x1e\xa0\x20\x81\x05\x96\xea\xae\x9a\xe6\xe0\x40\x40\xc0\x80\0\0\x03\0\x80\0\0\x03\0\x84";
    const PICTURE: &[u8] = b"\x44\x01\xc1\x73\xc1\x89";

    fn configuration(sets: &[&[u8]], length_bytes: u8) -> Vec<u8> {
        let mut bytes = vec![1; 21];
        bytes.extend([0xFC | (length_bytes - 1), sets.len() as u8]);
        for set in sets {
            bytes.extend([0x80 | set[0] >> 1, 0, 1, 0, set.len() as u8]);
            bytes.extend(*set);
        }
        bytes
    }

    fn units(units: &[&[u8]], length_bytes: usize) -> Vec<u8> {
        let unit =
            |unit: &&[u8]| [&(unit.len() as u32).to_be_bytes()[4 - length_bytes..], *unit].concat();
        units.iter().flat_map(unit).collect()
    }

    #[test]
    fn slices_of_one_picture_are_kept_and_no_more() {
        // A message, a sequence that belongs elsewhere, two slices, a slice of another layer, and another picture.
        let (first, second) = ([0x28, 1, 0x80, 7], [0x28, 1, 0x10, 8]);
        let code: [&[u8]; 6] = [&[0x4E, 1, 5], SEQUENCE, &first, &second, &[0x29, 1, 0x80], &first];
        let message = [0x4E, 1, 9];
        for length_bytes in [1, 2, 4] {
            let sets = configuration(&[&message, SEQUENCE, PICTURE], length_bytes);
            let coded = Coded::of(&sets, &units(&code, length_bytes.into())).unwrap();
            assert_eq!((coded.width, coded.height, coded.shown), (64, 64, (64, 64)));
            assert_eq!(coded.code, units(&[&first, &second], 4));
            assert_eq!(coded.configuration, configuration(&[SEQUENCE, PICTURE], 4));
        }
    }

    #[test]
    fn what_is_cut_off_or_does_not_stand_alone_is_refused() {
        let first = [0x28, 1, 0x80, 7];
        let sets = configuration(&[SEQUENCE, PICTURE], 4);
        let code = units(&[&first], 4);
        assert!(Coded::of(&sets, &code).is_ok());
        for length in 0..sets.len() {
            assert!(Coded::of(&sets[..length], &code).is_err(), "{length}");
        }
        for length in 0..code.len() {
            let error = Coded::of(&sets, &code[..length]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Damaged, "{length}");
        }
        // Without a sequence; a slice whose picture does not begin; one that needs other pictures.
        assert!(Coded::of(&configuration(&[PICTURE], 4), &code).is_err());
        assert!(Coded::of(&sets, &units(&[&[0x28, 1, 0x10]], 4)).is_err());
        let error = Coded::of(&sets, &units(&[&[0x02, 1, 0x80]], 4)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    }

    #[test]
    fn numbers_are_those_of_the_standard() {
        // Table 9-2: 1, 010, 011, 00100 are 0, 1, 2, 3.
        let mut bits = Bits { bytes: vec![0b1010_0110, 0b0100_0000], at: 0 };
        let found: Vec<_> = (0..4).map(|_| bits.exponential().unwrap()).collect();
        assert_eq!(found, [0, 1, 2, 3]);
        let mut zeros = Bits { bytes: vec![0; 9], at: 0 };
        assert_eq!(zeros.exponential(), None);
        assert_eq!(payload(&[0, 0, 3, 1, 0, 0, 0, 3, 3]), [0, 0, 1, 0, 0, 0, 3]);
    }
}
