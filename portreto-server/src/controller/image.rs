//! Images: uploaded, listed, given back, deleted.

use std::fmt::Write as _;

use axum::{
    Json,
    body::Body,
    extract::{Path, RawQuery, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use futures::{StreamExt as _, stream};
use jiff::Timestamp;
use portreto_core::Digest;
use portreto_store::{AddedLater, ErrorKind, Filter, Image, ImageId, Upload, Wanted};
use serde_json::{Value, json};
use url::Url;

use crate::{
    caller::Caller,
    conditional::{Representation, Wants},
    intake::{self, File, Intake},
    openapi::schema,
    problem::Problem,
    query::Query,
    spool,
    state::AppState,
    view,
};

/// Files of one request that are added side by side.
const SIDE_BY_SIDE: usize = 4;

/// The image with the id in a path.
pub(crate) async fn find(state: &AppState, caller: &Caller, id: &str) -> Result<Image, Problem> {
    let Ok(id) = id.parse::<ImageId>() else {
        return Err(Problem::new(StatusCode::NOT_FOUND)
            .field("id")
            .detail(format!("{id:.80?} is not the id of an image")));
    };
    Ok(state.portreto().image(&caller.owner, id).await?)
}

/// `POST /images`
#[utoipa::path(
    post,
    path = "/images",
    summary = "Upload one picture or many",
    params(
        ("name" = String, Query, description = "Of a picture that is sent as it is"),
        ("label" = Vec<String>, Query),
        ("transform" = Vec<schema::TransformText>, Query),
        ("keep_damaged" = bool, Query, description = "Keep a picture that is cut off"),
        ("Idempotency-Key" = String, Header, description = "Your name for this request, 1 to 255 characters"),
        ("Content-Digest" = String, Header, description = "`sha-256=:BASE64=:` of the body, RFC 9530"),
    ),
    request_body(content((schema::Form = "multipart/form-data"), (intake::JsonUpload = "application/json"), (schema::Bytes = "image/*"), (schema::Bytes = "application/octet-stream"))),
    responses(
        (status = 200, description = "It was there before", body = schema::Uploaded),
        (status = 201, description = "It is kept in two stores", body = schema::Uploaded, headers(("Location" = String))),
        (status = 202, description = "It is kept, and its variants will be made", body = schema::Uploaded, headers(("Location" = String))),
    )
)]
pub(crate) async fn upload(
    State(state): State<AppState>,
    caller: Caller,
    request: Request,
) -> Result<Response, Problem> {
    let name = request.headers().get("idempotency-key").cloned();
    let intake = intake::read(&state, request).await?;
    if let Some(name) = name {
        named(&state, &caller, &name, &intake).await?;
    }
    let mut results = add(&state, &caller, &intake).await;
    if results.len() == 1
        && let Some((_, result)) = results.pop()
    {
        return Ok(one_added(&result?));
    }
    // One bad file does not stop the others: each has its own result.
    let any = results.iter().any(|(_, result)| result.is_ok());
    let new = results.iter().any(|(_, result)| matches!(result, Ok(added) if !added.already_there));
    let waits = results.iter().any(|(_, r)| matches!(r, Ok(added) if !queued(added).is_empty()));
    let status = match (any, waits, new) {
        (false, ..) => StatusCode::UNPROCESSABLE_ENTITY,
        (_, true, _) => StatusCode::ACCEPTED,
        (.., true) => StatusCode::CREATED,
        _ => StatusCode::OK,
    };
    let results: Vec<Value> = results
        .into_iter()
        .map(|(name, result)| match result {
            Ok(added) => {
                let already_there = added.already_there;
                let jobs = queued(&added);
                json!({ "name": name, "image": view::image(&added.image), "already_there": already_there, "jobs": jobs })
            }
            Err(problem) => json!({ "name": name, "problem": problem.to_value() }),
        })
        .collect();
    if status.is_client_error() {
        let members = serde_json::Map::from_iter([("results".to_owned(), json!(results))]);
        let problem = Problem::new(status).detail("none of the files could be kept");
        return Err(problem.extensions(members));
    }
    Ok((status, Json(json!({ "results": results }))).into_response())
}

/// `Idempotency-Key`: the same request may come again under its name, another one may not.
async fn named(
    state: &AppState,
    caller: &Caller,
    name: &HeaderValue,
    intake: &Intake,
) -> Result<(), Problem> {
    let mut content = String::new();
    for File { name, bytes } in &intake.files {
        let _ = writeln!(content, "{} {name:?}", Digest::of(bytes));
    }
    let _ = writeln!(content, "{:?} {}", intake.labels, intake.keep_damaged);
    for transform in &intake.transforms {
        let _ = writeln!(content, "{transform}");
    }
    let content = Digest::of(content.as_bytes());
    let named =
        state.portreto().name_request(&caller.owner, name.to_str().unwrap_or_default(), &content);
    named.await.map_err(|error| {
        let status = match error.kind() {
            ErrorKind::BadInput => StatusCode::BAD_REQUEST,
            ErrorKind::Conflict => StatusCode::UNPROCESSABLE_ENTITY,
            _ => return error.into(),
        };
        let problem = Problem::from(error).with_status(status).kind("idempotency-key");
        problem.field("Idempotency-Key")
    })
}

/// Keeps the files of an upload; each has its own result.
pub(crate) async fn add(
    state: &AppState,
    caller: &Caller,
    intake: &Intake,
) -> Vec<(String, Result<AddedLater, Problem>)> {
    let one = |file: &File| {
        let upload = Upload {
            bytes: file.bytes.clone(),
            name: file.name.clone(),
            labels: intake.labels.clone(),
            owner: caller.owner.clone(),
            transforms: intake.transforms.clone(),
            keep_damaged: intake.keep_damaged,
        };
        let (name, portreto) = (file.name.clone(), state.portreto().clone());
        async move { (name, portreto.add_later(upload).await.map_err(Problem::from)) }
    };
    let added: Vec<_> = intake.files.iter().map(one).collect();
    stream::iter(added).buffered(SIDE_BY_SIDE).collect().await
}

fn one_added(added: &AddedLater) -> Response {
    let (image, jobs) = (view::image(&added.image), queued(added));
    let (status, location) = match &jobs[..] {
        [] if added.already_there => (StatusCode::OK, format!("/images/{}", added.image.id)),
        [] => (StatusCode::CREATED, format!("/images/{}", added.image.id)),
        [job] => (StatusCode::ACCEPTED, link(job)),
        _ => (StatusCode::ACCEPTED, format!("/jobs?image={}", added.image.id)),
    };
    let body = if jobs.is_empty() { image } else { json!({ "image": image, "jobs": jobs }) };
    (status, [(header::LOCATION, location)], Json(body)).into_response()
}

fn queued(added: &AddedLater) -> Vec<Value> {
    let job = |wanted: &Wanted| match wanted {
        Wanted::Queued(job) => Some(view::job(job, &added.image, None)),
        Wanted::Kept(_) => None,
    };
    added.variants.iter().filter_map(job).collect()
}

fn link(job: &Value) -> String {
    job["links"]["self"].as_str().unwrap_or_default().to_owned()
}

/// `GET /images`
#[utoipa::path(
    get,
    path = "/images",
    summary = "Your images, oldest first",
    params(
        ("limit" = u16, Query, minimum = 1, maximum = 1000),
        ("after" = String, Query, format = "uuid"),
        ("label" = Vec<String>, Query, description = "With all of these"),
        ("name" = String, Query, description = "With this in their name"),
        ("since" = String, Query, format = DateTime),
        ("until" = String, Query, format = DateTime),
    ),
    responses(
        (status = 200, description = "A page of them", body = schema::Images),
    )
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let mut query = Query::read(query.as_deref());
    let limit = query.limit()?;
    let after = query.one::<ImageId>("after")?;
    let filter = Filter {
        owner: Some(caller.owner),
        labels: query.all("label").into_iter().collect(),
        name: query.one("name")?,
        since: query.one::<Timestamp>("since")?,
        until: query.one::<Timestamp>("until")?,
    };
    query.end()?;
    let page = state.portreto().list(&filter, after, limit).await?;
    let images: Vec<Value> = page.images.iter().map(view::image).collect();
    Ok(Json(json!({ "images": images, "next": page.next })).into_response())
}

/// `GET /images/{id}`
#[utoipa::path(
    get,
    path = "/images/{id}",
    summary = "An image",
    params(
        ("id" = String, Path, format = "uuid"),
    ),
    responses(
        (status = 200, description = "What is known of it", body = schema::Image),
    )
)]
pub(crate) async fn show(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let image = find(&state, &caller, &id).await?;
    Ok(Json(view::image(&image)).into_response())
}

/// `GET /images/{id}/content`
#[utoipa::path(
    get,
    path = "/images/{id}/content",
    summary = "The bytes that were uploaded",
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
        (status = 307, description = "The store itself gives them, where that is wanted"),
        (status = 304, description = "They are those that you have"),
        (status = 412, description = "They are others than `If-Match` says", body = schema::Problem, content_type = "application/problem+json"),
        (status = 416, description = "The range is outside of them", body = schema::Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn content(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<String>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let image = find(&state, &caller, &id).await?;
    let original = Representation {
        digest: image.digest,
        bytes: image.bytes,
        media_type: &image.media_type,
        name: &image.name,
        // An owner's own: no shared cache keeps it, and it is looked for again once it may be deleted.
        cache_control: "private, no-cache",
        varies: false,
    };
    let wants = original.wanted(&method, &headers);
    if matches!(wants, Wants::Answered(_)) {
        return Ok(original.answer(wants, Body::empty()));
    }
    if let Some(url) = stores_url(&state, &image).await {
        return Ok(super::redirect(&url, None));
    }
    let room = state.outgoing().take(usize::try_from(image.bytes).unwrap_or(usize::MAX)).await?;
    let bytes = state.portreto().original(&image).await?;
    let part = Representation::part_of(&wants, &bytes);
    drop(bytes);
    Ok(original.answer(wants, spool::sent(&state, part, Some(room)).await?))
}

/// The store's own URL of an original, if clients are to be sent there.
async fn stores_url(state: &AppState, image: &Image) -> Option<Url> {
    state.portreto().original_url(image, state.config().redirects?).await
}

/// `DELETE /images/{id}`
#[utoipa::path(
    delete,
    path = "/images/{id}",
    summary = "Delete an image for ever",
    params(
        ("id" = String, Path, format = "uuid"),
    ),
    responses(
        (status = 204, description = "It is gone"),
    )
)]
pub(crate) async fn delete(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let image = find(&state, &caller, &id).await?;
    state.portreto().delete(image.id).await?;
    state.forget(&image.digest);
    Ok(StatusCode::NO_CONTENT.into_response())
}
