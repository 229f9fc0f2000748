//! The feed: events in order, and how far each sink is.

use std::time::Duration;

use jiff::Timestamp;

use super::{Catalog, events, sinks};
use crate::{
    error::Result,
    event::{Cursor, DeadLetter, Event, SinkClaim, SinkState},
};

/// How far behind a sink may be before it is no longer counted.
const MOST_BEHIND: u32 = 10_000;

impl Catalog {
    /// Up to `limit` events after this place, in order.
    pub(crate) async fn events_after(&self, place: Cursor, limit: u32) -> Result<Vec<Event>> {
        events::after(&mut self.read().await?, place, limit).await
    }

    /// The place of the last event.
    pub(crate) async fn last_event(&self) -> Result<Cursor> {
        events::last(&mut self.read().await?).await
    }

    /// The place before the first event of this time or later; that of the last event when all are earlier.
    pub(crate) async fn place_before(&self, time: Timestamp) -> Result<Cursor> {
        let mut db = self.read().await?;
        match events::before(&mut db, time).await? {
            Some(place) => Ok(place),
            None => events::last(&mut db).await,
        }
    }

    /// Forgets some of the events that are older than this; gives how many, 0 when there are none left.
    pub(crate) async fn forget_events(&self, before: Timestamp) -> Result<u64> {
        events::forget(&mut self.write_at_once().await?, before).await
    }

    /// Lets `holder` bring events to a sink. A new one begins with what comes from now on.
    pub(crate) async fn claim_sink(
        &self,
        name: &str,
        holder: &str,
        lease: Duration,
    ) -> Result<Option<SinkClaim>> {
        let last = self.last_event().await?;
        sinks::claim(&mut self.write_at_once().await?, name, holder, lease, last).await
    }

    /// Moves a sink on. Gives whether it is still this holder's.
    pub(crate) async fn advance_sink(
        &self,
        name: &str,
        holder: &str,
        lease: Duration,
        to: Cursor,
        n_delivered: u64,
    ) -> Result<bool> {
        let mut db = self.write_at_once().await?;
        sinks::advance(&mut db, name, holder, lease, to, n_delivered).await
    }

    /// Puts an event aside that a sink would not have, and moves on.
    pub(crate) async fn bury_event(
        &self,
        name: &str,
        holder: &str,
        lease: Duration,
        event: &Event,
        reason: &str,
    ) -> Result<bool> {
        let mut tx = self.write().await?;
        let is_held = sinks::advance(&mut tx, name, holder, lease, event.cursor, 0).await?;
        if is_held {
            sinks::bury(&mut tx, name, event, reason).await?;
        }
        tx.commit().await?;
        Ok(is_held)
    }

    /// Writes down what went wrong with a sink.
    pub(crate) async fn fail_sink(
        &self,
        name: &str,
        holder: &str,
        reason: &str,
        delay: Duration,
    ) -> Result<()> {
        sinks::fail(&mut self.write_at_once().await?, name, holder, reason, delay).await
    }

    /// Lets others bring events to a sink.
    pub(crate) async fn release_sink(&self, name: &str, holder: &str) -> Result<()> {
        sinks::release(&mut self.write_at_once().await?, name, holder).await
    }

    /// Has a sink begin again after this place. Gives whether there is one of that name.
    pub(crate) async fn rewind_sink(&self, name: &str, to: Cursor) -> Result<bool> {
        sinks::rewind(&mut self.write_at_once().await?, name, to).await
    }

    /// Forgets a sink. Gives whether there was one of that name.
    pub(crate) async fn remove_sink(&self, name: &str) -> Result<bool> {
        let mut tx = self.write().await?;
        let was_there = sinks::remove(&mut tx, name).await?;
        tx.commit().await?;
        Ok(was_there)
    }

    /// All sinks, by name.
    pub(crate) async fn sinks(&self) -> Result<Vec<SinkState>> {
        let mut db = self.db.snapshot().await?;
        let mut states = Vec::new();
        for (mut state, place) in sinks::all(&mut db).await? {
            state.behind = events::n_after(&mut db, place, MOST_BEHIND).await?;
            states.push(state);
        }
        Ok(states)
    }

    /// What a sink would not have.
    pub(crate) async fn dead_letters(&self, name: &str, limit: u32) -> Result<Vec<DeadLetter>> {
        sinks::dead(&mut self.read().await?, name, limit).await
    }
}

#[cfg(test)]
mod tests;
