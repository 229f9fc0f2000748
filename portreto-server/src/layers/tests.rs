use axum::{
    Json,
    body::{Body, to_bytes},
    http::{Method, Request},
    routing::{get, post},
};
use serde_json::{Map, Value, json};
use tower::ServiceExt as _;

use super::*;

/// Routes that show each way in which a request can fail.
fn service() -> Router {
    let config = Config {
        body_bytes: 1_000,
        request_timeout: Duration::from_millis(20),
        ..Config::default()
    };
    let routes = Router::new()
        .route("/fine", get(async || "fine"))
        .route("/slow", get(std::future::pending::<&str>))
        .route("/panic", get(panics))
        .route("/length", post(async |body: String| body.len().to_string()))
        .route("/json", post(async |Json(value): Json<Value>| value.to_string()))
        .route("/gone", get(gone));
    around(routes, &config, tower::layer::util::Identity::new())
}

async fn panics() -> &'static str {
    panic!("as asked")
}

async fn gone() -> Problem {
    let extensions = Map::from_iter([("image".into(), json!("0198"))]);
    Problem::new(StatusCode::GONE).detail("deleted").extensions(extensions)
}

async fn send(request: Request<Body>) -> (Response<()>, Vec<u8>) {
    let response = service().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    (Response::from_parts(parts, ()), to_bytes(body, 100_000).await.unwrap().to_vec())
}

fn request(method: Method, path: &str, body: impl Into<Body>) -> Request<Body> {
    Request::builder().method(method).uri(path).body(body.into()).unwrap()
}

/// What a client gets for a failed request, after checking what all of them have in common.
async fn problem(request: Request<Body>) -> (Response<()>, Value) {
    let (response, body) = send(request).await;
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert!(body["type"].as_str().unwrap().starts_with("/problems/"));
    assert_eq!(body["status"], response.status().as_u16());
    assert_eq!(body["title"], response.status().canonical_reason().unwrap());
    assert_eq!(body["request_id"], response.headers()["x-request-id"].to_str().unwrap());
    (response, body)
}

#[tokio::test]
async fn what_succeeds_is_left_alone() {
    let (response, body) = send(request(Method::GET, "/fine", "")).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    assert_eq!(response.headers()["x-request-id"].len(), 36);
    assert_eq!(body, b"fine");
}

#[tokio::test]
async fn every_failure_is_a_problem() {
    let long = "x".repeat(1_001);
    for (method, path, body, status, detail) in [
        (Method::GET, "/nothing", "", 404, None),
        (Method::GET, "/%2e%2e%2fetc%2fpasswd", "", 404, None),
        (Method::DELETE, "/fine", "", 405, None),
        (Method::GET, "/slow", "", 503, Some("the answer took longer than the limit of 0.02 s")),
        (Method::GET, "/panic", "", 500, None),
        (Method::GET, "/gone", "", 410, Some("deleted")),
        (Method::POST, "/length", &*long, 413, Some("the body is above the limit of 1000 bytes")),
        (
            Method::POST,
            "/json",
            "{}",
            415,
            Some("Expected request with `Content-Type: application/json`"),
        ),
    ] {
        let case = format!("{method} {path}");
        let (response, body) = problem(request(method, path, body.to_owned())).await;
        assert_eq!(response.status(), status, "{case}");
        assert_eq!(body["detail"].as_str(), detail, "{case}");
        assert_eq!(response.headers().contains_key("retry-after"), status == 503, "{case}");
    }
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let (response, _) = problem(request(Method::DELETE, "/fine", "")).await;
    assert_eq!(response.headers()["allow"], "GET,HEAD");
}

#[tokio::test]
async fn a_problem_carries_its_further_members() {
    let (_, body) = problem(request(Method::GET, "/gone", "")).await;
    assert_eq!(body["image"], "0198");
}

#[tokio::test]
async fn a_body_is_bounded_whether_or_not_its_length_is_told() {
    for told in [true, false] {
        for (bytes, status) in [(1_000, 200), (1_001, 413)] {
            let chunk = "x".repeat(bytes);
            // A stream tells no length, as in a chunked request.
            let mut request = request(
                Method::POST,
                "/length",
                Body::from_stream(futures::stream::iter([Ok::<_, std::io::Error>(chunk)])),
            );
            if told {
                request.headers_mut().insert(header::CONTENT_LENGTH, bytes.into());
            }
            let (response, body) = send(request).await;
            assert_eq!(response.status(), status, "{bytes} bytes, told: {told}");
            if status == 200 {
                assert_eq!(body, bytes.to_string().as_bytes());
            } else {
                assert_eq!(response.headers()["content-type"], "application/problem+json");
            }
        }
    }
}

#[tokio::test]
async fn a_request_id_is_taken_over_when_it_is_plain() {
    let long = "x".repeat(65);
    for (id, kept) in [
        ("0198c0de-cafe", true),
        ("a.b_c:d", true),
        (&*long, false),
        ("", false),
        ("two words", false),
        ("\"},{\"", false),
    ] {
        for path in ["/fine", "/nothing"] {
            let mut request = request(Method::GET, path, "");
            request.headers_mut().insert(REQUEST_ID, id.parse().unwrap());
            let (response, _) = send(request).await;
            assert_eq!(response.headers()[REQUEST_ID] == id, kept, "{id:?}");
            assert_eq!(response.headers().get_all(REQUEST_ID).iter().count(), 1);
        }
    }
}
