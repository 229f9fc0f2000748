//! Variants: asked for, waited for, listed, given.

use std::time::Duration;

use axum::{
    Json,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use portreto_core::Transform;
use portreto_store::{Image, JobState, Variant, Wanted};
use serde::Deserialize;
use serde_json::{Value, json};

use super::image::find;
use crate::{
    caller::Caller,
    conditional::{Representation, Wants},
    intake::{self, Typed},
    problem::Problem,
    query::bad,
    state::AppState,
    view,
};

/// Who waits for an answer goes before those who look later, by so many minutes.
const WAITING: i32 = 10;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ask {
    transform: Typed,
    #[serde(default)]
    priority: i32,
}

/// `POST /images/{id}/variants`
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
        wants @ Wants::Answered(_) => Ok(representation.answer(wants, Bytes::new())),
        wants => {
            let bytes = state.portreto().variant_bytes(variant).await?;
            Ok(representation.answer(wants, bytes))
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
