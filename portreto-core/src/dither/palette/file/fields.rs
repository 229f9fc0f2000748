//! Numbers one after the other.

use super::damaged;
use crate::error::Result;

/// What is left of a file; to read beyond its end is an error that names the place.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
    format: &'static str,
}

impl<'a> Fields<'a> {
    pub(super) fn new(bytes: &'a [u8], format: &'static str) -> Self {
        Self { bytes, at: 0, format }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    pub(super) fn slice(&mut self, length: usize) -> Result<&'a [u8]> {
        let end = self.at.checked_add(length);
        let Some(slice) = end.and_then(|end| self.bytes.get(self.at..end)) else {
            let n_bytes = self.bytes.len();
            let what = format_args!("needs {length} bytes at byte {}, but has {n_bytes}", self.at);
            return Err(damaged(self.format, what));
        };
        self.at += length;
        Ok(slice)
    }

    pub(super) fn be16(&mut self) -> Result<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn be32(&mut self) -> Result<u32> {
        self.array().map(u32::from_be_bytes)
    }

    pub(super) fn le16(&mut self) -> Result<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn le32(&mut self) -> Result<u32> {
        self.array().map(u32::from_le_bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.slice(N)?);
        Ok(array)
    }
}
