//! The feed of events, and the sinks that it goes to.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use portreto_core::Digest;

use super::Portreto;
use crate::{
    error::{Error, ErrorKind, Result},
    event::{Cursor, DeadLetter, Event, SinkClaim, SinkState},
    image::Image,
};

/// How long events are kept, delivered or not.
pub const EVENTS_LAST: Duration = Duration::from_hours(30 * 24);

/// The most bytes of the name of a sink.
const NAME_BYTES: usize = 64;

impl Portreto {
    /// Up to `limit` events after `place`, in the order in which they happened to each image. An event that was given once keeps its place.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn events_after(&self, place: Cursor, limit: u32) -> Result<Vec<Event>> {
        self.inner.catalog.events_after(place, limit).await
    }

    /// The place of the last event: after it comes what happens from now on.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn last_event(&self) -> Result<Cursor> {
        self.inner.catalog.last_event().await
    }

    /// The place before the first event of this time or later.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn place_before(&self, time: Timestamp) -> Result<Cursor> {
        self.inner.catalog.place_before(time).await
    }

    /// Forgets events that are older than [`EVENTS_LAST`]. Gives how many.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn forget_events(&self) -> Result<u64> {
        let keep = SignedDuration::try_from(EVENTS_LAST).unwrap_or(SignedDuration::MAX);
        let before = self.inner.clock.now().checked_sub(keep).unwrap_or(Timestamp::MIN);
        let mut forgotten = 0;
        loop {
            match self.inner.catalog.forget_events(before).await? {
                0 => return Ok(forgotten),
                n => forgotten += n,
            }
        }
    }

    /// Lets `holder` bring events to the sink `name` for the time of `lease`, which each step prolongs; none while somebody else does, or
    /// while it is left alone after a failure. A sink that is new begins with what happens from now on.
    ///
    /// # Errors
    ///
    /// `BadInput` for a name that is not 1 to 64 letters, digits, `-` and `_`; `Catalog`.
    pub async fn claim_sink(
        &self,
        name: &str,
        holder: &str,
        lease: Duration,
    ) -> Result<Option<SinkClaim>> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if name.is_empty() || name.len() > NAME_BYTES || !name.bytes().all(fits) {
            let message =
                format!("sink {name:?}: a name is 1 to {NAME_BYTES} letters, digits, - and _");
            return Err(Error::new(ErrorKind::BadInput, message));
        }
        self.inner.catalog.claim_sink(name, holder, lease).await
    }

    /// Writes down that all events up to `to` were dealt with, of which so many were delivered. Gives whether the sink is still this
    /// holder's: if not, what was delivered may be delivered again.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn advance_sink(
        &self,
        name: &str,
        holder: &str,
        lease: Duration,
        to: Cursor,
        n_delivered: u64,
    ) -> Result<bool> {
        self.inner.catalog.advance_sink(name, holder, lease, to, n_delivered).await
    }

    /// Puts an event aside that a sink would not have, and moves on. Gives whether the sink is still this holder's.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn bury_event(
        &self,
        name: &str,
        holder: &str,
        lease: Duration,
        event: &Event,
        reason: &str,
    ) -> Result<bool> {
        self.inner.catalog.bury_event(name, holder, lease, event, reason).await
    }

    /// Writes down what went wrong with a sink, which is left alone for the time of `delay`.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn fail_sink(
        &self,
        name: &str,
        holder: &str,
        reason: &str,
        delay: Duration,
    ) -> Result<()> {
        self.inner.catalog.fail_sink(name, holder, reason, delay).await
    }

    /// Lets others bring events to a sink.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn release_sink(&self, name: &str, holder: &str) -> Result<()> {
        self.inner.catalog.release_sink(name, holder).await
    }

    /// Has a sink begin again after this place: what comes then is delivered once more.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Catalog`.
    pub async fn rewind_sink(&self, name: &str, to: Cursor) -> Result<()> {
        if self.inner.catalog.rewind_sink(name, to).await? { Ok(()) } else { Err(no_sink(name)) }
    }

    /// Forgets how far a sink was, and what it would not have.
    ///
    /// # Errors
    ///
    /// `NotFound`, `Catalog`.
    pub async fn remove_sink(&self, name: &str) -> Result<()> {
        if self.inner.catalog.remove_sink(name).await? { Ok(()) } else { Err(no_sink(name)) }
    }

    /// How far each sink is.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn sinks(&self) -> Result<Vec<SinkState>> {
        self.inner.catalog.sinks().await
    }

    /// Events that a sink would not have, the oldest first.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn dead_letters(&self, name: &str, limit: u32) -> Result<Vec<DeadLetter>> {
        self.inner.catalog.dead_letters(name, limit).await
    }

    /// The images of all owners with this original.
    ///
    /// # Errors
    ///
    /// `Catalog`.
    pub async fn images_of_original(&self, original: &Digest) -> Result<Vec<Image>> {
        self.inner.catalog.images_of_original(original).await
    }
}

fn no_sink(name: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("no sink {name}"))
}
