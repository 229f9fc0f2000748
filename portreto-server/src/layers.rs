//! What every request passes through on its way in, and every response on its way out.

use std::{any::Any, convert::Infallible, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, Request},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::Route,
};
use tower::{Layer, Service, ServiceBuilder};
use tower_http::{
    catch_panic::CatchPanicLayer,
    csrf::{CsrfLayer, ProtectionError},
    limit::RequestBodyLimitLayer,
    map_response_body::MapResponseBodyLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    set_header::SetResponseHeaderLayer,
    timeout::TimeoutLayer,
    trace::{DefaultOnResponse, TraceLayer},
};
use tracing::{Level, Span};

use crate::{
    config::Config,
    problem::{self, Problem},
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest request id that is taken over from a client, bytes.
const REQUEST_ID_BYTES: usize = 64;

/// Puts the layers around the routes; of each stack the first one is the outermost. The time of an answer is bounded within `inner`, which
/// may wait for clients.
///
/// A router puts every layer that it is given into a box, and each request has a copy of all boxes: so few stacks, not many layers.
pub(crate) fn around<L>(routes: Router, config: &Config, inner: L) -> Router
where
    L: Layer<Route> + Clone + Send + Sync + 'static,
    L::Service: Service<Request, Error = Infallible> + Clone + Send + Sync + 'static,
    <L::Service as Service<Request>>::Response: IntoResponse + 'static,
    <L::Service as Service<Request>>::Future: Send + 'static,
{
    let (body_bytes, request_timeout) = (config.body_bytes, config.request_timeout);
    let outer = ServiceBuilder::new()
        .map_request(without_strange_request_id)
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(span)
                .on_response(DefaultOnResponse::new().level(Level::INFO))
                // The line of the response tells of 5xx already.
                .on_failure(()),
        )
        .layer(SetResponseHeaderLayer::overriding(
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .layer(middleware::map_response(problem::write))
        .layer(MapResponseBodyLayer::new(Body::new))
        // Copies the id onto the response, where the problem finds it.
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(CatchPanicLayer::custom(panicked))
        .map_response(move |response| name_bound(response, body_bytes, request_timeout))
        .layer(MapResponseBodyLayer::new(Body::new))
        .layer(RequestBodyLimitLayer::new(body_bytes))
        // A page of somebody else has a browser send forms, above all to a server that asks nobody who they are.
        .layer(CsrfLayer::new())
        // One bound for every way of reading a body, instead of axum's own of 2 MB on some of them.
        .layer(DefaultBodyLimit::disable());
    routes
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, request_timeout))
        .layer(inner)
        .layer(outer)
}

/// Names the request in the log. Its query is left out: it may hold a signature.
fn span(request: &Request) -> Span {
    let id = request.headers().get(REQUEST_ID).and_then(|id| id.to_str().ok());
    tracing::info_span!("request", id, method = %request.method(), path = request.uri().path())
}

/// Drops an id that a client gave when it could not stand in a log line as it is.
fn without_strange_request_id(mut request: Request) -> Request {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(byte);
    let keep = request.headers().get(REQUEST_ID).is_none_or(|id| {
        (1..=REQUEST_ID_BYTES).contains(&id.len()) && id.as_bytes().iter().all(plain)
    });
    if !keep {
        request.headers_mut().remove(REQUEST_ID);
    }
    request
}

/// Says which bound it was, where the layer that keeps it says nothing.
fn name_bound(response: Response, body_bytes: usize, request_timeout: Duration) -> Response {
    if response.extensions().get::<Problem>().is_some() {
        return response;
    }
    if response.extensions().get::<ProtectionError>().is_some() {
        return Problem::new(StatusCode::FORBIDDEN)
            .kind("cross-origin")
            .field("Origin")
            .detail("the request was made by a page of another origin")
            .into_response();
    }
    let detail = match response.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            format!("the body is above the limit of {body_bytes} bytes")
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            format!("the answer took longer than the limit of {} s", request_timeout.as_secs_f32())
        }
        _ => return response,
    };
    Problem::new(response.status()).detail(detail).into_response()
}

#[expect(clippy::needless_pass_by_value, reason = "the signature is tower-http's")]
fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let message = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(panic = message, "a handler panicked");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR).into_response()
}

#[cfg(test)]
mod tests;
