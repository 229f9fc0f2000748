//! What can go wrong between bytes and bytes, sorted by whose fault it is.

use std::{error, fmt};

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an image could not be read, transformed or written.
///
/// `Display` is one clause, without its source: whoever reports walks [`std::error::Error::source`].
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn error::Error + Send + Sync>>,
}

/// Whose fault an [`Error`] is, and so what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bytes are not a picture in any known format.
    NotAnImage,
    /// A picture, but of a kind that this build cannot read or write.
    Unsupported,
    /// A picture in a known format whose bytes are truncated or contradict the format.
    Damaged,
    /// The picture is larger than [`Limits`](crate::Limits) allow; nothing was allocated for it.
    LimitExceeded,
    /// The transform's text or values are wrong, or do not fit this picture.
    InvalidTransform,
    /// A fault of this program.
    Internal,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Whose fault it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
