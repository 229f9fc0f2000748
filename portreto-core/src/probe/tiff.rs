//! The directories of a TIFF (Adobe, "TIFF Revision 6.0", 1992, section 2) and of a `BigTIFF` (libtiff,
//! "The `BigTIFF` File Format Proposal").

use std::io::Cursor;

use image::codecs::tiff::TiffDecoder;

use super::{Headers, decoder};
use crate::{error::Result, format::Format};

/// Fields that say where data lies, each with the one that says how many bytes of it: strips, tiles, the
/// JPEG of revision 6.
const DATA: [(u64, u64); 3] = [(273, 279), (324, 325), (513, 514)];

/// The field that points to directories of further pictures.
const SUB_DIRECTORIES: u64 = 330;

/// Directories within directories; writers make one.
const DEEPEST: u8 = 4;

/// The `tiff` crate reads the first directory only, and bounds what it reads of it to 1 MiB a value.
pub(super) fn headers(bytes: &[u8]) -> Result<Headers<'_>> {
    let is_complete = Directories::all_fit(bytes).is_some();
    let headers =
        decoder::headers(Format::Tiff, TiffDecoder::new(Cursor::new(bytes)), is_complete)?;
    Ok(Headers { exif: Some(bytes), ..headers })
}

/// A walk over all directories of pictures. Those of metadata (Exif, GPS) are no part of it: programs that
/// edit files leave them pointing nowhere.
///
/// Every function returns `None` when something lies beyond the end of the file.
struct Directories<'a> {
    bytes: &'a [u8],
    is_little_endian: bool,
    /// Of an offset or a count: 4, or 8 in a `BigTIFF`.
    word: u64,
    /// Bytes that may still be read. In a sound file no two directories or arrays share bytes; in one made
    /// to keep us busy, they go round in circles.
    budget: u64,
}

impl Directories<'_> {
    fn all_fit(bytes: &[u8]) -> Option<()> {
        let is_little_endian = bytes.starts_with(b"II");
        let budget = bytes.len() as u64;
        let mut walk = Directories { bytes, is_little_endian, word: 4, budget };
        if walk.number(2, 2)? == 43 {
            walk.word = 8;
        }
        let first = walk.number(walk.word, walk.word)?;
        walk.chain(first, 1)
    }

    fn chain(&mut self, first: u64, depth: u8) -> Option<()> {
        let mut at = first;
        while at != 0 {
            at = self.directory(at, depth)?;
        }
        Some(())
    }

    /// Where the next one is; 0 after the last.
    fn directory(&mut self, at: u64, depth: u8) -> Option<u64> {
        let count_bytes = if self.word == 8 { 8 } else { 2 };
        let entry_bytes = 4 + 2 * self.word;
        let count = self.number(at, count_bytes)?;
        let entries = at.checked_add(count_bytes)?;
        let entries_bytes = count.checked_mul(entry_bytes)?;
        // With its count and its link: even one without entries has its price.
        self.spend(at, entries_bytes.checked_add(count_bytes + self.word)?)?;

        let mut data = [(None, None); DATA.len()];
        let mut below = None;
        for entry in (entries..).step_by(entry_bytes as usize).take(count as usize) {
            let (tag, values) = (self.number(entry, 2)?, self.values(entry)?);
            for ((offsets, lengths), names) in data.iter_mut().zip(DATA) {
                if tag == names.0 {
                    *offsets = Some(values);
                } else if tag == names.1 {
                    *lengths = Some(values);
                }
            }
            if tag == SUB_DIRECTORIES {
                below = Some(values);
            }
        }
        for pair in data {
            if let (Some(offsets), Some(lengths)) = pair {
                self.data_fits(offsets, lengths)?;
            }
        }
        if let Some(values) = below.filter(|_| depth < DEEPEST) {
            self.spend_on(values)?;
            for index in 0..values.count {
                let first = self.value(values, index)?;
                self.chain(first, depth + 1)?;
            }
        }
        self.number(entries + entries_bytes, self.word)
    }

    fn data_fits(&mut self, offsets: Values, lengths: Values) -> Option<()> {
        self.spend_on(offsets)?;
        self.spend_on(lengths)?;
        for index in 0..offsets.count.min(lengths.count) {
            self.fits(self.value(offsets, index)?, self.value(lengths, index)?)?;
        }
        Some(())
    }

    /// The values of an entry, which stand in it when they have room there.
    fn values(&self, entry: u64) -> Option<Values> {
        let bytes = match self.number(entry + 2, 2)? {
            1 | 2 | 6 | 7 => 1,         // bytes and text
            3 | 8 => 2,                 // short
            4 | 9 | 11 | 13 => 4,       // long, float, directory
            5 | 10 | 12 | 16..=18 => 8, // rational, double, and the long ones of BigTIFF
            _ => 0,                     // to be passed over
        };
        let count = if bytes == 0 { 0 } else { self.number(entry + 4, self.word)? };
        let inside = entry + 4 + self.word;
        let total = count.checked_mul(bytes)?;
        let at = if total <= self.word { inside } else { self.number(inside, self.word)? };
        self.fits(at, total)?;
        Some(Values { at, bytes, count })
    }

    fn value(&self, values: Values, index: u64) -> Option<u64> {
        self.number(values.at + index * values.bytes, values.bytes)
    }

    fn number(&self, at: u64, length: u64) -> Option<u64> {
        self.fits(at, length)?;
        let bytes = &self.bytes[at as usize..(at + length) as usize];
        let append = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        Some(if self.is_little_endian {
            bytes.iter().rev().fold(0, append)
        } else {
            bytes.iter().fold(0, append)
        })
    }

    /// What stands in the entry itself was paid for with its directory.
    fn spend_on(&mut self, values: Values) -> Option<()> {
        let total = values.total_bytes();
        if total > self.word { self.spend(values.at, total) } else { Some(()) }
    }

    fn spend(&mut self, at: u64, length: u64) -> Option<()> {
        self.fits(at, length)?;
        self.budget = self.budget.checked_sub(length)?;
        Some(())
    }

    fn fits(&self, at: u64, length: u64) -> Option<()> {
        (at.checked_add(length)? <= self.bytes.len() as u64).then_some(())
    }
}

/// The values of one entry, all of which lie in the file.
#[derive(Clone, Copy)]
struct Values {
    at: u64,
    /// Of one.
    bytes: u64,
    /// 0 when their kind is not known.
    count: u64,
}

impl Values {
    fn total_bytes(&self) -> u64 {
        self.bytes * self.count
    }
}
