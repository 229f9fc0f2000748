//! The stores, and how they are.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{caller::Caller, problem::Problem, state::AppState};

/// `GET /stores`
pub(crate) async fn list(State(state): State<AppState>, _: Caller) -> Result<Response, Problem> {
    // A URL of a bucket may hold a secret; of a directory, it says how the machine is laid out.
    let stores: Vec<Value> = state
        .portreto()
        .stores()
        .into_iter()
        .map(|store| {
            let scheme = store.url.split(':').next().unwrap_or_default().to_owned();
            json!({
                "id": store.id,
                "scheme": scheme,
                "state": store.state,
                "weight": store.weight,
                "healthy": store.offline.is_none(),
                "reason": store.offline,
            })
        })
        .collect();
    Ok(Json(json!({ "stores": stores })).into_response())
}
