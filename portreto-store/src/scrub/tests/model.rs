//! Any history of puts, deletes, outages, lies and damage, against a simple model of the promises.
//!
//! One store at a time may do whatever it likes, until a repair of all stores; the others are sound. Time is virtual: what
//! hangs costs nothing. `PORTRETO_SCHEDULES` is the number of histories (2,000), `PORTRETO_SEED` where they begin.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use bytes::Bytes;
use futures::FutureExt;
use portreto_core::replica::Holding;
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{RngAlgorithm, TestCaseError, TestRng, TestRunner},
};

use super::*;
use crate::{
    faulty::FaultRates,
    mutant::{self, Mutant},
    replicas::ReplicaErrorKind,
};

const IMAGES: u32 = 4;

/// One thing that happens to a set of stores.
#[derive(Debug, Clone)]
enum Event {
    Put(u32),
    /// An upload has put its blob and is catalogued later.
    Begin(u32),
    Finish(u32),
    /// The record of an image changes.
    Revise(u32),
    /// Someone tries to put other bytes under the name of a blob.
    PutWrong(u32),
    Delete(u32),
    /// The catalog is an older copy of itself: it still has the record of a deleted image.
    OldCatalog(u32),
    Get(u32),
    /// A store is not well any more; the one that was not before is well again.
    Ails(usize, Ailment),
    /// The copy of an image in this store is damaged.
    Damage(usize, u32),
    /// The copy of an image in this store is gone.
    Lose(usize, u32),
    /// A store is to be emptied, or filled again.
    Drain(usize),
    Scrub,
    Repair,
    /// The process ends and another begins.
    Restart,
    Wait(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ailment {
    Offline,
    Hanging,
    Slow,
    Full,
    ReadOnly,
    /// Fails, hangs and loses answers now and then.
    Flaky,
    /// And gives wrong or old bytes, forgets what was put, leaves out what it has.
    Lying,
}

fn any_event() -> impl Strategy<Value = Event> {
    use Ailment::{Flaky, Full, Hanging, Lying, Offline, ReadOnly, Slow};
    let (image, store) = (0..IMAGES, 0_usize..6);
    let ailments = [Offline, Hanging, Slow, Full, ReadOnly, Flaky, Lying];
    let ailment = prop::sample::select(ailments.to_vec());
    prop_oneof![
        6 => image.clone().prop_map(Event::Put),
        1 => image.clone().prop_map(Event::Begin),
        2 => image.clone().prop_map(Event::Finish),
        2 => image.clone().prop_map(Event::Revise),
        1 => image.clone().prop_map(Event::PutWrong),
        2 => image.clone().prop_map(Event::Delete),
        1 => image.clone().prop_map(Event::OldCatalog),
        4 => image.clone().prop_map(Event::Get),
        3 => (store.clone(), ailment).prop_map(|(store, what)| Event::Ails(store, what)),
        3 => (store.clone(), image.clone()).prop_map(|(s, i)| Event::Damage(s, i)),
        2 => (store.clone(), image).prop_map(|(s, i)| Event::Lose(s, i)),
        1 => store.prop_map(Event::Drain),
        1 => Just(Event::Scrub),
        3 => Just(Event::Repair),
        1 => Just(Event::Restart),
        1 => (1_u64..60).prop_map(Event::Wait),
    ]
}

/// What the stores must look like from outside.
#[derive(Debug, Default)]
struct Model {
    /// The images that were acknowledged: the revisions that were acknowledged and tried last.
    kept: BTreeMap<u32, (u64, u64)>,
    deleted: BTreeSet<u32>,
    begun: BTreeSet<u32>,
    /// The one store that may be bad until the next repair of all stores.
    bad: Option<usize>,
    ails: Option<(usize, Ailment)>,
    draining: BTreeSet<usize>,
    /// Copies whose bytes were damaged while all was well: they must not be destroyed.
    rotten: BTreeSet<(usize, u32)>,
}

impl Model {
    fn may_go_bad(&self, store: usize) -> bool {
        self.bad.is_none_or(|bad| bad == store)
    }

    /// Whether two sound stores take copies.
    fn must_take(&self, n: usize) -> bool {
        let sound = |store: &usize| {
            !self.draining.contains(store) && self.ails.is_none_or(|(ill, _)| ill != *store)
        };
        (0..n).filter(sound).count() >= 2
    }

    fn lies(&self) -> bool {
        matches!(self.ails, Some((_, Ailment::Lying)))
    }
}

/// A history under way.
struct History {
    rig: Rig,
    catalog: Catalog,
    model: Model,
    n: usize,
}

impl History {
    async fn new(n: usize) -> Self {
        let (rig, catalog) = (Rig::new(n as u128).await, Catalog::default());
        Self { rig, catalog, model: Model::default(), n }
    }

    async fn live_through(mut self, events: Vec<Event>) {
        for event in events {
            self.happens(event).await;
        }
        self.recover().await;
    }

    async fn happens(&mut self, event: Event) {
        match event {
            Event::Put(i) => self.upload(i, true).await,
            Event::Begin(i) => {
                let is_new = !self.model.deleted.contains(&i) && !self.model.kept.contains_key(&i);
                if is_new && self.rig.replicas.put(&blob(i).0, blob(i).1).await.is_ok() {
                    self.model.begun.insert(i);
                    self.catalog.with(|known| known.young.insert(blob(i).0));
                }
            }
            Event::Finish(i) => {
                if self.model.begun.contains(&i) {
                    self.upload(i, false).await;
                }
            }
            Event::Revise(i) => {
                let Some((_, tried)) = self.model.kept.get_mut(&i) else { return };
                *tried += 1;
                let revision = *tried;
                let (key, bytes) = image(i, revision);
                if self.rig.replicas.put(&key, bytes).await.is_ok() {
                    self.model.kept.insert(i, (revision, revision));
                }
            }
            Event::PutWrong(i) => {
                let wrong = Bytes::from_static(b"wrong");
                let error = self.rig.replicas.put(&blob(i).0, wrong).await.unwrap_err();
                assert_eq!(error.kind(), ReplicaErrorKind::Invalid);
            }
            Event::Delete(i) => self.delete(i).await,
            Event::OldCatalog(i) => {
                if self.model.deleted.contains(&i) {
                    self.catalog.with(|known| known.live.insert(image(i, 0).0));
                }
            }
            Event::Get(i) => self.check(i).await,
            Event::Ails(store, what) => self.ails(store % self.n, what).await,
            Event::Damage(store, i) => self.harm(store % self.n, i, true).await,
            Event::Lose(store, i) => self.harm(store % self.n, i, false).await,
            Event::Drain(store) => self.drain(store % self.n).await,
            Event::Scrub => {
                let report = self.scrub().await;
                assert!(
                    report.findings.iter().all(|f| f.fault != Fault::Lost) || self.model.lies()
                );
            }
            Event::Repair => self.repair().await,
            Event::Restart => self.rig.restart().await,
            Event::Wait(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
        }
    }

    /// Blob (unless it is there), record, catalog.
    async fn upload(&mut self, i: u32, puts_blob: bool) {
        if self.model.deleted.contains(&i) || self.model.kept.contains_key(&i) {
            // An id is never used again; the same again is harmless.
            return;
        }
        let replicas = &self.rig.replicas;
        let put = async {
            if puts_blob {
                replicas.put(&blob(i).0, blob(i).1).await?;
            }
            replicas.put(&image(i, 0).0, image(i, 0).1).await
        };
        match put.await {
            Ok(kept) => {
                assert_eq!(kept.stores.len(), 2);
                self.model.kept.insert(i, (0, 0));
                self.model.begun.remove(&i);
                self.catalog.with(|known| {
                    known.young.remove(&blob(i).0);
                    known.live.extend([blob(i).0, image(i, 0).0]);
                });
            }
            Err(error) => {
                assert_eq!(error.kind(), ReplicaErrorKind::TooFewStores);
                assert!(!self.model.must_take(self.n), "{error}");
            }
        }
    }

    async fn delete(&mut self, i: u32) {
        if self.model.kept.remove(&i).is_none() {
            return;
        }
        self.model.deleted.insert(i);
        self.model.rotten.retain(|(_, image)| *image != i);
        let (key, bytes) = tombstone(i);
        self.rig.replicas.put(&key, bytes).await.unwrap();
        for (at, store) in self.rig.stores.iter().enumerate() {
            let is_ill = self.model.ails.is_some_and(|(ill, _)| ill == at);
            assert!(is_ill || store.place().head(&key).await.is_ok(), "store {at} has not heard");
        }
        self.rig.replicas.delete(&image(i, 0).0).await;
        self.catalog.with(|known| {
            known.live.remove(&blob(i).0);
            known.live.remove(&image(i, 0).0);
        });
    }

    async fn ails(&mut self, store: usize, what: Ailment) {
        // One bad store at a time.
        if !self.model.may_go_bad(store) {
            return;
        }
        self.model.begun.clear();
        self.model.rotten.clear();
        self.model.bad = Some(store);
        let place = &self.rig.stores[store];
        place.heal();
        if self.model.ails.take().is_some() {
            self.rig.replicas.refresh().await;
            return;
        }
        self.model.ails = Some((store, what));
        match what {
            Ailment::Offline => place.set_mood(Mood::Offline),
            Ailment::Hanging => place.set_mood(Mood::Hanging),
            Ailment::Slow => place.set_mood(Mood::Slow(Duration::from_secs(3))),
            Ailment::Full => place.set_mood(Mood::Full),
            Ailment::ReadOnly => place.set_mood(Mood::ReadOnly),
            Ailment::Flaky => place.set_rates(FLAKY),
            Ailment::Lying => place.set_rates(FaultRates {
                corrupt_read: 0.2,
                old_read: 0.2,
                false_not_found: 0.1,
                torn_put: 0.1,
                forgotten_put: 0.1,
                list_gap: 0.2,
                ..FLAKY
            }),
        }
    }

    async fn harm(&mut self, store: usize, i: u32, damages: bool) {
        if !self.model.may_go_bad(store) {
            return;
        }
        self.model.begun.clear();
        self.model.bad = Some(store);
        let place = self.rig.stores[store].place();
        for key in [blob(i).0, image(i, 0).0] {
            if place.head(&key).await.is_err() {
                continue;
            }
            if damages {
                place.put(&key, ROT).await.unwrap();
            } else {
                place.delete(&key).await.unwrap();
            }
        }
        // A good copy that is being written by now may come to lie on the damaged one, which nobody has seen.
        let is_still = self.rig.replicas.healed().now_or_never().is_some();
        let is_well = is_still && self.model.ails.is_none();
        let is_watched = damages && is_well && self.model.kept.contains_key(&i);
        if is_watched && place.head(&blob(i).0).await.is_ok() {
            self.model.rotten.insert((store, i));
        } else {
            self.model.rotten.remove(&(store, i));
        }
    }

    async fn drain(&mut self, store: usize) {
        if !self.model.draining.remove(&store) {
            if self.n - self.model.draining.len() <= 2 {
                return;
            }
            self.model.draining.insert(store);
        }
        for (at, entry) in self.rig.entries.iter_mut().enumerate() {
            let drains = self.model.draining.contains(&at);
            entry.state = if drains { StoreState::Draining } else { StoreState::Active };
        }
        self.rig.replicas.set(self.rig.entries.clone()).await;
    }

    async fn scrub(&self) -> ScrubReport {
        scrub(&self.rig.replicas, &self.catalog, &options(), &|_| {}).await
    }

    async fn repair_all(&self) -> RepairReport {
        let options =
            RepairOptions { scrub: options(), ..RepairOptions::new(Timestamp::UNIX_EPOCH) };
        repair(&self.rig.replicas, &self.catalog, &options, &|_| {}).await
    }

    /// Good copies of every kept image, as a person with the disks would count them.
    async fn copies(&self) -> Vec<usize> {
        let mut copies = Vec::new();
        for i in self.model.kept.keys() {
            let mut good = 0;
            for store in &self.rig.stores {
                let found = store.place().get(&blob(*i).0).await;
                good += usize::from(found.is_ok_and(|bytes| bytes == blob(*i).1));
            }
            copies.push(good);
        }
        copies
    }

    async fn repair(&mut self) {
        let before = self.copies().await;
        let report = self.repair_all().await;
        if !self.model.lies() {
            assert_eq!(report.lost, []);
            for (before, after) in before.into_iter().zip(self.copies().await) {
                assert!(after >= before.min(2), "repair left {after} copies of {before}");
            }
        }
        if self.model.ails.is_none() {
            assert!(report.is_complete(), "{report:?}");
            self.model.bad = None;
            for (store, i) in std::mem::take(&mut self.model.rotten) {
                let content = Digest::of(&ROT);
                let aside = Key::SetAside { found_at: Box::new(blob(i).0), content };
                assert!(
                    self.rig.stores[store].head(&aside).await.is_ok(),
                    "bad bytes of {i} are destroyed"
                );
            }
        }
    }

    /// All faults end, repair runs, and everything must be as it should.
    async fn recover(&mut self) {
        for i in 0..IMAGES {
            self.check(i).await;
        }
        for place in &self.rig.stores {
            place.heal();
        }
        self.model.ails = None;
        self.rig.replicas.refresh().await;
        self.repair().await;
        let report = self.scrub().await;
        assert!(report.is_clean(), "{report:?}");
        for i in 0..IMAGES {
            self.check(i).await;
            let copies = self.rig.holding(&blob(i).0).await;
            let good = copies.iter().filter(|h| **h == Holding::Good).count();
            let is_waiting = self.catalog.with(|known| known.young.contains(&blob(i).0));
            let is_kept = self.model.kept.contains_key(&i);
            assert!(is_waiting || good == if is_kept { 2 } else { 0 }, "{i}: {copies:?}");
        }
        for i in &self.model.deleted {
            for (at, store) in self.rig.stores.iter().enumerate() {
                let record = store.place().head(&image(*i, 0).0).await;
                assert!(record.is_err(), "image {i} is back in store {at}");
            }
        }
        let again = self.repair_all().await;
        assert!(again.done.is_empty(), "repairing twice does nothing more: {again:?}");
    }

    async fn check(&self, i: u32) {
        let replicas = &self.rig.replicas;
        let (record, bytes) = (replicas.get(&image(i, 0).0).await, replicas.get(&blob(i).0).await);
        if let Some((acknowledged, tried)) = self.model.kept.get(&i) {
            let record = record.unwrap();
            let mut right = *acknowledged..=*tried;
            assert!(right.any(|revision| record == image(i, revision).1), "an old or wrong record");
            assert_eq!(bytes.unwrap(), blob(i).1);
        } else if self.model.deleted.contains(&i) {
            assert!(record.is_err(), "image {i} came back");
        }
    }
}

/// The shards that are used: the others cost time and have nothing.
fn options() -> ScrubOptions {
    let mut shards: Vec<Shard> = (0..IMAGES).filter_map(|i| blob(i).0.shard()).collect();
    shards.sort();
    shards.dedup();
    ScrubOptions { shards, ..ScrubOptions::default() }
}

const ROT: Bytes = Bytes::from_static(b"rot");

const FLAKY: FaultRates = FaultRates {
    error: 0.2,
    lost_answer: 0.2,
    hang: 0.05,
    slow: 0.1,
    cut_list: 0.1,
    corrupt_read: 0.0,
    old_read: 0.0,
    false_not_found: 0.0,
    torn_put: 0.0,
    forgotten_put: 0.0,
    list_gap: 0.0,
};

fn any_history() -> impl Strategy<Value = (usize, Vec<Event>)> {
    (2_usize..=6, prop::collection::vec(any_event(), 1..50))
}

fn live_through((n, events): (usize, Vec<Event>)) {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async { History::new(n).await.live_through(events).await });
}

fn runner(seed: u64, cases: u32) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

fn from_env(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().map_or(default, |text| text.parse().expect(name))
}

#[test]
fn what_was_acknowledged_stays_and_what_was_deleted_stays_away() {
    let seed = from_env("PORTRETO_SEED", 1);
    let schedules = from_env("PORTRETO_SCHEDULES", 2_000);
    println!("PORTRETO_SEED={seed} PORTRETO_SCHEDULES={schedules}");
    let survives = |history| {
        live_through(history);
        Ok::<(), TestCaseError>(())
    };
    let cases = u32::try_from(schedules).expect("fewer than 2³² schedules");
    if let Err(error) = runner(seed, cases).run(&any_history(), survives) {
        panic!("a promise is broken, seed {seed}: {error}");
    }
}

/// Each of these mistakes is noticed within the histories that run always.
#[test]
fn broken_stores_are_caught() {
    for mutant in Mutant::ALL {
        let mut runner = runner(1, 1);
        let caught = (1..=2_000).find(|_| {
            let history = any_history().new_tree(&mut runner).unwrap().current();
            catch_unwind(AssertUnwindSafe(|| mutant::with(mutant, || live_through(history))))
                .is_err()
        });
        println!("{mutant:?} is caught by history {caught:?}");
        assert!(caught.is_some(), "{mutant:?} is not caught");
    }
}
