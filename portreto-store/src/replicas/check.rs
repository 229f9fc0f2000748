//! Whether bytes are what their key promises.

use portreto_core::{Digest, replica::Key};

use crate::{envelope, store::Marker};

/// How new right bytes are: of two versions of the same key the greater is in force.
///
/// A blob has one version. An envelope counts its revisions; should two writers have made the same one,
/// the digest decides, so that everybody decides alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    revision: u64,
    digest: [u8; 32],
}

impl Version {
    /// Of the blob with this digest: there are no others.
    pub(super) const fn of_blob(digest: &Digest) -> Self {
        Self { revision: 0, digest: *digest.as_bytes() }
    }

    /// Newer than any.
    pub(super) const NEWEST: Self = Self { revision: u64::MAX, digest: [0xFF; 32] };
}

/// The version of `bytes`; none when they are not what `key` promises.
#[must_use]
pub fn check(key: &Key, bytes: &[u8]) -> Option<Version> {
    check_hashed(key, bytes, Digest::of(bytes))
}

/// The same for bytes whose digest is known.
pub(super) fn check_hashed(key: &Key, bytes: &[u8], digest: Digest) -> Option<Version> {
    let revision = match key {
        Key::Blob(expected) | Key::Bundle(expected) => (*expected == digest).then_some(0)?,
        Key::SetAside { content, .. } => (*content == digest).then_some(0)?,
        Key::Marker => Marker::open(bytes).ok().map(|_| 0)?,
        Key::Record { .. } | Key::Variant { .. } | Key::Tombstone { .. } => {
            envelope::open(key, bytes).ok()?.revision
        }
    };
    Some(Version { revision, digest: *digest.as_bytes() })
}
