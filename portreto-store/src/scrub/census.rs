//! Who holds what, by the stores' own listings: one shard at a time, since a store may hold more than fits in memory.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use futures::{StreamExt, future::join_all};
use portreto_core::replica::{Key, Listed, Shard, Space, StoreError, StoreId, Wanted};
use uuid::Uuid;

use super::{
    ORDER,
    report::{ScrubbedStore, Stray, Tally},
};
use crate::{
    mutant::{self, Mutant},
    replicas::{Look, Member, Members, Reached, Reason, Replicas},
};

/// What is known before any key is looked at.
#[derive(Debug, Default)]
pub(super) struct Opening {
    pub(super) stores: Vec<ScrubbedStore>,
    pub(super) set_aside: Tally,
    pub(super) foreign: Vec<Stray>,
    /// The stores that answered, with the shards that each of their spaces has.
    divisions: HashMap<StoreId, Division>,
}

#[derive(Debug)]
struct Division {
    reached: Reached,
    shards: HashMap<Space, BTreeSet<Shard>>,
}

/// What a census says of one key.
#[derive(Debug, Default)]
pub(super) struct Entry {
    /// Who has it, with how many bytes.
    pub(super) holders: Vec<(StoreId, u64)>,
    /// Whether the catalog said, after the stores were listed, that it is wanted.
    pub(super) is_live: bool,
}

impl Entry {
    pub(super) fn is_in(&self, store: &StoreId) -> bool {
        self.holders.iter().any(|(holder, _)| holder == store)
    }
}

/// All keys of one shard in all stores: about 150 bytes a key and 40 a copy.
#[derive(Debug, Default)]
pub(super) struct Census {
    /// Every key that is somewhere or should be.
    pub(super) keys: BTreeMap<Key, Entry>,
    /// The images with a tombstone anywhere. Its name alone says enough: it may be damaged.
    pub(super) deleted: HashSet<Uuid>,
    /// The stores whose listing is not complete, and why.
    pub(super) unlisted: HashMap<StoreId, String>,
    /// What each store has.
    pub(super) objects: HashMap<StoreId, Tally>,
    pub(super) foreign: Vec<Stray>,
}

impl Opening {
    pub(super) async fn take(replicas: &Replicas, members: &Members) -> Self {
        let answers = members.list.iter().map(|member| open(replicas, member));
        let mut opening = Self::default();
        for answer in join_all(answers).await {
            opening.set_aside.join(answer.set_aside);
            opening.foreign.extend(answer.foreign);
            if let Some(division) = answer.division {
                opening.divisions.insert(answer.store.id.clone(), division);
            }
            opening.stores.push(answer.store);
        }
        opening
    }

    /// What killed writers left behind in the stores that answered, and why one of them did not say.
    pub(super) async fn leftovers(&self) -> (Vec<Stray>, Vec<(StoreId, String)>) {
        let answers = self.stores.iter().filter_map(|store| self.divisions.get(&store.id));
        let answers = answers.map(|Division { reached, .. }| async move {
            (reached.id(), reached.noted(reached.place.leftovers().await))
        });
        let (mut strays, mut silent) = (Vec::new(), Vec::new());
        for (store, answer) in join_all(answers).await {
            match answer {
                Ok(left) => strays.extend(left.into_iter().map(|left| Stray {
                    store: store.clone(),
                    path: left.path,
                    bytes: left.bytes,
                })),
                Err(error) => silent.push((store.clone(), Reason(&error).to_string())),
            }
        }
        (strays, silent)
    }

    /// Lists one shard of every store.
    pub(super) async fn census(&self, members: &Members, shard: Shard) -> Census {
        let mut census = Census::default();
        let returns = members.list.iter().map(|member| self.list(member, shard));
        for (member, (listed, result)) in members.list.iter().zip(join_all(returns).await) {
            if let Err(error) = result {
                census.unlisted.insert(member.id().clone(), Reason(&error).to_string());
            } else if !self.divisions.contains_key(member.id()) {
                let reason = self.stores.iter().find(|store| store.id == *member.id());
                let reason = reason.and_then(|store| store.away.clone()).unwrap_or_default();
                census.unlisted.insert(member.id().clone(), reason);
            }
            for object in listed {
                census.enter(member.id(), object);
            }
        }
        census
    }

    async fn list(&self, member: &Member, shard: Shard) -> (Vec<Listed>, Result<(), StoreError>) {
        let mut listed = Vec::new();
        let Some(Division { reached, shards }) = self.divisions.get(member.id()) else {
            return (listed, Ok(()));
        };
        for space in ORDER {
            if !shards.get(&space).is_some_and(|shards| shards.contains(&shard)) {
                continue;
            }
            let mut listing = reached.store().list(space, Some(shard));
            while let Some(object) = listing.next().await {
                match reached.noted(object) {
                    Ok(object) => listed.push(object),
                    Err(error) => return (listed, Err(error)),
                }
            }
        }
        (listed, Ok(()))
    }
}

impl Census {
    /// What to do about `member` when its copy of `key` is to be checked.
    pub(super) fn look(&self, key: &Key, member: &Member) -> Look {
        if self.keys.get(key).is_some_and(|entry| entry.is_in(member.id())) {
            Look::Verify
        } else if self.unlisted.contains_key(member.id()) {
            Look::Unknown
        } else {
            Look::Absent
        }
    }

    /// Where the catalog said, of the whole shard, that `key` is wanted; none when that says nothing of it.
    pub(super) fn wanted(&self, key: &Key) -> Option<Wanted> {
        let is_live = self.keys.get(key).is_some_and(|entry| entry.is_live);
        let is_tombstone = matches!(key, Key::Tombstone { .. });
        (is_live && !is_tombstone && !self.deleted(key)).then_some(Wanted::Two)
    }

    /// Whether `key` is the record of an image with a tombstone.
    pub(super) fn deleted(&self, key: &Key) -> bool {
        matches!(key, Key::Record { image, .. } if self.deleted.contains(image))
            && !mutant::is(Mutant::ResurrectingRepair)
    }

    fn enter(&mut self, store: &StoreId, object: Listed) {
        self.objects.entry(store.clone()).or_default().add(object.bytes);
        match object.key {
            None => {
                let (path, bytes) = (object.path, object.bytes);
                self.foreign.push(Stray { store: store.clone(), path, bytes });
            }
            // Listed in spaces that have neither.
            Some(Key::SetAside { .. } | Key::Marker) => {}
            Some(key) => {
                if let Key::Tombstone { image, .. } = &key {
                    self.deleted.insert(*image);
                }
                self.keys.entry(key).or_default().holders.push((store.clone(), object.bytes));
            }
        }
    }
}

/// What one store says of itself.
struct Answer {
    store: ScrubbedStore,
    set_aside: Tally,
    foreign: Vec<Stray>,
    division: Option<Division>,
}

async fn open(replicas: &Replicas, member: &Arc<Member>) -> Answer {
    let mut answer = Answer {
        store: ScrubbedStore {
            id: member.id().clone(),
            url: member.entry.url.clone(),
            state: member.entry.state,
            away: None,
            objects: Tally::default(),
        },
        set_aside: Tally::default(),
        foreign: Vec::new(),
        division: None,
    };
    let result = async {
        let reached = replicas.reached(member).await?;
        let division = divide(&reached, &mut answer).await;
        reached.noted(division)
    };
    match result.await {
        Ok(division) => answer.division = Some(division),
        Err(error) => answer.store.away = Some(Reason(&error).to_string()),
    }
    answer
}

async fn divide(reached: &Reached, answer: &mut Answer) -> Result<Division, StoreError> {
    let id = reached.id();
    let stray = |path, bytes| Stray { store: id.clone(), path, bytes };
    let mut shards = HashMap::new();
    for space in ORDER {
        let there = reached.store().shards(space).await?;
        answer.foreign.extend(there.foreign.into_iter().map(|path| stray(path, 0)));
        shards.insert(space, there.shards);
    }
    let mut aside = reached.store().list(Space::SetAside, None);
    while let Some(object) = aside.next().await {
        let object = object?;
        answer.store.objects.add(object.bytes);
        match object.key {
            Some(_) => answer.set_aside.add(object.bytes),
            None => answer.foreign.push(stray(object.path, object.bytes)),
        }
    }
    Ok(Division { reached: reached.clone(), shards })
}
