//! The wire between a place and a bucket, which breaks as the script says.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt;
use http::{HeaderValue, Response, StatusCode, header};
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use object_store::{
    ClientOptions,
    client::{
        HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse,
        HttpResponseBody, HttpService,
    },
};
use portreto_scratch_s3::Memory;
use s3s::service::S3Service;

/// What happens to one request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    /// Nothing.
    Nothing,
    /// It never gets there.
    NotSent,
    /// It takes effect, and the connection breaks before the answer.
    LostAnswer,
    /// It never gets there, and nobody says so.
    Hang,
    /// It takes effect, and the answer never comes.
    LostAnswerHang,
    /// The answer takes so long.
    Slow(Duration),
    /// The server answers this and does nothing; with so many seconds of `Retry-After`.
    Status(u16, &'static str, Option<u64>),
    /// It takes effect, and the server answers this.
    StatusAfter(u16, &'static str),
    /// One bit of what is sent flips.
    FlipThere,
    /// One bit of the answer's body flips.
    FlipBack,
    /// The answer's body ends in its middle.
    Cut,
    /// The answer's body stops in its middle and neither goes on nor ends.
    Stall,
    /// The answer's body is what was there before the last put.
    Old,
}

/// Cheap to clone; all clones are the same wire.
#[derive(Debug, Clone)]
pub(crate) struct Wire {
    pub(crate) server: Memory,
    service: S3Service,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    script: VecDeque<Fault>,
    always: Option<(&'static str, Fault)>,
    log: Vec<String>,
}

impl Wire {
    pub(crate) fn new() -> Self {
        let server = Memory::default();
        // So that every listing of a test has several.
        server.list_in_pages_of(3);
        let service = server.service(crate::KEY, crate::SECRET);
        Self { server, service, state: Arc::default() }
    }

    /// What happens to the next requests; to those after them nothing, or what always happens.
    pub(crate) fn script(&self, faults: &[Fault]) {
        self.state.lock().unwrap().script = faults.iter().copied().collect();
    }

    /// What happens to every request from now on whose method and path contain `to`.
    pub(crate) fn always(&self, to: &'static str, fault: Fault) {
        self.state.lock().unwrap().always = Some((to, fault));
    }

    /// The requests since it was last asked: `PUT blobs/…`, without what is the same in all.
    pub(crate) fn take_log(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().log)
    }

    fn next(&self, request: &str) -> Fault {
        let mut state = self.state.lock().unwrap();
        state.log.push(request.to_owned());
        match (state.script.pop_front(), state.always) {
            (Some(fault), _) => fault,
            (None, Some((to, fault))) if request.contains(to) => fault,
            _ => Fault::Nothing,
        }
    }

    async fn serve(&self, request: HttpRequest, flip: bool) -> (http::response::Parts, Bytes) {
        let (mut parts, body) = request.into_parts();
        let host = HeaderValue::from_str(parts.uri.authority().unwrap().as_str()).unwrap();
        parts.headers.insert(header::HOST, host);
        let mut bytes = body.collect().await.unwrap().to_bytes();
        if flip {
            bytes = flipped(&bytes);
        }
        parts.headers.insert(header::CONTENT_LENGTH, bytes.len().into());
        let request = http::Request::from_parts(parts, s3s::Body::from(bytes));
        let (parts, body) = self.service.call(request).await.unwrap().into_parts();
        (parts, BodyExt::collect(body).await.unwrap().to_bytes())
    }
}

impl HttpConnector for Wire {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

#[async_trait]
impl HttpService for Wire {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let path = request.uri().path().trim_start_matches("/photos").trim_start_matches("/family");
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        let told = format!("{} {}{query}", request.method(), path.trim_start_matches('/'));
        let fault = self.next(&told);
        let broken = |kind| {
            let cause = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
            Err(HttpError::new(kind, cause))
        };
        match fault {
            Fault::NotSent => return broken(HttpErrorKind::Connect),
            Fault::Hang => return std::future::pending().await,
            Fault::Status(status, code, wait) => return Ok(status_answer(status, code, wait)),
            _ => {}
        }
        let name = request.uri().path().trim_start_matches('/').to_owned();
        let (parts, bytes) = self.serve(request, fault == Fault::FlipThere).await;
        let body: HttpResponseBody = match fault {
            Fault::LostAnswer => return broken(HttpErrorKind::Interrupted),
            Fault::LostAnswerHang => return std::future::pending().await,
            Fault::StatusAfter(status, code) => return Ok(status_answer(status, code, None)),
            Fault::Slow(delay) => {
                tokio::time::sleep(delay).await;
                bytes.into()
            }
            Fault::FlipBack => flipped(&bytes).into(),
            Fault::Cut => bytes.slice(..bytes.len() / 2).into(),
            Fault::Stall => {
                let half = bytes.slice(..bytes.len() / 2);
                let stream = futures::stream::iter([Ok(Frame::data(half))])
                    .chain(futures::stream::pending());
                HttpResponseBody::new(StreamBody::new(SyncStream(stream.boxed().into())))
            }
            Fault::Old => self.server.old_object(&name).unwrap().into(),
            _ => bytes.into(),
        };
        Ok(Response::from_parts(parts, body))
    }
}

fn flipped(bytes: &Bytes) -> Bytes {
    let mut bytes = bytes.to_vec();
    let middle = bytes.len() / 2;
    if let Some(byte) = bytes.get_mut(middle) {
        *byte ^= 1;
    }
    bytes.into()
}

fn status_answer(status: u16, code: &str, retry_after: Option<u64>) -> HttpResponse {
    let body = format!("<Error><Code>{code}</Code><Message>says the script</Message></Error>");
    let mut response = Response::new(HttpResponseBody::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

/// A stream behind a lock, since bodies are `Sync`.
struct SyncStream(Mutex<futures::stream::BoxStream<'static, Result<Frame<Bytes>, HttpError>>>);

impl futures::Stream for SyncStream {
    type Item = Result<Frame<Bytes>, HttpError>;

    fn poll_next(
        self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        self.0.lock().unwrap().poll_next_unpin(cx)
    }
}
