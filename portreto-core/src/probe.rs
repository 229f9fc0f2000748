//! What a file is, from its headers alone.

use serde::{Deserialize, Serialize};

use crate::{error::Result, format::Format, limits::Limits};

/// What the headers of a picture say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Info {
    /// The format, by content.
    pub format: Format,
    /// Width as shown, pixels: after the Exif orientation.
    pub width: u32,
    /// Height as shown, pixels: after the Exif orientation.
    pub height: u32,
}

/// Tells what a file is without decoding its pixels.
///
/// # Errors
///
/// `NotAnImage`, `Damaged` or `LimitExceeded`.
pub fn probe(_bytes: &[u8], _limits: &Limits) -> Result<Info> {
    todo!()
}
