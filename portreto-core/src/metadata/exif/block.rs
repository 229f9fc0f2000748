//! A block as it was found.

use std::ops::Range;

use super::{Field, TOO_LARGE, tag};

/// An Exif block; none of what it says is trusted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) is_big_endian: bool,
}

/// A directory: what it has entries for, and where the next one is.
#[derive(Debug)]
pub(super) struct Directory {
    pub(super) entries: Vec<Entry>,
    /// Also those that are left out.
    n_entries: usize,
    /// The bytes of the directory itself: number of entries, entries, offset of the next.
    pub(super) place: Range<usize>,
    /// 0 for none.
    pub(super) next: u32,
}

/// An entry whose value lies within the block.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) tag: u16,
    pub(super) kind: u16,
    pub(super) count: u32,
    pub(super) value: Range<usize>,
}

impl<'a> Block<'a> {
    /// The block in `bytes`; none when they are not one.
    ///
    /// Some writers of WebP and PNG keep the prefix that only JPEG needs.
    pub(crate) fn new(bytes: &'a [u8]) -> Option<Self> {
        let bytes = bytes.strip_prefix(b"Exif\0\0").unwrap_or(bytes);
        let is_big_endian = match bytes {
            [b'I', b'I', 42, 0, ..] => false,
            [b'M', b'M', 0, 42, ..] => true,
            _ => return None,
        };
        Some(Self { bytes, is_big_endian })
    }

    pub(crate) fn n_bytes(&self) -> usize {
        self.bytes.len()
    }

    pub(crate) fn to_vec(self) -> Vec<u8> {
        self.bytes.to_vec()
    }

    pub(crate) fn is_big_endian(&self) -> bool {
        self.is_big_endian
    }

    /// The first directory, which describes the picture.
    pub(super) fn first(&self) -> Option<Directory> {
        self.directory(self.u32(4)?)
    }

    /// The directory to which an entry of `from` points.
    pub(super) fn below(&self, from: &Directory, pointer: u16) -> Option<Directory> {
        let entry = from.entries.iter().find(|entry| entry.tag == pointer)?;
        self.directory(self.number(entry)?)
    }

    /// The directory at `offset`; entries that point beyond the block, or are of no known kind, are left out.
    pub(super) fn directory(&self, offset: u32) -> Option<Directory> {
        let start = offset as usize;
        let n_entries = usize::from(self.u16(start)?);
        let end = start + 2 + 12 * n_entries;
        let entries = (start + 2..end).step_by(12).filter_map(|at| self.entry(at)).collect();
        // Some writers forget the offset of the next directory at the end of the block.
        let next = self.u32(end).unwrap_or(0);
        let end = (end + 4).min(self.bytes.len());
        (start + 2 + 12 * n_entries <= self.bytes.len()).then_some(Directory {
            entries,
            n_entries,
            place: start..end,
            next,
        })
    }

    /// The tag of each entry, whatever its value is, and where its 12 bytes begin.
    pub(super) fn slots(&self, directory: &Directory) -> impl Iterator<Item = (u16, usize)> {
        let slots = directory.place.clone().skip(2).step_by(12).take(directory.n_entries);
        slots.filter_map(|at| Some((self.u16(at)?, at)))
    }

    fn entry(&self, at: usize) -> Option<Entry> {
        let (tag, kind, count) = (self.u16(at)?, self.u16(at + 2)?, self.u32(at + 4)?);
        let length = (count as usize).checked_mul(n_bytes(kind)?)?;
        let start = if length <= 4 { at + 8 } else { self.u32(at + 8)? as usize };
        let value = start..start.checked_add(length)?;
        (value.end <= self.bytes.len()).then_some(Entry { tag, kind, count, value })
    }

    /// The first value of an entry that holds whole numbers.
    pub(super) fn number(&self, entry: &Entry) -> Option<u32> {
        match entry.kind {
            _ if entry.count == 0 => None,
            SHORT => self.u16(entry.value.start).map(u32::from),
            LONG | DIRECTORY => self.u32(entry.value.start),
            _ => None,
        }
    }

    /// The bytes that the first directory has for `tag`.
    pub(crate) fn value(&self, tag: u16) -> Option<&'a [u8]> {
        let entry = self.first()?.entries.into_iter().find(|entry| entry.tag == tag)?;
        self.bytes.get(entry.value)
    }

    /// What `entries` say, but for what only has a meaning at its place.
    pub(super) fn fields(
        &self,
        directory: Option<&Directory>,
        keep: fn(u16) -> bool,
    ) -> Vec<Field> {
        let entries = directory.into_iter().flat_map(|directory| &directory.entries);
        // Values may share bytes, and would take more room when they are apart.
        let mut room = TOO_LARGE;
        let kept = entries.filter(|entry| {
            let is_kept = keep(entry.tag) && entry.kind != DIRECTORY && entry.value.len() <= room;
            room -= if is_kept { entry.value.len() } else { 0 };
            is_kept
        });
        let field = |entry: &Entry| Field {
            tag: entry.tag,
            kind: entry.kind,
            count: entry.count,
            value: self.bytes[entry.value.clone()].to_vec(),
        };
        let mut fields: Vec<_> = kept.map(field).collect();
        fields.sort_by_key(|field| field.tag);
        fields.dedup_by_key(|field| field.tag);
        fields
    }

    /// Who made the picture and whose it is.
    pub(crate) fn copyright(&self) -> Vec<Field> {
        let is_said = |field: &Field| field.kind == ASCII && field.value.iter().any(|b| *b > b' ');
        let mut fields =
            self.fields(self.first().as_ref(), |tag| matches!(tag, tag::ARTIST | tag::COPYRIGHT));
        fields.retain(is_said);
        fields
    }

    fn array<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        self.bytes.get(at..)?.first_chunk().copied()
    }

    fn u16(&self, at: usize) -> Option<u16> {
        let order = if self.is_big_endian { u16::from_be_bytes } else { u16::from_le_bytes };
        self.array(at).map(order)
    }

    fn u32(&self, at: usize) -> Option<u32> {
        let order = if self.is_big_endian { u32::from_be_bytes } else { u32::from_le_bytes };
        self.array(at).map(order)
    }
}

pub(super) const ASCII: u16 = 2;
pub(super) const SHORT: u16 = 3;
pub(super) const LONG: u16 = 4;
pub(super) const DIRECTORY: u16 = 13;

/// Bytes of one value of a kind; of a rational, its two numbers.
fn n_bytes(kind: u16) -> Option<usize> {
    Some(match kind {
        1 | ASCII | 6 | 7 | 129 => 1,
        SHORT | 8 => 2,
        LONG | 9 | 11 | DIRECTORY => 4,
        5 | 10 | 12 => 8,
        _ => return None,
    })
}

/// Bytes that are turned around together between the two orders.
pub(super) fn unit_bytes(kind: u16) -> usize {
    match kind {
        SHORT | 8 => 2,
        LONG | 5 | 9 | 10 | 11 | DIRECTORY => 4,
        12 => 8,
        _ => 1,
    }
}
