//! Which stores there are, as far as this process knows, and since when it knows.
//!
//! The catalog says which stores there are, and whoever adds, drains or removes one writes it there. Every process looks once a
//! second. What it found may be out of date, so it is trusted for [`TERM`] only: a put counts when the stores are still the
//! same at its end, by what was looked up no longer ago than that; else they are looked up, and if they have changed, it is
//! put again. So a term after a store was drained, no put ends any more that counts on it, and whoever empties it sees
//! everything that was put before.

use std::{
    sync::{Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};

use super::{Inner, Portreto};
use crate::{error::Result, store::StoreEntry};

/// How often each process looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long what was found is trusted.
const TERM: Duration = Duration::from_secs(3);

/// What is known of the stores.
#[derive(Debug)]
pub(super) struct Roster {
    known: Mutex<Known>,
    /// One looks at a time.
    looking: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct Known {
    entries: Vec<StoreEntry>,
    /// Counts the changes.
    generation: u64,
    /// They were so at this moment, or later.
    asked: Instant,
}

impl Roster {
    /// `asked` is the moment before the catalog was asked for `entries`.
    pub(super) fn new(entries: Vec<StoreEntry>, asked: Instant) -> Self {
        let known = Mutex::new(Known { entries, generation: 0, asked });
        Self { known, looking: tokio::sync::Mutex::default() }
    }

    /// What a put takes note of at its beginning, to be asked about at its end.
    pub(super) fn generation(&self) -> u64 {
        self.lock().generation
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Portreto {
    /// Takes the stores as the catalog has them now.
    pub(super) async fn look_up_stores(&self) -> Result<()> {
        let Inner { roster, catalog, replicas, .. } = &*self.inner;
        let _looking = roster.looking.lock().await;
        let asked = Instant::now();
        let entries = catalog.stores().await?;
        if entries != roster.lock().entries {
            replicas.set(entries.clone()).await;
            let mut known = roster.lock();
            known.generation += 1;
            known.entries = entries;
        }
        roster.lock().asked = asked;
        Ok(())
    }

    /// Whether the stores are the same as at this generation, so that what was put into them counts.
    pub(super) async fn stores_are_still(&self, generation: u64) -> Result<bool> {
        let roster = &self.inner.roster;
        let (now, fresh) = {
            let known = roster.lock();
            (known.generation, known.asked.elapsed() < TERM)
        };
        if now != generation || fresh {
            return Ok(now == generation);
        }
        self.look_up_stores().await?;
        Ok(roster.generation() == generation)
    }

    /// Waits until no other process puts anything by what it knew before `changed`, the moment after the stores were changed. Nobody
    /// waits for others whom the home's lock excludes.
    pub(super) async fn all_know(&self, changed: Instant) {
        let is_alone = self.inner.lock.alone(async |alone| alone).await;
        if !is_alone {
            tokio::time::sleep((TERM + TERM / 4).saturating_sub(changed.elapsed())).await;
        }
    }
}

/// Looks again and again, for as long as the home is open.
pub(super) async fn watch(inner: Weak<Inner>) {
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let Some(inner) = inner.upgrade() else { return };
        if let Err(error) = (Portreto { inner }).look_up_stores().await {
            tracing::debug!(error = error.with_causes(), "which stores there are is not known");
        }
    }
}
