use std::fmt::Write as _;

use futures::TryStreamExt;
use jiff::Timestamp;
use portreto_core::Digest;
use tokio::time::Instant;
use uuid::Uuid;

use super::*;
use crate::store::{self, StoreEntry, StoreState};

async fn faulty(seed: u64) -> Faulty {
    let place = store::open("memory:").unwrap();
    let entry = StoreEntry {
        id: "a".parse().unwrap(),
        uuid: Uuid::from_u128(1),
        url: "memory:".to_owned(),
        state: StoreState::Active,
        weight: 1,
    };
    place.found(&Marker::new(&entry, Timestamp::UNIX_EPOCH, Vec::new())).await.unwrap();
    Faulty::new(place, seed)
}

fn key(n: u8) -> Key {
    Key::Blob(Digest::of(&[n]))
}

fn always(set: impl Fn(&mut FaultRates)) -> FaultRates {
    let mut rates = FaultRates::default();
    set(&mut rates);
    rates
}

const OLD: Bytes = Bytes::from_static(b"the old bytes");
const NEW: Bytes = Bytes::from_static(b"the new bytes");

#[tokio::test(start_paused = true)]
async fn each_fault_leaves_behind_what_it_says() {
    use StoreErrorKind::{Failed, NotFound, Offline};
    /// What a put answers, what is there then, and what a get then answers.
    type Expected = (Option<StoreErrorKind>, Bytes, Result<Bytes, StoreErrorKind>);
    let cases: [(&str, FaultRates, Expected); 7] = [
        ("none", FaultRates::default(), (None, NEW, Ok(NEW))),
        ("error", always(|r| r.error = 1.0), (Some(Failed), OLD, Err(Failed))),
        ("lost answer", always(|r| r.lost_answer = 1.0), (Some(Failed), NEW, Ok(NEW))),
        ("old read", always(|r| r.old_read = 1.0), (None, NEW, Ok(OLD))),
        ("false not found", always(|r| r.false_not_found = 1.0), (None, NEW, Err(NotFound))),
        ("forgotten", always(|r| r.forgotten_put = 1.0), (None, OLD, Ok(OLD))),
        ("slow", always(|r| r.slow = 1.0), (None, NEW, Ok(NEW))),
    ];
    for (name, rates, (answer, there, read)) in cases {
        let place = faulty(1).await;
        place.put(&key(0), OLD).await.unwrap();
        place.set_rates(rates);
        let put = place.put(&key(0), NEW).await;
        assert_eq!(put.err().map(|error| error.kind()), answer, "{name}");
        assert_eq!(place.place().get(&key(0)).await.unwrap(), there, "{name}");
        let got = place.get(&key(0)).await;
        assert_eq!(got.map_err(|error| error.kind()), read, "{name}");
    }

    let place = faulty(1).await;
    place.set_rates(always(|r| r.torn_put = 1.0));
    assert_eq!(place.put(&key(0), NEW).await.unwrap_err().kind(), Failed);
    let torn = place.place().get(&key(0)).await.unwrap();
    assert!(torn.len() < NEW.len() && NEW.starts_with(&torn));

    place.set_rates(always(|r| r.hang = 1.0));
    let started = Instant::now();
    assert_eq!(place.get(&key(0)).await.unwrap_err().kind(), Offline);
    assert_eq!(started.elapsed(), Duration::from_secs(5));
    let mut n_kept = 0;
    for n in 1..=40 {
        assert_eq!(place.put(&key(n), NEW).await.unwrap_err().kind(), Offline);
        n_kept += u32::from(place.place().get(&key(n)).await.is_ok());
    }
    assert!((5..=35).contains(&n_kept), "{n_kept} of 40 that hung took effect");
}

#[tokio::test(start_paused = true)]
async fn a_mood_lasts_until_it_is_changed() {
    use StoreErrorKind::{Denied, Failed, Full, Offline};
    let five = Duration::from_secs(5);
    let now = Duration::ZERO;
    // What put, get and delete answer, and when.
    let cases = [
        (Mood::Well, [None; 3], now),
        (Mood::Offline, [Some(Offline); 3], now),
        (Mood::Hanging, [Some(Offline); 3], five),
        (Mood::Slow(five / 2), [None; 3], five / 2),
        (Mood::Full, [Some(Full), None, None], now),
        (Mood::ReadOnly, [Some(Denied), None, Some(Denied)], now),
        (Mood::Broken, [Some(Failed); 3], now),
    ];
    for (mood, expected, takes) in cases {
        let place = faulty(1).await;
        place.put(&key(0), OLD).await.unwrap();
        place.set_mood(mood);
        let started = Instant::now();
        let answers = [
            place.put(&key(1), Bytes::new()).await.err(),
            place.get(&key(0)).await.err(),
            place.delete(&key(0)).await.err(),
        ];
        assert_eq!(answers.map(|error| error.map(|error| error.kind())), expected, "{mood:?}");
        assert_eq!(started.elapsed(), takes * 3, "{mood:?}");
        place.heal();
        place.put(&key(0), NEW).await.unwrap();
        assert_eq!(place.n_calls(), 5);
    }
}

#[tokio::test]
async fn listings_fail_midway_or_leave_things_out() {
    let place = faulty(1).await;
    for n in 0..20 {
        place.put(&key(n), NEW).await.unwrap();
    }
    place.set_rates(always(|r| r.cut_list = 1.0));
    let mut listing = place.list(Space::Blobs, None);
    let mut n_listed = 0;
    let error = loop {
        match listing.try_next().await {
            Ok(object) => n_listed += u32::from(object.expect("it fails before its end").bytes > 0),
            Err(error) => break error,
        }
    };
    assert!(n_listed < 8 && error.kind() == StoreErrorKind::Failed);
    assert!(listing.next().await.is_none());
    place.set_rates(always(|r| r.list_gap = 0.5));
    let some: Vec<_> = place.list(Space::Blobs, None).try_collect().await.unwrap();
    assert!((1..20).contains(&some.len()));
}

/// What a seed does to a fixed sequence of calls.
async fn run(seed: u64) -> String {
    let place = faulty(seed).await;
    let rate = 0.15;
    place.set_rates(FaultRates {
        error: rate,
        lost_answer: rate,
        hang: rate,
        slow: rate,
        cut_list: rate,
        corrupt_read: rate,
        old_read: rate,
        false_not_found: rate,
        torn_put: rate,
        forgotten_put: rate,
        list_gap: rate,
    });
    let started = Instant::now();
    let mut told = String::new();
    for n in 0..60 {
        let key = key(n % 5);
        let line = match n % 4 {
            0 => format!("{:?}", place.put(&key, vec![n; 9].into()).await),
            1 => format!("{:?}", place.get(&key).await),
            2 => format!("{:?}", place.list(Space::Blobs, None).try_collect::<Vec<_>>().await),
            _ => format!("{:?}", place.delete(&key).await),
        };
        writeln!(told, "{:?} {line}", started.elapsed()).unwrap();
    }
    told
}

#[tokio::test(start_paused = true)]
async fn the_same_seed_is_the_same_run_to_the_millisecond() {
    assert_eq!(run(7).await, run(7).await);
    assert_ne!(run(7).await, run(8).await);
}
