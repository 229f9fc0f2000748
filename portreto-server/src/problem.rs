//! The one place that writes an error to a client: problem details, RFC 9457.

use std::{error::Error as _, fmt::Write as _};

use axum::{
    body::{Body, to_bytes},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use portreto_store::ErrorKind;
use serde::Serialize;
use serde_json::{Map, Value};
use tower_http::request_id::RequestId;

const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

/// When a client may try again what failed because something was away, seconds.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

/// When a client may try again what it tried too often, seconds.
const RETRY_LATER: HeaderValue = HeaderValue::from_static("60");

/// How to log in: RFC 6750.
const BEARER: HeaderValue = HeaderValue::from_static("Bearer");

/// The longest text of another layer that is taken over as the detail, bytes.
const DETAIL_BYTES: usize = 4_096;

/// Why a request failed, as its sender is told.
///
/// A handler returns it as its error; the body is written on the way out, where the request's id is
/// known.
///
/// # Examples
///
/// ```
/// use axum::{http::StatusCode, response::IntoResponse};
/// use portreto_server::Problem;
///
/// let response = Problem::new(StatusCode::NOT_FOUND).detail("there is no image 0198").into_response();
/// assert_eq!(response.status(), 404);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    status: StatusCode,
    kind: Option<&'static str>,
    detail: Option<String>,
    retry_after: Option<u64>,
    extensions: Map<String, Value>,
}

/// The members of RFC 9457, section 3.1.
#[derive(Serialize)]
struct Body9457<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(flatten)]
    extensions: &'a Map<String, Value>,
}

impl Problem {
    /// A problem with this status and nothing more to say.
    #[must_use]
    pub fn new(status: StatusCode) -> Self {
        Self { status, kind: None, detail: None, retry_after: None, extensions: Map::new() }
    }

    /// What is wrong with this request in particular, and what to do about it.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// What kind of problem it is, where the status alone does not tell: the last part of its type, `/problems/{kind}`.
    #[must_use]
    pub fn kind(mut self, kind: &'static str) -> Self {
        self.kind = Some(kind);
        self
    }

    /// The field, parameter or header that is at fault.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.extensions.insert("field".to_owned(), Value::String(field.into()));
        self
    }

    /// In how many seconds the same may be tried again.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The same with another status.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The body, for where a problem is a part of an answer.
    #[must_use]
    pub fn to_value(&self) -> Value {
        serde_json::to_value(self.body(None)).unwrap_or_default()
    }

    fn body<'a>(&'a self, request_id: Option<&'a str>) -> Body9457<'a> {
        Body9457 {
            r#type: format!("/problems/{}", self.kind.unwrap_or_else(|| kind_of(self.status))),
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: self.detail.as_deref(),
            request_id,
            extensions: &self.extensions,
        }
    }

    /// Further members of the body. Those of RFC 9457 itself are not to be among them.
    #[must_use]
    pub fn extensions(mut self, extensions: Map<String, Value>) -> Self {
        self.extensions.extend(extensions);
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response.extensions_mut().insert(self);
        response
    }
}

impl From<portreto_store::Error> for Problem {
    /// What the client can mend is told in full; what it cannot is logged, and told without its
    /// causes, which name paths and addresses of this machine.
    fn from(error: portreto_store::Error) -> Self {
        let status = status(error.kind());
        let kind = kind(error.kind());
        if status.is_client_error() {
            return Self::new(status).kind(kind).detail(chain(&error));
        }
        // Who has too much to do does not write about each time that it says so: the counters tell.
        if error.kind() == ErrorKind::Busy {
            tracing::debug!(error = chain(&error), "request turned away");
        } else {
            tracing::error!(error = chain(&error), "request failed");
        }
        Self::new(status).kind(kind).detail(error.to_string())
    }
}

fn status(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::NotAnImage => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ErrorKind::BadInput => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Conflict => StatusCode::CONFLICT,
        ErrorKind::Denied => StatusCode::UNAUTHORIZED,
        ErrorKind::Quota => StatusCode::FORBIDDEN,
        ErrorKind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::TooFewStores | ErrorKind::Unreadable | ErrorKind::Catalog | ErrorKind::Busy => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn kind(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::NotAnImage => "not-a-picture",
        ErrorKind::BadInput => "unusable",
        ErrorKind::NotFound => "not-found",
        ErrorKind::Conflict => "conflict",
        ErrorKind::Denied => "denied",
        ErrorKind::Quota => "quota",
        ErrorKind::TooMany => "too-many",
        ErrorKind::TooFewStores => "too-few-stores",
        ErrorKind::Unreadable => "unreadable",
        ErrorKind::Catalog => "catalog-away",
        ErrorKind::Busy => "busy",
        _ => "internal",
    }
}

/// The kinds of problems of which nothing more is known than their status.
fn kind_of(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "unauthorized",
        403 => "forbidden",
        404 => "not-found",
        405 => "method-not-allowed",
        408 => "too-slow",
        409 => "conflict",
        412 => "precondition-failed",
        413 | 431 => "too-large",
        415 => "media-type",
        416 => "range",
        422 => "unusable",
        429 => "too-many",
        503 => "unavailable",
        500..=599 => "internal",
        _ => "bad-request",
    }
}

/// An error and its causes in one line.
pub(crate) fn chain(error: &portreto_store::Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(line, ": {error}");
        cause = error.source();
    }
    line
}

/// Makes every error response a problem: those of handlers, and the bare or textual ones of the
/// router, the extractors and the layers.
pub(crate) async fn write(response: Response) -> Response {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let problem = match parts.extensions.remove::<Problem>() {
        Some(problem) => problem,
        None => Problem { detail: text(&parts.headers, body).await, ..Problem::new(status) },
    };
    let request_id = parts.extensions.get::<RequestId>();
    let request_id = request_id.and_then(|id| id.header_value().to_str().ok());
    let json = serde_json::to_vec(&problem.body(request_id));
    parts.headers.remove(header::CONTENT_LENGTH);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        parts.headers.entry(header::RETRY_AFTER).or_insert(RETRY_AFTER);
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        parts.headers.entry(header::RETRY_AFTER).or_insert(RETRY_LATER);
    }
    if status == StatusCode::UNAUTHORIZED {
        parts.headers.entry(header::WWW_AUTHENTICATE).or_insert(BEARER);
    }
    parts.headers.insert(header::CONTENT_TYPE, MEDIA_TYPE);
    Response::from_parts(parts, json.map_or_else(|_| Body::empty(), Body::from))
}

/// What an extractor or a layer had to say in plain text.
async fn text(headers: &axum::http::HeaderMap, body: Body) -> Option<String> {
    let media_type = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    if !media_type.starts_with("text/plain") {
        return None;
    }
    let bytes = to_bytes(body, DETAIL_BYTES).await.ok()?;
    String::from_utf8(bytes.into()).ok().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use portreto_store::ErrorKind;

    use super::*;

    #[test]
    fn each_kind_of_error_has_its_status() {
        for (kind, expected) in [
            (ErrorKind::NotAnImage, 415),
            (ErrorKind::BadInput, 422),
            (ErrorKind::NotFound, 404),
            (ErrorKind::Conflict, 409),
            (ErrorKind::Denied, 401),
            (ErrorKind::TooMany, 429),
            (ErrorKind::Quota, 403),
            (ErrorKind::TooFewStores, 503),
            (ErrorKind::Unreadable, 503),
            (ErrorKind::Catalog, 503),
            (ErrorKind::Busy, 503),
            (ErrorKind::Internal, 500),
        ] {
            assert_eq!(status(kind).as_u16(), expected, "{kind:?}");
        }
    }
}
