//! Bodies wait for slow clients in files, not in memory, and nothing that is scarce waits with them.
//!
//! A request's body is received whole before its handler begins: up to [`IN_MEMORY`] bytes in memory that was reserved, more in a
//! file without a name. Only then room is taken for it, for as long as it is worked on. The bytes of an answer are in memory only
//! while most of the room for answers is free.

use std::{io, path::Path, sync::Arc, time::Duration};

use axum::{
    body::{Body, HttpBody as _},
    extract::{Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt as _, stream};
use tokio::{
    fs::File,
    io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};
use tracing::Instrument as _;

use crate::{caller::Identity, intake::broken_body, problem::Problem, state::AppState};

/// Bytes of a body that are kept in memory while it comes.
const IN_MEMORY: usize = 256 << 10;
/// Bytes that are read from a file or given to a connection at once.
const CHUNK: usize = 256 << 10;
/// What is smaller costs less than counting it.
pub(crate) const SMALL: usize = 64 << 10;
/// How long a client may take before its pace is looked at.
const GRACE: Duration = Duration::from_secs(10);

/// Room for the bytes of answers.
#[derive(Debug)]
pub(crate) struct Room {
    pieces: Arc<Semaphore>,
    all: u32,
}

/// Memory is counted in pieces of this size, bytes.
const PIECE: usize = 1 << 16;
/// How long somebody may wait for room.
const PATIENCE: Duration = Duration::from_secs(5);

impl Room {
    pub(crate) fn new(bytes: usize) -> Self {
        let all = (bytes / PIECE).clamp(1, 1 << 24);
        let pieces = Arc::new(Semaphore::new(all));
        Self { pieces, all: u32::try_from(all).unwrap_or(u32::MAX) }
    }

    /// Waits for room for so many bytes; what is larger than all of it has it alone.
    pub(crate) async fn take(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Problem> {
        let pieces = u32::try_from(bytes.div_ceil(PIECE)).unwrap_or(u32::MAX);
        let room = self.pieces.clone().acquire_many_owned(pieces.clamp(1, self.all));
        match tokio::time::timeout(PATIENCE, room).await {
            Ok(Ok(room)) => Ok(room),
            _ => Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE).kind("busy").detail(
                "more bytes are under way than there is memory for: try again in some seconds",
            )),
        }
    }

    /// Whether so much is free that what was taken can be kept for as long as a client takes.
    fn is_ample(&self) -> bool {
        self.pieces.available_permits() >= self.all as usize / 2
    }
}

/// Receives the body of a request.
pub(crate) async fn receive(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    if request.body().is_end_stream() {
        return match *request.method() {
            Method::GET | Method::HEAD => next.run(request).await,
            _ => to_its_end(&state, next.run(request), None).await,
        };
    }
    // Who may not ask need not send.
    if let Some(Err(problem)) = request.extensions().get::<Identity>() {
        return problem.clone().into_response();
    }
    let (parts, body) = request.into_parts();
    match received(&state, &parts.headers, body).await {
        Ok((body, room)) => {
            to_its_end(&state, next.run(Request::from_parts(parts, body)), room).await
        }
        Err(problem) => problem.into_response(),
    }
}

/// Answers a request that may change something: a client that goes away does not stop it in the middle. `room` is what its body takes.
async fn to_its_end(
    state: &AppState,
    answering: impl Future<Output = Response> + Send + 'static,
    room: Option<OwnedSemaphorePermit>,
) -> Response {
    let place = state.under_way().begin().await;
    let answering = async move {
        let answer = answering.await;
        drop((room, place));
        answer
    };
    match tokio::spawn(answering.in_current_span()).await {
        Ok(answer) => answer,
        Err(error) => match error.try_into_panic() {
            // As if it had not been on its own: the layer that answers for panics is around this.
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Problem::new(StatusCode::SERVICE_UNAVAILABLE).kind("busy").into_response(),
        },
    }
}

/// Requests that are answered to their end.
#[derive(Debug)]
pub(crate) struct UnderWay(Arc<Semaphore>);

/// As many as there may be: connections are fewer.
const MOST_UNDER_WAY: u32 = 1 << 20;

impl UnderWay {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(MOST_UNDER_WAY as usize)))
    }

    async fn begin(&self) -> Option<OwnedSemaphorePermit> {
        self.0.clone().acquire_owned().await.ok()
    }

    /// Waits until there are none.
    pub(crate) async fn ended(&self) {
        let _all = self.0.acquire_many(MOST_UNDER_WAY).await;
    }
}

async fn received(
    state: &AppState,
    headers: &HeaderMap,
    body: Body,
) -> Result<(Body, Option<OwnedSemaphorePermit>), Problem> {
    let told = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let told = told.and_then(|text| text.parse::<usize>().ok());
    let mut room = Some(state.intake().take(told.unwrap_or(IN_MEMORY).min(IN_MEMORY)).await?);
    let mut pace = Pace::new(state);
    let mut stream = body.into_data_stream();
    let mut memory = BytesMut::with_capacity(told.unwrap_or(0).min(IN_MEMORY));
    let mut file: Option<File> = None;
    let mut length = 0;
    while let Some(chunk) = pace.wait(stream.next()).await? {
        let chunk = chunk.map_err(|error| broken_body(&error))?;
        length += chunk.len();
        pace.came(chunk.len());
        if let Some(file) = &mut file {
            file.write_all(&chunk).await.map_err(|error| no_file(&error))?;
        } else if memory.len() + chunk.len() <= IN_MEMORY {
            memory.extend_from_slice(&chunk);
        } else {
            let mut new = unnamed(&state.config().spool)?;
            new.write_all(&memory).await.map_err(|error| no_file(&error))?;
            new.write_all(&chunk).await.map_err(|error| no_file(&error))?;
            (file, memory, room) = (Some(new), BytesMut::new(), None);
        }
    }
    let Some(file) = file else { return Ok((Body::from(memory.freeze()), room)) };
    let room = Some(state.intake().take(length).await?);
    let body = from_start(file, length).await.map_err(|error| no_file(&error))?;
    Ok((Body::from_stream(body), room))
}

/// The bytes of an answer, for as long as its client takes. `room` was taken for them.
pub(crate) async fn sent(
    state: &AppState,
    bytes: Bytes,
    room: Option<OwnedSemaphorePermit>,
) -> Result<Body, Problem> {
    if bytes.len() <= SMALL {
        return Ok(Body::from(bytes));
    }
    let outgoing = state.outgoing();
    let room = match room {
        Some(room) => room,
        None => outgoing.take(bytes.len()).await?,
    };
    if outgoing.is_ample() {
        let pieces = stream::unfold((bytes, room), async |(mut bytes, room)| {
            if bytes.is_empty() {
                return None;
            }
            let piece = bytes.split_to(bytes.len().min(CHUNK));
            Some((Ok::<_, io::Error>(piece), (bytes, room)))
        });
        return Ok(Body::from_stream(pieces));
    }
    let length = bytes.len();
    let spooled = async {
        let mut file = unnamed(&state.config().spool)?;
        file.write_all(&bytes).await.map_err(|error| no_file(&error))?;
        drop(bytes);
        from_start(file, length).await.map_err(|error| no_file(&error))
    };
    let body = spooled.await?;
    drop(room);
    Ok(Body::from_stream(body))
}

/// A file that is gone when it is closed, by whatever end.
fn unnamed(directory: &Path) -> Result<File, Problem> {
    match tempfile::tempfile_in(directory) {
        Ok(file) => Ok(File::from_std(file)),
        Err(error) => Err(no_file(&error)),
    }
}

fn no_file(error: &io::Error) -> Problem {
    tracing::error!(%error, "a body cannot be kept in a file");
    Problem::new(StatusCode::SERVICE_UNAVAILABLE)
        .kind("busy")
        .detail("the server has no room for what is under way: try again in some seconds")
}

async fn from_start(
    mut file: File,
    length: usize,
) -> io::Result<impl Stream<Item = io::Result<Bytes>>> {
    file.flush().await?;
    file.rewind().await?;
    Ok(stream::unfold((file, length), async |(mut file, left)| {
        if left == 0 {
            return None;
        }
        let mut piece = BytesMut::zeroed(left.min(CHUNK));
        match file.read(&mut piece).await {
            Ok(0) => Some((Err(io::ErrorKind::UnexpectedEof.into()), (file, 0))),
            Ok(n) => {
                piece.truncate(n);
                Some((Ok(piece.freeze()), (file, left - n)))
            }
            Err(error) => Some((Err(error), (file, 0))),
        }
    }))
}

/// How fast a body comes.
struct Pace {
    began: Instant,
    bytes: u64,
    idle: Duration,
    least: u64,
}

impl Pace {
    fn new(state: &AppState) -> Self {
        let config = state.config();
        Self { began: Instant::now(), bytes: 0, idle: config.body_idle, least: config.body_pace }
    }

    fn came(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
    }

    async fn wait<T>(&self, next: impl Future<Output = T>) -> Result<T, Problem> {
        let slow = |detail: String| Problem::new(StatusCode::REQUEST_TIMEOUT).detail(detail);
        let since = self.began.elapsed().saturating_sub(GRACE.min(self.idle));
        if since.as_secs().saturating_mul(self.least) > self.bytes {
            return Err(slow(format!(
                "the body came at less than the limit of {} bytes a second",
                self.least
            )));
        }
        let come = tokio::time::timeout(self.idle, next).await;
        come.map_err(|_| {
            slow(format!("nothing of the body came for the limit of {} s", self.idle.as_secs_f32()))
        })
    }
}
