//! Bytes of an original and a transform to bytes of a variant.

use crate::{error::Result, format::Format, limits::Limits, transform::Transform};

/// Version of the bytes this engine makes: raised whenever any transform of any input may give other bytes.
pub const ENGINE_VERSION: u32 = 1;

/// The bytes of a variant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rendered {
    /// The encoded picture.
    pub bytes: Vec<u8>,
    /// Its format.
    pub format: Format,
    /// Its width, pixels.
    pub width: u32,
    /// Its height, pixels.
    pub height: u32,
}

/// Decodes `original`, applies `transform` and encodes the result.
///
/// # Errors
///
/// Any [`ErrorKind`](crate::ErrorKind).
pub fn render(_original: &[u8], _transform: &Transform, _limits: &Limits) -> Result<Rendered> {
    todo!()
}

/// The same for several transforms of one original, each with its own result.
///
/// # Errors
///
/// Each result as from [`render`].
pub fn render_many(
    original: &[u8],
    transforms: &[Transform],
    limits: &Limits,
) -> Vec<Result<Rendered>> {
    transforms.iter().map(|transform| render(original, transform, limits)).collect()
}
