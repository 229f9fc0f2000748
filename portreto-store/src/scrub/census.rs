//! Who holds what, by the stores' own listings.

use std::collections::{BTreeMap, HashSet};

use futures::{StreamExt, future::join_all};
use portreto_core::replica::{Key, Listed, Space, StoreId};
use uuid::Uuid;

use super::report::{ScrubbedStore, Stray, Tally};
use crate::replicas::{Look, Member, Members, Reason, Replicas};

/// All keys of all stores.
///
/// All of it is in memory, about 150 bytes a key and 40 a copy: 20 MB for 100,000 images. Stores do not
/// list in order, so there is no merging them without it.
#[derive(Debug, Default)]
pub(super) struct Census {
    /// Every key and who has it, with how many bytes.
    pub(super) keys: BTreeMap<Key, Vec<(StoreId, u64)>>,
    /// The images with a tombstone anywhere. Its name alone says enough: it may be damaged.
    pub(super) deleted: HashSet<Uuid>,
    /// The stores whose listing is not complete.
    pub(super) unlisted: HashSet<StoreId>,
    pub(super) stores: Vec<ScrubbedStore>,
    pub(super) set_aside: Tally,
    pub(super) foreign: Vec<Stray>,
    pub(super) leftovers: Vec<Stray>,
}

/// What one store says of itself.
struct Return {
    store: ScrubbedStore,
    listed: Vec<Listed>,
    leftovers: Vec<Stray>,
}

impl Census {
    pub(super) async fn take(replicas: &Replicas, members: &Members) -> Self {
        let returns = members.list.iter().map(|member| ask(replicas, member));
        let mut census = Self::default();
        for Return { store, listed, leftovers } in join_all(returns).await {
            if store.away.is_some() {
                census.unlisted.insert(store.id.clone());
            }
            for object in listed {
                census.enter(&store.id, object);
            }
            census.leftovers.extend(leftovers);
            census.stores.push(store);
        }
        census
    }

    /// What to do about `member` when its copy of `key` is to be checked.
    pub(super) fn look(&self, key: &Key, member: &Member) -> Look {
        let holds = |holders: &Vec<(StoreId, u64)>| holders.iter().any(|(id, _)| id == member.id());
        if self.keys.get(key).is_some_and(holds) {
            Look::Read
        } else if self.unlisted.contains(member.id()) {
            Look::Unknown
        } else {
            Look::Absent
        }
    }

    fn enter(&mut self, store: &StoreId, object: Listed) {
        match object.key {
            None => {
                let (path, bytes) = (object.path, object.bytes);
                self.foreign.push(Stray { store: store.clone(), path, bytes });
            }
            Some(Key::SetAside { .. } | Key::Marker) => self.set_aside.add(object.bytes),
            Some(key) => {
                if let Key::Tombstone { image, .. } = &key {
                    self.deleted.insert(*image);
                }
                self.keys.entry(key).or_default().push((store.clone(), object.bytes));
            }
        }
    }
}

async fn ask(replicas: &Replicas, member: &std::sync::Arc<Member>) -> Return {
    let mut answer = Return {
        store: ScrubbedStore {
            id: member.id().clone(),
            url: member.entry.url.clone(),
            state: member.entry.state,
            away: None,
            objects: Tally::default(),
        },
        listed: Vec::new(),
        leftovers: Vec::new(),
    };
    let reached = match replicas.reached(member).await {
        Ok(reached) => reached,
        Err(error) => {
            answer.store.away = Some(Reason(&error).to_string());
            return answer;
        }
    };
    for space in Space::ALL {
        let mut listing = reached.store().list(space, None);
        while let Some(object) = listing.next().await {
            match reached.noted(object) {
                Ok(object) => {
                    answer.store.objects.add(object.bytes);
                    answer.listed.push(object);
                }
                Err(error) => {
                    answer.store.away = Some(Reason(&error).to_string());
                    break;
                }
            }
        }
    }
    match reached.noted(reached.place.leftovers().await) {
        Ok(leftovers) => {
            let stray = |leftover: crate::store::Leftover| Stray {
                store: member.id().clone(),
                path: leftover.path,
                bytes: leftover.bytes,
            };
            answer.leftovers.extend(leftovers.into_iter().map(stray));
        }
        Err(error) => answer.store.away = Some(Reason(&error).to_string()),
    }
    answer
}
