//! The envelope of everything in a store that is not a blob: JSON that carries its own checksum.
//!
//! ```json
//! {"portreto":1,"blake3":"9c1f…","revision":3,"image":{"id":"…"}}
//! ```
//!
//! The checksum covers the key, the revision and the payload's text, and an envelope has one spelling
//! only: no bit of it can rot unnoticed, nor can it be taken for good under another key. The last member
//! is named after what it describes.

use std::fmt;

use bytes::Bytes;
use portreto_core::{Digest, replica::Key};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The version of the envelope that is written, and the only one that is read.
pub const ENVELOPE_VERSION: u32 = 1;

/// The largest envelope, in bytes. Larger ones are refused unread.
pub const MAX_ENVELOPE_BYTES: usize = 1 << 20;

/// An opened envelope.
#[derive(Debug, Clone, Copy)]
pub struct Opened<'a> {
    /// How often the payload was changed before; of two envelopes the higher revision is in force.
    pub revision: u64,
    /// The payload, whose text is exactly what was sealed.
    pub payload: &'a RawValue,
}

/// Wraps `payload` for keeping under `key`.
///
/// # Errors
///
/// When `key` is not kept in an envelope, when `payload` cannot be written as JSON, or when the envelope
/// would be larger than [`MAX_ENVELOPE_BYTES`].
pub fn seal(key: &Key, revision: u64, payload: &impl Serialize) -> Result<Bytes, EnvelopeError> {
    let member = member(key).ok_or(EnvelopeError::NoEnvelope)?;
    let payload = serde_json::value::to_raw_value(payload).map_err(EnvelopeError::Unwritable)?;
    let text = render(key, member, revision, payload.get());
    if text.len() > MAX_ENVELOPE_BYTES {
        return Err(EnvelopeError::TooLarge(text.len()));
    }
    Ok(text.into())
}

/// Checks and opens what was found under `key`.
///
/// # Errors
///
/// When the bytes are not, bit for bit, what [`seal`] made for this key.
pub fn open<'a>(key: &Key, bytes: &'a [u8]) -> Result<Opened<'a>, EnvelopeError> {
    let member = member(key).ok_or(EnvelopeError::NoEnvelope)?;
    if bytes.len() > MAX_ENVELOPE_BYTES {
        return Err(EnvelopeError::TooLarge(bytes.len()));
    }
    let envelope: Envelope<'a> =
        serde_json::from_slice(bytes).map_err(|_| EnvelopeError::Damaged)?;
    if envelope.portreto > ENVELOPE_VERSION {
        return Err(EnvelopeError::Newer(envelope.portreto));
    }
    let payload = match member {
        "image" => envelope.image,
        "variant" => envelope.variant,
        "tombstone" => envelope.tombstone,
        _ => envelope.store,
    }
    .ok_or(EnvelopeError::Damaged)?;
    // Writing it again checks the digest, the one spelling and the absence of anything else at once.
    if render(key, member, envelope.revision, payload.get()).as_bytes() != bytes {
        return Err(EnvelopeError::Damaged);
    }
    Ok(Opened { revision: envelope.revision, payload })
}

/// An envelope cannot be written or read.
#[derive(Debug)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// The key names something that has no envelope.
    NoEnvelope,
    /// The payload is not JSON.
    Unwritable(serde_json::Error),
    /// It has more bytes than [`MAX_ENVELOPE_BYTES`].
    TooLarge(usize),
    /// Some of its bytes are not those that were written.
    Damaged,
    /// A newer Portreto wrote it.
    Newer(u32),
}

impl fmt::Display for EnvelopeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEnvelope => f.write_str("keys of this kind are not kept in an envelope"),
            Self::Unwritable(_) => f.write_str("the payload cannot be written as JSON"),
            Self::TooLarge(bytes) => {
                write!(f, "{bytes} bytes are more than the {MAX_ENVELOPE_BYTES} of an envelope")
            }
            Self::Damaged => f.write_str("some of its bytes are not those that were written"),
            Self::Newer(version) => write!(
                f,
                "it was written in version {version} of the envelope and this Portreto reads {ENVELOPE_VERSION}: use a newer one"
            ),
        }
    }
}

impl std::error::Error for EnvelopeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unwritable(source) => Some(source),
            _ => None,
        }
    }
}

/// The name of the payload's member.
fn member(key: &Key) -> Option<&'static str> {
    match key {
        Key::Marker => Some("store"),
        Key::Record { .. } => Some("image"),
        Key::Variant { .. } => Some("variant"),
        Key::Tombstone { .. } => Some("tombstone"),
        Key::Blob(_) | Key::Bundle(_) | Key::SetAside { .. } => None,
    }
}

fn render(key: &Key, member: &str, revision: u64, payload: &str) -> String {
    let digest = Digest::of(format!("portreto envelope\0{key}\0{revision}\0{payload}").as_bytes());
    format!(
        "{{\"portreto\":{ENVELOPE_VERSION},\"blake3\":\"{digest}\",\"revision\":{revision},\"{member}\":{payload}}}\n"
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<'a> {
    portreto: u32,
    // Compared as part of the whole text.
    #[serde(rename = "blake3")]
    _blake3: Digest,
    revision: u64,
    #[serde(borrow)]
    image: Option<&'a RawValue>,
    #[serde(borrow)]
    variant: Option<&'a RawValue>,
    #[serde(borrow)]
    tombstone: Option<&'a RawValue>,
    #[serde(borrow)]
    store: Option<&'a RawValue>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn key(n: u128) -> Key {
        Key::Record { original: Digest::of(b"o"), image: Uuid::from_u128(n) }
    }

    #[test]
    fn gives_back_what_was_sealed() {
        let payload = json!({"name": "grün \u{0}\n\"x\".jpg", "labels": ["a"], "n": 1.5});
        for revision in [0, 7, u64::MAX] {
            let bytes = seal(&key(1), revision, &payload).unwrap();
            let opened = open(&key(1), &bytes).unwrap();
            assert_eq!(opened.revision, revision);
            assert_eq!(
                serde_json::from_str::<serde_json::Value>(opened.payload.get()).unwrap(),
                payload
            );
        }
    }

    #[test]
    fn no_single_bit_can_flip_unnoticed() {
        let bytes = seal(&key(1), 3, &json!({"name": "a.jpg", "bytes": 17})).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut rotten = bytes.to_vec();
            rotten[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&key(1), &rotten).is_err(), "bit {bit}");
        }
        for cut in 0..bytes.len() {
            assert!(open(&key(1), &bytes[..cut]).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn belongs_to_its_key() {
        let bytes = seal(&key(1), 0, &json!({})).unwrap();
        assert!(matches!(open(&key(2), &bytes), Err(EnvelopeError::Damaged)));
        assert!(matches!(seal(&Key::Blob(Digest::of(b"")), 0, &1), Err(EnvelopeError::NoEnvelope)));
    }

    #[test]
    fn refuses_what_is_newer_or_too_large() {
        let bytes = seal(&key(1), 0, &json!({})).unwrap();
        let newer = String::from_utf8(bytes.to_vec()).unwrap().replace(":1,", ":2,");
        assert!(matches!(open(&key(1), newer.as_bytes()), Err(EnvelopeError::Newer(2))));
        let large = "x".repeat(MAX_ENVELOPE_BYTES);
        assert!(matches!(seal(&key(1), 0, &large), Err(EnvelopeError::TooLarge(_))));
        assert!(matches!(
            open(&key(1), large.repeat(2).as_bytes()),
            Err(EnvelopeError::TooLarge(_))
        ));
    }

    proptest! {
        #[test]
        fn any_bytes_are_refused_or_are_their_own_sealing(bytes in any::<Vec<u8>>()) {
            prop_assert!(open(&key(1), &bytes).is_err());
        }

        #[test]
        fn any_payload_comes_back(text in any::<String>(), revision in any::<u64>()) {
            let bytes = seal(&key(1), revision, &text).unwrap();
            let opened = open(&key(1), &bytes).unwrap();
            prop_assert_eq!(serde_json::from_str::<String>(opened.payload.get()).unwrap(), text);
        }
    }
}
