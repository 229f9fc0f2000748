//! Carrying plans out.

use futures::StreamExt;
use jiff::{SignedDuration, Timestamp};
use portreto_core::replica::{Fault, Key, Step, StoreError, StoreErrorKind, StoreId, Wanted};

use super::{
    Liveness, Progress, ScrubOptions,
    examine::Examiner,
    report::{Done, Failure, Finding, RepairReport},
    round::Round,
};
use crate::{
    mutant::{self, Mutant},
    replicas::{Inspection, Replicas, set_aside},
    store::{Marker, StoreEntry, Survey},
};

/// A staging file this old has no writer: writers have time limits far below.
const LEFTOVER_AGE: SignedDuration = SignedDuration::from_hours(1);

/// How to repair.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RepairOptions {
    /// How to look for what is wrong.
    pub scrub: ScrubOptions,
    /// The present time.
    pub now: Timestamp,
    /// Whether to make stores that are empty or have lost their marker anew, under their old identity. Not to
    /// be set while a disk is only unmounted: what is then written lies under its mount point.
    pub found: bool,
}

impl RepairOptions {
    /// The defaults at this time.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self { scrub: ScrubOptions::default(), now, found: true }
    }
}

/// Makes it two good copies of everything again, as far as the stores answer.
///
/// Each key is mended by itself and looked at again right before; a key whose step fails is left for the next
/// run. Running it twice does nothing the second time. The last good copy is never removed, bad bytes are set
/// aside before good ones take their place, and what was deleted does not come back.
pub async fn repair(
    replicas: &Replicas,
    liveness: &dyn Liveness,
    options: &RepairOptions,
    progress: &(dyn Fn(Progress) + Sync),
) -> RepairReport {
    let mut report = RepairReport::default();
    replicas.refresh().await;
    if options.found {
        found_again(replicas, options.now, &mut report).await;
    }
    let examiner = Examiner::new(replicas, liveness, &options.scrub);
    let mut done = Round::begin(&examiner, progress, true).await.finish().await;
    for store in &done.before.stores {
        if let Some(reason) = &store.away {
            let (store, reason) = (store.id.clone(), reason.clone());
            done.away.push(Failure { store, path: String::new(), reason });
        }
    }
    done.founded = report.founded;
    done
}

/// Mends these keys and nothing else: what is known to be wrong, without looking for it.
pub async fn mend(replicas: &Replicas, liveness: &dyn Liveness, keys: Vec<Key>) -> RepairReport {
    let options = ScrubOptions::default();
    let examiner = Examiner::new(replicas, liveness, &options);
    let mut report = RepairReport::default();
    let mut mended = futures::stream::iter(keys)
        .map(|key| examiner.mend(key, false))
        .buffered(options.concurrency);
    while let Some(mended) = mended.next().await {
        report.take(mended);
    }
    report
}

/// Makes stores out of places that are empty or have lost their marker.
async fn found_again(replicas: &Replicas, now: Timestamp, report: &mut RepairReport) {
    let members = replicas.members();
    let peers: Vec<StoreEntry> = members.list.iter().map(|m| m.entry.clone()).collect();
    for member in members.list.iter().filter(|member| member.away().is_some()) {
        let founded = async {
            let place = member.place(replicas.opener())?;
            if !matches!(place.survey().await?, Survey::Empty | Survey::Unmarked { .. }) {
                return Ok(false);
            }
            place.found(&Marker::new(&member.entry, now, peers.clone())).await?;
            member.look(replicas.opener()).await.map(|_| true)
        };
        // Why it is away is in the report of the stores already.
        if let Ok(true) = founded.await {
            report.founded.push(member.id().clone());
        }
    }
}

/// What became of mending a key.
#[derive(Debug, Default)]
pub(super) struct Mended {
    pub(super) done: Vec<Done>,
    pub(super) remade: Option<Key>,
    pub(super) failed: Option<Failure>,
    pub(super) lost: Option<Finding>,
}

impl Examiner<'_> {
    /// Looks at one key again and makes it right; `deleted` when it is known to have a tombstone.
    pub(super) async fn mend(&self, key: Key, deleted: bool) -> Mended {
        let mut mended = Mended::default();
        // The catalog may have changed its mind since.
        let Some(mut wanted) = self.wanted(&key, deleted).await else { return mended };
        let deleted = match &key {
            Key::Record { original, image } => {
                let is_deleted = deleted || self.replicas.is_deleted(original, *image).await;
                is_deleted && !mutant::is(Mutant::ResurrectingRepair)
            }
            _ => false,
        };
        if deleted {
            wanted = Wanted::Nowhere;
        } else if wanted == Wanted::Nowhere && !self.liveness.release(&key).await {
            return mended;
        }
        let stores = self.liveness.stores();
        let (mut inspection, mut plan) = self.look_again(&key, wanted).await;
        if plan.faults.contains(&Fault::Lost)
            && let Some(bytes) = self.liveness.remake(&key).await
        {
            match self.replicas.put(&key, bytes).await {
                Ok(_) => {
                    mended.remade = Some(key.clone());
                    (inspection, plan) = self.look_again(&key, wanted).await;
                }
                Err(error) => {
                    if let Some(refusal) = error.refusals().first() {
                        // It is known: what is missing is a place for it.
                        mended.failed = Some(Failure::of(&refusal.store, &key, &refusal.reason));
                        return mended;
                    }
                }
            }
        }
        if plan.faults.contains(&Fault::Lost) {
            // What was lost may have been replaced by something else meanwhile.
            if self.wanted(&key, deleted).await != Some(wanted) {
                return mended;
            }
            mended.lost = Some(Finding { key, fault: Fault::Lost });
            return mended;
        }
        if mutant::is(Mutant::DeleteFirst) {
            plan.steps.reverse();
        }
        // Bad bytes are written over by the copy that takes their place. Where none does they go last: what cannot be read
        // today may be read tomorrow, so nothing is removed before the good copies are there.
        let is_copied_to = |store: &StoreId| {
            plan.steps.iter().any(|step| matches!(step, Step::Copy { to, .. } if to == store))
        };
        let moved = plan.steps.iter().filter_map(|step| match step {
            Step::SetAside { store } if !is_copied_to(store) => Some(store.clone()),
            _ => None,
        });
        let removals: Vec<Step> = moved.map(|store| Step::Delete { store }).collect();
        for step in &plan.steps {
            let removes_one_too_many =
                matches!(step, Step::Delete { .. }) && wanted != Wanted::Nowhere;
            if removes_one_too_many && !self.liveness.stores_are_still(stores).await {
                return mended;
            }
            if let Err(failure) = carry_out(&key, step, &mut inspection).await {
                mended.failed = Some(failure);
                // The steps after may rely on this one.
                return mended;
            }
            mended.done.push(Done { key: key.clone(), step: step.clone() });
        }
        for step in &removals {
            if let Err(failure) = carry_out(&key, step, &mut inspection).await {
                mended.failed = Some(failure);
                return mended;
            }
        }
        // What a store that is there does not tell now may be what is wrong.
        mended.failed = inspection.unread().map(|(store, error)| Failure::of(store, &key, error));
        mended
    }
}

/// The store that a step changes.
fn store_of(step: &Step) -> &StoreId {
    match step {
        Step::SetAside { store } | Step::Delete { store } | Step::Copy { to: store, .. } => store,
    }
}

/// Does one step. The bytes that are copied are those that were checked when the key was inspected.
async fn carry_out(key: &Key, step: &Step, inspection: &mut Inspection) -> Result<(), Failure> {
    let id = store_of(step);
    try_out(key, step, inspection).await.map_err(|error| Failure::of(id, key, &error))
}

async fn try_out(key: &Key, step: &Step, inspection: &mut Inspection) -> Result<(), StoreError> {
    let good = inspection.good.clone();
    let id = store_of(step);
    let sighting = inspection.sightings.iter_mut().find(|sighting| sighting.member.id() == id);
    let missing = || StoreError::new(StoreErrorKind::Offline, format!("store {id} did not answer"));
    let sighting = sighting.ok_or_else(missing)?;
    let reached = sighting.reached.clone().ok_or_else(missing)?;
    let result = match step {
        // What cannot be read cannot be kept, and good bytes are elsewhere.
        Step::SetAside { .. } => match sighting.found.take() {
            Some(bad) => set_aside(&reached, key, bad).await,
            None => Ok(()),
        },
        Step::Copy { .. } => match good {
            Some(bytes) => reached.store().put(key, bytes).await,
            None => Err(StoreError::new(StoreErrorKind::Failed, "there is no good copy to take")),
        },
        Step::Delete { .. } => reached.store().delete(key).await,
    };
    reached.noted_write(result)
}

/// Removes what killed writers left behind in the stores that answer: all of it when `alone` says that no
/// writer is alive, else what is an hour old at `now`.
pub async fn sweep(replicas: &Replicas, now: Timestamp, alone: bool, report: &mut RepairReport) {
    for member in &replicas.members().list {
        let Ok(reached) = replicas.reached(member).await else { continue };
        // A store that cannot be looked at is in the report already.
        for leftover in reached.noted(reached.place.leftovers().await).unwrap_or_default() {
            if !alone && leftover.modified + LEFTOVER_AGE > now {
                continue;
            }
            match reached.noted_write(reached.place.sweep(&leftover).await) {
                Ok(()) => report.swept.add(leftover.bytes),
                Err(error) => {
                    report.failed.push(Failure::of(member.id(), &leftover.path, &error));
                }
            }
        }
    }
}
