//! Pixels to bytes of a file.

use crate::{error::Result, format::Format, picture::Picture};

/// How to encode, where the format leaves a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Encoding {
    /// 1 to 100 for lossy formats; none for the format's default.
    pub(crate) quality: Option<u8>,
    /// Whether a format that can be both (WebP) keeps every sample exactly.
    pub(crate) lossless: bool,
}

/// Encodes `picture` as `format`; the same pixels give the same bytes on every machine.
pub(crate) fn encode(_picture: &Picture, _format: Format, _how: Encoding) -> Result<Vec<u8>> {
    todo!()
}
