//! One attached store: whether it can be used, and how fast it has been.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use portreto_core::replica::{BlobStore, StoreError, StoreErrorKind, StoreId};
use tokio::time::Instant;

use super::{
    Opener,
    breaker::{Advice, Breaker},
    error::Reason,
    pace::Pace,
};
use crate::store::{CallTally, Counted, Place, StoreEntry, StoreState, Survey, Tally};

/// Failed calls in a row after which a store that does answer is left alone.
const TOLERANCE: u32 = 5;
/// Reads in a row that another store had to answer first, after which that one is asked first.
const LAGS: u32 = 3;

#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) entry: StoreEntry,
    state: Mutex<State>,
    tally: Arc<Tally>,
}

#[derive(Debug)]
struct State {
    place: Option<Arc<dyn Place>>,
    /// Whether its marker has been seen: until then nobody knows that it is the store it should be.
    is_known: bool,
    /// When it was last looked at and found well.
    seen: Option<Instant>,
    /// Whether it can be used at all.
    whole: Breaker,
    /// Whether it takes anything: a full or read-only store can still be read.
    writes: Breaker,
    /// Whether it answers reads as fast as the others.
    speed: Breaker,
    pace: Pace,
}

/// Which kind of call an outcome belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Read,
    /// A read that looks for damage: finding it says nothing of the store.
    Check,
    Write,
}

impl Member {
    pub(super) fn new(entry: StoreEntry) -> Self {
        let state = State {
            place: None,
            is_known: false,
            seen: None,
            whole: Breaker::new(TOLERANCE),
            writes: Breaker::new(TOLERANCE),
            speed: Breaker::new(LAGS),
            pace: Pace::new(),
        };
        Self { entry, state: Mutex::new(state), tally: Arc::default() }
    }

    pub(crate) fn id(&self) -> &StoreId {
        &self.entry.id
    }

    /// Whether new copies may be put there, by the will of whoever runs it.
    pub(crate) fn accepts(&self) -> bool {
        self.entry.state == StoreState::Active
    }

    /// Why it cannot be used now; none when it can.
    pub(crate) fn away(&self) -> Option<String> {
        let state = self.lock();
        if !state.is_known && state.whole.reason().is_none() {
            return Some("it was not looked at yet".to_owned());
        }
        state.whole.reason().map(str::to_owned)
    }

    /// Why it takes no new copies although it can be read; none when it does.
    pub(crate) fn refuses_writes(&self) -> Option<String> {
        self.lock().writes.reason().map(str::to_owned)
    }

    /// Whether another store is better asked first.
    pub(super) fn lags(&self) -> bool {
        matches!(self.lock().speed.ask(Instant::now()), Advice::Stay(_))
    }

    /// How long to wait for its answer before another store is asked, too.
    pub(super) fn patience(&self) -> Duration {
        self.lock().pace.patience()
    }

    /// The time that nearly all of its last answers took at most.
    pub(crate) fn p95(&self) -> Option<Duration> {
        self.lock().pace.p95()
    }

    /// What was asked of it since it was attached.
    pub(super) fn calls(&self) -> Vec<CallTally> {
        self.tally.calls()
    }

    /// The store, if it can be used. Nobody waits for one that was away: when it is time to look again, that is done beside.
    pub(crate) async fn reach(
        self: &Arc<Self>,
        opener: &Opener,
    ) -> Result<Arc<dyn Place>, StoreError> {
        let advice = {
            let mut state = self.lock();
            match (state.whole.ask(Instant::now()), &state.place) {
                (Advice::Go, Some(place)) if state.is_known => return Ok(place.clone()),
                (advice, _) => advice,
            }
        };
        let reason = match advice {
            Advice::Go => return self.look(opener).await,
            Advice::Stay(reason) => reason,
            Advice::Try(reason) => {
                let (this, opener) = (self.clone(), opener.clone());
                tokio::spawn(async move { this.look(&opener).await.map(|_| ()) });
                reason
            }
        };
        Err(StoreError::new(StoreErrorKind::Offline, reason))
    }

    /// The same for someone to whom it is worth the wait to know how a trial ends.
    pub(super) async fn reach_patiently(
        self: &Arc<Self>,
        opener: &Opener,
    ) -> Result<Arc<dyn Place>, StoreError> {
        if self.lock().whole.is_on_trial(Instant::now()) {
            return self.look(opener).await;
        }
        self.reach(opener).await
    }

    /// Looks whether the store is there and is the one it should be.
    pub(crate) async fn look(&self, opener: &Opener) -> Result<Arc<dyn Place>, StoreError> {
        let began = Instant::now();
        let found = self.identify(opener).await;
        let mut state = self.lock();
        match &found {
            Ok(_) => {
                state.is_known = true;
                state.seen = Some(Instant::now());
                state.whole.succeeded();
            }
            // A look that hung is older news than one that began later and has ended.
            Err(_) if state.seen.is_some_and(|seen| seen > began) => {}
            Err(error) => {
                state.whole.failed_surely(Instant::now(), Reason(error).to_string());
            }
        }
        found
    }

    /// Forgets that it took no copies: someone is about to try on purpose.
    pub(crate) fn forgive_writes(&self) {
        self.lock().writes.succeeded();
    }

    /// The place of the store, whatever is there now.
    pub(crate) fn place(&self, opener: &Opener) -> Result<Arc<dyn Place>, StoreError> {
        let mut state = self.lock();
        if let Some(place) = &state.place {
            return Ok(place.clone());
        }
        let place: Arc<dyn Place> =
            Arc::new(Counted::new(opener(&self.entry.url)?, self.tally.clone()));
        state.place = Some(place.clone());
        Ok(place)
    }

    /// Whether a copy may be put there now, as far as is known; the reason when not.
    pub(super) fn may_write(&self) -> Result<(), StoreError> {
        match self.lock().writes.ask(Instant::now()) {
            Advice::Go | Advice::Try(_) => Ok(()),
            Advice::Stay(reason) => Err(StoreError::new(StoreErrorKind::Offline, reason)),
        }
    }

    /// Takes note of how a call ended.
    pub(crate) fn note<T>(&self, call: Call, result: &Result<T, StoreError>) {
        let now = Instant::now();
        let mut state = self.lock();
        let Err(error) = result else {
            state.whole.succeeded();
            if call == Call::Write {
                state.writes.succeeded();
            }
            return;
        };
        let reason = || Reason(error).to_string();
        match (error.kind(), call) {
            (StoreErrorKind::NotFound, _) => state.whole.succeeded(),
            (StoreErrorKind::Offline, _) => {
                state.is_known = false;
                state.whole.failed_surely(now, reason());
            }
            (StoreErrorKind::Full | StoreErrorKind::Denied, Call::Write) => {
                state.writes.failed_surely(now, reason());
            }
            (_, Call::Write) => state.writes.failed(now, reason()),
            (_, Call::Check) => {}
            // One bad sector says little of the disk; one after the other does.
            (_, Call::Read) => state.whole.failed(now, reason()),
        }
    }

    /// Takes note of how long a read took.
    pub(super) fn answered_in(&self, took: Duration) {
        let mut state = self.lock();
        state.pace.add(took);
        state.speed.succeeded();
    }

    /// Takes note of a read that another store had answered after this long.
    pub(super) fn was_overtaken_after(&self, waited: Duration) {
        let mut state = self.lock();
        state.pace.add(waited);
        state.speed.failed(Instant::now(), "it answers slowly");
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

/// A store in use: calls that take note of how they end.
#[derive(Debug, Clone)]
pub(crate) struct Reached {
    pub(crate) member: Arc<Member>,
    pub(crate) place: Arc<dyn Place>,
}

impl Reached {
    pub(crate) fn id(&self) -> &StoreId {
        self.member.id()
    }

    /// Passes the result of a call that reads on and takes note of it.
    pub(crate) fn noted<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        self.member.note(Call::Read, &result);
        result
    }

    /// The same for a call that looks for damage.
    pub(crate) fn noted_check<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        self.member.note(Call::Check, &result);
        result
    }

    /// The same for a call that changes something.
    pub(crate) fn noted_write<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        self.member.note(Call::Write, &result);
        result
    }

    pub(crate) fn store(&self) -> &dyn BlobStore {
        &*self.place
    }
}
