//! Jobs and how far they are.

use std::collections::BTreeMap;

use portreto_store::JobState;
use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, Type},
};

use super::{
    picture::{TransformText, Variant},
    problem::Problem,
};

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
