//! `/health` and `/ready` of a real home, with and without its stores.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode},
};
use portreto_server::{AppState, Config, app};
use portreto_store::{Options, Portreto};
use serde_json::Value;
use tower::ServiceExt as _;

async fn open(home: &Path) -> AppState {
    let mut options = Options::new(home);
    options.create = true;
    AppState::new(Portreto::open(options).await.unwrap(), Config::default())
}

async fn get(state: &AppState, path: &str) -> (StatusCode, HeaderMap, Value) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    let (parts, body) = app(state.clone()).oneshot(request).await.unwrap().into_parts();
    let body = to_bytes(body, 100_000).await.unwrap();
    (parts.status, parts.headers, serde_json::from_slice(&body).unwrap())
}

/// Of each store: whether it is ready, and whether a reason is given.
fn stores(body: &Value) -> Vec<(bool, bool)> {
    let stores = body["stores"].as_array().unwrap();
    stores.iter().map(|store| (store["ready"] == true, store["reason"].is_string())).collect()
}

/// The directories of a home's stores.
fn store_directories(state: &AppState) -> Vec<PathBuf> {
    let stores = state.portreto().stores();
    stores.iter().map(|store| store.url.strip_prefix("file://").unwrap().into()).collect()
}

#[tokio::test]
async fn a_whole_home_is_ready() {
    let home = tempfile::tempdir().unwrap();
    let state = open(home.path()).await;
    let (status, headers, body) = get(&state, "/ready").await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(body["readiness"], "ready");
    assert_eq!(body["accepts_uploads"], true);
    assert_eq!(body["catalog"]["images"], 0);
    assert_eq!(body["queue"], serde_json::json!({ "ready": true, "jobs": 0 }));
    assert_eq!(stores(&body), [(true, false), (true, false)]);
    assert_eq!(body["stores"][0]["state"], "active");
    assert!(!body.to_string().contains(home.path().to_str().unwrap()), "{body}");
}

#[tokio::test]
async fn alive_asks_nothing() {
    let home = tempfile::tempdir().unwrap();
    let state = open(home.path()).await;
    drop(home);
    let (status, _, body) = get(&state, "/health").await;
    assert_eq!(status, 200);
    assert_eq!(body["status"], "alive");
    assert_eq!(body["version"], env!("CARGO_PKG_VERSION"));
}

#[tokio::test]
async fn a_server_about_to_stop_is_not_ready() {
    let home = tempfile::tempdir().unwrap();
    let state = open(home.path()).await;
    state.drain();
    let (status, headers, body) = get(&state, "/ready").await;
    assert_eq!(status, 503);
    assert_eq!(headers["content-type"], "application/problem+json");
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(body["readiness"], "stopping");
    assert_eq!(body["detail"], "the server is stopping");
    assert_eq!(body["accepts_uploads"], false);
    assert_eq!(get(&state, "/health").await.0, 200);
}

#[tokio::test]
async fn one_store_away_is_degraded_and_both_are_too_many() {
    let home = tempfile::tempdir().unwrap();
    let directories = store_directories(&open(home.path()).await);
    assert_eq!(directories.len(), 2);

    fs::remove_dir_all(&directories[0]).unwrap();
    let (status, _, body) = get(&open(home.path()).await, "/ready").await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["readiness"], "degraded");
    assert_eq!(body["accepts_uploads"], false);
    assert_eq!(stores(&body), [(false, true), (true, false)]);

    fs::remove_dir_all(&directories[1]).unwrap();
    let (status, headers, body) = get(&open(home.path()).await, "/ready").await;
    assert_eq!(status, 503, "{body}");
    assert_eq!(headers["retry-after"], "5");
    assert_eq!(body["readiness"], "unready");
    assert_eq!(body["detail"], "no store can be read");
    assert_eq!(stores(&body), [(false, true), (false, true)]);
}

/// Of a queue that nobody works on it is said for how long; everything else is served.
#[tokio::test]
async fn a_queue_that_stands_still_is_degraded() {
    let home = tempfile::tempdir().unwrap();
    let now = jiff::Timestamp::from_second(1_800_000_000).unwrap();
    let clock = std::sync::Arc::new(portreto_store::ManualClock::new(now));
    let mut options = Options::new(home.path());
    options.create = true;
    options.clock = clock.clone();
    let portreto = Portreto::open(options).await.unwrap();
    let upload = portreto_store::Upload {
        bytes: portreto_samples::jpeg_with_orientation(1, 32, 32).into(),
        name: "a.jpg".to_owned(),
        labels: std::collections::BTreeSet::new(),
        owner: String::new(),
        transforms: vec!["png".parse().unwrap()],
        keep_damaged: false,
    };
    portreto.add_later(upload).await.unwrap();
    let ready = async || {
        let state = AppState::new(portreto.clone(), Config::default());
        get(&state, "/ready").await.2
    };
    let body = ready().await;
    let queue = serde_json::json!({ "ready": true, "jobs": 1, "oldest_seconds": 0 });
    assert_eq!((&body["queue"], &body["readiness"]), (&queue, &"ready".into()));
    clock.advance(jiff::SignedDuration::from_mins(11));
    let body = ready().await;
    assert_eq!((&body["queue"]["ready"], &body["readiness"]), (&false.into(), &"degraded".into()));
    assert!(body["queue"]["reason"].as_str().unwrap().contains("waits for 660 s"), "{body}");
}
