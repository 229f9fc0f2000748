//! Variants: asked for, waited for, listed, given.

use std::time::Duration;

use axum::{
    Json,
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use portreto_core::Transform;
use portreto_store::{Image, JobState, Variant, Wanted};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::image::find;
use crate::{
    caller::Caller,
    conditional::{Representation, Wants},
    intake::{self, Typed},
    openapi::schema,
    problem::Problem,
    query::bad,
    spool,
    state::AppState,
    view,
};

/// Who waits for an answer goes before those who look later, by so many minutes.
const WAITING: i32 = 10;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Ask {
    transform: Typed,
    /// Each step is worth a minute of waiting.
    #[serde(default)]
    #[schema(minimum = -100, maximum = 100)]
    priority: i32,
}

/// `POST /images/{id}/variants`
#[utoipa::path(
    post,
    path = "/images/{id}/variants",
    summary = "Ask for a variant",
    params(
        ("id" = String, Path, format = "uuid"),
        ("Prefer" = String, Header, description = "`wait=N`: so many seconds are waited for it"),
    ),
    request_body(content((Ask = "application/json"), (schema::TransformText = "text/plain"))),
    responses(
        (status = 200, description = "It is there", body = schema::Variant),
        (status = 202, description = "A worker will make it", body = schema::Job, headers(("Location" = String))),
        (status = 409, description = "The job was taken back meanwhile", body = schema::Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn ask(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let image = find(&state, &caller, &id).await?;
    let (parts, body) = request.into_parts();
    let text = intake::whole(body, &parts.headers).await?;
    let media_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let (transform, priority) = match media_type.unwrap_or_default().split(';').next() {
        Some("application/json") => {
            let ask: Ask = intake::object(&text)?;
            if !(-100..=100).contains(&ask.priority) {
                return Err(bad("priority", "priority may be -100 to 100"));
            }
            (ask.transform.read(&state)?, ask.priority)
        }
        Some("text/plain") => {
            let text = std::str::from_utf8(&text)
                .map_err(|_| bad("transform", "the transform is not UTF-8"))?;
            (intake::transform(&state, "transform", text.trim())?, 0)
        }
        _ => {
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE)
                .field("Content-Type")
                .detail("send the transform as application/json or text/plain"));
        }
    };
    request_one(&state, &image, transform, priority, &parts.headers).await
}

/// `GET /images/{id}/variants`
#[utoipa::path(
    get,
    path = "/images/{id}/variants",
    summary = "The variants that are kept",
    params(
        ("id" = String, Path, format = "uuid"),
    ),
    responses(
        (status = 200, description = "Each of them", body = schema::Variants),
    )
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let image = find(&state, &caller, &id).await?;
    let variants = state.portreto().variants(&image).await?;
    let variants: Vec<Value> = variants.iter().map(|v| view::variant(&image, v)).collect();
    Ok(Json(json!({ "variants": variants })).into_response())
}

/// `GET /images/{id}/variants/{key}/content`
#[utoipa::path(
    get,
    path = "/images/{id}/variants/{key}/content",
    summary = "The bytes of a variant",
    params(
        ("id" = String, Path, format = "uuid"),
        ("key" = String, Path, pattern = "^[0-9a-f]{64}$"),
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
    )
)]
pub(crate) async fn content(
    State(state): State<AppState>,
    caller: Caller,
    Path((id, key)): Path<(String, String)>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let image = find(&state, &caller, &id).await?;
    let variants = state.portreto().variants(&image).await?;
    let Some(variant) = variants.into_iter().find(|v| v.variant_key().to_string() == key) else {
        let detail = format!("the image has no variant {key:.80?}");
        return Err(Problem::new(StatusCode::NOT_FOUND).detail(detail));
    };
    give(&state, &image, &variant, &method, &headers).await
}

/// `POST /images/{id}/{levels}`: dithered to so many levels for each color.
#[utoipa::path(
    post,
    path = "/images/{id}/{levels}",
    summary = "Ask for it dithered to so many levels for each color",
    params(
        ("id" = String, Path, format = "uuid"),
        ("levels" = u16, Path, minimum = 2, maximum = 256),
        ("Prefer" = String, Header, description = "`wait=N`: so many seconds are waited for it"),
    ),
    responses(
        (status = 200, description = "It is there", body = schema::Variant),
        (status = 202, description = "A worker will make it", body = schema::Job, headers(("Location" = String))),
        (status = 409, description = "The job was taken back meanwhile", body = schema::Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn dither(
    State(state): State<AppState>,
    caller: Caller,
    Path((id, levels)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let transform = dithered(&levels)?;
    let image = find(&state, &caller, &id).await?;
    request_one(&state, &image, transform, 0, &headers).await
}

/// `GET /images/{id}/{levels}`
#[utoipa::path(
    get,
    path = "/images/{id}/{levels}",
    summary = "The dithered picture, or its job",
    params(
        ("id" = String, Path, format = "uuid"),
        ("levels" = u16, Path, minimum = 2, maximum = 256),
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
        (status = 202, description = "It is not there yet", body = schema::Job),
        (status = 409, description = "The job was taken back", body = schema::Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn dithering(
    State(state): State<AppState>,
    caller: Caller,
    Path((id, levels)): Path<(String, String)>,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let transform = dithered(&levels)?;
    let image = find(&state, &caller, &id).await?;
    if let Some(variant) = state.portreto().made(&image, &transform).await? {
        return give(&state, &image, &variant, &method, &headers).await;
    }
    match state.portreto().job_for(&image, &transform).await? {
        Some(job) => match view::failure(&job) {
            Some(problem) => Err(problem),
            None => Ok((StatusCode::ACCEPTED, Json(view::job(&job, &image, None))).into_response()),
        },
        None => Err(Problem::new(StatusCode::NOT_FOUND)
            .detail("it was not asked for: POST to the same path does that")),
    }
}

fn dithered(levels: &str) -> Result<Transform, Problem> {
    let wrong = |why: String| Problem::new(StatusCode::NOT_FOUND).field("levels").detail(why);
    if levels.is_empty() || levels.starts_with('0') || !levels.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong(format!("{levels:.80?} is nothing that an image has, and no number")));
    }
    let text = format!("dither:floyd-steinberg:levels={levels},png");
    text.parse().map_err(|error: portreto_core::Error| {
        Problem::new(StatusCode::BAD_REQUEST).field("levels").detail(error.to_string())
    })
}

/// Asks for a variant: 200 when it is there or comes while the client says it waits, else 202.
pub(crate) async fn request_one(
    state: &AppState,
    image: &Image,
    transform: Transform,
    priority: i32,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let wait = prefers_wait(headers)?.map(|wait| wait.min(state.config().longest_wait));
    let priority = if wait.is_some() { priority.max(WAITING) } else { priority };
    let portreto = state.portreto();
    let mut job = match portreto.request(image, &[transform], priority).await?.pop() {
        Some(Wanted::Kept(variant)) => {
            return Ok(Json(view::variant(image, &variant)).into_response());
        }
        Some(Wanted::Queued(job)) => job,
        None => return Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR)),
    };
    if let Some(wait) = wait {
        let id = job.id;
        let ended = portreto.await_end(job, wait).await?;
        job = ended.ok_or_else(|| {
            Problem::new(StatusCode::NOT_FOUND).detail(format!("the job {id} is gone"))
        })?;
        if let Some(problem) = view::failure(&job) {
            return Err(problem);
        }
        if job.state == JobState::Done
            && let Some(variant) = portreto.made_by(&job).await?
        {
            let mut response = Json(view::variant(image, &variant)).into_response();
            let applied = HeaderValue::from_static("wait");
            response.headers_mut().insert("preference-applied", applied);
            return Ok(response);
        }
    }
    let location = [(header::LOCATION, format!("/jobs/{}", job.id))];
    Ok((StatusCode::ACCEPTED, location, Json(view::job(&job, image, None))).into_response())
}

/// `Prefer: wait=N`, RFC 7240.
fn prefers_wait(headers: &HeaderMap) -> Result<Option<Duration>, Problem> {
    let preferences = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    for preference in preferences.flat_map(|value| value.split(',')) {
        if let Some(seconds) = preference.trim().strip_prefix("wait=") {
            let seconds = seconds.parse::<u32>().map_err(|_| {
                bad("Prefer", "wait in Prefer is not a number of seconds".to_owned())
            })?;
            return Ok(Some(Duration::from_secs(seconds.into())));
        }
    }
    Ok(None)
}

pub(super) async fn give(
    state: &AppState,
    image: &Image,
    variant: &Variant,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    let name = variant_name(&image.name, &variant.media_type);
    let representation = Representation {
        digest: variant.digest,
        bytes: variant.bytes,
        media_type: &variant.media_type,
        name: &name,
        cache_control: "private, no-cache",
        varies: false,
    };
    match representation.wanted(method, headers) {
        wants @ Wants::Answered(_) => Ok(representation.answer(wants, Body::empty())),
        wants => {
            let room = state.outgoing().take(usize::try_from(variant.bytes).unwrap_or(usize::MAX));
            let room = room.await?;
            let bytes = state.portreto().variant_bytes(variant).await?;
            let part = Representation::part_of(&wants, &bytes);
            drop(bytes);
            Ok(representation.answer(wants, spool::sent(state, part, Some(room)).await?))
        }
    }
}

/// The original's name with the extension of what the variant is.
pub(crate) fn variant_name(name: &str, media_type: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let extension = match media_type.rsplit('/').next().unwrap_or_default() {
        "jpeg" => "jpg",
        other => other,
    };
    format!("{stem}.{extension}")
}
