//! Any bytes as a record or as a bundle of them: an envelope opens only as it was sealed, and what is in it survives.

use portreto_core::{Digest, replica::Key};
use portreto_store::{
    Image, Variant, bundle,
    envelope::{open, seal},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use uuid::Uuid;

/// Reads `bytes` as a record, an envelope and a bundle.
///
/// # Panics
///
/// When a promise is broken.
pub fn record_json(bytes: &[u8]) {
    let original = Digest::of(b"original");
    for key in [
        Key::Marker,
        Key::Record { original, image: Uuid::nil() },
        Key::Tombstone { original, image: Uuid::nil() },
    ] {
        if let Ok(opened) = open(&key, bytes) {
            let again = seal(&key, opened.revision, &opened.payload).expect("it was sealed before");
            assert_eq!(again, bytes, "an envelope has one spelling");
        }
        if let Ok(payload) = serde_json::from_slice::<&RawValue>(bytes) {
            check(&key, payload, bytes);
        }
    }
    if let Ok(records) = bundle::open(&original, bytes) {
        assert_eq!(records.len(), bytes.split(|byte| *byte == b'\n').count() - 1, "a line each");
    }
    if let Some(image) = same_again::<Image>(bytes) {
        check(&image.record_key(), &image, bytes);
        let line = seal(&image.record_key(), 7, &image);
        if let Ok(line) = line {
            let two = [&line[..], &line[..]].concat();
            let opened = bundle::open(&original, &two).expect("two records");
            assert!(opened.iter().all(|(there, revision)| *there == image && *revision == 7));
        }
    }
    if let Some(variant) = same_again::<Variant>(bytes) {
        check(&variant.record_key(), &variant, bytes);
    }
}

/// Reads JSON, and what it was read as again from the JSON that is written.
fn same_again<T: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug>(
    bytes: &[u8],
) -> Option<T> {
    let value: T = serde_json::from_slice(bytes).ok()?;
    let json = serde_json::to_string(&value).expect("plain data");
    let again: T = serde_json::from_str(&json).expect("its own JSON can be read");
    assert_eq!(again, value, "{json}");
    Some(value)
}

/// Seals, opens, and does not open with any one bit wrong.
fn check(key: &Key, payload: &(impl Serialize + ?Sized), seed: &[u8]) {
    let Ok(sealed) = seal(key, 7, &payload) else { return };
    let opened = open(key, &sealed).expect("what was sealed can be opened");
    assert_eq!(opened.revision, 7);
    assert_eq!(opened.payload.get(), serde_json::to_string(&payload).expect("it was sealed"));

    let position =
        Digest::of(seed).as_bytes()[..4].iter().fold(0, |n, &byte| n << 8 | usize::from(byte));
    let mut rotten = sealed.to_vec();
    rotten[position / 8 % sealed.len()] ^= 1 << (position % 8);
    assert!(open(key, &rotten).is_err(), "{}", String::from_utf8_lossy(&rotten));
}
