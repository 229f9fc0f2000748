//! The names of all that a store keeps: the layout, in one place.
//!
//! ```text
//! portreto.json                         marker: layout version, the store's id and UUID, its peers
//! blobs/af/af1349…                      bytes as they were given, named by their BLAKE3
//! records/af/af1349…/<image id>.json    the catalog's entry of an image with that original
//! bundles/af/af1349….json               records of images that were uploaded together, named by its BLAKE3
//! variants/af/af1349…/<key>.json        which blob a transform of that original gave
//! tombstones/af/af1349…/<image id>.json that image was deleted, for ever
//! set-aside/blobs/af/af1349…/<digest>   bytes found where blob af1349… should have been
//! ```

use std::{fmt, str::FromStr};

use uuid::Uuid;

use crate::{
    digest::{Digest, ParseDigestError},
    render::ENGINE_VERSION,
    transform::Transform,
};

/// The name of something kept in a store. Displays as its path; [`Key::parse`] reads it back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// What makes a place a store of ours.
    Marker,
    /// Immutable bytes: an original or a variant.
    Blob(Digest),
    /// The catalog entry of an image.
    Record {
        /// The image's original.
        original: Digest,
        /// The image.
        image: Uuid,
    },
    /// The records of images that were catalogued together, a line each. The name is the digest of its bytes.
    Bundle(Digest),
    /// Which blob a transform gave.
    Variant {
        /// The original that was transformed.
        original: Digest,
        /// Names original, transform and engine version together.
        variant: VariantKey,
    },
    /// An image was deleted.
    Tombstone {
        /// The image's original.
        original: Digest,
        /// The image, whose id is never used again.
        image: Uuid,
    },
    /// Bytes that were found under another key and did not match it.
    SetAside {
        /// Where they were found.
        found_at: Box<Key>,
        /// The digest of those bytes.
        content: Digest,
    },
}

/// A part of a store that can be listed by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Space {
    /// [`Key::Blob`]
    Blobs,
    /// [`Key::Record`]
    Records,
    /// [`Key::Bundle`]
    Bundles,
    /// [`Key::Variant`]
    Variants,
    /// [`Key::Tombstone`]
    Tombstones,
    /// [`Key::SetAside`]
    SetAside,
}

/// The keys of a space whose digests begin with the same byte: the folder `af` of `blobs/af/af1349…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shard(u8);

impl Shard {
    /// All 256 of them, in order.
    #[must_use]
    pub fn all() -> impl DoubleEndedIterator<Item = Self> + ExactSizeIterator {
        (0..256_usize).map(|byte| Self(byte as u8))
    }

    /// The shard that `digest` is in.
    #[must_use]
    pub const fn of(digest: &Digest) -> Self {
        Self(digest.as_bytes()[0])
    }

    /// The first and the last digest of it.
    #[must_use]
    pub const fn bounds(self) -> (Digest, Digest) {
        let (mut first, mut last) = ([0; 32], [0xFF; 32]);
        first[0] = self.0;
        last[0] = self.0;
        (Digest::from_bytes(first), Digest::from_bytes(last))
    }

    /// Reads two lower-case hexadecimal digits; none for anything else.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let shard = Self(u8::from_str_radix(name, 16).ok()?);
        (shard.to_string() == name).then_some(shard)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02x}", self.0)
    }
}

/// In how many stores a key is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replication {
    /// In the first two of its placement.
    Two,
    /// In every store.
    Every,
    /// It speaks of one store and lives in that store only.
    Local,
}

/// Names an original, a transform and the engine's version together: the identity of a variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VariantKey(Digest);

impl VariantKey {
    /// The identity of the variant that this engine makes of `original` by `transform`.
    #[must_use]
    pub fn new(original: &Digest, transform: &Transform) -> Self {
        Self::for_text(original, ENGINE_VERSION, &transform.to_string())
    }

    /// The same from the canonical text of a transform and any engine's version.
    #[must_use]
    pub fn for_text(original: &Digest, engine_version: u32, transform: &str) -> Self {
        let mut bytes = b"portreto variant\0".to_vec();
        bytes.extend_from_slice(original.as_bytes());
        bytes.extend_from_slice(&engine_version.to_le_bytes());
        bytes.extend_from_slice(transform.as_bytes());
        Self(Digest::of(&bytes))
    }
}

impl fmt::Display for VariantKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for VariantKey {
    type Err = ParseDigestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl Space {
    /// Every space, tombstones first: they must be known before anything else is judged.
    pub const ALL: [Self; 6] = [
        Self::Tombstones,
        Self::Records,
        Self::Bundles,
        Self::Variants,
        Self::Blobs,
        Self::SetAside,
    ];

    /// The first segment of the paths in this space.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Blobs => "blobs",
            Self::Records => "records",
            Self::Bundles => "bundles",
            Self::Variants => "variants",
            Self::Tombstones => "tombstones",
            Self::SetAside => "set-aside",
        }
    }
}

impl Key {
    /// The path of the marker, the one key outside all spaces.
    pub const MARKER_PATH: &'static str = "portreto.json";

    /// The space this key is listed in; none for the marker.
    #[must_use]
    pub const fn space(&self) -> Option<Space> {
        match self {
            Self::Marker => None,
            Self::Blob(_) => Some(Space::Blobs),
            Self::Record { .. } => Some(Space::Records),
            Self::Bundle(_) => Some(Space::Bundles),
            Self::Variant { .. } => Some(Space::Variants),
            Self::Tombstone { .. } => Some(Space::Tombstones),
            Self::SetAside { .. } => Some(Space::SetAside),
        }
    }

    /// In how many stores this key belongs.
    #[must_use]
    pub const fn replication(&self) -> Replication {
        match self {
            Self::Blob(_) | Self::Record { .. } | Self::Bundle(_) | Self::Variant { .. } => {
                Replication::Two
            }
            Self::Tombstone { .. } => Replication::Every,
            Self::Marker | Self::SetAside { .. } => Replication::Local,
        }
    }

    /// What decides this key's placement: its own digest for a blob or bundle, its original's for what is
    /// kept beside the original. None for what lives in one store only.
    #[must_use]
    pub const fn placed_by(&self) -> Option<&Digest> {
        match self {
            Self::Blob(digest) | Self::Bundle(digest) => Some(digest),
            Self::Record { original, .. }
            | Self::Variant { original, .. }
            | Self::Tombstone { original, .. } => Some(original),
            Self::Marker | Self::SetAside { .. } => None,
        }
    }

    /// The shard of its space that this key is in. None for what is not divided.
    #[must_use]
    pub fn shard(&self) -> Option<Shard> {
        self.placed_by().map(Shard::of)
    }

    /// Reads a path back. None for a path that no key has.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        if path == Self::MARKER_PATH {
            return Some(Self::Marker);
        }
        let (space, rest) = path.split_once('/')?;
        if space == Space::SetAside.prefix() {
            let (found_at, content) = rest.rsplit_once('/')?;
            let found_at = Self::parse(found_at)
                .filter(|key| !matches!(key, Self::SetAside { .. } | Self::Marker))?;
            return Some(Self::SetAside {
                found_at: Box::new(found_at),
                content: content.parse().ok()?,
            });
        }
        let (shard, rest) = rest.split_once('/')?;
        let (digest, leaf) = match rest.split_once('/') {
            Some((digest, leaf)) => (digest, Some(leaf.strip_suffix(".json")?)),
            None if space == Space::Bundles.prefix() => (rest.strip_suffix(".json")?, None),
            None => (rest, None),
        };
        let original: Digest = digest.parse().ok()?;
        if Shard::parse(shard) != Some(Shard::of(&original)) {
            return None;
        }
        let key = match (space, leaf) {
            ("blobs", None) => Self::Blob(original),
            ("bundles", None) => Self::Bundle(original),
            ("records", Some(leaf)) => Self::Record { original, image: parse_uuid(leaf)? },
            ("tombstones", Some(leaf)) => Self::Tombstone { original, image: parse_uuid(leaf)? },
            ("variants", Some(leaf)) => Self::Variant { original, variant: leaf.parse().ok()? },
            _ => return None,
        };
        Some(key)
    }
}

/// A UUID in its one spelling: lower case, with hyphens.
fn parse_uuid(text: &str) -> Option<Uuid> {
    let uuid = Uuid::try_parse(text).ok()?;
    (uuid.hyphenated().to_string() == text).then_some(uuid)
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(space) = self.space() else {
            return f.write_str(Self::MARKER_PATH);
        };
        write!(f, "{}/", space.prefix())?;
        let sharded = |f: &mut fmt::Formatter<'_>, digest: &Digest| {
            write!(f, "{}/{digest}", Shard::of(digest))
        };
        match self {
            Self::Marker => Ok(()),
            Self::Blob(digest) => sharded(f, digest),
            Self::Bundle(digest) => {
                sharded(f, digest)?;
                f.write_str(".json")
            }
            Self::Record { original, image } | Self::Tombstone { original, image } => {
                sharded(f, original)?;
                write!(f, "/{image}.json")
            }
            Self::Variant { original, variant } => {
                sharded(f, original)?;
                write!(f, "/{variant}.json")
            }
            Self::SetAside { found_at, content } => write!(f, "{found_at}/{content}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_replicated_key() -> impl Strategy<Value = Key> {
        (any::<[u8; 32]>(), any::<[u8; 32]>(), any::<u128>(), 0..5).prop_map(|(a, b, id, kind)| {
            let (original, image) = (Digest::from_bytes(a), Uuid::from_u128(id));
            match kind {
                0 => Key::Blob(original),
                1 => Key::Record { original, image },
                2 => Key::Tombstone { original, image },
                3 => Key::Bundle(original),
                _ => Key::Variant { original, variant: VariantKey(Digest::from_bytes(b)) },
            }
        })
    }

    proptest! {
        #[test]
        fn every_key_has_one_path(key in any_replicated_key(), content in any::<[u8; 32]>()) {
            prop_assert_eq!(Key::parse(&key.to_string()), Some(key.clone()));
            let aside = Key::SetAside { found_at: Box::new(key), content: Digest::from_bytes(content) };
            prop_assert_eq!(Key::parse(&aside.to_string()), Some(aside));
        }

        #[test]
        fn parsing_anything_gives_its_only_spelling_or_nothing(path in "(blobs|records|bundles|x)?/?[a-f0-9]{0,2}/[a-fA-F0-9-]{0,64}(/[a-f0-9.json-]{0,40})?") {
            if let Some(key) = Key::parse(&path) {
                prop_assert_eq!(key.to_string(), path);
            }
        }
    }

    #[test]
    fn shards_divide_all_digests() {
        assert_eq!(Shard::all().len(), 256);
        for shard in Shard::all() {
            assert_eq!(Shard::parse(&shard.to_string()), Some(shard));
            let (first, last) = shard.bounds();
            assert_eq!((Shard::of(&first), Shard::of(&last)), (shard, shard));
        }
        for name in ["", "a", "AF", "+1", "00a", "zz"] {
            assert_eq!(Shard::parse(name), None, "{name}");
        }
    }

    #[test]
    fn the_layout_is_the_documented_one() {
        let original = Digest::of(b"");
        let hex = original.to_string();
        let image = Uuid::from_u128(7);
        assert_eq!(Key::Marker.to_string(), "portreto.json");
        assert_eq!(Key::Blob(original).to_string(), format!("blobs/af/{hex}"));
        assert_eq!(
            Key::Record { original, image }.to_string(),
            format!("records/af/{hex}/00000000-0000-0000-0000-000000000007.json")
        );
        assert_eq!(Key::Bundle(original).to_string(), format!("bundles/af/{hex}.json"));
        for stray in
            ["", "blobs", "blobs/af", "blobs/00/x", "records/af", "set-aside/portreto.json/x"]
        {
            assert_eq!(Key::parse(stray), None, "{stray}");
        }
        assert_eq!(Key::parse(&format!("bundles/af/{hex}")), None, "no suffix");
        assert_eq!(Key::parse(&format!("blobs/00/{hex}")), None, "wrong shard");
        assert_eq!(Key::parse(&format!("blobs/af/{hex}#1")), None, "a staging file");
    }
}
