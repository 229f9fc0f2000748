//! Images and variants as the lines that scripts read.

use std::collections::BTreeSet;

use jiff::{Timestamp, tz::TimeZone};
use portreto_core::{Digest, Fingerprint, Metadata};
use portreto_store::{Image, ImageId, Variant};
use serde::Serialize;

/// An image as one JSON object; its keys are promised to scripts.
#[derive(Debug, Serialize)]
pub(crate) struct ImageLine<'a> {
    id: ImageId,
    digest: Digest,
    name: &'a str,
    media_type: &'a str,
    width: u32,
    height: u32,
    bytes: u64,
    labels: &'a BTreeSet<String>,
    created: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<&'a Fingerprint>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a Metadata>,
}

impl<'a> From<&'a Image> for ImageLine<'a> {
    fn from(image: &'a Image) -> Self {
        Self {
            id: image.id,
            digest: image.digest,
            name: &image.name,
            media_type: &image.media_type,
            width: image.width,
            height: image.height,
            bytes: image.bytes,
            labels: &image.labels,
            created: image.created,
            fingerprint: image.fingerprint.as_ref(),
            metadata: image.metadata.as_ref(),
        }
    }
}

/// A variant as a JSON object.
#[derive(Debug, Serialize)]
pub(crate) struct VariantLine {
    transform: String,
    digest: Digest,
    media_type: String,
    width: u32,
    height: u32,
    bytes: u64,
}

impl From<&Variant> for VariantLine {
    fn from(variant: &Variant) -> Self {
        Self {
            transform: variant.transform.clone(),
            digest: variant.digest,
            media_type: variant.media_type.clone(),
            width: variant.width,
            height: variant.height,
            bytes: variant.bytes,
        }
    }
}

/// The last 8 hexadecimal digits of an id. Its beginning is a time, alike for images uploaded together.
pub(crate) fn short_id(id: ImageId) -> String {
    let id = id.to_string();
    id[id.len() - 8..].to_owned()
}

/// A time for people: in the zone of this machine, to the minute.
pub(crate) fn created_text(created: Timestamp) -> String {
    created.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M").to_string()
}
