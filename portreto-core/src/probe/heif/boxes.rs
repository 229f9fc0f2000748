//! The boxes that a file of the ISO base media family is built of (ISO/IEC 14496-12, section 4.2).

/// Boxes one after the other.
#[derive(Debug, Clone)]
pub(super) struct Boxes<'a> {
    rest: &'a [u8],
}

/// One box: its four letters and what is in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Content<'a> {
    pub(super) kind: [u8; 4],
    pub(super) bytes: &'a [u8],
    /// Whether the file goes on to the end that the box claims.
    pub(super) is_whole: bool,
}

impl<'a> Boxes<'a> {
    pub(super) const fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What is in the first box with these letters.
    pub(super) fn first(mut self, kind: [u8; 4]) -> Option<&'a [u8]> {
        Iterator::find(&mut self, |one| one.kind == kind).map(|one| one.bytes)
    }
}

impl<'a> Iterator for Boxes<'a> {
    type Item = Content<'a>;

    fn next(&mut self) -> Option<Content<'a>> {
        let mut reader = Reader::new(self.rest);
        let length = reader.number(4)?;
        let kind = *reader.take(4)?.first_chunk()?;
        let (header_bytes, length) = match length {
            // To the end of the file.
            0 => (8, self.rest.len() as u64),
            1 => (16, reader.number(8)?),
            length => (8, length),
        };
        let length = usize::try_from(length).ok().filter(|length| *length >= header_bytes)?;
        let end = length.min(self.rest.len());
        let bytes = self.rest.get(header_bytes..end)?;
        let is_whole = length <= self.rest.len();
        self.rest = &self.rest[end..];
        Some(Content { kind, bytes, is_whole })
    }
}

/// Big-endian numbers in a row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Of a box that begins with a version and flags.
    pub(super) fn versioned(bytes: &'a [u8]) -> Option<(u8, u32, Self)> {
        let mut reader = Self::new(bytes);
        let version = reader.number(1)? as u8;
        Some((version, reader.number(3)? as u32, reader))
    }

    pub(super) fn take(&mut self, n_bytes: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(n_bytes)?;
        self.rest = rest;
        Some(taken)
    }

    /// Of 0 to 8 bytes; 0 of none.
    pub(super) fn number(&mut self, n_bytes: usize) -> Option<u64> {
        Some(self.take(n_bytes)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    pub(super) const fn rest(self) -> &'a [u8] {
        self.rest
    }
}
