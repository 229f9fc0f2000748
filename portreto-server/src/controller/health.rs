//! Whether this server lives, and whether it should be sent requests.

use std::time::Duration;

use axum::{
    Json,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use portreto_store::{StoreState, StoreStatus};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{
    openapi::schema,
    problem::{Problem, chain},
    state::{AppState, CatalogAnswer, Here},
};

/// How long a job may wait before the queue is worth a word.
const QUEUE_WAITS: Duration = Duration::from_mins(10);

/// The process runs and answers; nothing else is asked.
#[utoipa::path(
    get,
    path = "/health",
    summary = "The server lives",
    security(()),
    responses(
        (status = 200, description = "It does", body = schema::Health),
    )
)]
pub(crate) async fn alive() -> impl IntoResponse {
    let body = json!({ "status": "alive", "version": env!("CARGO_PKG_VERSION") });
    ([(header::CACHE_CONTROL, "no-store")], Json(body))
}

/// Whether requests can be served: the catalog answers and some store can be read.
///
/// With a store offline it is `degraded`, with the reason, and still 200: everything reads back. The
/// members of the body are the same when it is a problem.
#[utoipa::path(
    get,
    path = "/ready",
    summary = "The server can serve, or why not",
    security(()),
    responses(
        (status = 200, description = "It can, if perhaps without one of its parts", body = schema::Ready),
    )
)]
pub(crate) async fn ready(State(state): State<AppState>) -> Response {
    let catalog = state.catalog().await;
    let report = Report::new(state.is_draining(), &catalog, &state.portreto().stores());
    let mut response = match &report.why_not {
        Some(reason) => Problem::new(StatusCode::SERVICE_UNAVAILABLE)
            .detail(reason.clone())
            .extensions(report.members())
            .into_response(),
        None => Json(report.members()).into_response(),
    };
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    response
}

/// What `/ready` found.
#[derive(Debug)]
struct Report {
    catalog: Part,
    queue: QueuePart,
    stores: Vec<StorePart>,
    draining: bool,
    why_not: Option<String>,
}

#[derive(Debug, Serialize)]
struct Part {
    ready: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    images: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// The queue of jobs. It is not ready when nobody works on it, which keeps nothing else from being served.
#[derive(Debug, Serialize)]
struct QueuePart {
    ready: bool,
    /// How many wait or run.
    #[serde(skip_serializing_if = "Option::is_none")]
    jobs: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    oldest_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl QueuePart {
    fn new(catalog: &CatalogAnswer) -> Self {
        let CatalogAnswer::Here(Here { pulse, .. }) = catalog else {
            let reason = Some("the catalog does not answer".to_owned());
            return Self { ready: false, jobs: None, oldest_seconds: None, reason };
        };
        let reason = pulse.oldest.filter(|waited| *waited > QUEUE_WAITS).map(|waited| {
            format!("the oldest job waits for {} s: there are too few workers", waited.as_secs())
        });
        Self {
            ready: reason.is_none(),
            jobs: Some(pulse.queued + pulse.running),
            oldest_seconds: pulse.oldest.map(|waited| waited.as_secs()),
            reason,
        }
    }
}

/// A store without its URL, which is nobody's business who may ask whether the server is ready.
#[derive(Debug, Serialize)]
struct StorePart {
    id: String,
    state: StoreState,
    ready: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl Report {
    fn new(draining: bool, catalog: &CatalogAnswer, stores: &[StoreStatus]) -> Self {
        let queue = QueuePart::new(catalog);
        let catalog = match catalog {
            CatalogAnswer::Here(Here { pulse, .. }) => {
                Part { ready: true, images: Some(pulse.images), reason: None }
            }
            CatalogAnswer::Failed(error) => {
                Part { ready: false, images: None, reason: Some(chain(error)) }
            }
            CatalogAnswer::Silent => Part {
                ready: false,
                images: None,
                reason: Some("it did not answer in time".into()),
            },
        };
        let stores: Vec<_> = stores
            .iter()
            .map(|store| StorePart {
                id: store.id.to_string(),
                state: store.state,
                ready: store.offline.is_none(),
                reason: store.offline.clone(),
            })
            .collect();
        let why_not = if draining {
            Some("the server is stopping".into())
        } else if !catalog.ready {
            Some("the catalog does not answer".into())
        } else if !stores.iter().any(|store| store.ready) {
            Some("no store can be read".into())
        } else {
            None
        };
        Self { catalog, queue, stores, draining, why_not }
    }

    /// Whether an upload would find the two stores it needs.
    fn accepts_uploads(&self) -> bool {
        let takes = |store: &&StorePart| store.ready && store.state == StoreState::Active;
        self.why_not.is_none() && self.stores.iter().filter(takes).count() >= 2
    }

    fn word(&self) -> &'static str {
        if self.draining {
            "stopping"
        } else if self.why_not.is_some() {
            "unready"
        } else if self.queue.ready
            && self.stores.iter().all(|store| store.ready)
            && self.accepts_uploads()
        {
            "ready"
        } else {
            "degraded"
        }
    }

    fn members(&self) -> Map<String, Value> {
        let members = json!({
            "readiness": self.word(),
            "accepts_uploads": self.accepts_uploads(),
            "catalog": self.catalog,
            "queue": self.queue,
            "stores": self.stores,
        });
        match members {
            Value::Object(members) => members,
            _ => unreachable!("written as an object above"),
        }
    }
}
