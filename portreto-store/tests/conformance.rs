//! Every kind of place passes the conformance suite.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use jiff::Timestamp;
use portreto_core::replica::{
    BlobStore, Head, Key, Listed, Shard, Shards, Space, StoreError, StoreErrorKind,
};
use portreto_store::{
    Replicas, StoreEntry, StoreState,
    conformance::{conforms, conforms_when_sound},
    faulty::Faulty,
    replicas::{Opener, ReplicaError, ReplicaErrorKind},
    store::{Marker, Place, directory_url, open},
};
use uuid::Uuid;

async fn founded(url: &str) -> Arc<dyn Place> {
    let entry = StoreEntry {
        id: "a".parse().expect("a good id"),
        uuid: Uuid::from_u128(1),
        url: url.to_owned(),
        state: StoreState::Active,
        weight: 1,
    };
    let place = open(url).expect("a good URL");
    place.found(&Marker::new(&entry, Timestamp::UNIX_EPOCH, Vec::new())).await.expect("founding");
    place
}

#[tokio::test]
async fn a_directory() {
    let dir = tempfile::tempdir().unwrap();
    let url = directory_url(&dir.path().join("photos of 2026 #1 (ü)")).unwrap();
    let place = founded(url.as_str()).await;
    conforms(&*place).await;
    assert!(place.leftovers().await.unwrap().is_empty());
}

#[tokio::test]
async fn memory() {
    conforms(&*founded("memory:").await).await;
}

#[tokio::test]
async fn a_faulty_place_without_faults() {
    conforms(&Faulty::new(founded("memory:").await, 1)).await;
}

#[tokio::test]
async fn many_stores_as_one() {
    let entry = |n: u128| StoreEntry {
        id: format!("s{n}").parse().expect("a good id"),
        uuid: Uuid::from_u128(n),
        url: format!("memory:{n}"),
        state: StoreState::Active,
        weight: 1,
    };
    let entries: Vec<StoreEntry> = (1..=4).map(entry).collect();
    let mut places: HashMap<String, Arc<dyn Place>> = HashMap::new();
    for entry in &entries {
        let place = open("memory:").unwrap();
        place.found(&Marker::new(entry, Timestamp::UNIX_EPOCH, Vec::new())).await.unwrap();
        places.insert(entry.url.clone(), place);
    }
    let all = places.values().cloned().collect();
    let opener: Opener = Arc::new(move |url| Ok(places[url].clone()));
    let replicas = Replicas::attach_with(opener, entries).await;
    conforms_when_sound(&Many { replicas, places: all }).await;
}

/// The replicated store as if it were one.
#[derive(Debug)]
struct Many {
    replicas: Replicas,
    places: Vec<Arc<dyn Place>>,
}

fn told(error: &ReplicaError) -> StoreError {
    let kind = match error.kind() {
        ReplicaErrorKind::NotFound => StoreErrorKind::NotFound,
        _ => StoreErrorKind::Failed,
    };
    StoreError::new(kind, error.to_string())
}

#[async_trait]
impl BlobStore for Many {
    async fn put(&self, key: &Key, bytes: Bytes) -> Result<(), StoreError> {
        self.replicas.put(key, bytes).await.map(|_| ()).map_err(|error| told(&error))
    }

    async fn get(&self, key: &Key) -> Result<Bytes, StoreError> {
        self.replicas.get(key).await.map_err(|error| told(&error))
    }

    async fn head(&self, key: &Key) -> Result<Head, StoreError> {
        Ok(Head::new(self.get(key).await?.len() as u64))
    }

    async fn delete(&self, key: &Key) -> Result<(), StoreError> {
        assert!(self.replicas.delete(key).await.owed.is_empty());
        Ok(())
    }

    /// What is in any of them, once, and in as many as it should.
    fn list(
        &self,
        space: Space,
        shard: Option<Shard>,
    ) -> BoxStream<'static, Result<Listed, StoreError>> {
        let places = self.places.clone();
        let listing = async move {
            let mut found: BTreeMap<String, (Listed, usize)> = BTreeMap::new();
            for place in &places {
                let listed: Vec<Listed> = place.list(space, shard).try_collect().await?;
                for object in listed {
                    found.entry(object.path.clone()).or_insert((object, 0)).1 += 1;
                }
            }
            let expected = if space == Space::Tombstones { places.len() } else { 2 };
            assert!(found.values().all(|(_, copies)| *copies == expected), "{found:?}");
            let objects = found.into_values().map(|(object, _)| Ok(object));
            Ok::<_, StoreError>(futures::stream::iter(objects))
        };
        futures::stream::once(listing).try_flatten().boxed()
    }

    async fn shards(&self, space: Space) -> Result<Shards, StoreError> {
        let mut all = Shards::default();
        for place in &self.places {
            let Shards { shards, foreign, .. } = place.shards(space).await?;
            all.shards.extend(shards);
            all.foreign.extend(foreign);
        }
        Ok(all)
    }
}
