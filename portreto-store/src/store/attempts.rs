//! One request to a bucket, tried until it is answered: time limits, backoff, and a budget for retries.
//!
//! Below `object_store` and above the connection, because only there both are known: each attempt, and what the
//! server said with it. `object_store`'s own retries are switched off: they do not hear `Retry-After`, have no time
//! limit where the client has none, and no budget.

mod pace;
mod refusal;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use http::{HeaderMap, Method, StatusCode, header};
use object_store::{
    ClientOptions,
    client::{
        HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpService,
    },
};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use self::pace::Pace;
pub(super) use self::refusal::Refusal;
use super::patience::{Patience, RETRIES_TIME};

/// The most attempts of a request that was answered with a refusal or not sent: 0.1 + 0.2 + 0.4 s of waiting at
/// most between them, 0.7 s in all. A second copy is waiting elsewhere.
const MAX_ATTEMPTS: u32 = 4;

/// The most attempts of a request that was not answered in time. One more, for the connection that a firewall has
/// forgotten; a server that has not answered twice is away.
const MAX_UNANSWERED: u32 = 2;

/// The longest `Retry-After` that is waited for. Who asks for more is away for so long.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Answers of more bytes are no error messages.
const MAX_REFUSAL_BYTES: usize = 64 << 10;

/// Connects as `inner` does, with [`Attempts`] in front.
#[derive(Debug)]
pub(super) struct Patiently {
    pub(super) inner: Arc<dyn HttpConnector>,
    pub(super) patience: Patience,
    pub(super) seed: u64,
}

impl HttpConnector for Patiently {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(Attempts {
            client: self.inner.connect(options)?,
            patience: self.patience,
            pace: Mutex::new(Pace::new(self.seed)),
        }))
    }
}

#[derive(Debug)]
struct Attempts {
    client: HttpClient,
    patience: Patience,
    pace: Mutex<Pace>,
}

/// What became of an attempt.
enum Attempt {
    /// An answer to be passed on, also one that says no.
    Answered(HttpResponse),
    /// The server would rather be asked later.
    Refused(Refusal, Option<Duration>),
    /// No answer, and maybe an effect.
    Unanswered(HttpError),
    /// It was never sent.
    Unsent(HttpError),
}

#[async_trait]
impl HttpService for Attempts {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let started = Instant::now();
        let (mut attempt, mut n_unanswered) = (1, 0);
        loop {
            let wait = self.pace(|pace| pace.not_before);
            if let Some(moment) = wait {
                sleep_until(moment).await;
            }
            let (error, asked_for, again) = match self.attempt(request.clone()).await {
                Attempt::Answered(response) => {
                    self.pace(Pace::succeeded);
                    return Ok(response);
                }
                Attempt::Refused(refusal, asked_for) => {
                    let again = attempt < MAX_ATTEMPTS && refusal.is_worth_another_try();
                    (HttpError::new(HttpErrorKind::Unknown, refusal), asked_for, again)
                }
                Attempt::Unsent(error) => (error, None, attempt < MAX_ATTEMPTS),
                Attempt::Unanswered(error) => {
                    n_unanswered += 1;
                    let again = n_unanswered < MAX_UNANSWERED && is_idempotent(&request);
                    (error, None, again)
                }
            };
            let delay = self.pace(|pace| pace.backoff(attempt, asked_for));
            let in_time = started.elapsed() + delay <= RETRIES_TIME;
            let too_long = asked_for.is_some_and(|wait| wait > LONGEST_WAIT);
            if !again || !in_time || too_long || !self.pace(Pace::take) {
                return Err(error);
            }
            tracing::debug!(%error, attempt, ?delay, "asking again");
            sleep(delay).await;
            attempt += 1;
        }
    }
}

impl Attempts {
    async fn attempt(&self, request: HttpRequest) -> Attempt {
        let limit = self.patience.transfer(request.body().content_length() as u64);
        let response = match timeout(limit, self.client.execute(request)).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) if error.kind() == HttpErrorKind::Connect => {
                return Attempt::Unsent(error);
            }
            Ok(Err(error)) => return Attempt::Unanswered(error),
            Err(_) => return Attempt::Unanswered(late(limit)),
        };
        let status = response.status();
        // 400 is, beside mistakes of ours, what S3 says when a body did not come over whole.
        if !(status.is_server_error()
            || [
                StatusCode::BAD_REQUEST,
                StatusCode::REQUEST_TIMEOUT,
                StatusCode::TOO_MANY_REQUESTS,
            ]
            .contains(&status))
        {
            return Attempt::Answered(response);
        }
        let (parts, body) = response.into_parts();
        let asked_for = retry_after(&parts.headers);
        let text = match timeout(self.patience.answer(), body.bytes()).await {
            Ok(Ok(text)) if text.len() <= MAX_REFUSAL_BYTES => text,
            // The status says enough.
            _ => bytes::Bytes::new(),
        };
        let refusal = Refusal::new(status, &String::from_utf8_lossy(&text));
        if status == StatusCode::BAD_REQUEST && !refusal.is_worth_another_try() {
            return Attempt::Answered(HttpResponse::from_parts(parts, text.into()));
        }
        Attempt::Refused(refusal, asked_for)
    }

    fn pace<T>(&self, with: impl FnOnce(&mut Pace) -> T) -> T {
        with(&mut self.pace.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Whether it does no harm to do it twice. A conditional put would meet its own effect; posts begin and complete
/// uploads, but for the one that deletes.
fn is_idempotent(request: &HttpRequest) -> bool {
    let conditional = [header::IF_NONE_MATCH, header::IF_MATCH]
        .iter()
        .any(|name| request.headers().contains_key(name));
    let deletes = request.uri().query() == Some("delete");
    (*request.method() != Method::POST || deletes) && !conditional
}

/// `Retry-After` in seconds, its only form that S3, GCS and Azure use.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

fn late(limit: Duration) -> HttpError {
    let cause = std::io::Error::new(
        std::io::ErrorKind::TimedOut,
        format!("no answer in {:.0} s", limit.as_secs_f64()),
    );
    HttpError::new(HttpErrorKind::Timeout, cause)
}
