//! One attached store and whether it can be used.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use portreto_core::replica::{BlobStore, StoreError, StoreErrorKind, StoreId};

use super::{Opener, error::Reason};
use crate::store::{Place, StoreEntry, StoreState, Survey};

/// After a store was found away it is left alone for this long: long enough that a bulk upload does not
/// wait for the dead store's time-out at every file, short enough that a store that is back is used soon.
const PAUSE: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) entry: StoreEntry,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    place: Option<Arc<dyn Place>>,
    health: Health,
}

#[derive(Debug)]
enum Health {
    Unchecked,
    Up,
    Away { reason: String, since: Instant },
}

impl Member {
    pub(super) fn new(entry: StoreEntry) -> Self {
        Self { entry, state: Mutex::new(State { place: None, health: Health::Unchecked }) }
    }

    pub(crate) fn id(&self) -> &StoreId {
        &self.entry.id
    }

    /// Whether new copies may be put there.
    pub(crate) fn accepts(&self) -> bool {
        self.entry.state == StoreState::Active
    }

    /// Why it cannot be used now; none when it can.
    pub(crate) fn away(&self) -> Option<String> {
        match &self.lock().health {
            Health::Up => None,
            Health::Unchecked => Some("it was not looked at yet".to_owned()),
            Health::Away { reason, .. } => Some(reason.clone()),
        }
    }

    /// The store, if it can be used; looked at anew when that is due.
    pub(crate) async fn reach(&self, opener: &Opener) -> Result<Arc<dyn Place>, StoreError> {
        {
            let state = self.lock();
            match (&state.health, &state.place) {
                (Health::Up, Some(place)) => return Ok(place.clone()),
                (Health::Away { reason, since }, _) if since.elapsed() < PAUSE => {
                    return Err(StoreError::new(StoreErrorKind::Offline, reason.clone()));
                }
                _ => {}
            }
        }
        self.look(opener).await
    }

    /// Looks whether the store is there and is the one it should be.
    pub(crate) async fn look(&self, opener: &Opener) -> Result<Arc<dyn Place>, StoreError> {
        let found = self.identify(opener).await;
        let mut state = self.lock();
        state.health = match &found {
            Ok(_) => Health::Up,
            Err(error) => Health::Away { reason: Reason(error).to_string(), since: Instant::now() },
        };
        found
    }

    /// The place of the store, whatever is there now.
    pub(crate) fn place(&self, opener: &Opener) -> Result<Arc<dyn Place>, StoreError> {
        let mut state = self.lock();
        if let Some(place) = &state.place {
            return Ok(place.clone());
        }
        let place = opener(&self.entry.url)?;
        state.place = Some(place.clone());
        Ok(place)
    }

    /// Takes note of an error: a store that did not answer is left alone for a while.
    pub(crate) fn note(&self, error: &StoreError) {
        if error.kind() == StoreErrorKind::Offline {
            let reason = Reason(error).to_string();
            self.lock().health = Health::Away { reason, since: Instant::now() };
        }
    }

    /// As if [`PAUSE`] had gone by.
    #[cfg(test)]
    pub(crate) fn end_pause(&self) {
        if let Health::Away { since, .. } = &mut self.lock().health {
            *since = since.checked_sub(PAUSE).expect("the machine has been up for longer");
        }
    }

    async fn identify(&self, opener: &Opener) -> Result<Arc<dyn Place>, StoreError> {
        let place = self.place(opener)?;
        let url = &self.entry.url;
        let away = |reason: String| Err(StoreError::new(StoreErrorKind::Offline, reason));
        match place.survey().await? {
            Survey::Store(marker)
                if marker.id == self.entry.id && marker.uuid == self.entry.uuid =>
            {
                Ok(place)
            }
            Survey::Store(marker) => away(format!(
                "{url} is another store ({}, {}) than {}",
                marker.id, marker.uuid, self.entry.uuid
            )),
            Survey::Empty => away(format!(
                "{url} is empty: it is not mounted, or was deleted (`repair` makes it anew)"
            )),
            Survey::Unmarked { reason } => away(format!("{reason} (`repair` writes it anew)")),
            Survey::Newer { reason } => away(reason),
            Survey::Foreign { example } => {
                away(format!("{url} is not a store: {example} is there, and no marker"))
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A store in use: calls that take note of its failures.
#[derive(Debug, Clone)]
pub(crate) struct Reached {
    pub(crate) member: Arc<Member>,
    pub(crate) place: Arc<dyn Place>,
}

impl Reached {
    pub(crate) fn id(&self) -> &StoreId {
        self.member.id()
    }

    /// Passes a result on and takes note of an error.
    pub(crate) fn noted<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let Err(error) = &result {
            self.member.note(error);
        }
        result
    }

    pub(crate) fn store(&self) -> &dyn BlobStore {
        &*self.place
    }
}
