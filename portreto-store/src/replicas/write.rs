//! Putting and deleting.

use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, future::join_all, stream::FuturesUnordered};
use portreto_core::replica::{Key, Replication, StoreError, StoreId};

use super::{Member, Refusal, ReplicaError, ReplicaErrorKind, Replicas, check};

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
    /// the bytes; `Invalid` when `bytes` are not what `key` promises.
    pub async fn put(&self, key: &Key, bytes: Bytes) -> Result<Kept, ReplicaError> {
        let invalid = |why| Err(ReplicaError::new(ReplicaErrorKind::Invalid, why, Vec::new()));
        if check(key, &bytes).is_none() {
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
        loop {
            while stores.len() + writing.len() < 2
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
        if stores.len() < 2 {
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

    async fn put_every(&self, key: &Key, bytes: Bytes) -> Result<Kept, ReplicaError> {
        let order = self.members().order(key);
        let writes = order.iter().map(|member| self.write(member, key, bytes.clone()));
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
                Ok(reached) => reached.noted(reached.store().delete(key).await),
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
                let result = reached.noted(reached.store().put(key, bytes).await);
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
