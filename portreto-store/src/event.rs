//! Events: what has happened, for whoever wants to hear of it.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// The version of the shapes of [`Event::data`].
const DATA_VERSION: &str = "1";

/// Something that has happened, written in the same transaction as the fact.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// Where it stands among all events.
    pub cursor: Cursor,
    /// The id, the same however often it is delivered.
    pub id: Uuid,
    /// What has happened, as `portreto.image.uploaded`.
    pub kind: String,
    /// To what: the id of an image, the key of a variant, the digest of an original.
    pub subject: String,
    /// When.
    pub time: Timestamp,
    /// The image, the variant, or the job and why it failed.
    pub data: Value,
}

/// A place among all events: those that are later come after it.
///
/// As text, `TRANSACTION.POSITION`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Cursor {
    pub(crate) tx: i64,
    pub(crate) position: i64,
}

/// A sink: somewhere that events go, with a place of its own among them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SinkState {
    /// Its name.
    pub name: String,
    /// How many events were delivered.
    pub delivered: u64,
    /// How many are still to be dealt with, at most 10,000.
    pub behind: u64,
    /// How many it would not have.
    pub dead: u64,
    /// How often in a row it went wrong.
    pub failures: u32,
    /// Why it went wrong.
    pub reason: Option<String>,
}

/// The word of the catalog that somebody may bring events to a sink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SinkClaim {
    /// The last event that was dealt with.
    pub cursor: Cursor,
    /// How often in a row it went wrong.
    pub failures: u32,
}

/// An event that a sink would not have.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct DeadLetter {
    /// The event.
    pub event: Event,
    /// Why.
    pub reason: String,
}

impl Event {
    /// What there are events of.
    pub const KINDS: [&'static str; 4] = [
        "portreto.image.uploaded",
        "portreto.image.deleted",
        "portreto.variant.created",
        "portreto.job.failed",
    ];

    /// As JSON by `CloudEvents` 1.0 (<https://github.com/cloudevents/spec>), from `source`, a URI that names this installation.
    ///
    /// Attributes of our own: `sequence`, which grows from one event to the next, and `dataversion`, the version of the shapes
    /// of `data`.
    #[must_use]
    pub fn to_cloud_event(&self, source: &str) -> Value {
        let Cursor { tx, position } = self.cursor;
        json!({
            "specversion": "1.0",
            "id": self.id.to_string(),
            "source": source,
            "type": self.kind,
            "subject": self.subject,
            "time": self.time.to_string(),
            "datacontenttype": "application/json",
            "dataversion": DATA_VERSION,
            "sequence": format!("{tx:020}.{position:020}"),
            "data": self.data,
        })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.tx, self.position)
    }
}

impl FromStr for Cursor {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (tx, position) = text.split_once('.').unwrap_or(("0", text));
        Ok(Self { tx: tx.parse()?, position: position.parse()? })
    }
}

/// Whether the kind of an event is what was asked for: the same, or it begins with what stands before a `*` at the end.
///
/// # Examples
///
/// ```
/// assert!(portreto_store::is_kind("portreto.image.*", "portreto.image.deleted"));
/// assert!(!portreto_store::is_kind("portreto.image", "portreto.image.deleted"));
/// ```
#[must_use]
pub fn is_kind(asked: &str, kind: &str) -> bool {
    match asked.strip_suffix('*') {
        Some(beginning) => kind.starts_with(beginning),
        None => kind == asked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_told_as_a_cloud_event() {
        let event = Event {
            cursor: Cursor { tx: 3, position: 14 },
            id: Uuid::from_u128(7),
            kind: "portreto.image.deleted".to_owned(),
            subject: "x".to_owned(),
            time: Timestamp::UNIX_EPOCH,
            data: json!({ "id": "x" }),
        };
        let told = event.to_cloud_event("/photos");
        assert_eq!(told["specversion"], "1.0");
        assert_eq!(told["id"], "00000000-0000-0000-0000-000000000007");
        assert_eq!((&told["type"], &told["source"]), (&event.kind.into(), &"/photos".into()));
        assert_eq!(told["time"], "1970-01-01T00:00:00Z");
        assert_eq!(told["data"]["id"], "x");
        assert_eq!(told["sequence"], "00000000000000000003.00000000000000000014");
        assert_eq!("3.14".parse(), Ok(event.cursor));
        assert_eq!(event.cursor.to_string(), "3.14");
    }
}
