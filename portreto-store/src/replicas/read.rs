//! Getting, with every byte checked, and healing what a read finds wrong.

use bytes::Bytes;
use futures::future::join_all;
use portreto_core::{
    Digest,
    replica::{Holding, Key, Replication, StoreError, StoreErrorKind, StoreId},
};

use super::{Look, Members, Reached, Refusal, ReplicaError, ReplicaErrorKind, Replicas, check};
use crate::mutant::{self, Mutant};

impl Replicas {
    /// The right bytes under `key`.
    ///
    /// A blob comes from the first store in placement order that has it whole; the next one is asked as soon as
    /// one fails, or takes longer than it usually does. For everything else all
    /// stores are asked and the highest revision wins, since a store that was away may have an older one.
    ///
    /// Bad copies met on the way are counted, set aside and rewritten, missing ones of the first two stores
    /// written anew; a failure of that is logged and left to `repair`.
    ///
    /// # Errors
    ///
    /// `NotFound` when all stores answered that there is nothing; `Deleted` for the record of an image with a
    /// tombstone; `Unreadable`, naming the stores, when there may be something that cannot be read.
    pub async fn get(&self, key: &Key) -> Result<Bytes, ReplicaError> {
        match key {
            Key::Blob(_) => self.get_first(key).await,
            Key::Record { original, image } if self.is_deleted(original, *image).await => {
                let message = format!("{key} was deleted");
                Err(ReplicaError::new(ReplicaErrorKind::Deleted, message, Vec::new()))
            }
            Key::Record { .. } | Key::Variant { .. } | Key::Tombstone { .. } => {
                self.get_newest(key).await
            }
            Key::Marker | Key::SetAside { .. } => Err(ReplicaError::new(
                ReplicaErrorKind::Invalid,
                format!("{key} is not kept in replicas"),
                Vec::new(),
            )),
        }
    }

    /// Whether both of the stores where a new copy of `key` would go have it already, by their word and,
    /// when `bytes` is given, with this length. Reads nothing: the cheap question before uploading again.
    pub async fn head_both(&self, key: &Key, bytes: Option<u64>) -> bool {
        let mut asked = Vec::new();
        for member in self.members().order(key).iter().filter(|member| member.accepts()) {
            if let Ok(reached) = self.reached(member).await {
                asked.push(reached);
            }
            if asked.len() == 2 {
                break;
            }
        }
        let heads = asked.iter().map(|reached| async {
            let head = reached.noted(reached.store().head(key).await);
            head.is_ok_and(|head| bytes.is_none_or(|bytes| bytes == head.bytes))
        });
        asked.len() == 2 && join_all(heads).await.into_iter().all(|there| there)
    }

    /// What every store holds under `key`, read and checked, in the order of placement.
    pub async fn locate(&self, key: &Key) -> Vec<(StoreId, Holding)> {
        let inspection = self.inspect(&self.members(), key, |_| Look::Read).await;
        inspection.holders().into_iter().map(|holder| (holder.store, holder.holding)).collect()
    }

    async fn get_first(&self, key: &Key) -> Result<Bytes, ReplicaError> {
        let members = self.members();
        let mut race = self.race(&members, key);
        let mut refusals = Vec::new();
        let mut wanting = Vec::new();
        while let Some((member, outcome)) = race.next().await {
            let refuse = |reason| Refusal { store: member.id().clone(), reason };
            let (reached, answer) = match outcome {
                Ok(answered) => answered,
                Err(error) => {
                    refusals.push(refuse(error));
                    continue;
                }
            };
            match answer {
                Ok(bytes) if check(key, &bytes).is_some() || mutant::is(Mutant::ReadUnverified) => {
                    race.won_by(&member);
                    self.heal(&members, key, &bytes, wanting).await;
                    return Ok(bytes);
                }
                Ok(bytes) => {
                    self.inner.faults.corrupt(member.id(), key);
                    let reason = StoreError::new(StoreErrorKind::Failed, "its copy is damaged");
                    refusals.push(refuse(reason));
                    wanting.push(Wanting::Damaged(reached, Some(bytes)));
                }
                Err(error) if error.is_not_found() => wanting.push(Wanting::Absent(reached)),
                Err(error) => {
                    self.inner.faults.failed(member.id(), key, &error);
                    if error.kind() == StoreErrorKind::Failed {
                        wanting.push(Wanting::Damaged(reached, None));
                    }
                    refusals.push(refuse(error));
                }
            }
        }
        Err(nothing_good(key, refusals))
    }

    async fn get_newest(&self, key: &Key) -> Result<Bytes, ReplicaError> {
        let members = self.members();
        let mut inspection = self.inspect(&members, key, |_| Look::Read).await;
        let Some(bytes) = inspection.good.take() else {
            return Err(nothing_good(key, inspection.refusals()));
        };
        let mut wanting = Vec::new();
        for sighting in inspection.sightings {
            let Some(reached) = sighting.reached else { continue };
            match sighting.holding {
                Holding::Absent => wanting.push(Wanting::Absent(reached)),
                Holding::Corrupt => {
                    self.inner.faults.corrupt(reached.id(), key);
                    wanting.push(Wanting::Damaged(reached, sighting.found));
                }
                Holding::Good | Holding::Unknown => {}
            }
        }
        self.heal(&members, key, &bytes, wanting).await;
        Ok(bytes)
    }

    /// Makes the copies that a read found wanting good again, as far as that is quickly done: the rest is
    /// for `repair`.
    async fn heal(&self, members: &Members, key: &Key, good: &Bytes, wanting: Vec<Wanting>) {
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
            let (reached, result) = match wanting {
                Wanting::Absent(reached) if homes.contains(&reached.id()) => {
                    self.inner.faults.absent(reached.id(), key);
                    let result = reached.store().put(key, good.clone()).await;
                    (reached, result)
                }
                Wanting::Absent(_) => continue,
                Wanting::Damaged(reached, bad) => {
                    let result = replace(&reached, key, bad, good.clone()).await;
                    (reached, result)
                }
            };
            match reached.noted_write(result) {
                Ok(()) => self.inner.faults.healed(reached.id(), key),
                Err(error) => self.inner.faults.unhealed(reached.id(), key, &error),
            }
        }
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

fn nothing_good(key: &Key, refusals: Vec<Refusal>) -> ReplicaError {
    if refusals.is_empty() {
        let message = format!("no store has {key}");
        return ReplicaError::new(ReplicaErrorKind::NotFound, message, refusals);
    }
    let message = format!("no store that answered has {key} whole");
    ReplicaError::new(ReplicaErrorKind::Unreadable, message, refusals)
}

/// A copy that is not as it should be.
enum Wanting {
    Absent(Reached),
    /// The bad bytes, when they could be read.
    Damaged(Reached, Option<Bytes>),
}
