//! What the server counts.

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{caller::Caller, problem::Problem, state::AppState};

/// `GET /metrics`
#[utoipa::path(
    get,
    path = "/metrics",
    summary = "What is counted, for Prometheus",
    responses(
        (status = 200, description = "OpenMetrics 1.0", body = String, content_type = "application/openmetrics-text"),
    )
)]
pub(crate) async fn show(State(state): State<AppState>, _: Caller) -> Result<Response, Problem> {
    told(&state).await
}

/// The metrics, for whoever may know.
pub(crate) async fn told(state: &AppState) -> Result<Response, Problem> {
    let text = state.telemetry().text(state).await;
    let text = text.map_err(|_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR))?;
    let media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, media_type)], text).into_response())
}
