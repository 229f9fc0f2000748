//! A place that fails as told, for tests: by a seed, so that a run can be repeated.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, stream::BoxStream};
use portreto_core::replica::{
    BlobStore, Head, Key, Listed, Shard, Shards, Space, StoreError, StoreErrorKind,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::store::{Leftover, Marker, Place, Survey};

/// How often each fault happens, from 0 (never) to 1 (always).
#[derive(Debug, Clone, Copy, Default)]
pub struct FaultRates {
    /// A call fails and does nothing.
    pub error: f64,
    /// A put or delete takes effect and then fails.
    pub lost_answer: f64,
    /// A read gives bytes with one bit flipped, or cut short.
    pub corrupt_read: f64,
}

/// A place with faults in front of it.
#[derive(Debug)]
pub struct Faulty {
    place: Arc<dyn Place>,
    offline: AtomicBool,
    state: Mutex<(StdRng, FaultRates)>,
}

impl Faulty {
    /// `place` with no faults yet.
    #[must_use]
    pub fn new(place: Arc<dyn Place>, seed: u64) -> Self {
        let state = (StdRng::seed_from_u64(seed), FaultRates::default());
        Self { place, offline: AtomicBool::new(false), state: Mutex::new(state) }
    }

    /// From now on, faults happen this often.
    pub fn set_rates(&self, rates: FaultRates) {
        self.lock().1 = rates;
    }

    /// From now on, nothing is answered, or everything is again.
    pub fn set_offline(&self, offline: bool) {
        self.offline.store(offline, Ordering::SeqCst);
    }

    /// The place without the faults.
    #[must_use]
    pub fn place(&self) -> &dyn Place {
        &*self.place
    }

    fn lock(&self) -> MutexGuard<'_, (StdRng, FaultRates)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn happens(&self, rate: impl Fn(&FaultRates) -> f64) -> bool {
        let (rng, rates) = &mut *self.lock();
        rng.random_bool(rate(rates))
    }

    fn before(&self) -> Result<(), StoreError> {
        if self.offline.load(Ordering::SeqCst) {
            return Err(StoreError::new(StoreErrorKind::Offline, "switched off by the test"));
        }
        if self.happens(|rates| rates.error) {
            return Err(StoreError::new(StoreErrorKind::Failed, "failed by the test"));
        }
        Ok(())
    }

    fn after<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if self.happens(|rates| rates.lost_answer) {
            return Err(StoreError::new(StoreErrorKind::Failed, "the test lost the answer"));
        }
        result
    }
}

#[async_trait]
impl BlobStore for Faulty {
    async fn put(&self, key: &Key, bytes: Bytes) -> Result<(), StoreError> {
        self.before()?;
        self.after(self.place.put(key, bytes).await)
    }

    async fn get(&self, key: &Key) -> Result<Bytes, StoreError> {
        self.before()?;
        let bytes = self.place.get(key).await?;
        if bytes.is_empty() || !self.happens(|rates| rates.corrupt_read) {
            return Ok(bytes);
        }
        let (rng, _) = &mut *self.lock();
        let at = rng.random_range(0..bytes.len());
        if rng.random_bool(0.5) {
            return Ok(bytes.slice(..at));
        }
        let mut rotten = bytes.to_vec();
        rotten[at] ^= 1 << rng.random_range(0..8);
        Ok(rotten.into())
    }

    async fn head(&self, key: &Key) -> Result<Head, StoreError> {
        self.before()?;
        self.place.head(key).await
    }

    async fn delete(&self, key: &Key) -> Result<(), StoreError> {
        self.before()?;
        self.after(self.place.delete(key).await)
    }

    fn list(
        &self,
        space: Space,
        shard: Option<Shard>,
    ) -> BoxStream<'static, Result<Listed, StoreError>> {
        match self.before() {
            Ok(()) => self.place.list(space, shard),
            Err(error) => futures::stream::iter([Err(error)]).boxed(),
        }
    }

    async fn shards(&self, space: Space) -> Result<Shards, StoreError> {
        self.before()?;
        self.place.shards(space).await
    }
}

#[async_trait]
impl Place for Faulty {
    async fn survey(&self) -> Result<Survey, StoreError> {
        self.before()?;
        self.place.survey().await
    }

    async fn found(&self, marker: &Marker) -> Result<(), StoreError> {
        self.before()?;
        self.after(self.place.found(marker).await)
    }

    async fn leftovers(&self) -> Result<Vec<Leftover>, StoreError> {
        self.before()?;
        self.place.leftovers().await
    }

    async fn sweep(&self, leftover: &Leftover) -> Result<(), StoreError> {
        self.before()?;
        self.place.sweep(leftover).await
    }
}
