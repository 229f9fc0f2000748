//! Which stores there are.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{MutexGuard, PoisonError},
    time::Instant,
};

use futures::{TryStreamExt, future::join_all};
use jiff::Timestamp;
use portreto_core::replica::{Space, StoreId};
use serde::Serialize;

use super::{Portreto, home::letters};
use crate::{
    error::{Error, ErrorKind, Result},
    replicas::Attached,
    store::{self, Marker, Place, StoreEntry, StoreState, Survey},
};

/// What is in two stores, and may be in others: tombstones are in all.
pub(super) const COPIES: [Space; 4] =
    [Space::Blobs, Space::Records, Space::Bundles, Space::Variants];

/// A store and how it is.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct StoreStatus {
    /// Its id.
    pub id: StoreId,
    /// Where it is.
    pub url: String,
    /// Whether it takes new blobs.
    pub state: StoreState,
    /// Its share of new blobs relative to the others'.
    pub weight: u32,
    /// Why it cannot be used now; none when it can.
    pub offline: Option<String>,
    /// Why it takes no new copies now, although it may be read; none when it does.
    pub read_only: Option<String>,
    /// The time that nearly all (95 %) of its last answers to reads took at most, milliseconds; none before there
    /// were a few.
    pub read_p95_ms: Option<f64>,
    /// Whether it made a new object only where there was none, when that was tried; none when it never was. Nothing
    /// that is kept depends on it: of two who make stores of one bucket at the same time, one is told.
    pub conditional_puts: Option<bool>,
}

impl Portreto {
    /// The stores and how they are.
    #[must_use]
    pub fn stores(&self) -> Vec<StoreStatus> {
        let conditional_puts = self.conditional_puts().clone();
        self.inner
            .replicas
            .stores()
            .into_iter()
            .map(
                |Attached {
                     entry: StoreEntry { id, url, state, weight, .. },
                     away,
                     read_only,
                     read_p95,
                 }| {
                    let read_p95_ms = read_p95.map(|took| took.as_secs_f64() * 1e3);
                    let conditional_puts = conditional_puts.get(&id).copied();
                    let offline = away;
                    StoreStatus {
                        id,
                        url,
                        state,
                        weight,
                        offline,
                        read_only,
                        read_p95_ms,
                        conditional_puts,
                    }
                },
            )
            .collect()
    }

    /// Pairs of stores that the loss of one disk, or of one bucket, would take together.
    #[must_use]
    pub fn shared_disks(&self) -> Vec<(StoreId, StoreId)> {
        let disks: Vec<(StoreId, String)> = self
            .stores()
            .into_iter()
            // One that is away may keep whoever asks for its disk waiting for ever.
            .filter(|status| status.offline.is_none())
            .filter_map(|status| Some((status.id, disk_of(&status.url)?)))
            .collect();
        let mut pairs = Vec::new();
        for (i, (id, disk)) in disks.iter().enumerate() {
            let same = disks[i + 1..].iter().filter(|(_, other)| other == disk);
            pairs.extend(same.map(|(other, _)| (id.clone(), other.clone())));
        }
        pairs
    }

    /// Adds a store; `id` none for the next free letter. `repair` then moves to it what belongs there.
    ///
    /// # Errors
    ///
    /// `Conflict` when it is another home's store, not empty, or its id or place is taken; `BadInput` for
    /// a URL that is not one.
    pub async fn add_store(
        &self,
        url: &str,
        id: Option<StoreId>,
        weight: u32,
    ) -> Result<StoreStatus> {
        let url = store::store_url(url)?.to_string();
        let known = self.inner.catalog.stores().await?;
        let taken = |id: &StoreId| known.iter().any(|entry| entry.id == *id);
        let conflict = |message: String| Err(Error::new(ErrorKind::Conflict, message));
        if let Some(there) = known.iter().find(|entry| entry.url == url) {
            return conflict(format!("{url} is store {} already", there.id));
        }
        if weight == 0 {
            let message = "the weight of a store is 1 or more and was given as 0";
            return Err(Error::new(ErrorKind::BadInput, message));
        }
        let id = match id {
            Some(id) if taken(&id) => {
                return conflict(format!("there is a store {id} already: choose another id"));
            }
            Some(id) => id,
            None => letters().find(|id| !taken(id)).ok_or_else(|| {
                Error::new(ErrorKind::Internal, "there are no ids left for stores")
            })?,
        };
        let entry =
            StoreEntry { id, uuid: self.inner.ids.next(), url, state: StoreState::Active, weight };
        let now = self.inner.clock.now();
        let (entry, _) = found(vec![entry], &known, now).await?.remove(0);
        self.inner.catalog.add_store(&entry).await?;
        self.reattach().await?;
        self.status(&entry.id)
    }

    /// Stops writing to a store; [`Portreto::drain`] or a repair moves what it holds.
    ///
    /// # Errors
    ///
    /// `NotFound`; `Conflict` when fewer than two active stores would be left.
    pub async fn drain_store(&self, id: &StoreId) -> Result<StoreStatus> {
        let drained = self.inner.catalog.change_store(id, |entry, others| {
            two_without(id, others)?;
            Ok(Some(StoreEntry { state: StoreState::Draining, ..entry }))
        });
        drained.await?;
        self.reattach().await?;
        self.status(id)
    }

    /// Forgets a store. Its bytes stay where they are.
    ///
    /// # Errors
    ///
    /// `NotFound`; `Conflict` when it still holds anything and `force` is not set, or when fewer than two
    /// active stores would be left.
    pub async fn remove_store(&self, id: &StoreId, force: bool) -> Result<()> {
        if !force {
            // Nothing is changed when it is plain that it cannot go.
            self.inner.catalog.stores_without(id).await.and_then(|rest| two_without(id, &rest))?;
            self.is_empty(id).await?;
            // Others may be about to put something into it: they hear of it, and then it is empty for good.
            self.drain_store(id).await?;
            self.all_know(Instant::now()).await;
            self.is_empty(id).await?;
        }
        let removed = self.inner.catalog.change_store(id, |_, others| {
            two_without(id, others)?;
            Ok(None)
        });
        removed.await?;
        self.reattach().await
    }

    /// Fails when a store holds anything.
    async fn is_empty(&self, id: &StoreId) -> Result<()> {
        if !is_unused(&*self.inner.replicas.store(id).await?).await? {
            let message = format!(
                "store {id} still holds copies: `portreto store drain {id}` moves them, --force leaves them \
                 behind"
            );
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        Ok(())
    }

    /// Takes the stores as the catalog has them now, and tells every store of the others.
    async fn reattach(&self) -> Result<()> {
        self.look_up_stores().await?;
        for refusal in self.inner.replicas.write_markers().await {
            tracing::warn!(%refusal, "a store has not heard of the others");
        }
        self.remember_conditional_puts().await
    }

    /// Writes down what was found out when markers were written.
    async fn remember_conditional_puts(&self) -> Result<()> {
        let mut known = self.inner.catalog.conditional_puts().await?;
        for Attached { entry, .. } in self.inner.replicas.stores() {
            let Ok(place) = self.inner.replicas.store(&entry.id).await else { continue };
            let Some(honored) = place.honors_conditions() else { continue };
            if known.insert(entry.id.clone(), honored) != Some(honored) {
                self.inner.catalog.set_conditional_puts(&entry.id, honored).await?;
            }
        }
        *self.conditional_puts() = known;
        Ok(())
    }

    fn conditional_puts(&self) -> MutexGuard<'_, BTreeMap<StoreId, bool>> {
        self.inner.conditional_puts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn status(&self, id: &StoreId) -> Result<StoreStatus> {
        self.stores().into_iter().find(|status| status.id == *id).ok_or_else(|| {
            Error::new(ErrorKind::Internal, format!("store {id} has gone meanwhile"))
        })
    }
}

/// Makes stores of places that are empty, and takes over those that a home began to make and never used.
///
/// `known` are the stores that the home has already. Gives them with what [`Place::honors_conditions`] says then.
pub(super) async fn found(
    mut entries: Vec<StoreEntry>,
    known: &[StoreEntry],
    now: Timestamp,
) -> Result<Vec<(StoreEntry, Option<bool>)>> {
    let ours: BTreeSet<String> =
        known.iter().chain(&entries).map(|entry| entry.url.clone()).collect();
    let places: Vec<_> =
        entries.iter().map(|entry| store::open(&entry.url)).collect::<Result<_, _>>()?;
    let surveys = join_all(places.iter().map(|place| place.survey())).await;
    for ((entry, place), survey) in entries.iter_mut().zip(&places).zip(surveys) {
        let occupied = |what: String| {
            let message = format!("{} cannot become a store: {what}", entry.url);
            Err(Error::new(ErrorKind::Conflict, message))
        };
        match survey? {
            Survey::Empty => {}
            Survey::Store(marker) if marker.peers.iter().any(|peer| !ours.contains(&peer.url)) => {
                return occupied(format!("it is store {} of another home", marker.id));
            }
            Survey::Store(marker) if is_unused(&**place).await? => entry.uuid = marker.uuid,
            Survey::Store(marker) => {
                return occupied(format!("it is store {} already and holds images", marker.id));
            }
            Survey::Unmarked { reason } | Survey::Newer { reason } => return occupied(reason),
            Survey::Foreign { example } => {
                return occupied(format!(
                    "it holds other things, such as {example}: choose an empty place"
                ));
            }
        }
    }
    let founding = entries.iter().zip(places).map(async |(entry, place)| {
        place.found(&Marker::new(entry, now, entries.clone())).await?;
        Ok((entry.clone(), place.honors_conditions()))
    });
    join_all(founding).await.into_iter().collect()
}

fn two_without(id: &StoreId, others: &[StoreEntry]) -> Result<()> {
    if others.iter().filter(|other| other.state == StoreState::Active).count() < 2 {
        let message = format!(
            "without store {id} fewer than two active stores would be left: add one first with \
             `portreto store add URL`"
        );
        return Err(Error::new(ErrorKind::Conflict, message));
    }
    Ok(())
}

/// Whether no copy of anything that is live is in a store.
async fn is_unused(place: &dyn Place) -> Result<bool> {
    for space in COPIES {
        if place.list(space, None).try_next().await?.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The disk that a local store is on, or the bucket that a remote one is in; none for others, and where the system
/// does not tell.
fn disk_of(url: &str) -> Option<String> {
    let url = url.parse().ok()?;
    let Some(directory) = store::directory(&url) else { return store::bucket(&url) };
    #[cfg(unix)]
    return Some(
        std::os::unix::fs::MetadataExt::dev(&std::fs::metadata(directory).ok()?).to_string(),
    );
    #[cfg(not(unix))]
    return None;
}
