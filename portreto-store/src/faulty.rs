//! A place that fails as told, for tests: by a seed, so that a run can be repeated.
//!
//! Faults come in two ways. A [`Mood`] lasts until it is changed: the place is away, full, slow. [`FaultRates`] are
//! drawn for each call, in the order of the calls: on a runtime of one thread, the same seed and the same calls are
//! the same faults. What takes time takes tokio's time: run it with a paused clock, where a hang costs nothing.
//!
//! A place never keeps its caller waiting for ever, and neither does this one: what hangs is reported as a place
//! reports it, offline after its time limit, with or without having had an effect.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, stream::BoxStream};
use portreto_core::{
    Digest,
    replica::{BlobStore, Head, Key, Listed, Shard, Shards, Space, StoreError, StoreErrorKind},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use url::Url;

use crate::store::{Leftover, Marker, Patience, Place, Seen, Survey, still_offline, within};

/// How often each fault happens to a call that it can happen to, from 0 (never) to 1 (always).
///
/// The first group is what honest places do, the second what a place does that lies: one that breaks its contract,
/// as a disk does that rots or forgets.
#[derive(Debug, Clone, Copy, Default)]
pub struct FaultRates {
    /// A call fails and does nothing.
    pub error: f64,
    /// A put or delete takes effect and then fails.
    pub lost_answer: f64,
    /// A call has no answer; a put or delete takes effect or does not, one as likely as the other. Takes 5 s or
    /// more of tokio's time.
    pub hang: f64,
    /// A call takes up to 4 s of tokio's time more than it should.
    pub slow: f64,
    /// A listing fails after some of its objects.
    pub cut_list: f64,

    /// A read gives bytes with one bit flipped, or cut short.
    pub corrupt_read: f64,
    /// A read gives what was there before the last put or delete: other bytes, or nothing.
    pub old_read: f64,
    /// A get or head says that there is nothing.
    pub false_not_found: f64,
    /// A put leaves the beginning of its bytes and fails.
    pub torn_put: f64,
    /// A put says that it is done and keeps nothing: what was there before stays.
    pub forgotten_put: f64,
    /// A listing leaves an object out; drawn for each object.
    pub list_gap: f64,
}

/// How a place is until it is told otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Mood {
    /// It does what it should.
    #[default]
    Well,
    /// Nothing is answered: [`StoreErrorKind::Offline`] at once.
    Offline,
    /// Nothing is answered, and that only after the time limit, of tokio's time. Nothing takes effect.
    Hanging,
    /// Every call takes so much more of tokio's time.
    Slow(Duration),
    /// Every put takes so much more of tokio's time.
    SlowPuts(Duration),
    /// Puts fail: [`StoreErrorKind::Full`].
    Full,
    /// Puts and deletes fail: [`StoreErrorKind::Denied`].
    ReadOnly,
    /// Everything fails: [`StoreErrorKind::Failed`].
    Broken,
}

/// A place with faults in front of it.
#[derive(Debug)]
pub struct Faulty {
    place: Arc<dyn Place>,
    n_calls: AtomicU64,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    rng: StdRng,
    rates: FaultRates,
    mood: Mood,
    /// What was under a key before it was last put or deleted.
    before: HashMap<Key, Option<Bytes>>,
}

impl Faulty {
    /// `place` with no faults yet.
    #[must_use]
    pub fn new(place: Arc<dyn Place>, seed: u64) -> Self {
        let state = State {
            rng: StdRng::seed_from_u64(seed),
            rates: FaultRates::default(),
            mood: Mood::default(),
            before: HashMap::new(),
        };
        Self { place, n_calls: AtomicU64::new(0), state: Arc::new(Mutex::new(state)) }
    }

    /// From now on, faults happen this often.
    pub fn set_rates(&self, rates: FaultRates) {
        lock(&self.state).rates = rates;
    }

    /// From now on, the place is so.
    pub fn set_mood(&self, mood: Mood) {
        lock(&self.state).mood = mood;
    }

    /// From now on, nothing is answered, or everything is again.
    pub fn set_offline(&self, offline: bool) {
        self.set_mood(if offline { Mood::Offline } else { Mood::Well });
    }

    /// No faults from now on.
    pub fn heal(&self) {
        self.set_mood(Mood::Well);
        self.set_rates(FaultRates::default());
    }

    /// How many calls there were.
    #[must_use]
    pub fn n_calls(&self) -> u64 {
        self.n_calls.load(Ordering::SeqCst)
    }

    /// The place without the faults.
    #[must_use]
    pub fn place(&self) -> &dyn Place {
        &*self.place
    }

    fn happens(&self, rate: impl Fn(&FaultRates) -> f64) -> bool {
        happens(&mut lock(&self.state), rate)
    }

    /// What comes before the effect of a call that moves so many bytes and, if it `changes` something, fails
    /// when nothing may be written.
    async fn before(&self, bytes: usize, changes: Changes) -> Result<(), StoreError> {
        self.n_calls.fetch_add(1, Ordering::SeqCst);
        let fails = |kind, why: &str| Err(StoreError::new(kind, why));
        let mood = lock(&self.state).mood;
        match (mood, changes) {
            (Mood::Offline, _) => fails(StoreErrorKind::Offline, "switched off by the test"),
            (Mood::Hanging, _) => Err(hang(bytes).await),
            (Mood::Broken, _) => fails(StoreErrorKind::Failed, "broken by the test"),
            (Mood::Full, Changes::Puts) => fails(StoreErrorKind::Full, "filled by the test"),
            (Mood::ReadOnly, Changes::Puts | Changes::Deletes) => {
                fails(StoreErrorKind::Denied, "made read-only by the test")
            }
            _ => {
                match (mood, changes) {
                    (Mood::Slow(delay), _) | (Mood::SlowPuts(delay), Changes::Puts) => {
                        tokio::time::sleep(delay).await;
                    }
                    _ => {}
                }
                if self.happens(|rates| rates.slow) {
                    let delay = lock(&self.state).rng.random_range(0..=4000);
                    tokio::time::sleep(Duration::from_millis(delay)).await;
                }
                if self.happens(|rates| rates.error) {
                    return fails(StoreErrorKind::Failed, "failed by the test");
                }
                Ok(())
            }
        }
    }

    /// Does what changes something, unless it hangs first; its answer may be lost.
    async fn change<T>(
        &self,
        bytes: usize,
        changing: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        if self.happens(|rates| rates.hang) {
            if lock(&self.state).rng.random_bool(0.5) {
                changing.await?;
            }
            return Err(hang(bytes).await);
        }
        let result = changing.await;
        if self.happens(|rates| rates.lost_answer) {
            return Err(StoreError::new(StoreErrorKind::Failed, "the test lost the answer"));
        }
        result
    }

    /// Looks, unless it hangs first.
    async fn look<T>(
        &self,
        looking: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        if self.happens(|rates| rates.hang) {
            return Err(hang(0).await);
        }
        looking.await
    }

    /// Remembers what is under `key` now, for reads that are late.
    async fn remember(&self, key: &Key) {
        if let Ok(bytes) = self.place.get(key).await.map(Some).or_else(absent) {
            lock(&self.state).before.insert(key.clone(), bytes);
        }
    }

    fn corrupted(&self, bytes: &Bytes) -> Bytes {
        let rng = &mut lock(&self.state).rng;
        let at = rng.random_range(0..bytes.len());
        if rng.random_bool(0.5) {
            return bytes.slice(..at);
        }
        let mut rotten = bytes.to_vec();
        rotten[at] ^= 1 << rng.random_range(0..8);
        rotten.into()
    }
}

/// What a call changes.
#[derive(Clone, Copy)]
enum Changes {
    Nothing,
    Puts,
    Deletes,
}

#[async_trait]
impl BlobStore for Faulty {
    async fn put(&self, key: &Key, bytes: Bytes) -> Result<(), StoreError> {
        self.before(bytes.len(), Changes::Puts).await?;
        if self.happens(|rates| rates.forgotten_put) {
            return Ok(());
        }
        self.remember(key).await;
        if !bytes.is_empty() && self.happens(|rates| rates.torn_put) {
            let end = lock(&self.state).rng.random_range(0..bytes.len());
            self.place.put(key, bytes.slice(..end)).await?;
            return Err(StoreError::new(StoreErrorKind::Failed, "torn by the test"));
        }
        self.change(bytes.len(), self.place.put(key, bytes)).await
    }

    async fn get(&self, key: &Key) -> Result<Bytes, StoreError> {
        self.before(0, Changes::Nothing).await?;
        self.look(async {
            if self.happens(|rates| rates.false_not_found) {
                return Err(not_found());
            }
            let old = lock(&self.state).before.get(key).cloned();
            if let Some(old) = old
                && self.happens(|rates| rates.old_read)
            {
                return old.ok_or_else(not_found);
            }
            let bytes = self.place.get(key).await?;
            let corrupt = !bytes.is_empty() && self.happens(|rates| rates.corrupt_read);
            Ok(if corrupt { self.corrupted(&bytes) } else { bytes })
        })
        .await
    }

    async fn head(&self, key: &Key) -> Result<Head, StoreError> {
        self.before(0, Changes::Nothing).await?;
        self.look(async {
            if self.happens(|rates| rates.false_not_found) {
                return Err(not_found());
            }
            self.place.head(key).await
        })
        .await
    }

    async fn delete(&self, key: &Key) -> Result<(), StoreError> {
        self.before(0, Changes::Deletes).await?;
        self.remember(key).await;
        self.change(0, self.place.delete(key)).await
    }

    fn list(
        &self,
        space: Space,
        shard: Option<Shard>,
    ) -> BoxStream<'static, Result<Listed, StoreError>> {
        let this = Self {
            place: self.place.clone(),
            n_calls: AtomicU64::new(0),
            state: self.state.clone(),
        };
        self.n_calls.fetch_add(1, Ordering::SeqCst);
        let listing = async move {
            let begun = this.before(0, Changes::Nothing).await;
            let begun = match begun {
                Ok(()) => this.look(async { Ok(()) }).await,
                Err(error) => Err(error),
            };
            if let Err(error) = begun {
                return futures::stream::iter([Err(error)]).boxed();
            }
            let mut end = this.happens(|rates| rates.cut_list).then(|| {
                // Most spaces of a test hold a few objects.
                lock(&this.state).rng.random_range(0..8_u32)
            });
            let mut ended = false;
            let objects = this.place.list(space, shard).filter_map(move |object| {
                let gap = this.happens(|rates| rates.list_gap);
                let cut = end == Some(0);
                end = end.map(|end| end.saturating_sub(1));
                let shown = match object {
                    _ if ended => None,
                    Ok(_) if cut => {
                        ended = true;
                        let why = "the listing was cut by the test";
                        Some(Err(StoreError::new(StoreErrorKind::Failed, why)))
                    }
                    Ok(_) if gap => None,
                    other => Some(other),
                };
                futures::future::ready(shown)
            });
            objects.boxed()
        };
        futures::stream::once(listing).flatten().boxed()
    }

    async fn shards(&self, space: Space) -> Result<Shards, StoreError> {
        self.before(0, Changes::Nothing).await?;
        self.look(self.place.shards(space)).await
    }
}

#[async_trait]
impl Place for Faulty {
    async fn survey(&self) -> Result<Survey, StoreError> {
        self.before(0, Changes::Nothing).await?;
        self.look(self.place.survey()).await
    }

    async fn found(&self, marker: &Marker) -> Result<(), StoreError> {
        self.before(0, Changes::Puts).await?;
        self.change(0, self.place.found(marker)).await
    }

    async fn leftovers(&self) -> Result<Vec<Leftover>, StoreError> {
        self.before(0, Changes::Nothing).await?;
        self.look(self.place.leftovers()).await
    }

    async fn sweep(&self, leftover: &Leftover) -> Result<(), StoreError> {
        self.before(0, Changes::Deletes).await?;
        self.change(0, self.place.sweep(leftover)).await
    }

    async fn get_with_digest(&self, key: &Key) -> Result<(Bytes, Digest), StoreError> {
        let bytes = self.get(key).await?;
        let digest = Digest::of(&bytes);
        Ok((bytes, digest))
    }

    async fn look_at(&self, keys: &[Key]) -> Vec<Result<Seen, StoreError>> {
        let mut seen = Vec::with_capacity(keys.len());
        for key in keys {
            let found = match still_offline(&seen) {
                Some(error) => Err(error),
                None => self.get_with_digest(key).await,
            };
            seen.push(found.map(|(bytes, digest)| Seen::new(key, bytes, digest)));
        }
        seen
    }

    async fn presign_get(&self, key: &Key, expires: Duration) -> Result<Option<Url>, StoreError> {
        self.place.presign_get(key, expires).await
    }

    fn honors_conditions(&self) -> Option<bool> {
        self.place.honors_conditions()
    }
}

/// The error of a call that has no answer, after its time limit.
async fn hang(bytes: usize) -> StoreError {
    let limit = Patience::BUCKET.transfer(bytes as u64);
    let never = std::future::pending::<std::convert::Infallible>();
    match within(limit, "the place", "the test let it hang", never).await {
        Err(error) => error,
    }
}

fn absent(error: StoreError) -> Result<Option<Bytes>, StoreError> {
    if error.is_not_found() { Ok(None) } else { Err(error) }
}

fn not_found() -> StoreError {
    StoreError::new(StoreErrorKind::NotFound, "not there, says the test")
}

fn happens(state: &mut State, rate: impl Fn(&FaultRates) -> f64) -> bool {
    let rate = rate(&state.rates);
    // Faults that never happen draw nothing: a new kind of fault leaves the old seeds' runs as they were.
    rate > 0.0 && state.rng.random_bool(rate)
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
