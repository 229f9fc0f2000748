//! NATS JetStream: each event on the subject of its type, with its id, by which the server knows what it has already.

use std::time::Duration;

use async_nats::{
    ConnectOptions, HeaderMap, ServerAddr,
    connection::State,
    header,
    jetstream::{
        self,
        context::{PublishAckFuture, PublishErrorKind},
        stream,
    },
};
use async_trait::async_trait;

use super::{Failure, Letter, Sink, SinkError, config::Settings};

/// How long the server may take to keep an event.
const TIMEOUT: Duration = Duration::from_secs(5);
/// For how long the server knows an event again.
const KNOWN_FOR: Duration = Duration::from_mins(10);
/// The largest stream that is made: what is older goes. The outbox is the truth.
const STREAM_BYTES: i64 = 4 << 30;

/// Publishes events.
pub(super) struct Nats {
    client: async_nats::Client,
    jetstream: jetstream::Context,
    stream: stream::Config,
    is_there: bool,
}

impl Nats {
    pub(super) async fn connect(name: &str, settings: &Settings) -> Result<Self, SinkError> {
        let bad = |field: &str, why: String| SinkError::new(format!("sinks.{name}.{field}: {why}"));
        let mut options = ConnectOptions::new()
            .name("portreto")
            .connection_timeout(TIMEOUT)
            .request_timeout(Some(TIMEOUT))
            .retry_on_initial_connect();
        let mut urls = vec![settings.url.clone()];
        urls.extend_from_slice(&settings.servers);
        if let Some(secret) = settings.secret(name)? {
            let user = settings.url.username().to_owned();
            for url in &mut urls {
                let _ = url.set_username("");
            }
            options = if user.is_empty() {
                options.token(secret)
            } else {
                options.user_and_password(user, secret)
            };
        }
        let servers = urls.into_iter().map(ServerAddr::from_url).collect::<Result<Vec<_>, _>>();
        let servers = servers
            .map_err(|error| bad("url", "not nats://HOST:PORT".to_owned()).with_source(error))?;
        let client = options
            .connect(servers)
            .await
            .map_err(|error| bad("url", "no client can be made".to_owned()).with_source(error))?;
        let mut jetstream = jetstream::new(client.clone());
        jetstream.set_timeout(TIMEOUT);
        let stream = stream::Config {
            name: settings.stream.clone().unwrap_or_else(|| "PORTRETO".to_owned()),
            subjects: vec!["portreto.>".to_owned()],
            num_replicas: settings.replicas.unwrap_or(1).into(),
            duplicate_window: KNOWN_FOR,
            max_bytes: STREAM_BYTES,
            ..stream::Config::default()
        };
        Ok(Self { client, jetstream, stream, is_there: false })
    }

    /// Publishes, and gives what tells when it is kept.
    async fn publish(&self, letter: &Letter) -> Result<PublishAckFuture, Failure> {
        let mut headers = HeaderMap::new();
        headers.insert(header::NATS_MESSAGE_ID, letter.event.id.to_string().as_str());
        headers.insert("Content-Type", "application/cloudevents+json");
        let body = letter.json.to_string().into();
        let published =
            self.jetstream.publish_with_headers(letter.event.kind.clone(), headers, body).await;
        published.map_err(|error| failure(&error))
    }
}

fn failure(error: &jetstream::context::PublishError) -> Failure {
    match error.kind() {
        PublishErrorKind::MaxPayloadExceeded => Failure::Refused(error.to_string()),
        _ => Failure::Away(error.to_string()),
    }
}

#[async_trait]
impl Sink for Nats {
    async fn deliver(&mut self, letters: &[Letter]) -> (usize, Option<Failure>) {
        // Otherwise what is published waits in this process, where nobody has kept it.
        if self.client.connection_state() != State::Connected {
            return (0, Some(Failure::Away("no server can be reached".to_owned())));
        }
        if !self.is_there {
            if let Err(error) = self.jetstream.get_or_create_stream(self.stream.clone()).await {
                return (0, Some(Failure::Away(format!("stream {}: {error}", self.stream.name))));
            }
            self.is_there = true;
        }
        let mut sent = Vec::with_capacity(letters.len());
        let mut failed = None;
        for letter in letters {
            match self.publish(letter).await {
                Ok(kept) => sent.push(kept),
                Err(failure) => {
                    failed = Some(failure);
                    break;
                }
            }
        }
        let n_sent = sent.len();
        for (n, kept) in sent.into_iter().enumerate() {
            if let Err(error) = kept.await {
                // The stream may have been deleted meanwhile.
                self.is_there = false;
                return (n, Some(failure(&error)));
            }
        }
        (n_sent, failed)
    }
}
