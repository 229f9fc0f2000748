//! What can go wrong between a caller and the stores.

use std::{error, fmt};

use portreto_core::replica::StoreError;

use crate::{
    envelope::EnvelopeError,
    replicas::{ReplicaError, ReplicaErrorKind},
};

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something asked of [`Portreto`](crate::Portreto) was not done.
///
/// `Display` is one clause, without its source: whoever reports walks [`std::error::Error::source`].
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn error::Error + Send + Sync>>,
}

/// What to do about an [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bytes are not a picture: skip them.
    NotAnImage,
    /// What was given is wrong: mend it. The source says what exactly.
    BadInput,
    /// There is no such image, store or home.
    NotFound,
    /// It contradicts what is there already.
    Conflict,
    /// Fewer than two stores took the bytes: mend or add a store. Nothing was acknowledged.
    TooFewStores,
    /// Catalogued, but no store that answered has the right bytes: `repair`, or bring the stores back.
    Unreadable,
    /// The catalog is missing or did not answer.
    Catalog,
    /// Name, password or token is not good.
    Denied,
    /// It was tried too often: wait.
    TooMany,
    /// The owner may not have more.
    Quota,
    /// There is too much to do at the moment: try again in some seconds.
    Busy,
    /// A fault of this program or this machine.
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

    /// The message and those of all its causes, in one line.
    #[must_use]
    pub fn with_causes(&self) -> String {
        let mut text = self.to_string();
        let mut cause = error::Error::source(self);
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }

    /// What to do about it.
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

impl From<portreto_core::Error> for Error {
    fn from(source: portreto_core::Error) -> Self {
        use portreto_core::ErrorKind as Core;
        let (kind, message) = match source.kind() {
            Core::NotAnImage => (ErrorKind::NotAnImage, "not a picture"),
            Core::Internal => (ErrorKind::Internal, "the image engine failed"),
            Core::InvalidTransform => (ErrorKind::BadInput, "the transform cannot be done"),
            _ => (ErrorKind::BadInput, "the picture cannot be used"),
        };
        Self::new(kind, message).with_source(source)
    }
}

impl From<ReplicaError> for Error {
    fn from(source: ReplicaError) -> Self {
        let kind = match source.kind() {
            ReplicaErrorKind::TooFewStores => ErrorKind::TooFewStores,
            // What is asked for is catalogued: nothing there is as bad as nothing whole.
            ReplicaErrorKind::NotFound | ReplicaErrorKind::Unreadable => ErrorKind::Unreadable,
            ReplicaErrorKind::Deleted => ErrorKind::NotFound,
            _ => ErrorKind::Internal,
        };
        // One clause that names every store: there is nothing to add to it.
        Self::new(kind, source.to_string())
    }
}

impl From<EnvelopeError> for Error {
    fn from(source: EnvelopeError) -> Self {
        Self::new(ErrorKind::Internal, "a record cannot be written").with_source(source)
    }
}

impl From<sqlx::Error> for Error {
    fn from(source: sqlx::Error) -> Self {
        Self::new(ErrorKind::Catalog, "the catalog did not do what was asked").with_source(source)
    }
}

impl From<StoreError> for Error {
    fn from(source: StoreError) -> Self {
        Self::new(ErrorKind::Internal, "a store did not do what was asked").with_source(source)
    }
}
