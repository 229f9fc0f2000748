//! Any history of puts, deletes, outages and damage, against a simple model.

use std::collections::BTreeSet;

use bytes::Bytes;
use portreto_core::replica::Holding;
use proptest::prelude::*;

use super::*;
use crate::{faulty::FaultRates, replicas::ReplicaErrorKind};

/// One thing that happens to a set of stores.
#[derive(Debug, Clone)]
enum Event {
    Put(u32),
    Delete(u32),
    Get(u32),
    /// A store goes away; the one that was away before comes back.
    Away(usize),
    /// A store begins to fail, to lose answers and to misread, or stops doing so.
    Flaky(usize),
    /// The copy of an image in this store is damaged.
    Damage(usize, u32),
    /// The copy of an image in this store is gone.
    Lose(usize, u32),
    Repair,
}

fn any_event() -> impl Strategy<Value = Event> {
    let (image, store) = (0_u32..4, 0_usize..4);
    prop_oneof![
        4 => image.clone().prop_map(Event::Put),
        1 => image.clone().prop_map(Event::Delete),
        4 => image.clone().prop_map(Event::Get),
        1 => store.clone().prop_map(Event::Away),
        1 => store.clone().prop_map(Event::Flaky),
        4 => (store.clone(), image.clone()).prop_map(|(s, i)| Event::Damage(s, i)),
        2 => (store, image).prop_map(|(s, i)| Event::Lose(s, i)),
        2 => Just(Event::Repair),
    ]
}

/// What the stores must look like from outside.
#[derive(Debug, Default)]
struct Model {
    kept: BTreeSet<u32>,
    deleted: BTreeSet<u32>,
    /// The one store that may be bad until the next repair of all stores.
    bad: Option<usize>,
    away: Option<usize>,
    flaky: bool,
}

/// Carries a history out, checking after each event what must hold.
async fn live_through(n: usize, events: Vec<Event>) {
    let (rig, catalog) = (Rig::new(n as u128).await, Catalog::default());
    let mut model = Model::default();
    for event in events {
        match event {
            Event::Put(i) if !model.deleted.contains(&i) => {
                let put = async {
                    rig.replicas.put(&blob(i).0, blob(i).1).await?;
                    rig.replicas.put(&image(i, 0).0, image(i, 0).1).await
                };
                match put.await {
                    Ok(_) => {
                        assert!(n > 2 || model.away.is_none(), "acknowledged with one copy");
                        model.kept.insert(i);
                        catalog.with(|known| known.live.extend([blob(i).0, image(i, 0).0]));
                    }
                    Err(error) => {
                        assert_eq!(error.kind(), ReplicaErrorKind::TooFewStores);
                        assert!(n == 2 && (model.away.is_some() || model.flaky), "{error}");
                    }
                }
            }
            // An id is never used again.
            Event::Put(_) => {}
            Event::Delete(i) => {
                if model.kept.remove(&i) {
                    model.deleted.insert(i);
                    rig.replicas.put(&tombstone(i).0, tombstone(i).1).await.unwrap();
                    rig.replicas.delete(&image(i, 0).0).await;
                    catalog.with(|known| {
                        known.live.remove(&blob(i).0);
                        known.live.remove(&image(i, 0).0);
                    });
                }
            }
            Event::Get(i) => check_one(&rig, &model, i).await,
            Event::Away(store) => {
                let store = store % n;
                // One bad store at a time.
                if model.bad.is_none_or(|bad| bad == store) {
                    for (at, place) in rig.stores.iter().enumerate() {
                        place.set_offline(at == store && model.away.is_none());
                    }
                    model.bad = Some(store);
                    model.away = model.away.is_none().then_some(store);
                    rig.replicas.refresh().await;
                }
            }
            Event::Flaky(store) => {
                let store = store % n;
                if model.bad.is_none_or(|bad| bad == store) {
                    model.bad = Some(store);
                    model.flaky = !model.flaky;
                    let rate = if model.flaky { 0.3 } else { 0.0 };
                    rig.stores[store].set_rates(FaultRates {
                        error: rate,
                        lost_answer: rate,
                        corrupt_read: rate,
                        ..FaultRates::default()
                    });
                    rig.replicas.refresh().await;
                }
            }
            Event::Damage(store, i) | Event::Lose(store, i) => {
                let store = store % n;
                if model.bad.is_none_or(|bad| bad == store) {
                    model.bad = Some(store);
                    for key in [blob(i).0, image(i, 0).0] {
                        let place = rig.stores[store].place();
                        if place.head(&key).await.is_err() {
                            continue;
                        }
                        let rot = Bytes::from_static(b"rot");
                        match event {
                            Event::Damage(..) => place.put(&key, rot).await.unwrap(),
                            _ => place.delete(&key).await.unwrap(),
                        }
                    }
                }
            }
            Event::Repair => {
                let report = mend(&rig, &catalog).await;
                assert_eq!(report.lost, []);
                assert!(report.failed.is_empty() || model.flaky, "{report:?}");
                if model.away.is_none() && !model.flaky {
                    model.bad = None;
                }
            }
        }
    }
    recover(&rig, &catalog, &mut model).await;
}

/// All faults end, repair runs, and everything must be as it should.
async fn recover(rig: &Rig, catalog: &Catalog, model: &mut Model) {
    for i in 0..4 {
        check_one(rig, model, i).await;
    }
    for place in &rig.stores {
        place.set_offline(false);
        place.set_rates(FaultRates::default());
    }
    let report = mend(rig, catalog).await;
    assert!(report.is_complete(), "{report:?}");
    let report = look(rig, catalog).await;
    assert!(report.is_clean(), "{report:?}");
    model.away = None;
    for i in 0..4 {
        check_one(rig, model, i).await;
        let copies = rig.holding(&blob(i).0).await;
        let good = copies.iter().filter(|h| **h == Holding::Good).count();
        assert_eq!(good, if model.kept.contains(&i) { 2 } else { 0 }, "{i}: {copies:?}");
    }
    assert!(mend(rig, catalog).await.done.is_empty(), "repairing twice does nothing more");
}

async fn check_one(rig: &Rig, model: &Model, i: u32) {
    let got = (rig.replicas.get(&image(i, 0).0).await, rig.replicas.get(&blob(i).0).await);
    if model.kept.contains(&i) {
        assert_eq!(got.0.unwrap(), image(i, 0).1);
        assert_eq!(got.1.unwrap(), blob(i).1);
    } else if model.deleted.contains(&i) {
        assert!(got.0.is_err(), "image {i} came back");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_was_acknowledged_stays_and_what_was_deleted_stays_away(
        n in 2_usize..5, events in prop::collection::vec(any_event(), 1..60),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(live_through(n, events));
    }
}
