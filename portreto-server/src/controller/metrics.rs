//! What the server counts.

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{caller::Caller, problem::Problem, state::AppState};

/// `GET /metrics`
pub(crate) async fn show(State(state): State<AppState>, _: Caller) -> Result<Response, Problem> {
    let text = state.telemetry().text(&state).await;
    let text = text.map_err(|_| Problem::new(StatusCode::INTERNAL_SERVER_ERROR))?;
    let media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, media_type)], text).into_response())
}
