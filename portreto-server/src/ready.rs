//! Answers that are ready: those of direct URLs that were asked for again, found by the URL as it was sent.
//!
//! A picture that everybody looks at costs its server more to read the URL, check its signature and write the headers than to send the
//! bytes. All of that comes out the same each time, for plain requests for URLs that do not expire.

use std::sync::Arc;

use axum::{
    body::Body,
    http::{HeaderMap, Method, header, request::Parts},
    response::Response,
};
use bytes::Bytes;
use portreto_core::Digest;
use quick_cache::{Weighter, sync::Cache};

/// The longest URL that is remembered, bytes.
const MAX_URL: usize = 1_024;

/// Answers by path and query, as many as there is room for.
#[derive(Debug)]
pub(crate) struct ReadyAnswers(Cache<String, Arc<Ready>, ByBytes>);

/// What is answered to a URL.
#[derive(Debug)]
struct Ready {
    original: Digest,
    head: HeaderMap,
    bytes: Bytes,
}

/// Counts the bytes of answers.
#[derive(Debug, Clone)]
struct ByBytes;

impl Weighter<String, Arc<Ready>> for ByBytes {
    fn weight(&self, url: &String, ready: &Arc<Ready>) -> u64 {
        // What it is made of beside its bytes: a dozen headers.
        (url.len() + ready.bytes.len() + 2_048) as u64
    }
}

impl ReadyAnswers {
    pub(crate) fn new(bytes: u64) -> Self {
        // An entry is thought to have 20 KB.
        let entries = usize::try_from(bytes / 20_000).unwrap_or(usize::MAX).max(16);
        Self(Cache::with_weighter(entries, bytes, ByBytes))
    }

    /// The answer to a request, if it is ready.
    pub(crate) fn to(&self, request: &Parts) -> Option<Response> {
        let ready = self.0.get(url(request)?)?;
        let mut response = Response::new(Body::from(ready.bytes.clone()));
        *response.headers_mut() = ready.head.clone();
        Some(response)
    }

    /// Remembers the answer to a request, if it is one that is always the same: `head` with all of `bytes`, of this original.
    pub(crate) fn keep(&self, request: &Parts, original: Digest, head: &HeaderMap, bytes: &Bytes) {
        if let Some(url) = url(request) {
            let ready = Ready { original, head: head.clone(), bytes: bytes.clone() };
            self.0.insert(url.to_owned(), Arc::new(ready));
        }
    }

    /// Forgets what was made of an original.
    pub(crate) fn forget(&self, original: &Digest) {
        self.0.retain(|_, ready| ready.original != *original);
    }
}

/// The URL of a request that asks for nothing but the whole.
fn url(request: &Parts) -> Option<&str> {
    let conditions = [header::RANGE, header::IF_RANGE, header::IF_MATCH, header::IF_NONE_MATCH];
    let plain = request.method == Method::GET
        && !conditions.iter().any(|name| request.headers.contains_key(name));
    let url = request.uri.path_and_query()?.as_str();
    (plain && url.len() <= MAX_URL).then_some(url)
}

#[cfg(test)]
mod tests {
    use axum::{body::to_bytes, http::Request};

    use super::*;

    fn request(method: &str, url: &str, name: &str) -> Parts {
        let mut request = Request::builder().method(method).uri(url);
        if !name.is_empty() {
            request = request.header(name, "x");
        }
        request.body(()).unwrap().into_parts().0
    }

    #[tokio::test]
    async fn only_plain_requests_have_ready_answers() {
        let answers = ReadyAnswers::new(1 << 20);
        let (original, bytes) = (Digest::of(b"original"), Bytes::from_static(b"picture"));
        let head = HeaderMap::from_iter([(header::ETAG, "\"1\"".parse().unwrap())]);
        for (method, name, plain) in [
            ("GET", "", true),
            ("GET", "accept", true),
            ("HEAD", "", false),
            ("GET", "range", false),
            ("GET", "if-range", false),
            ("GET", "if-match", false),
            ("GET", "if-none-match", false),
        ] {
            let request = request(method, "/i/a?s=1", name);
            answers.keep(&request, original, &head, &bytes);
            let answer = answers.to(&request);
            assert_eq!(answer.is_some(), plain, "{method} {name}");
            if let Some(answer) = answer {
                assert_eq!(answer.headers(), &head);
                assert_eq!(to_bytes(answer.into_body(), 100).await.unwrap(), bytes);
            }
        }
        let plain = request("GET", "/i/a?s=1", "");
        assert!(answers.to(&request("GET", "/i/a?s=2", "")).is_none());
        answers.forget(&Digest::of(b"other"));
        assert!(answers.to(&plain).is_some());
        answers.forget(&original);
        assert!(answers.to(&plain).is_none());
        let long = request("GET", &format!("/i/{}", "a".repeat(2_000)), "");
        answers.keep(&long, original, &head, &bytes);
        assert!(answers.to(&long).is_none());
    }
}
