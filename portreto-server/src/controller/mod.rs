//! The handlers, one file a noun.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use url::Url;

pub(crate) mod auth;
pub(crate) mod direct;
pub(crate) mod docs;
pub(crate) mod health;
pub(crate) mod image;
pub(crate) mod job;
pub(crate) mod metrics;
pub(crate) mod prototype;
pub(crate) mod resize;
pub(crate) mod store;
pub(crate) mod variant;

/// Sends a client to the store itself. `cache` says for how many seconds that may be remembered, and by everybody.
fn redirect(url: &Url, cache: Option<u64>) -> Response {
    let mut response = StatusCode::TEMPORARY_REDIRECT.into_response();
    let cache = match cache {
        Some(seconds) => format!("public, max-age={seconds}"),
        None => "no-store".to_owned(),
    };
    for (name, value) in [(header::LOCATION, url.as_str()), (header::CACHE_CONTROL, &cache)] {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
