//! What the server can be asked, for machines and for people.

use axum::{
    Json,
    http::header,
    response::{Html, IntoResponse},
};

use crate::openapi;

/// Nothing but its own style is taken from anywhere.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `GET /openapi.json`
pub(crate) async fn machines() -> impl IntoResponse {
    Json(openapi::document())
}

/// `GET /docs`
pub(crate) async fn people() -> impl IntoResponse {
    ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(openapi::page()))
}
