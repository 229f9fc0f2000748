//! Jobs: how far they are, told when asked or as it happens.

use std::{convert::Infallible, time::Duration};

use axum::{
    Json,
    extract::{Path, RawQuery, State},
    http::{StatusCode, header},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::stream;
use portreto_store::{ImageId, Job, JobFilter, JobId, JobState};
use serde_json::{Value, json};

use crate::{
    caller::Caller, openapi::schema, problem::Problem, query::Query, state::AppState, view,
};

/// How long events are sent before the client has to ask again.
const EVENTS_LAST: Duration = Duration::from_mins(10);
/// How soon events end when the server does.
const LOOK_UP: Duration = Duration::from_secs(1);

fn parsed(id: &str) -> Result<JobId, Problem> {
    id.parse().map_err(|_| {
        Problem::new(StatusCode::NOT_FOUND)
            .field("id")
            .detail(format!("{id:.80?} is not the id of a job"))
    })
}

async fn shown(state: &AppState, owner: &str, job: &Job) -> Result<Value, Problem> {
    let (job, image) = state.portreto().job(owner, job.id).await?;
    let made =
        if job.state == JobState::Done { state.portreto().made_by(&job).await? } else { None };
    let mut shown = view::job(&job, &image, made.as_ref());
    if job.state == JobState::Queued {
        shown["progress"] = json!({ "ahead": state.portreto().jobs_ahead(&job).await? });
    }
    Ok(shown)
}

/// `GET /jobs`
#[utoipa::path(
    get,
    path = "/jobs",
    summary = "Jobs on your images, newest first",
    params(
        ("limit" = u16, Query, minimum = 1, maximum = 1000),
        ("after" = String, Query, format = "uuid"),
        ("state" = schema::State, Query),
        ("image" = String, Query, format = "uuid"),
    ),
    responses(
        (status = 200, description = "A page of them", body = schema::Jobs),
        (status = 404, description = "There is no such image of yours", body = schema::Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(state): State<AppState>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let mut query = Query::read(query.as_deref());
    let limit = query.limit()?;
    let after = query.one::<JobId>("after")?;
    let only = query.one::<JobState>("state")?;
    let image = query.one::<ImageId>("image")?;
    query.end()?;
    let portreto = state.portreto();
    let original = match image {
        Some(image) => Some(portreto.image(&caller.owner, image).await?.digest),
        None => None,
    };
    let filter = JobFilter { owner: Some(caller.owner.clone()), original, state: only };
    let page = portreto.jobs(&filter, after, limit).await?;
    let mut jobs = Vec::with_capacity(page.jobs.len());
    for job in &page.jobs {
        // One whose picture was deleted meanwhile is not listed.
        if let Some(image) = portreto.image_of(&caller.owner, &job.original).await? {
            jobs.push(view::job(job, &image, None));
        }
    }
    Ok(Json(json!({ "jobs": jobs, "next": page.next })).into_response())
}

/// `GET /jobs/{id}`
#[utoipa::path(
    get,
    path = "/jobs/{id}",
    summary = "A job",
    params(
        ("id" = String, Path, format = "uuid"),
    ),
    responses(
        (status = 200, description = "How far it is", body = schema::Job),
    )
)]
pub(crate) async fn show(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (job, _) = state.portreto().job(&caller.owner, parsed(&id)?).await?;
    let body = Json(shown(&state, &caller.owner, &job).await?);
    Ok(([(header::CACHE_CONTROL, "no-store")], body).into_response())
}

/// `DELETE /jobs/{id}`
#[utoipa::path(
    delete,
    path = "/jobs/{id}",
    summary = "Take a job back",
    params(
        ("id" = String, Path, format = "uuid"),
    ),
    responses(
        (status = 200, description = "As it is now", body = schema::Job),
        (status = 409, description = "Somebody else wants it, too", body = schema::Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn cancel(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let job = state.portreto().cancel_job(&caller.owner, parsed(&id)?).await?;
    Ok(Json(shown(&state, &caller.owner, &job).await?).into_response())
}

/// `POST /jobs/{id}/rerun`
#[utoipa::path(
    post,
    path = "/jobs/{id}/rerun",
    summary = "Try a job again that has failed",
    params(
        ("id" = String, Path, format = "uuid"),
    ),
    responses(
        (status = 202, description = "As it is now", body = schema::Job),
    )
)]
pub(crate) async fn rerun(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let job = state.portreto().rerun_job(&caller.owner, parsed(&id)?).await?;
    let body = Json(shown(&state, &caller.owner, &job).await?);
    Ok((StatusCode::ACCEPTED, body).into_response())
}

/// `GET /jobs/{id}/events`: how it is now, and each time it changes, until it has ended.
#[utoipa::path(
    get,
    path = "/jobs/{id}/events",
    summary = "A job each time it changes",
    params(
        ("id" = String, Path, format = "uuid"),
    ),
    responses(
        (status = 200, description = "Server-sent events", body = schema::Event, content_type = "text/event-stream"),
    )
)]
pub(crate) async fn events(
    State(state): State<AppState>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (job, _) = state.portreto().job(&caller.owner, parsed(&id)?).await?;
    let end = tokio::time::Instant::now() + EVENTS_LAST;
    // What is to be sent next; none when the last event was sent.
    let first = Some((job, true));
    let events = stream::unfold(first, move |next| {
        let (state, owner) = (state.clone(), caller.owner.clone());
        async move {
            let (mut job, mut is_new) = next?;
            while !is_new {
                if state.is_draining() || tokio::time::Instant::now() >= end {
                    return None;
                }
                let changed = state.portreto().await_change(&job, LOOK_UP).await.ok()??;
                is_new = changed != job;
                job = changed;
            }
            let data = shown(&state, &owner, &job).await.ok()?;
            let event = Event::default().event(job.state.name()).json_data(data).ok()?;
            let next = if job.state.is_final() { None } else { Some((job, false)) };
            Some((Ok::<_, Infallible>(event), next))
        }
    });
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    Ok((headers, Sse::new(events).keep_alive(KeepAlive::default())).into_response())
}
