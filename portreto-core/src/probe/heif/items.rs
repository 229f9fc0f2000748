//! The items of a file: what the `meta` box says of them (ISO/IEC 14496-12, section 8.11; ISO/IEC 23008-12, section 9.3).
//!
//! Nothing is gathered: each question walks the box that answers it, which lies in memory.

use std::{borrow::Cow, ops::Range};

use super::boxes::{Boxes, Reader};

/// Pieces that one item may lie in; writers make one.
const MOST_EXTENTS: u64 = 64;

/// Items of one file: each question walks them all.
const MOST_ITEMS: u64 = 1 << 16;

/// Items that belong to one picture: alpha, depth, gain map.
const MOST_REFERRING: usize = 64;

/// What is in the `meta` box.
#[derive(Debug, Clone, Copy)]
pub(super) struct Meta<'a> {
    /// The whole file.
    file: &'a [u8],
    content: &'a [u8],
}

impl<'a> Meta<'a> {
    pub(super) fn of(file: &'a [u8]) -> Option<Self> {
        let (_, _, content) = Reader::versioned(Boxes::of(file).first(*b"meta")?)?;
        Some(Self { file, content: content.rest() })
    }

    const fn boxes(self) -> Boxes<'a> {
        Boxes::of(self.content)
    }

    pub(super) const fn file_bytes(self) -> usize {
        self.file.len()
    }

    /// The item that is the picture.
    pub(super) fn primary(self) -> Option<u32> {
        let (version, _, mut reader) = Reader::versioned(self.boxes().first(*b"pitm")?)?;
        Some(reader.number(if version == 0 { 2 } else { 4 })? as u32)
    }

    /// The four letters of an item's kind.
    pub(super) fn kind(self, item: u32) -> Option<[u8; 4]> {
        let (version, _, mut reader) = Reader::versioned(self.boxes().first(*b"iinf")?)?;
        reader.number(if version == 0 { 2 } else { 4 })?;
        Boxes::of(reader.rest()).filter(|one| one.kind == *b"infe").find_map(|entry| {
            let (version, _, mut reader) = Reader::versioned(entry.bytes)?;
            let id = reader.number(match version {
                2 => 2,
                3 => 4,
                _ => return None,
            })?;
            reader.number(2)?;
            if id as u32 == item { reader.take(4)?.first_chunk().copied() } else { None }
        })
    }

    /// The items that `kind` of reference leads to from `item`, in order.
    pub(super) fn references(self, kind: [u8; 4], item: u32) -> Vec<u32> {
        self.all_references(kind)
            .find(|(from, _)| *from == item)
            .map(|(_, to)| to)
            .unwrap_or_default()
    }

    /// The first item that has a reference of `kind` to `item`, and for which `is_wanted` holds.
    pub(super) fn referring(
        self,
        kind: [u8; 4],
        item: u32,
        is_wanted: impl Fn(u32) -> bool,
    ) -> Option<u32> {
        let referring = self.all_references(kind).filter(|(_, to)| to.contains(&item));
        referring.take(MOST_REFERRING).map(|(from, _)| from).find(|from| is_wanted(*from))
    }

    fn all_references(self, kind: [u8; 4]) -> impl Iterator<Item = (u32, Vec<u32>)> {
        let found = self.boxes().first(*b"iref").and_then(Reader::versioned);
        let (version, boxes) = match found {
            Some((version, _, reader)) => (version, Boxes::of(reader.rest())),
            None => (0, Boxes::of(&[])),
        };
        let id_bytes = if version == 0 { 2 } else { 4 };
        boxes.filter(move |one| one.kind == kind).filter_map(move |one| {
            let mut reader = Reader::new(one.bytes);
            let from = reader.number(id_bytes)? as u32;
            let n_to = reader.number(2)?;
            let to: Option<Vec<u32>> =
                (0..n_to).map(|_| reader.number(id_bytes).map(|id| id as u32)).collect();
            Some((from, to?))
        })
    }

    /// The properties of an item, in order: letters and content of their boxes.
    pub(super) fn properties(self, item: u32) -> impl Iterator<Item = ([u8; 4], &'a [u8])> {
        let boxes = || self.boxes().first(*b"iprp").map_or(Boxes::of(&[]), Boxes::of);
        let all = boxes().first(*b"ipco").unwrap_or_default();
        let mut uses = boxes().filter(|one| one.kind == *b"ipma");
        let places = uses.find_map(|one| associated(one.bytes, item)).unwrap_or_default();
        // Numbered from 1; 0 is no property.
        places.into_iter().filter_map(move |place| {
            Boxes::of(all).nth(place.checked_sub(1)?).map(|one| (one.kind, one.bytes))
        })
    }

    /// The first property of this kind.
    pub(super) fn property(self, item: u32, kind: [u8; 4]) -> Option<&'a [u8]> {
        self.properties(item).find(|property| property.0 == kind).map(|property| property.1)
    }

    /// The bytes of an item; none when they are not all there.
    pub(super) fn data(self, item: u32) -> Option<Cow<'a, [u8]>> {
        let (place, extents) = self.extents(item)?;
        let source = match place {
            Place::File => self.file,
            Place::Meta => self.boxes().first(*b"idat")?,
        };
        match extents.as_slice() {
            [one] => Some(Cow::Borrowed(source.get(one.clone())?)),
            several => {
                // Pieces may overlap, and so be more than the file.
                let n_bytes: usize = several.iter().map(ExactSizeIterator::len).sum();
                if n_bytes > source.len() {
                    return None;
                }
                let pieces: Option<Vec<_>> =
                    several.iter().map(|one| source.get(one.clone())).collect();
                Some(Cow::Owned(pieces?.concat()))
            }
        }
    }

    /// How many bytes an item has; none when they are not all there.
    pub(super) fn data_bytes(self, item: u32) -> Option<usize> {
        let (place, extents) = self.extents(item)?;
        let source = match place {
            Place::File => self.file,
            Place::Meta => self.boxes().first(*b"idat")?,
        };
        let is_there = extents.iter().all(|one| source.get(one.clone()).is_some());
        is_there.then(|| extents.iter().map(ExactSizeIterator::len).sum())
    }

    fn extents(self, item: u32) -> Option<(Place, Vec<Range<usize>>)> {
        let (version, _, mut reader) = Reader::versioned(self.boxes().first(*b"iloc")?)?;
        let sizes = reader.number(2)?;
        let size = |shift: u32| (sizes >> shift & 15) as usize;
        let (offset_bytes, length_bytes, base_bytes) = (size(12), size(8), size(4));
        let index_bytes = if version == 0 { 0 } else { size(0) };
        if [offset_bytes, length_bytes, base_bytes, index_bytes].iter().any(|size| *size > 8) {
            return None;
        }
        let id_bytes = if version < 2 { 2 } else { 4 };
        let n_items = reader.number(id_bytes).filter(|count| *count <= MOST_ITEMS)?;
        for _ in 0..n_items {
            let id = reader.number(id_bytes)? as u32;
            let method = if version == 0 { 0 } else { reader.number(2)? & 15 };
            reader.number(2)?;
            let base = reader.number(base_bytes)?;
            let n_extents = reader.number(2)?;
            if id != item {
                let extent_bytes = index_bytes + offset_bytes + length_bytes;
                reader.take(n_extents as usize * extent_bytes)?;
                continue;
            }
            let place = match method {
                0 => Place::File,
                1 => Place::Meta,
                _ => return None,
            };
            if !(1..=MOST_EXTENTS).contains(&n_extents) {
                return None;
            }
            let mut extents = Vec::with_capacity(n_extents as usize);
            for _ in 0..n_extents {
                reader.number(index_bytes)?;
                let start = base.checked_add(reader.number(offset_bytes)?)?;
                let end = start.checked_add(reader.number(length_bytes)?)?;
                extents.push(usize::try_from(start).ok()?..usize::try_from(end).ok()?);
            }
            return Some((place, extents));
        }
        None
    }
}

/// Where an item's bytes are.
enum Place {
    File,
    /// In `idat`, a box of `meta`.
    Meta,
}

/// The numbers of the properties that an `ipma` box gives to `item`; none when it does not name the item.
fn associated(content: &[u8], item: u32) -> Option<Vec<usize>> {
    let (version, flags, mut reader) = Reader::versioned(content)?;
    let n_entries = reader.number(4)?;
    // The highest bit says that a reader must understand the property.
    let (place_bytes, mask) = if flags & 1 == 1 { (2, 0x7FFF) } else { (1, 0x7F) };
    for _ in 0..n_entries {
        let id = reader.number(if version == 0 { 2 } else { 4 })?;
        let n_places = reader.number(1)? as usize;
        let mut places = Reader::new(reader.take(n_places * place_bytes)?);
        if id as u32 == item {
            return (0..n_places)
                .map(|_| places.number(place_bytes).map(|place| (place & mask) as usize))
                .collect();
        }
    }
    None
}
