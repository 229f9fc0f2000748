//! The shapes of what is answered. They are only told: what is sent is made of the library's own types, and a test drives the server
//! by this description.
#![expect(dead_code, reason = "only the shapes are used")]

use std::collections::BTreeMap;

use portreto_store::JobState;
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

/// The bytes of a picture, or of what a picture is wanted of.
#[derive(ToSchema, Serialize)]
#[schema(value_type = String, format = Binary)]
pub(crate) struct Bytes(Vec<u8>);

/// The canonical text of a transform, as `resize:320x,webp`.
#[derive(ToSchema, Serialize)]
pub(crate) struct TransformText(String);

/// The state of a job.
#[derive(Serialize)]
pub(crate) struct State;

impl PartialSchema for State {
    fn schema() -> RefOr<Schema> {
        let names = JobState::ALL.map(JobState::name);
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names)).into()
    }
}

impl ToSchema for State {}

/// What is wrong: RFC 9457.
#[derive(ToSchema, Serialize)]
pub(crate) struct Problem {
    /// Does not change: what programs decide by.
    #[schema(format = "uri-reference")]
    r#type: String,
    /// The same in words.
    title: String,
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What is wrong with this request in particular, and what to do.
    #[schema(required = false)]
    detail: String,
    /// The field, parameter or header that is at fault.
    #[schema(required = false)]
    field: String,
    /// By which the log knows the request.
    #[schema(required = false)]
    request_id: String,
}

#[derive(ToSchema, Serialize)]
pub(crate) struct Health {
    status: Alive,
    version: String,
}

#[derive(ToSchema, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Alive {
    Alive,
}

#[derive(ToSchema, Serialize)]
pub(crate) struct Ready {
    readiness: Readiness,
    /// Whether two stores take copies.
    accepts_uploads: bool,
    catalog: ReadyCatalog,
    queue: ReadyQueue,
    stores: Vec<ReadyStore>,
}

#[derive(ToSchema, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Readiness {
    Ready,
    Degraded,
    Unready,
    Stopping,
}

#[derive(ToSchema, Serialize)]
pub(crate) struct ReadyCatalog {
    ready: bool,
    #[schema(required = false)]
    images: u64,
    #[schema(required = false)]
    reason: String,
}

#[derive(ToSchema, Serialize)]
pub(crate) struct ReadyQueue {
    ready: bool,
    /// How many wait or run.
    #[schema(required = false)]
    jobs: u64,
    #[schema(required = false)]
    oldest_seconds: u64,
    #[schema(required = false)]
    reason: String,
}

#[derive(ToSchema, Serialize)]
pub(crate) struct ReadyStore {
    id: String,
    state: StoreState,
    ready: bool,
    #[schema(required = false)]
    reason: String,
}

#[derive(ToSchema, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum StoreState {
    Active,
    Draining,
}

#[derive(ToSchema, Serialize)]
pub(crate) struct Stores {
    stores: Vec<Store>,
}

/// A store without its URL, which may name secrets and places.
#[derive(ToSchema, Serialize)]
pub(crate) struct Store {
    id: String,
    /// Of its URL: `file`, `s3`, …
    scheme: String,
    state: StoreState,
    weight: u32,
    healthy: bool,
    /// Why it is not.
    reason: Option<String>,
    /// Why it takes no new copies, although it may be read.
    read_only: Option<String>,
    /// The time that nearly all of its last answers to reads took at most; none before there were a few.
    read_p95_ms: Option<f64>,
    /// What this server asked of it, by the kind of call: `get`, `put`, `head`, `delete`, `list`.
    calls: BTreeMap<String, StoreCalls>,
}

#[derive(ToSchema, Serialize)]
pub(crate) struct StoreCalls {
    count: u64,
    /// Answered with "there is no such thing".
    missing: u64,
    failed: u64,
    /// Read or kept.
    bytes: u64,
    mean_ms: Option<f64>,
}

#[derive(ToSchema, Serialize)]
pub(crate) struct Person {
    #[schema(format = "uuid")]
    id: String,
    name: String,
    #[schema(format = DateTime)]
    created: String,
}

#[derive(ToSchema, Serialize)]
pub(crate) struct Tokens {
    /// For `Authorization: Bearer …`.
    access_token: String,
    token_type: Bearer,
    /// Seconds.
    expires_in: u32,
    /// Good once.
    refresh_token: String,
}

#[derive(ToSchema, Serialize)]
pub(crate) enum Bearer {
    Bearer,
}

#[derive(ToSchema, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Scope {
    Read,
    Write,
}

#[derive(ToSchema, Serialize)]
pub(crate) struct Key {
    #[schema(format = "uuid")]
    id: String,
    name: String,
    scope: Scope,
    #[schema(format = DateTime)]
    created: String,
}

#[derive(ToSchema, Serialize)]
pub(crate) struct MadeKey {
    #[schema(format = "uuid")]
    id: String,
    name: String,
    scope: Scope,
    #[schema(format = DateTime)]
    created: String,
    /// Told here and never again.
    secret: String,
}

#[derive(ToSchema, Serialize)]
pub(crate) struct Keys {
    keys: Vec<Key>,
}

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

#[derive(ToSchema, Serialize)]
pub(crate) struct Job {
    #[schema(format = "uuid")]
    id: String,
    state: State,
    #[schema(format = "uuid")]
    image: String,
    #[schema(pattern = "^[0-9a-f]{64}$")]
    original: String,
    transform: TransformText,
    engine_version: u32,
    /// Each step is worth a minute of waiting.
    priority: i32,
    /// How often it was begun.
    attempts: u32,
    #[schema(required = false)]
    reason: Option<String>,
    #[schema(format = DateTime)]
    created: String,
    #[schema(format = DateTime)]
    changed: String,
    #[schema(required = false)]
    progress: Progress,
    /// What it has made.
    #[schema(required = false)]
    variant: Variant,
    /// Why it has made nothing.
    #[schema(required = false)]
    problem: Problem,
    links: BTreeMap<String, String>,
}

/// A job, each time it changes: the name of the event is its state.
#[derive(ToSchema, Serialize)]
pub(crate) struct Event {
    event: State,
    #[schema(content_media_type = "application/json")]
    data: String,
}

/// How far a job is: of one that is queued, how many are before it (1000 at most are counted); of one that runs, the step that
/// takes a noticeable time, and which of how many that is.
#[derive(ToSchema, Serialize)]
pub(crate) struct Progress {
    #[schema(required = false, maximum = 1000)]
    ahead: u32,
    #[schema(required = false)]
    step: JobStep,
    #[schema(required = false)]
    number: u32,
    #[schema(required = false)]
    of: u32,
}

#[derive(ToSchema, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum JobStep {
    Reading,
    Rendering,
    Keeping,
}

#[derive(ToSchema, Serialize)]
pub(crate) struct Jobs {
    jobs: Vec<Job>,
    #[schema(format = "uuid")]
    next: Option<String>,
}

#[derive(ToSchema, Serialize)]
pub(crate) struct Identifier {
    identifier: String,
}

#[derive(ToSchema, Serialize)]
pub(crate) struct Resized {
    identifier: String,
    #[schema(content_encoding = "base64")]
    image: String,
    width: u32,
    height: u32,
}

#[derive(ToSchema, Serialize)]
pub(crate) struct Status {
    status: State,
}

#[derive(ToSchema, Serialize)]
pub(crate) struct Id {
    #[schema(format = "uuid")]
    id: String,
}
