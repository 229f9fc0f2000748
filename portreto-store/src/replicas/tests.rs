use std::{fs, path::Path};

use bytes::Bytes;
use jiff::Timestamp;
use portreto_core::replica::{BlobStore, Holding, Space, StoreErrorKind};
use serde_json::json;
use tokio::time::Instant;

use super::{
    breaker::{FIRST_PAUSE, LONGEST_PAUSE},
    *,
};
use crate::{
    envelope,
    faulty::{FaultRates, Mood},
    rig::{Rig, entry},
    store::StoreState,
};

fn blob(text: &str) -> (Key, Bytes) {
    (Key::Blob(Digest::of(text.as_bytes())), Bytes::from(text.to_owned()))
}

fn record(revision: u64) -> (Key, Bytes) {
    let key = Key::Record { original: Digest::of(b"o"), image: Uuid::from_u128(9) };
    let bytes = envelope::seal(&key, revision, &json!({"name": format!("r{revision}")})).unwrap();
    (key, bytes)
}

use Holding::{Absent, Corrupt, Good, Unknown};

#[tokio::test]
async fn a_put_is_kept_in_the_first_two_and_comes_back() {
    let rig = Rig::new(3).await;
    for i in 0..20 {
        let (key, bytes) = blob(&format!("photo {i}"));
        let kept = rig.replicas.put(&key, bytes.clone()).await.unwrap();
        assert_eq!((kept.stores.len(), kept.owed.len()), (2, 0));
        assert_eq!(rig.holding(&key).await, [Good, Good, Absent]);
        assert_eq!(rig.replicas.get(&key).await.unwrap(), bytes);
        assert!(rig.replicas.head_both(&key, Some(bytes.len() as u64)).await);
        assert!(!rig.replicas.head_both(&key, Some(1)).await);
    }
    assert_eq!(rig.replicas.faults(), FaultCounts::default());
}

#[tokio::test]
async fn wrong_bytes_are_not_even_written() {
    let rig = Rig::new(2).await;
    let (key, _) = blob("right");
    let error = rig.replicas.put(&key, Bytes::from_static(b"wrong")).await.unwrap_err();
    assert_eq!(error.kind(), ReplicaErrorKind::Invalid);
    assert_eq!(rig.holding(&key).await, [Absent, Absent]);
}

#[tokio::test]
async fn the_next_store_stands_in_for_one_that_is_away_and_two_are_always_needed() {
    let rig = Rig::new(3).await;
    let (key, bytes) = blob("photo");
    rig.order(&key)[0].set_offline(true);
    let kept = rig.replicas.put(&key, bytes.clone()).await.unwrap();
    assert_eq!((kept.stores.len(), kept.owed.len()), (2, 1));
    assert_eq!(rig.holding(&key).await, [Unknown, Good, Good]);
    assert!(rig.replicas.head_both(&key, None).await);

    rig.order(&key)[1].set_offline(true);
    let error = rig.replicas.put(&key, bytes.clone()).await.unwrap_err();
    assert_eq!(error.kind(), ReplicaErrorKind::TooFewStores);
    assert_eq!(error.refusals().len(), 2);
    let text = error.to_string();
    assert!(text.contains("only 1 of the 2") && text.contains("switched off"), "{text}");
    assert_eq!(rig.replicas.get(&key).await.unwrap(), bytes, "reads go on");

    for store in &rig.stores {
        store.set_offline(false);
    }
    rig.replicas.refresh().await;
    assert_eq!(rig.replicas.get(&key).await.unwrap(), bytes);
    rig.replicas.healed().await;
    assert_eq!(rig.holding(&key).await, [Good, Good, Good], "read repair of the ideal store");
}

#[tokio::test]
async fn a_put_whose_answer_is_lost_is_not_acknowledged_alone() {
    let rig = Rig::new(3).await;
    let (key, bytes) = blob("photo");
    rig.order(&key)[0].set_rates(FaultRates { lost_answer: 1.0, ..FaultRates::default() });
    let kept = rig.replicas.put(&key, bytes).await.unwrap();
    assert!(!kept.stores.contains(&kept.owed[0].store));
    assert_eq!(rig.holding(&key).await, [Good, Good, Good]);
}

#[tokio::test]
async fn a_damaged_copy_is_passed_over_set_aside_and_rewritten() {
    let rig = Rig::new(2).await;
    let (key, bytes) = blob("photo");
    rig.replicas.put(&key, bytes.clone()).await.unwrap();
    let first = rig.order(&key)[0];
    for bad in ["phot0", "", "photo and more"] {
        first.put(&key, Bytes::from(bad)).await.unwrap();
        assert_eq!(rig.holding(&key).await, [Corrupt, Good]);
        assert_eq!(rig.replicas.get(&key).await.unwrap(), bytes);
        rig.replicas.healed().await;
        assert_eq!(rig.holding(&key).await, [Good, Good]);
        let aside =
            Key::SetAside { found_at: Box::new(key.clone()), content: Digest::of(bad.as_bytes()) };
        assert_eq!(first.get(&aside).await.unwrap(), bad);
    }
    let faults = rig.replicas.faults();
    assert_eq!((faults.corrupt, faults.healed), (3, 3));
}

#[tokio::test(start_paused = true)]
async fn no_reader_waits_for_healing_and_a_copy_is_healed_once() {
    let rig = Rig::new(2).await;
    let (key, bytes) = blob("photo");
    rig.replicas.put(&key, bytes.clone()).await.unwrap();
    let [first, second] = rig.order(&key)[..] else { unreachable!() };
    first.place().put(&key, Bytes::from("phot0")).await.unwrap();
    // Reads take nothing, writes take a second each.
    first.set_mood(Mood::SlowPuts(Duration::from_secs(1)));
    let begin = Instant::now();
    for _ in 0..100 {
        assert_eq!(rig.replicas.get(&key).await.unwrap(), bytes);
    }
    assert!(begin.elapsed() < Duration::from_millis(10), "{:?}", begin.elapsed());
    assert_eq!(first.place().get(&key).await.unwrap(), "phot0");
    rig.replicas.healed().await;
    assert_eq!(first.place().get(&key).await.unwrap(), bytes);
    assert_eq!(second.place().get(&key).await.unwrap(), bytes);
    let faults = rig.replicas.faults();
    assert_eq!((faults.corrupt, faults.healed), (100, 1));
    assert_eq!(begin.elapsed().as_secs(), 2, "set aside once, written once");
}

#[tokio::test(start_paused = true)]
async fn healing_has_room_for_so_much_and_leaves_the_rest() {
    let rig = Rig::new(2).await;
    let large = Bytes::from(vec![1; 400 << 10]);
    let mut keys = Vec::new();
    for n in 0..4 {
        let bytes = large.slice(n..);
        let key = Key::Blob(Digest::of(&bytes));
        rig.replicas.put(&key, bytes).await.unwrap();
        rig.order(&key)[0].place().delete(&key).await.unwrap();
        keys.push(key);
    }
    for store in &rig.stores {
        store.set_mood(Mood::SlowPuts(Duration::from_secs(1)));
    }
    for key in &keys {
        rig.replicas.get(key).await.unwrap();
    }
    rig.replicas.healed().await;
    let faults = rig.replicas.faults();
    assert_eq!((faults.absent, faults.healed, faults.unhealed), (4, 2, 2));
}

#[tokio::test(start_paused = true)]
async fn healing_does_not_undo_what_was_written_meanwhile() {
    let rig = Rig::new(2).await;
    let (key, old) = record(1);
    rig.replicas.put(&key, old.clone()).await.unwrap();
    let first = rig.order(&key)[0];
    first.place().delete(&key).await.unwrap();
    assert_eq!(rig.replicas.get(&key).await.unwrap(), old);
    // Nothing has had a chance to be healed yet.
    let (_, new) = record(2);
    first.place().put(&key, new.clone()).await.unwrap();
    rig.replicas.healed().await;
    assert_eq!(rig.replicas.get(&key).await.unwrap(), new);
    rig.replicas.healed().await;
    assert_eq!(rig.holding(&key).await, [Good, Good]);
}

#[tokio::test]
async fn a_failing_repair_never_fails_the_read() {
    let rig = Rig::new(2).await;
    let (key, bytes) = blob("photo");
    rig.replicas.put(&key, bytes.clone()).await.unwrap();
    let first = rig.order(&key)[0];
    first.delete(&key).await.unwrap();
    first.set_rates(FaultRates { lost_answer: 1.0, ..FaultRates::default() });
    assert_eq!(rig.replicas.get(&key).await.unwrap(), bytes);
    rig.replicas.healed().await;
    assert_eq!(rig.replicas.faults().unhealed, 1);
}

#[tokio::test]
async fn nothing_and_nothing_readable_are_two_answers() {
    let rig = Rig::new(2).await;
    let (key, bytes) = blob("photo");
    assert!(rig.replicas.get(&key).await.unwrap_err().is_not_found());
    rig.replicas.put(&key, bytes).await.unwrap();
    for store in rig.order(&key) {
        store.put(&key, Bytes::from_static(b"rot")).await.unwrap();
    }
    let error = rig.replicas.get(&key).await.unwrap_err();
    assert_eq!(error.kind(), ReplicaErrorKind::Unreadable);
    assert_eq!(error.refusals().len(), 2);
    rig.replicas.delete(&key).await;
    rig.stores[0].set_offline(true);
    let error = rig.replicas.get(&key).await.unwrap_err();
    assert_eq!(error.kind(), ReplicaErrorKind::Unreadable, "the one that is away may have it");
}

#[tokio::test]
async fn the_highest_revision_of_a_record_wins_and_older_ones_are_rewritten() {
    let rig = Rig::new(2).await;
    let (key, old) = record(1);
    let (_, new) = record(2);
    rig.replicas.put(&key, old.clone()).await.unwrap();
    for stale in 0..2 {
        let order = rig.order(&key);
        order[stale].put(&key, old.clone()).await.unwrap();
        order[1 - stale].put(&key, new.clone()).await.unwrap();
        assert_eq!(rig.replicas.get(&key).await.unwrap(), new);
        rig.replicas.healed().await;
        assert_eq!(order[stale].get(&key).await.unwrap(), new);
    }
    let aside: Vec<_> =
        futures::TryStreamExt::try_collect(rig.stores[0].list(Space::SetAside, None))
            .await
            .unwrap();
    assert_eq!(aside, [], "an older version is not damage");
}

#[tokio::test]
async fn a_deleted_image_stays_deleted_when_a_store_comes_back() {
    let rig = Rig::new(2).await;
    let (key, bytes) = record(1);
    let Key::Record { original, image } = key else { unreachable!() };
    let tombstone = Key::Tombstone { original, image };
    rig.replicas.put(&key, bytes).await.unwrap();
    rig.stores[0].set_offline(true);
    let sealed = envelope::seal(&tombstone, 0, &json!({})).unwrap();
    let kept = rig.replicas.put(&tombstone, sealed).await.unwrap();
    assert_eq!((kept.stores.len(), kept.owed.len()), (1, 1), "one store is enough to delete");
    let removed = rig.replicas.delete(&key).await;
    assert_eq!((removed.from.len(), removed.owed.len()), (1, 1));
    rig.stores[0].set_offline(false);
    rig.replicas.refresh().await;
    let error = rig.replicas.get(&key).await.unwrap_err();
    assert_eq!(error.kind(), ReplicaErrorKind::Deleted);
    assert!(rig.stores[1].get(&key).await.is_err(), "it was not copied back");
    rig.replicas.get(&tombstone).await.unwrap();
    rig.replicas.healed().await;
    assert!(rig.stores[0].get(&tombstone).await.is_ok(), "the tombstone was");
}

#[tokio::test]
async fn a_draining_store_is_read_and_not_written() {
    let rig = Rig::new(3).await;
    let (key, bytes) = blob("photo");
    rig.replicas.put(&key, bytes.clone()).await.unwrap();
    let first = rig.replicas.members().order(&key)[0].id().clone();
    let mut entries = rig.entries.clone();
    entries.iter_mut().find(|e| e.id == first).unwrap().state = StoreState::Draining;
    rig.replicas.set(entries).await;
    assert_eq!(rig.replicas.get(&key).await.unwrap(), bytes);
    rig.replicas.delete(&key).await;
    rig.replicas.put(&key, bytes).await.unwrap();
    assert_eq!(rig.holding(&key).await, [Absent, Good, Good]);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_back_is_used_again_without_being_told() {
    let rig = Rig::new(2).await;
    let (key, bytes) = blob("photo");
    rig.stores[0].set_offline(true);
    rig.replicas.put(&key, bytes.clone()).await.unwrap_err();
    rig.stores[0].set_offline(false);
    rig.replicas.put(&key, bytes.clone()).await.unwrap_err();
    tokio::time::advance(FIRST_PAUSE).await;
    rig.replicas.put(&key, bytes).await.unwrap();
}

#[tokio::test]
async fn markers_tell_of_the_peers_and_another_store_is_not_taken_for_ours() {
    let dir = tempfile::tempdir().unwrap();
    let url = |name: &str| store::directory_url(&dir.path().join(name)).unwrap().to_string();
    let entries: Vec<_> = ["a", "b"].iter().zip(0..).map(|(n, i)| entry(i, url(n))).collect();
    for entry in &entries {
        initialise(entry, Timestamp::UNIX_EPOCH, Vec::new()).await.unwrap();
        initialise(entry, Timestamp::UNIX_EPOCH, Vec::new()).await.unwrap();
    }
    let replicas = Replicas::attach(entries.clone()).await;
    assert!(replicas.write_markers().await.is_empty());
    let marker = fs::read(dir.path().join("a/portreto.json")).unwrap();
    assert_eq!(Marker::open(&marker).unwrap().peers, entries);

    let other = StoreEntry { uuid: Uuid::from_u128(99), ..entries[0].clone() };
    let error = initialise(&other, Timestamp::UNIX_EPOCH, Vec::new()).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Denied);
    let replicas = Replicas::attach(vec![other, entries[1].clone()]).await;
    let stores = replicas.stores();
    assert!(stores[0].away.as_ref().unwrap().contains("another store"), "{stores:?}");
    assert_eq!(stores[1].away, None);

    let photos = dir.path().join("photos");
    fs::create_dir(&photos).unwrap();
    fs::write(photos.join("a.jpg"), b"x").unwrap();
    let mine = entry(5, url("photos"));
    let error = initialise(&mine, Timestamp::UNIX_EPOCH, Vec::new()).await.unwrap_err();
    assert!(error.to_string().contains("a.jpg"), "{error}");
    assert_eq!(fs::read_dir(&photos).unwrap().count(), 1, "nothing was written there");
}

#[tokio::test]
async fn a_store_deleted_while_attached_is_away_and_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let roots = ["a", "b", "c"].map(|name| dir.path().join(name));
    let url = |root: &Path| store::directory_url(root).unwrap().to_string();
    let entries: Vec<_> = roots.iter().zip(0..).map(|(root, i)| entry(i, url(root))).collect();
    for entry in &entries {
        initialise(entry, Timestamp::UNIX_EPOCH, Vec::new()).await.unwrap();
    }
    let replicas = Replicas::attach(entries).await;
    let (key, bytes) = blob("photo");
    replicas.put(&key, bytes.clone()).await.unwrap();
    fs::remove_dir_all(&roots[1]).unwrap();
    assert_eq!(replicas.get(&key).await.unwrap(), bytes);
    let (other, bytes) = blob("another");
    let kept = replicas.put(&other, bytes).await.unwrap();
    assert!(!kept.stores.contains(&"s1".parse().unwrap()));
    assert!(!roots[1].exists(), "an unmounted disk is not written to");
}

/// 20 blobs in two of three stores, each read once, so that the stores' paces are known.
async fn filled() -> (Rig, Vec<(Key, Bytes)>) {
    let rig = Rig::new(3).await;
    let blobs: Vec<_> = (0..20).map(|i| blob(&format!("photo {i}"))).collect();
    for (key, bytes) in &blobs {
        rig.replicas.put(key, bytes.clone()).await.unwrap();
        rig.replicas.get(key).await.unwrap();
    }
    (rig, blobs)
}

#[tokio::test(start_paused = true)]
async fn a_slow_store_costs_readers_nothing_after_a_few_reads() {
    let (rig, blobs) = filled().await;
    rig.stores[0].set_mood(Mood::Slow(Duration::from_secs(3)));
    let begin = Instant::now();
    for (key, bytes) in blobs.iter().cycle().take(100) {
        assert_eq!(rig.replicas.get(key).await.unwrap(), *bytes);
    }
    // Without a second request the first slow read alone took 3 s. Now and then it is tried again.
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    assert_eq!(rig.replicas.faults(), FaultCounts::default(), "being slow is no fault");

    rig.stores[0].set_mood(Mood::Well);
    tokio::time::advance(LONGEST_PAUSE).await;
    let before = rig.stores[0].n_calls();
    for (key, _) in &blobs {
        rig.replicas.get(key).await.unwrap();
    }
    assert!(rig.stores[0].n_calls() > before + 2, "it is asked again");
}

#[tokio::test(start_paused = true)]
async fn a_hanging_store_is_waited_for_once() {
    let (rig, blobs) = filled().await;
    rig.stores[1].set_mood(Mood::Hanging);
    let begin = Instant::now();
    for i in 0..50 {
        let (key, bytes) = blob(&format!("another {i}"));
        let kept = rig.replicas.put(&key, bytes).await.unwrap();
        assert_eq!(kept.stores.len(), 2);
    }
    for (key, bytes) in &blobs {
        assert_eq!(rig.replicas.get(key).await.unwrap(), *bytes);
    }
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_full_or_read_only_store_is_read_and_passed_over_when_writing() {
    for mood in [Mood::Full, Mood::ReadOnly] {
        let (rig, blobs) = filled().await;
        rig.stores[2].set_mood(mood);
        let mut owed = 0;
        let before = rig.stores[2].n_calls();
        for i in 0..50 {
            let (key, bytes) = blob(&format!("another {i}"));
            let kept = rig.replicas.put(&key, bytes).await.unwrap();
            assert!(!kept.stores.contains(&rig.entries[2].id));
            owed += kept.owed.len();
        }
        assert!(owed > 20, "the debts are told each time: {owed}");
        assert!(rig.stores[2].n_calls() < before + 5, "and it is not asked each time");
        for (key, bytes) in &blobs {
            assert_eq!(rig.replicas.get(key).await.unwrap(), *bytes);
        }
        let states = rig.replicas.stores();
        assert!(states[2].away.is_none() && states[2].read_only.is_some(), "{states:?}");

        rig.stores[2].set_mood(Mood::Well);
        tokio::time::advance(LONGEST_PAUSE).await;
        for i in 0..50 {
            let (key, bytes) = blob(&format!("a third {i}"));
            assert!(rig.replicas.put(&key, bytes).await.unwrap().owed.is_empty());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_whose_every_call_fails_is_left_alone() {
    let (rig, blobs) = filled().await;
    rig.stores[0].set_mood(Mood::Broken);
    let before = rig.stores[0].n_calls();
    for (key, bytes) in blobs.iter().cycle().take(200) {
        assert_eq!(rig.replicas.get(key).await.unwrap(), *bytes);
    }
    let calls = rig.stores[0].n_calls() - before;
    assert!((5..20).contains(&calls), "{calls} calls");
}

#[tokio::test]
async fn one_copy_is_accepted_only_when_that_was_chosen() {
    let rig = Rig::new(2).await;
    let (key, bytes) = blob("photo");
    rig.stores[0].set_offline(true);
    rig.replicas.put(&key, bytes.clone()).await.unwrap_err();
    rig.replicas.accept_one(true);
    let kept = rig.replicas.put(&key, bytes.clone()).await.unwrap();
    assert_eq!((kept.stores.len(), kept.owed.len()), (1, 1));
    assert_eq!(rig.replicas.get(&key).await.unwrap(), bytes);
    rig.stores[1].set_offline(true);
    let error = rig.replicas.put(&blob("another").0, blob("another").1).await.unwrap_err();
    assert_eq!(error.kind(), ReplicaErrorKind::TooFewStores);
}
