//! Making good again what a read found wrong, beside the work: no reader waits for it.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use bytes::Bytes;
use portreto_core::{
    Digest,
    replica::{Key, Replication, StoreError, StoreErrorKind, StoreId},
};
use tokio::sync::Semaphore;

use super::{Call, Inner, Members, Reached, Replicas, check};
use crate::mutant::{self, Mutant};

/// Bytes that may wait to be written, in KiB: readers may find faults faster than a disk takes copies.
const ROOM: u32 = if cfg!(test) { 1 << 10 } else { 256 << 10 };
/// Copies that are written at once: those who read come first.
const AT_ONCE: usize = 4;

/// Room and hands for healing.
#[derive(Debug)]
pub(super) struct Infirmary {
    room: Arc<Semaphore>,
    hands: Semaphore,
    /// What is waiting or being healed: many may read the same bad copy meanwhile.
    patients: Mutex<BTreeSet<(StoreId, Key)>>,
}

/// A copy that is not as it should be.
pub(super) enum Wanting {
    Absent(Reached),
    /// The bad bytes, when they could be read.
    Damaged(Reached, Option<Bytes>),
}

impl Infirmary {
    pub(super) fn new() -> Self {
        let room = Arc::new(Semaphore::new(ROOM as usize));
        Self { room, hands: Semaphore::new(AT_ONCE), patients: Mutex::default() }
    }

    fn patients<T>(&self, with: impl FnOnce(&mut BTreeSet<(StoreId, Key)>) -> T) -> T {
        with(&mut self.patients.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Wanting {
    fn reached(&self) -> &Reached {
        match self {
            Self::Absent(reached) | Self::Damaged(reached, _) => reached,
        }
    }
}

impl Replicas {
    /// Waits until all that reads have found wrong so far is made good again, or is left to `repair`. A process that ends
    /// without it leaves some of it undone.
    pub async fn healed(&self) {
        // Is never closed.
        let _all = self.inner.infirmary.room.acquire_many(ROOM).await;
    }

    /// Has the copies that a read found wanting made good again, as far as there is room for that: the rest is for
    /// `repair`.
    pub(super) fn heal(&self, members: &Members, key: &Key, good: &Bytes, wanting: Vec<Wanting>) {
        if wanting.is_empty() {
            return;
        }
        let order = members.order(key);
        let usable = order.iter().filter(|member| member.away().is_none());
        let homes: Vec<&StoreId> = match key.replication() {
            Replication::Every => usable.map(|member| member.id()).collect(),
            _ => usable.filter(|m| m.accepts()).take(2).map(|member| member.id()).collect(),
        };
        for wanting in wanting {
            let reached = wanting.reached();
            if matches!(wanting, Wanting::Absent(_)) {
                if !homes.contains(&reached.id()) {
                    continue;
                }
                self.inner.faults.absent(reached.id(), key);
            }
            let patient = (reached.id().clone(), key.clone());
            if self.inner.infirmary.patients(|patients| patients.contains(&patient)) {
                continue;
            }
            let kib = u32::try_from(good.len() >> 10).unwrap_or(ROOM).clamp(1, ROOM);
            let Ok(room) = self.inner.infirmary.room.clone().try_acquire_many_owned(kib) else {
                let error =
                    StoreError::new(StoreErrorKind::Failed, "there is too much to be healed");
                self.inner.faults.unhealed(reached.id(), key, &error);
                continue;
            };
            self.inner.infirmary.patients(|patients| patients.insert(patient.clone()));
            let (inner, good) = (self.inner.clone(), good.clone());
            tokio::spawn(async move {
                inner.heal_one(&patient.1, wanting, good).await;
                inner.infirmary.patients(|patients| patients.remove(&patient));
                drop(room);
            });
        }
    }
}

impl Inner {
    async fn heal_one(&self, key: &Key, wanting: Wanting, good: Bytes) {
        // Is never closed.
        let _hand = self.infirmary.hands.acquire().await;
        let reached = wanting.reached().clone();
        if is_newer(&reached, key, &good).await {
            return;
        }
        let result = match wanting {
            Wanting::Absent(_) => reached.store().put(key, good).await,
            Wanting::Damaged(_, bad) => replace(&reached, key, bad, good).await,
        };
        reached.member.note(Call::Write, &result);
        match result {
            Ok(()) => self.faults.healed(reached.id(), key),
            Err(error) => self.faults.unhealed(reached.id(), key, &error),
        }
    }
}

/// Whether a store has a version that is at least as good as `good` by now: someone may have written one since.
async fn is_newer(reached: &Reached, key: &Key, good: &[u8]) -> bool {
    if let Key::Blob(_) = key {
        return false;
    }
    match reached.store().get(key).await {
        Ok(there) => check(key, &there) >= check(key, good),
        Err(_) => false,
    }
}

/// Keeps the bad bytes where a person can look at them, then writes the good ones over them. In this order,
/// and the second in one stroke: at no time is there less than there was.
async fn replace(
    reached: &Reached,
    key: &Key,
    bad: Option<Bytes>,
    good: Bytes,
) -> Result<(), StoreError> {
    if let Some(bad) = bad {
        set_aside(reached, key, bad).await?;
    }
    reached.store().put(key, good).await
}

/// Puts bad bytes that were found under `key` aside. An older version is not damage and is not kept.
pub(crate) async fn set_aside(reached: &Reached, key: &Key, bad: Bytes) -> Result<(), StoreError> {
    if check(key, &bad).is_some() || mutant::is(Mutant::DestroyBad) {
        return Ok(());
    }
    let aside = Key::SetAside { found_at: Box::new(key.clone()), content: Digest::of(&bad) };
    reached.store().put(&aside, bad).await
}
