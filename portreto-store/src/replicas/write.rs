//! Putting and deleting.

use std::sync::{Arc, atomic::Ordering};

use bytes::Bytes;
use futures::{StreamExt, future::join_all, stream::FuturesUnordered};
use portreto_core::replica::{Key, Replication, StoreError, StoreErrorKind, StoreId};

use super::{Member, Refusal, ReplicaError, ReplicaErrorKind, Replicas, check};
use crate::mutant::{self, Mutant};

/// Where a key was put, durably.
#[derive(Debug)]
pub struct Kept {
    /// The stores that have it now: two, or for a tombstone all that answered.
    pub stores: Vec<StoreId>,
    /// The stores that should have it too and did not take it: `repair` will see to them.
    pub owed: Vec<Refusal>,
}

/// Where a key was removed.
#[derive(Debug)]
pub struct Removed {
    /// The stores that do not have it now, whether they had it or not.
    pub from: Vec<StoreId>,
    /// The stores that did not do it: `repair` will see to them.
    pub owed: Vec<Refusal>,
}

impl Replicas {
    /// Keeps `bytes` under `key`: durable in two stores when it returns.
    ///
    /// Both are written at once, the first two of the key's placement that take new copies and can be used;
    /// when one fails, the next takes its place. Putting the same again is harmless.
    ///
    /// A tombstone goes to every store that answers, and one is enough: an image must be deletable while a
    /// store is away, also when there are only two, and that one store is away is the one fault that is
    /// survived at a time. [`Kept::owed`] names the stores that have not heard.
    ///
    /// # Errors
    ///
    /// `TooFewStores` with every store's reason, and nothing is acknowledged, although one store may have
    /// the bytes (see [`Replicas::accept_one`]); `Invalid` when `bytes` are not what `key` promises.
    pub async fn put(&self, key: &Key, bytes: Bytes) -> Result<Kept, ReplicaError> {
        let invalid = |why| Err(ReplicaError::new(ReplicaErrorKind::Invalid, why, Vec::new()));
        if check(key, &bytes).is_none() && !mutant::is(Mutant::PutUnchecked) {
            return invalid(format!("the bytes for {key} are not what its name promises"));
        }
        match key.replication() {
            Replication::Two => self.put_two(key, bytes).await,
            Replication::Every => self.put_every(key, bytes).await,
            Replication::Local => invalid(format!("{key} is not kept in replicas")),
        }
    }

    async fn put_two(&self, key: &Key, bytes: Bytes) -> Result<Kept, ReplicaError> {
        let order = self.members().order(key);
        let mut candidates = order.iter().filter(|member| member.accepts());
        let mut writing = FuturesUnordered::new();
        let (mut stores, mut owed) = (Vec::new(), Vec::new());
        let copies = if mutant::is(Mutant::AckAfterOne) { 1 } else { 2 };
        loop {
            while stores.len() + writing.len() < copies
                && let Some(member) = candidates.next()
            {
                writing.push(self.write(member, key, bytes.clone()));
            }
            match writing.next().await {
                Some(Ok(store)) => stores.push(store),
                Some(Err(refusal)) => owed.push(refusal),
                None => break,
            }
        }
        if stores.len() < copies {
            self.try_again(&order, key, &bytes, &mut stores, &mut owed).await;
        }
        let enough = if self.inner.accepts_one.load(Ordering::Relaxed) { 1 } else { copies };
        if stores.len() < enough {
            let message = format!(
                "{} of the 2 stores that are needed took {key}; mend a store or add one",
                match stores.len() {
                    0 => "none",
                    _ => "only 1",
                }
            );
            return Err(ReplicaError::new(ReplicaErrorKind::TooFewStores, message, owed));
        }
        Ok(Kept { stores, owed })
    }

    /// Waits for the stores that are being looked at right now, when there are too few without them.
    async fn try_again(
        &self,
        order: &[Arc<Member>],
        key: &Key,
        bytes: &Bytes,
        stores: &mut Vec<StoreId>,
        owed: &mut Vec<Refusal>,
    ) {
        for member in order.iter().filter(|member| member.accepts()) {
            let refused = |refusal: &Refusal| {
                refusal.store == *member.id() && refusal.reason.kind() == StoreErrorKind::Offline
            };
            let Some(at) = owed.iter().position(refused) else { continue };
            if stores.len() < 2
                && member.reach_patiently(&self.inner.opener).await.is_ok()
                && let Ok(store) = self.write(member, key, bytes.clone()).await
            {
                stores.push(store);
                owed.remove(at);
            }
        }
    }

    async fn put_every(&self, key: &Key, bytes: Bytes) -> Result<Kept, ReplicaError> {
        let order = self.members().order(key);
        let n_stores = if mutant::is(Mutant::TombstoneOnce) { 1 } else { order.len() };
        let writes = order[..n_stores].iter().map(|member| self.write(member, key, bytes.clone()));
        let (mut stores, mut owed) = (Vec::new(), Vec::new());
        for result in join_all(writes).await {
            match result {
                Ok(store) => stores.push(store),
                Err(refusal) => owed.push(refusal),
            }
        }
        if stores.is_empty() {
            let message = format!("no store took {key}; mend a store or add one");
            return Err(ReplicaError::new(ReplicaErrorKind::TooFewStores, message, owed));
        }
        Ok(Kept { stores, owed })
    }

    /// Removes `key` from every store that answers. Removing what is not there is no error.
    ///
    /// Whether anything still needs it is for the caller to know. A record or variant that goes without a
    /// tombstone comes back with the next store that was away.
    pub async fn delete(&self, key: &Key) -> Removed {
        let members = self.members();
        let deletes = members.list.iter().map(|member| async {
            let result = match self.reached(member).await {
                Ok(reached) => reached.noted_write(reached.store().delete(key).await),
                Err(error) => Err(error),
            };
            (member.id().clone(), result)
        });
        let mut removed = Removed { from: Vec::new(), owed: Vec::new() };
        for (store, result) in join_all(deletes).await {
            match result {
                Ok(()) => removed.from.push(store),
                Err(reason) => removed.owed.push(Refusal { store, reason }),
            }
        }
        removed
    }

    async fn write(
        &self,
        member: &Arc<Member>,
        key: &Key,
        bytes: Bytes,
    ) -> Result<StoreId, Refusal> {
        let result = match self.reached(member).await {
            Ok(reached) => {
                let result = match member.may_write() {
                    Ok(()) => reached.noted_write(reached.store().put(key, bytes).await),
                    Err(error) => Err(error),
                };
                if let Err(error) = &result {
                    self.inner.faults.refused(member.id(), key, error);
                }
                result
            }
            Err(error) => Err::<(), StoreError>(error),
        };
        match result {
            Ok(()) => Ok(member.id().clone()),
            Err(reason) => Err(Refusal { store: member.id().clone(), reason }),
        }
    }
}
