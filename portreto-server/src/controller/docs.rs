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
#[utoipa::path(
    get,
    path = "/openapi.json",
    summary = "This",
    security(()),
    responses(
        (status = 200, description = "OpenAPI 3.1", body = Object),
    )
)]
pub(crate) async fn machines() -> impl IntoResponse {
    Json(&*openapi::DOCUMENT)
}

/// `GET /docs`
#[utoipa::path(
    get,
    path = "/docs",
    summary = "This, for people",
    security(()),
    responses(
        (status = 200, description = "A page without scripts", body = String, content_type = "text/html"),
    )
)]
pub(crate) async fn people() -> impl IntoResponse {
    ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(openapi::page()))
}
