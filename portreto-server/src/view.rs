//! What clients are shown of images, variants and jobs, with links to what belongs to them.

use portreto_store::{Image, Job, JobState, JobStep, Variant};
use serde_json::{Map, Value, json};

use axum::http::StatusCode;

use crate::problem::Problem;

pub(crate) fn image(image: &Image) -> Value {
    let id = image.id;
    let links = json!({
        "self": format!("/images/{id}"),
        "content": format!("/images/{id}/content"),
        "variants": format!("/images/{id}/variants"),
    });
    with(image, [("links", links)])
}

pub(crate) fn variant(image: &Image, variant: &Variant) -> Value {
    let (id, key) = (image.id, variant.variant_key());
    let links = json!({
        "image": format!("/images/{id}"),
        "content": format!("/images/{id}/variants/{key}/content"),
    });
    with(variant, [("key", json!(key.to_string())), ("links", links)])
}

/// A job, with what it has made, or why it has not.
pub(crate) fn job(job: &Job, image: &Image, made: Option<&Variant>) -> Value {
    let (id, image_id) = (job.id, image.id);
    let links = json!({
        "self": format!("/jobs/{id}"),
        "events": format!("/jobs/{id}/events"),
        "image": format!("/images/{image_id}"),
    });
    let mut value = with(job, [("links", links), ("image", json!(image_id))]);
    if let Value::Object(members) = &mut value {
        members.remove("owner");
        if job.state != JobState::Failed {
            // It may name places of this machine; what the client can know of it is in the problem.
            members.remove("reason");
        }
        if let Some(step) = job.step {
            let number = JobStep::ALL.iter().position(|other| *other == step).unwrap_or(0) + 1;
            let progress = json!({ "step": step, "number": number, "of": JobStep::ALL.len() });
            members.insert("progress".to_owned(), progress);
        }
        if let Some(made) = made {
            members.insert("variant".to_owned(), variant(image, made));
        }
        if let Some(problem) = failure(job) {
            members.insert("problem".to_owned(), problem.to_value());
        }
    }
    value
}

/// Why a job came to nothing, if it did.
pub(crate) fn failure(job: &Job) -> Option<Problem> {
    let (status, kind) = match job.state {
        JobState::Failed => (StatusCode::UNPROCESSABLE_ENTITY, "job-failed"),
        // What is said of stores and files is for the operator.
        JobState::Dead => {
            let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE).kind("job-dead");
            return Some(problem.detail(format!("it was tried {} times in vain", job.attempts)));
        }
        JobState::Canceled => (StatusCode::CONFLICT, "job-canceled"),
        _ => return None,
    };
    let problem = Problem::new(status).kind(kind);
    Some(problem.detail(job.reason.clone().unwrap_or_else(|| "it was taken back".to_owned())))
}

fn with<const N: usize>(what: &impl serde::Serialize, more: [(&str, Value); N]) -> Value {
    let mut members = match serde_json::to_value(what) {
        Ok(Value::Object(members)) => members,
        _ => Map::new(),
    };
    members.extend(more.map(|(name, value)| (name.to_owned(), value)));
    Value::Object(members)
}
