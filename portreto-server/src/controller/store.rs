//! The stores, and how they are.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use portreto_store::CallTally;
use serde_json::{Value, json};

use crate::{caller::Caller, openapi::schema, problem::Problem, state::AppState};

/// `GET /stores`
#[utoipa::path(
    get,
    path = "/stores",
    summary = "The stores and how they are",
    responses(
        (status = 200, description = "Each of them", body = schema::Stores),
    )
)]
pub(crate) async fn list(State(state): State<AppState>, _: Caller) -> Result<Response, Problem> {
    Ok(told(&state))
}

/// The stores, for whoever may know.
pub(crate) fn told(state: &AppState) -> Response {
    let calls = state.portreto().store_calls();
    // A URL of a bucket may hold a secret; of a directory, it says how the machine is laid out.
    let stores: Vec<Value> = state
        .portreto()
        .stores()
        .into_iter()
        .map(|store| {
            let scheme = store.url.split(':').next().unwrap_or_default().to_owned();
            let tallies = calls.iter().find(|(id, _)| *id == store.id).map(|(_, tallies)| tallies);
            let calls: serde_json::Map<String, Value> = tallies
                .into_iter()
                .flatten()
                .map(|tally| (tally.kind.to_owned(), call(tally)))
                .collect();
            json!({
                "id": store.id,
                "scheme": scheme,
                "state": store.state,
                "weight": store.weight,
                "healthy": store.offline.is_none(),
                "reason": store.offline,
                "read_only": store.read_only,
                "read_p95_ms": store.read_p95_ms,
                "calls": calls,
            })
        })
        .collect();
    Json(json!({ "stores": stores })).into_response()
}

fn call(tally: &CallTally) -> Value {
    json!({
        "count": tally.times.count,
        "missing": tally.missing,
        "failed": tally.failed,
        "bytes": tally.bytes,
        "mean_ms": tally.times.mean().map(|seconds| seconds * 1e3),
    })
}
