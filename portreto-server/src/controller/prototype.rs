//! The way of the publish/subscribe prototype: a picture in, the same one with a stamp of time and id in its corner out.

use axum::{
    Json,
    extract::{Path, Request, State},
    http::{HeaderMap, Method, StatusCode},
    response::{IntoResponse, Response},
};
use portreto_core::Transform;
use portreto_store::Upload;
use serde_json::json;

use super::{image::find, variant};
use crate::{
    caller::Caller, intake, openapi::schema, problem::Problem, query::bad, state::AppState, view,
};

/// White on a dark box, in the lower right corner.
const STAMP: &str = "caption:{time} {id}:size=14:background=00000080:gravity=southeast:margin=4";

fn stamp() -> Result<Transform, Problem> {
    STAMP.replace(' ', "_").parse().map_err(|error: portreto_core::Error| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR).detail(error.to_string())
    })
}

/// `POST /image`
#[utoipa::path(
    post,
    path = "/image",
    summary = "Have a picture stamped",
    params(
        ("name" = String, Query, description = "Of a picture that is sent as it is"),
        ("label" = Vec<String>, Query),
        ("transform" = Vec<schema::TransformText>, Query),
        ("keep_damaged" = bool, Query, description = "Keep a picture that is cut off"),
        ("Content-Digest" = String, Header, description = "`sha-256=:BASE64=:` of the body, RFC 9530"),
    ),
    request_body(content((schema::Form = "multipart/form-data"), (intake::JsonUpload = "application/json"), (schema::Bytes = "image/*"), (schema::Bytes = "application/octet-stream"))),
    responses(
        (status = 200, description = "It is kept", body = schema::Id),
    )
)]
pub(crate) async fn upload(
    State(state): State<AppState>,
    caller: Caller,
    request: Request,
) -> Result<Response, Problem> {
    let mut intake = intake::read(&state, request).await?;
    let Some(file) = intake.files.pop().filter(|_| intake.files.is_empty()) else {
        return Err(bad("file", "send one file: POST /images takes many"));
    };
    let upload = Upload {
        bytes: file.bytes,
        name: file.name,
        labels: std::mem::take(&mut intake.labels),
        owner: caller.owner,
        transforms: vec![stamp()?],
        keep_damaged: intake.keep_damaged,
    };
    let added = state.portreto().add_later(upload).await?;
    Ok(Json(json!({ "id": added.image.id })).into_response())
}

/// `GET /image/{id}`
#[utoipa::path(
    get,
    path = "/image/{id}",
    summary = "The stamped picture; 204 until it is there",
    params(
        ("id" = String, Path, format = "uuid"),
        ("Range" = String, Header),
        ("If-None-Match" = String, Header),
        ("If-Match" = String, Header),
        ("If-Range" = String, Header),
    ),
    responses(
        (status = 200, description = "The bytes", body = schema::Bytes, content_type = "image/*"),
        (status = 206, description = "A part of them", body = schema::Bytes, content_type = "image/*"),
        (status = 304, description = "They are those that you have"),
        (status = 412, description = "They are others than `If-Match` says", body = schema::Problem, content_type = "application/problem+json"),
        (status = 416, description = "The range is outside of them", body = schema::Problem, content_type = "application/problem+json"),
        (status = 204, description = "It is not there yet"),
        (status = 409, description = "The job was taken back", body = schema::Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn stamped(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let image = find(&state, &caller, &id).await?;
    let transform = stamp()?;
    if let Some(made) = state.portreto().made(&image, &transform).await? {
        return variant::give(&state, &image, &made, &method, &headers).await;
    }
    match state.portreto().job_for(&image, &transform).await? {
        Some(job) => match view::failure(&job) {
            Some(problem) => Err(problem),
            None => Ok(StatusCode::NO_CONTENT.into_response()),
        },
        None => Err(Problem::new(StatusCode::NOT_FOUND).detail("it was not uploaded here")),
    }
}
