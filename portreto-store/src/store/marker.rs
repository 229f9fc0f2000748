//! The marker: what makes a place one of our stores, and which one.

use std::{fmt, path::Path, str::FromStr};

use bytes::Bytes;
use jiff::Timestamp;
use portreto_core::replica::{Key, StoreError, StoreErrorKind, StoreId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::envelope::{self, EnvelopeError};

/// The version of the layout of stores: of [`Key`]'s paths and what is kept under them.
pub const LAYOUT_VERSION: u32 = 1;

/// A store as the catalog and the markers know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreEntry {
    /// Its name, which decides placement.
    pub id: StoreId,
    /// Its identity, which its marker repeats: another disk under the same URL is another store.
    pub uuid: Uuid,
    /// Where it is.
    pub url: String,
    /// Whether it takes new copies.
    pub state: StoreState,
    /// Its share of new blobs relative to the others'. One or more.
    pub weight: u32,
}

/// Whether a store takes new copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StoreState {
    /// It is read and written.
    Active,
    /// It is read; repair moves what it holds to the others.
    Draining,
}

impl StoreState {
    /// Its name: `active` or `draining`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Draining => "draining",
        }
    }
}

impl fmt::Display for StoreState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for StoreState {
    type Err = ParseStoreStateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Active, Self::Draining]
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or(ParseStoreStateError)
    }
}

/// The text is not the state of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseStoreStateError;

impl fmt::Display for ParseStoreStateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the state of a store is active or draining")
    }
}

impl std::error::Error for ParseStoreStateError {}

/// What `portreto.json` says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    /// The version of the store's layout.
    pub layout: u32,
    /// The store's id.
    pub id: StoreId,
    /// The store's identity.
    pub uuid: Uuid,
    /// When it was made.
    pub created: Timestamp,
    /// All stores that were attached together when the marker was last written, this one included: enough
    /// to find the others when nothing but one store is left.
    pub peers: Vec<StoreEntry>,
}

impl Marker {
    /// The marker of `entry` among `peers`.
    #[must_use]
    pub fn new(entry: &StoreEntry, created: Timestamp, peers: Vec<StoreEntry>) -> Self {
        Self { layout: LAYOUT_VERSION, id: entry.id.clone(), uuid: entry.uuid, created, peers }
    }

    /// The bytes to keep under [`Key::Marker`].
    ///
    /// # Errors
    ///
    /// When there are more peers than an envelope has room for.
    pub fn seal(&self) -> Result<Bytes, EnvelopeError> {
        envelope::seal(&Key::Marker, 0, self)
    }

    /// Reads a marker.
    ///
    /// # Errors
    ///
    /// When the bytes are damaged, or a newer Portreto wrote them.
    pub fn open(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        /// The part that all layouts share.
        #[derive(Deserialize)]
        struct Layout {
            layout: u32,
        }

        let payload = envelope::open(&Key::Marker, bytes)?.payload.get();
        let Layout { layout } =
            serde_json::from_str(payload).map_err(|_| EnvelopeError::Damaged)?;
        if layout > LAYOUT_VERSION {
            return Err(EnvelopeError::Newer(layout));
        }
        serde_json::from_str(payload).map_err(|_| EnvelopeError::Damaged)
    }
}

/// The error of a place without its marker.
pub(super) fn unmarked(place: &str) -> StoreError {
    let message = format!("{place} has no {}: it is not mounted, or not a store", Key::MARKER_PATH);
    StoreError::new(StoreErrorKind::Offline, message)
}

/// Whether a directory has its marker; blocks.
pub(super) fn marked(root: &Path) -> Result<(), StoreError> {
    if root.join(Key::MARKER_PATH).exists() {
        return Ok(());
    }
    Err(unmarked(&root.display().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marker() -> Marker {
        let entry = StoreEntry {
            id: "a".parse().unwrap(),
            uuid: Uuid::from_u128(5),
            url: "file:///a".to_owned(),
            state: StoreState::Draining,
            weight: 2,
        };
        Marker::new(&entry, Timestamp::UNIX_EPOCH, vec![entry.clone()])
    }

    #[test]
    fn a_marker_comes_back_and_a_newer_one_is_refused() {
        let marker = marker();
        assert_eq!(Marker::open(&marker.seal().unwrap()).unwrap(), marker);
        let newer = Marker { layout: LAYOUT_VERSION + 1, ..marker };
        assert!(matches!(Marker::open(&newer.seal().unwrap()), Err(EnvelopeError::Newer(2))));
        assert!(matches!(Marker::open(b"{}"), Err(EnvelopeError::Damaged)));
    }

    #[test]
    fn states_have_one_spelling() {
        for state in [StoreState::Active, StoreState::Draining] {
            assert_eq!(state.to_string().parse(), Ok(state));
            assert_eq!(serde_json::to_string(&state).unwrap(), format!("\"{state}\""));
        }
        assert_eq!("Active".parse::<StoreState>(), Err(ParseStoreStateError));
    }
}
