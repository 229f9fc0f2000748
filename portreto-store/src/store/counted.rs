//! A store that counts what is asked of it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use portreto_core::{
    Digest,
    replica::{BlobStore, Head, Key, Listed, Shard, Shards, Space, StoreError},
};
use url::Url;

use super::{Leftover, Marker, Place, Seen, Survey};
use crate::tally::{Clockwork, Times};

/// The calls of one kind since the store was attached.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CallTally {
    /// `get`, `put`, `head`, `delete` or `list`.
    pub kind: &'static str,
    /// How long they took; those that were given up before they ended are not among them.
    pub times: Times,
    /// Those of them that the store answered with "there is no such thing".
    pub missing: u64,
    /// Those of them that failed.
    pub failed: u64,
    /// Bytes that were read or kept.
    pub bytes: u64,
}

/// Counts of the calls of one kind.
#[derive(Debug, Default)]
struct Calls {
    clockwork: Clockwork,
    missing: AtomicU64,
    failed: AtomicU64,
    bytes: AtomicU64,
}

impl Calls {
    fn note<T>(&self, took: Duration, result: &Result<T, StoreError>, bytes: impl Fn(&T) -> u64) {
        self.clockwork.add(took);
        match result {
            Ok(value) => drop(self.bytes.fetch_add(bytes(value), Relaxed)),
            Err(error) if error.is_not_found() => drop(self.missing.fetch_add(1, Relaxed)),
            Err(_) => drop(self.failed.fetch_add(1, Relaxed)),
        }
    }
}

/// Counts of one store.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    get: Calls,
    put: Calls,
    head: Calls,
    delete: Calls,
    list: Calls,
}

impl Tally {
    pub(crate) fn calls(&self) -> Vec<CallTally> {
        let kinds = [
            ("get", &self.get),
            ("put", &self.put),
            ("head", &self.head),
            ("delete", &self.delete),
            ("list", &self.list),
        ];
        let tally = |(kind, calls): (&'static str, &Calls)| CallTally {
            kind,
            times: calls.clockwork.times(),
            missing: calls.missing.load(Relaxed),
            failed: calls.failed.load(Relaxed),
            bytes: calls.bytes.load(Relaxed),
        };
        kinds.into_iter().map(tally).collect()
    }
}

/// A place whose calls are counted.
#[derive(Debug)]
pub(crate) struct Counted {
    place: Arc<dyn Place>,
    tally: Arc<Tally>,
}

impl Counted {
    pub(crate) fn new(place: Arc<dyn Place>, tally: Arc<Tally>) -> Self {
        Self { place, tally }
    }
}

#[async_trait]
impl BlobStore for Counted {
    async fn put(&self, key: &Key, bytes: Bytes) -> Result<(), StoreError> {
        let (began, length) = (Instant::now(), bytes.len() as u64);
        let result = self.place.put(key, bytes).await;
        self.tally.put.note(began.elapsed(), &result, |()| length);
        result
    }

    async fn get(&self, key: &Key) -> Result<Bytes, StoreError> {
        let began = Instant::now();
        let result = self.place.get(key).await;
        self.tally.get.note(began.elapsed(), &result, |bytes| bytes.len() as u64);
        result
    }

    async fn head(&self, key: &Key) -> Result<Head, StoreError> {
        let began = Instant::now();
        let result = self.place.head(key).await;
        self.tally.head.note(began.elapsed(), &result, |_| 0);
        result
    }

    async fn delete(&self, key: &Key) -> Result<(), StoreError> {
        let began = Instant::now();
        let result = self.place.delete(key).await;
        self.tally.delete.note(began.elapsed(), &result, |()| 0);
        result
    }

    /// Counted when it is asked for: how long it takes is up to who reads it.
    fn list(
        &self,
        space: Space,
        shard: Option<Shard>,
    ) -> BoxStream<'static, Result<Listed, StoreError>> {
        self.tally.list.clockwork.add(Duration::ZERO);
        self.place.list(space, shard)
    }

    async fn shards(&self, space: Space) -> Result<Shards, StoreError> {
        let began = Instant::now();
        let result = self.place.shards(space).await;
        self.tally.list.note(began.elapsed(), &result, |_| 0);
        result
    }
}

#[async_trait]
impl Place for Counted {
    async fn survey(&self) -> Result<Survey, StoreError> {
        self.place.survey().await
    }

    async fn found(&self, marker: &Marker) -> Result<(), StoreError> {
        self.place.found(marker).await
    }

    async fn leftovers(&self) -> Result<Vec<Leftover>, StoreError> {
        self.place.leftovers().await
    }

    async fn sweep(&self, leftover: &Leftover) -> Result<(), StoreError> {
        self.place.sweep(leftover).await
    }

    async fn get_with_digest(&self, key: &Key) -> Result<(Bytes, Digest), StoreError> {
        let began = Instant::now();
        let result = self.place.get_with_digest(key).await;
        self.tally.get.note(began.elapsed(), &result, |(bytes, _)| bytes.len() as u64);
        result
    }

    /// Each of them is counted with its share of the time.
    async fn look_at(&self, keys: &[Key]) -> Vec<Result<Seen, StoreError>> {
        let began = Instant::now();
        let results = self.place.look_at(keys).await;
        let each = began.elapsed() / u32::try_from(keys.len()).unwrap_or(u32::MAX).max(1);
        for result in &results {
            self.tally.get.note(each, result, |seen| seen.length);
        }
        results
    }

    async fn presign_get(&self, key: &Key, expires: Duration) -> Result<Option<Url>, StoreError> {
        self.place.presign_get(key, expires).await
    }

    fn honors_conditions(&self) -> Option<bool> {
        self.place.honors_conditions()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{StoreEntry, StoreState};

    #[tokio::test]
    async fn each_call_is_counted_by_its_kind_and_end() {
        let tally = Arc::new(Tally::default());
        let store = Counted::new(super::super::open("memory:").unwrap(), tally.clone());
        let entry = StoreEntry {
            id: "a".parse().unwrap(),
            uuid: uuid::Uuid::from_u128(1),
            url: "memory:".to_owned(),
            state: StoreState::Active,
            weight: 1,
        };
        let marker = Marker::new(&entry, jiff::Timestamp::UNIX_EPOCH, Vec::new());
        store.found(&marker).await.unwrap();
        let bytes = Bytes::from_static(b"0123456789");
        let key = Key::Blob(Digest::of(&bytes));
        assert!(store.get(&key).await.unwrap_err().is_not_found());
        store.put(&key, bytes.clone()).await.unwrap();
        assert_eq!(store.get(&key).await.unwrap(), bytes);
        let digest = Digest::of(&bytes);
        assert_eq!(store.get_with_digest(&key).await.unwrap(), (bytes, digest));
        let absent = Key::Blob(Digest::of(b"absent"));
        let looks = store.look_at(&[key.clone(), absent]).await;
        let [Ok(there), Err(error)] = &looks[..] else { panic!("{looks:?}") };
        assert_eq!(*there, Seen { digest, length: 10, bytes: None });
        assert!(error.is_not_found());
        store.head(&key).await.unwrap();
        store.delete(&key).await.unwrap();
        let counts: Vec<_> = tally
            .calls()
            .iter()
            .map(|calls| (calls.kind, calls.times.count, calls.missing, calls.failed, calls.bytes))
            .collect();
        assert_eq!(
            counts,
            [
                ("get", 5, 2, 0, 30),
                ("put", 1, 0, 0, 10),
                ("head", 1, 0, 0, 0),
                ("delete", 1, 0, 0, 0),
                ("list", 0, 0, 0, 0)
            ]
        );
    }
}
