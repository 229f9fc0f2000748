//! Directories put together anew.

use super::{
    Block,
    block::{LONG, unit_bytes},
    tag,
};

/// An entry with its value, in one of the two orders of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) tag: u16,
    pub(crate) kind: u16,
    pub(crate) count: u32,
    pub(crate) value: Vec<u8>,
}

impl Field {
    /// One number that a SHORT cannot hold.
    fn long(tag: u16, value: u32, is_big_endian: bool) -> Self {
        let value = if is_big_endian { value.to_be_bytes() } else { value.to_le_bytes() };
        Self { tag, kind: LONG, count: 1, value: value.to_vec() }
    }

    /// The same in the other order of bytes.
    fn turned(mut self) -> Self {
        for unit in self.value.chunks_exact_mut(unit_bytes(self.kind)) {
            unit.reverse();
        }
        self
    }
}

/// What a file says of its picture, without any place in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fields {
    /// Of the first directory, by tag.
    pub(crate) picture: Vec<Field>,
    /// Of the directories below it, by their pointers.
    pub(crate) below: Vec<(u16, Vec<Field>)>,
    pub(crate) is_big_endian: bool,
}

impl Fields {
    /// Those of `block` that describe its picture, and not how samples are stored. Notes of camera makers come along;
    /// offsets within them may point nowhere.
    pub(crate) fn of(block: &Block<'_>) -> Self {
        let first = block.first();
        let directory = |pointer| first.as_ref().and_then(|first| block.below(first, pointer));
        let exif = directory(tag::EXIF);
        let below = [
            (tag::EXIF, block.fields(exif.as_ref(), |tag| tag != tag::INTEROPERABILITY)),
            (tag::GPS, block.fields(directory(tag::GPS).as_ref(), |_| true)),
        ];
        Self {
            picture: block.fields(first.as_ref(), describes),
            below: below.into_iter().filter(|(_, fields)| !fields.is_empty()).collect(),
            is_big_endian: block.is_big_endian(),
        }
    }

    /// The same of a picture of `size` pixels, where it names a size.
    pub(crate) fn sized(mut self, size: (u32, u32)) -> Self {
        for field in self.below.iter_mut().flat_map(|(_, fields)| fields) {
            match field.tag {
                tag::PIXELS_ACROSS => *field = Field::long(field.tag, size.0, self.is_big_endian),
                tag::PIXELS_DOWN => *field = Field::long(field.tag, size.1, self.is_big_endian),
                _ => {}
            }
        }
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.picture.is_empty() && self.below.is_empty()
    }

    /// The same in this order of bytes.
    pub(crate) fn in_order(self, is_big_endian: bool) -> Self {
        if self.is_big_endian == is_big_endian {
            return self;
        }
        let turned = |fields: Vec<Field>| fields.into_iter().map(Field::turned).collect();
        Self {
            picture: turned(self.picture),
            below: self.below.into_iter().map(|(tag, fields)| (tag, turned(fields))).collect(),
            is_big_endian,
        }
    }

    /// An Exif block that says so.
    pub(crate) fn to_block(&self) -> Vec<u8> {
        let mut bytes =
            if self.is_big_endian { b"MM\0\x2A".to_vec() } else { b"II\x2A\0".to_vec() };
        bytes.extend(self.u32(8));
        self.append_to(&mut bytes, &[]);
        bytes
    }

    /// Appends the directories to a file, the first one with `others` among its entries: 12 bytes each, as they are. Gives
    /// where the first one is.
    pub(crate) fn append_to(&self, file: &mut Vec<u8>, others: &[[u8; 12]]) -> usize {
        let is_big_endian = self.is_big_endian;
        // What they point to is written behind them.
        let pointers: Vec<_> =
            self.below.iter().map(|(tag, _)| Field::long(*tag, 0, is_big_endian)).collect();
        let mut entries: Vec<_> = others.iter().map(Entry::AsIs).collect();
        entries.extend(self.picture.iter().chain(&pointers).map(Entry::Field));
        entries.sort_by_key(|entry| entry.tag(is_big_endian));
        let start = self.put(file, &entries);
        for (pointer, fields) in &self.below {
            let fields: Vec<_> = fields.iter().map(Entry::Field).collect();
            let below = self.put(file, &fields) as u32;
            let index = entries.iter().position(|entry| entry.tag(is_big_endian) == *pointer);
            let value = start + 2 + 12 * index.unwrap_or_default() + 8;
            file[value..value + 4].copy_from_slice(&self.u32(below));
        }
        start
    }

    /// Appends a directory, and behind it the values that have no room in it. Gives where it is.
    fn put(&self, file: &mut Vec<u8>, entries: &[Entry<'_>]) -> usize {
        // Directories and values begin at even places (TIFF 6.0, section 2).
        file.resize(file.len().next_multiple_of(2), 0);
        let start = file.len();
        file.extend(self.u16(entries.len() as u16));
        let mut values = Vec::new();
        let values_at = start + 2 + 12 * entries.len() + 4;
        for entry in entries {
            let field = match entry {
                Entry::AsIs(bytes) => {
                    file.extend(*bytes);
                    continue;
                }
                Entry::Field(field) => field,
            };
            file.extend(self.u16(field.tag));
            file.extend(self.u16(field.kind));
            file.extend(self.u32(field.count));
            if field.value.len() <= 4 {
                file.extend(&field.value);
                file.extend(&[0; 4][field.value.len()..]);
            } else {
                file.extend(self.u32((values_at + values.len()) as u32));
                values.extend(&field.value);
                values.resize(values.len().next_multiple_of(2), 0);
            }
        }
        file.extend([0; 4]);
        file.extend(values);
        start
    }

    fn u16(&self, value: u16) -> [u8; 2] {
        if self.is_big_endian { value.to_be_bytes() } else { value.to_le_bytes() }
    }

    fn u32(&self, value: u32) -> [u8; 4] {
        if self.is_big_endian { value.to_be_bytes() } else { value.to_le_bytes() }
    }
}

enum Entry<'a> {
    Field(&'a Field),
    AsIs(&'a [u8; 12]),
}

impl Entry<'_> {
    fn tag(&self, is_big_endian: bool) -> u16 {
        match self {
            Self::Field(field) => field.tag,
            Self::AsIs(bytes) if is_big_endian => u16::from_be_bytes([bytes[0], bytes[1]]),
            Self::AsIs(bytes) => u16::from_le_bytes([bytes[0], bytes[1]]),
        }
    }
}

/// Whether a tag of the first directory says something of the picture, and nothing of its samples.
fn describes(tag: u16) -> bool {
    matches!(
        tag,
        tag::DESCRIPTION
            | tag::MAKE
            | tag::MODEL
            | tag::SOFTWARE
            | tag::DATE
            | tag::ARTIST
            | tag::HOST
            | tag::COPYRIGHT
            // Windows: rating, title, comment, author, keywords, subject.
            | 0x4746
            | 0x4749
            | 0x9C9B..=0x9C9F
    )
}
