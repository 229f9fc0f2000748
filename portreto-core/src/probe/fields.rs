//! Numbers at places in a header.

use super::damaged;
use crate::{error::Result, format::Format};

/// The bytes of a file; a place beyond their end means that the file was cut off.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) format: Format,
}

impl<'a> Fields<'a> {
    pub(super) fn slice(&self, at: usize, length: usize) -> Result<&'a [u8]> {
        let slice = at.checked_add(length).and_then(|end| self.bytes.get(at..end));
        slice.ok_or_else(|| damaged(self.format, "it ends inside its headers"))
    }

    pub(super) fn u8(&self, at: usize) -> Result<u8> {
        Ok(self.array::<1>(at)?[0])
    }

    pub(super) fn be16(&self, at: usize) -> Result<u16> {
        self.array(at).map(u16::from_be_bytes)
    }

    pub(super) fn be32(&self, at: usize) -> Result<u32> {
        self.array(at).map(u32::from_be_bytes)
    }

    pub(super) fn le16(&self, at: usize) -> Result<u16> {
        self.array(at).map(u16::from_le_bytes)
    }

    pub(super) fn le24(&self, at: usize) -> Result<u32> {
        let [a, b, c] = self.array(at)?;
        Ok(u32::from_le_bytes([a, b, c, 0]))
    }

    pub(super) fn le32(&self, at: usize) -> Result<u32> {
        self.array(at).map(u32::from_le_bytes)
    }

    fn array<const N: usize>(&self, at: usize) -> Result<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.slice(at, N)?);
        Ok(array)
    }
}
