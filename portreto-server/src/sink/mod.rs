//! Where events go: files, webhooks, NATS JetStream and mail.
//!
//! The outbox in the catalog is the truth; a sink is where events are brought from there, at least once and in order, each sink at its own
//! pace ([`Relay`]). One that is away slows nobody down: it goes on where it was.

mod address;
mod config;
mod file;
mod mail;
mod nats;
mod relay;
mod webhook;

use async_trait::async_trait;
use portreto_store::Event;
use serde_json::Value;

pub use self::{
    config::{SinkError, Sinks},
    relay::Relay,
};

/// Somewhere that events go.
#[async_trait]
trait Sink: Send {
    /// Brings events there, in order. Gives how many have arrived for good, and why the next one has not.
    async fn deliver(&mut self, letters: &[Letter]) -> (usize, Option<Failure>);
}

/// An event as it is sent.
#[derive(Debug, Clone)]
struct Letter {
    event: Event,
    /// By `CloudEvents` 1.0.
    json: Value,
}

/// Why an event has not arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Failure {
    /// Nothing arrives there now. It is tried again until it does.
    Away(String),
    /// This event is not wanted. It is tried a few times, then put aside.
    Refused(String),
}
