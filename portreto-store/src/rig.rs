//! A set of stores for tests.

use std::{collections::HashMap, sync::Arc};

use jiff::Timestamp;
use portreto_core::replica::{Holding, Key};
use uuid::Uuid;

use crate::{
    faulty::Faulty,
    replicas::{Member, Opener, Replicas, initialise_at},
    store::{self, Place, StoreEntry, StoreState},
};

/// Stores in memory behind faults, attached.
pub(crate) struct Rig {
    pub(crate) stores: Vec<Arc<Faulty>>,
    pub(crate) entries: Vec<StoreEntry>,
    pub(crate) replicas: Replicas,
    opener: Opener,
}

impl Rig {
    pub(crate) async fn new(n: u128) -> Self {
        let (mut stores, mut entries) = (Vec::new(), Vec::new());
        for i in 0..n {
            let entry = entry(i, format!("memory:{i}"));
            let place = store::open("memory:").unwrap();
            initialise_at(&*place, &entry, Timestamp::UNIX_EPOCH, Vec::new()).await.unwrap();
            stores.push(Arc::new(Faulty::new(place, i as u64)));
            entries.push(entry);
        }
        let by_url: HashMap<String, Arc<Faulty>> =
            entries.iter().map(|e| e.url.clone()).zip(stores.iter().cloned()).collect();
        let opener: Opener = Arc::new(move |url| Ok(by_url[url].clone() as Arc<dyn Place>));
        let replicas = Replicas::attach_with(opener.clone(), entries.clone()).await;
        Self { stores, entries, replicas, opener }
    }

    /// As another process would begin: nothing is known but the stores' entries.
    pub(crate) async fn restart(&mut self) {
        self.replicas = Replicas::attach_with(self.opener.clone(), self.entries.clone()).await;
    }

    /// The stores in the order of placement of `key`.
    pub(crate) fn order(&self, key: &Key) -> Vec<&Faulty> {
        let members = self.replicas.members();
        let index = |m: &Arc<Member>| self.entries.iter().position(|e| e.id == *m.id()).unwrap();
        members.order(key).iter().map(|member| &*self.stores[index(member)]).collect()
    }

    pub(crate) async fn holding(&self, key: &Key) -> Vec<Holding> {
        self.replicas.locate(key).await.into_iter().map(|(_, holding)| holding).collect()
    }
}

pub(crate) fn entry(i: u128, url: String) -> StoreEntry {
    StoreEntry {
        id: format!("s{i}").parse().unwrap(),
        uuid: Uuid::from_u128(i + 1),
        url,
        state: StoreState::Active,
        weight: 1,
    }
}
