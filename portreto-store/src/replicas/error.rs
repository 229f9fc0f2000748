//! Why two stores together did not do what was asked.

use std::{error::Error, fmt};

use portreto_core::replica::{StoreError, StoreId};

/// The stores did not do what was asked.
///
/// `Display` is one clause that names each store with its reason.
#[derive(Debug)]
pub struct ReplicaError {
    kind: ReplicaErrorKind,
    message: String,
    refusals: Vec<Refusal>,
}

/// What to do about a [`ReplicaError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReplicaErrorKind {
    /// Fewer than two stores took the bytes. Mend or add a store; putting again is harmless.
    TooFewStores,
    /// All stores answered: nothing there.
    NotFound,
    /// There is a tombstone: it was deleted, for ever.
    Deleted,
    /// No store that answered has it whole, and some did not answer or have it damaged.
    Unreadable,
    /// The bytes are not what their key promises, or the key is not kept in replicas: a fault of the caller.
    Invalid,
}

/// One store's reason.
#[derive(Debug)]
pub struct Refusal {
    /// The store.
    pub store: StoreId,
    /// Why it did not do its part.
    pub reason: StoreError,
}

impl ReplicaError {
    pub(super) fn new(
        kind: ReplicaErrorKind,
        message: impl Into<String>,
        refusals: Vec<Refusal>,
    ) -> Self {
        let mut message = message.into();
        for (i, refusal) in refusals.iter().enumerate() {
            message.push_str(if i == 0 { ": " } else { "; " });
            message.push_str(&refusal.to_string());
        }
        Self { kind, message, refusals }
    }

    /// What to do about it.
    #[must_use]
    pub fn kind(&self) -> ReplicaErrorKind {
        self.kind
    }

    /// The stores that did not do their part, and why.
    #[must_use]
    pub fn refusals(&self) -> &[Refusal] {
        &self.refusals
    }

    /// The same, taken out of the error.
    pub(crate) fn into_refusals(self) -> Vec<Refusal> {
        self.refusals
    }

    /// Whether all stores answered that there is nothing.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.kind == ReplicaErrorKind::NotFound
    }
}

impl fmt::Display for ReplicaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for ReplicaError {}

/// `store a: why (cause)`.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "store {}: {}", self.store, Reason(&self.reason))
    }
}

/// A store's error and its cause in one clause, for lists of several.
pub(crate) struct Reason<'a>(pub(crate) &'a StoreError);

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(cause) = source {
            write!(f, " ({cause})")?;
            source = cause.source();
        }
        Ok(())
    }
}
