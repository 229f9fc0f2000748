//! Images and variants, as the catalog knows them.

use std::{collections::BTreeSet, fmt, str::FromStr};

use jiff::Timestamp;
use portreto_core::{
    Digest, Fingerprint, Metadata,
    replica::{Key, VariantKey},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The id of an image: a `UUIDv7`, given once and never again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ImageId(Uuid);

impl ImageId {
    /// The id that this UUID is.
    #[must_use]
    pub const fn new(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// The id as a UUID.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl fmt::Display for ImageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for ImageId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text).map(Self)
    }
}

/// An uploaded picture: the catalog's entry, and the payload of its record in the stores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Image {
    /// Its id.
    pub id: ImageId,
    /// The digest of the original bytes.
    pub digest: Digest,
    /// The file's name as it was uploaded, without directories.
    pub name: String,
    /// The original's media type, by content.
    pub media_type: String,
    /// Width as shown, pixels.
    pub width: u32,
    /// Height as shown, pixels.
    pub height: u32,
    /// Length of the original, bytes.
    pub bytes: u64,
    /// Whose it is. The embedded default has one owner, the empty string.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub owner: String,
    /// Labels, sorted.
    pub labels: BTreeSet<String>,
    /// When it was first uploaded.
    pub created: Timestamp,
    /// Placeholders, and what tells pictures that look alike; none when it cannot be decoded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Fingerprint>,
    /// What its Exif says of how it was made, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Metadata>,
}

impl Image {
    /// Where the original is kept.
    #[must_use]
    pub const fn blob_key(&self) -> Key {
        Key::Blob(self.digest)
    }

    /// Where the record is kept.
    #[must_use]
    pub const fn record_key(&self) -> Key {
        Key::Record { original: self.digest, image: self.id.0 }
    }

    /// Where the tombstone is kept once the image is deleted.
    #[must_use]
    pub const fn tombstone_key(&self) -> Key {
        Key::Tombstone { original: self.digest, image: self.id.0 }
    }
}

/// A blob made from an original by a transform: the catalog's entry, and the payload of its record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variant {
    /// The original it was made from.
    pub original: Digest,
    /// The canonical text of the transform.
    pub transform: String,
    /// The engine that made it.
    pub engine_version: u32,
    /// The digest of its bytes.
    pub digest: Digest,
    /// Its media type.
    pub media_type: String,
    /// Width, pixels.
    pub width: u32,
    /// Height, pixels.
    pub height: u32,
    /// Length, bytes.
    pub bytes: u64,
}

impl Variant {
    /// What names it: original, transform and engine together.
    #[must_use]
    pub fn variant_key(&self) -> VariantKey {
        VariantKey::for_text(&self.original, self.engine_version, &self.transform)
    }

    /// Where its bytes are kept.
    #[must_use]
    pub const fn blob_key(&self) -> Key {
        Key::Blob(self.digest)
    }

    /// Where its record is kept.
    #[must_use]
    pub fn record_key(&self) -> Key {
        Key::Variant { original: self.original, variant: self.variant_key() }
    }
}
