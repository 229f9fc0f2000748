//! Images and their variants.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::{problem::Problem, work::Job};

/// The bytes of a picture, or of what a picture is wanted of.
#[derive(ToSchema, Serialize)]
#[schema(value_type = String, format = Binary)]
pub(crate) struct Bytes(Vec<u8>);

/// The canonical text of a transform, as `resize:320x,webp`.
#[derive(ToSchema, Serialize)]
pub(crate) struct TransformText(String);

/// A form: one file or many.
#[derive(ToSchema, Serialize)]
pub(crate) struct Form {
    #[schema(value_type = Vec<Bytes>, min_items = 1)]
    file: Vec<Bytes>,
    #[schema(required = false)]
    label: Vec<String>,
    #[schema(required = false)]
    transform: Vec<TransformText>,
    #[schema(required = false)]
    keep_damaged: bool,
}

#[derive(ToSchema, Serialize)]
pub(crate) struct Image {
    #[schema(format = "uuid")]
    id: String,
    /// BLAKE3 of its bytes.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    digest: String,
    name: String,
    media_type: String,
    width: u32,
    height: u32,
    bytes: u64,
    #[schema(required = false)]
    owner: String,
    labels: Vec<String>,
    #[schema(format = DateTime)]
    created: String,
    #[schema(required = false, value_type = Object)]
    fingerprint: (),
    #[schema(required = false, value_type = Object)]
    metadata: (),
    links: BTreeMap<String, String>,
}

#[derive(ToSchema, Serialize)]
pub(crate) struct Images {
    images: Vec<Image>,
    /// Where the next page begins: `after`.
    #[schema(format = "uuid")]
    next: Option<String>,
}

/// What became of an upload: of one file the image, or the image and the jobs that were asked for with it; of many, each one's result.
#[derive(ToSchema, Serialize)]
#[serde(untagged)]
pub(crate) enum Uploaded {
    One(Image),
    Waiting(ImageAndJobs),
    Many(Results),
}

#[derive(ToSchema, Serialize)]
pub(crate) struct ImageAndJobs {
    image: Image,
    jobs: Vec<Job>,
}

#[derive(ToSchema, Serialize)]
pub(crate) struct Results {
    results: Vec<FileResult>,
}

/// What became of a file of many.
#[derive(ToSchema, Serialize)]
pub(crate) struct FileResult {
    name: String,
    #[schema(required = false)]
    image: Image,
    #[schema(required = false)]
    already_there: bool,
    #[schema(required = false)]
    jobs: Vec<Job>,
    #[schema(required = false)]
    problem: Problem,
}

#[derive(ToSchema, Serialize)]
pub(crate) struct Variant {
    #[schema(pattern = "^[0-9a-f]{64}$")]
    original: String,
    transform: TransformText,
    engine_version: u32,
    #[schema(pattern = "^[0-9a-f]{64}$")]
    digest: String,
    media_type: String,
    width: u32,
    height: u32,
    bytes: u64,
    /// In the path of its content.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    key: String,
    links: BTreeMap<String, String>,
}

#[derive(ToSchema, Serialize)]
pub(crate) struct Variants {
    variants: Vec<Variant>,
}
