//! What those who run the server see.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

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
