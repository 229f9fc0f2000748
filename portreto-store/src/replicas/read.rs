//! Getting, with every byte checked.

use bytes::Bytes;
use futures::future::join_all;
use portreto_core::replica::{Holding, Key, StoreError, StoreErrorKind, StoreId};

use super::{
    Look, Refusal, ReplicaError, ReplicaErrorKind, Replicas, check::check_hashed, heal::Wanting,
};
use crate::mutant::{self, Mutant};

impl Replicas {
    /// The right bytes under `key`.
    ///
    /// A blob comes from the first store in placement order that has it whole; the next one is asked as soon as
    /// one fails, or takes longer than it usually does. For everything else all
    /// stores are asked and the highest revision wins, since a store that was away may have an older one.
    ///
    /// Bad copies met on the way are counted, set aside and rewritten, missing ones of the first two stores
    /// written anew, beside the work ([`Replicas::healed`] waits for it); a failure of that is logged and left to
    /// `repair`.
    ///
    /// # Errors
    ///
    /// `NotFound` when all stores answered that there is nothing; `Deleted` for the record of an image with a
    /// tombstone; `Unreadable`, naming the stores, when there may be something that cannot be read.
    pub async fn get(&self, key: &Key) -> Result<Bytes, ReplicaError> {
        match key {
            Key::Blob(_) | Key::Bundle(_) => self.get_first(key).await,
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
        let inspection = self.inspect(&self.members(), key, |_| Look::Verify).await;
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
                Ok((bytes, digest))
                    if check_hashed(key, &bytes, digest).is_some()
                        || mutant::is(Mutant::ReadUnverified) =>
                {
                    race.won_by(&member);
                    self.heal(&members, key, &bytes, wanting);
                    return Ok(bytes);
                }
                Ok((bytes, _)) => {
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
        self.heal(&members, key, &bytes, wanting);
        Ok(bytes)
    }
}

fn nothing_good(key: &Key, refusals: Vec<Refusal>) -> ReplicaError {
    if refusals.is_empty() {
        let message = format!("no store has {key}");
        return ReplicaError::new(ReplicaErrorKind::NotFound, message, refusals);
    }
    let message = format!("no store that answered has {key} whole");
    ReplicaError::new(ReplicaErrorKind::Unreadable, message, refusals)
}
