use std::{
    collections::{BTreeSet, HashMap},
    fs,
    path::Path,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use portreto_core::{
    Digest,
    replica::{BlobStore, Fault, Key, Member, Shard, Space, StoreId, rank},
};
use serde_json::json;
use uuid::Uuid;

use futures::StreamExt;

use super::*;
use crate::{
    envelope,
    faulty::{Faulty, Mood},
    replicas::initialise,
    rig::{Rig, entry},
    store::{StoreEntry, StoreState, directory_url},
};

mod model;

/// A catalog in memory.
#[derive(Debug, Default)]
struct Catalog(Mutex<Known>);

#[derive(Debug, Default, Clone)]
struct Known {
    live: BTreeSet<Key>,
    /// Garbage that is too young.
    young: BTreeSet<Key>,
    remakes: HashMap<Key, Bytes>,
    verified: BTreeSet<Shard>,
    /// Whether other processes have other stores by now.
    stores_have_changed: bool,
    /// What stops answering when something is asked about a key, after its shard was listed.
    stalls: Option<Arc<Faulty>>,
}

impl Catalog {
    fn with<T>(&self, f: impl FnOnce(&mut Known) -> T) -> T {
        f(&mut self.0.lock().unwrap())
    }
}

#[async_trait]
impl Liveness for Catalog {
    async fn life(&self, key: &Key) -> Life {
        self.with(|known| {
            if known.live.contains(key) {
                Life::Live
            } else {
                Life::Garbage { collectable: !known.young.contains(key) }
            }
        })
    }

    async fn live_keys(&self, shard: Shard) -> Vec<Key> {
        let in_shard = |key: &&Key| key.shard() == Some(shard);
        self.with(|known| {
            // The stores have been listed.
            if let Some(store) = &known.stalls {
                store.set_offline(true);
            }
            known.live.iter().filter(in_shard).cloned().collect()
        })
    }

    async fn adopt(&self, _keys: &[Key]) -> u64 {
        0
    }

    async fn judged(&self, shard: Shard, is_well: bool) {
        self.with(|known| {
            if is_well { known.verified.insert(shard) } else { known.verified.remove(&shard) }
        });
    }

    async fn release(&self, key: &Key) -> bool {
        self.with(|known| !known.live.contains(key))
    }

    async fn remake(&self, key: &Key) -> Option<Bytes> {
        self.with(|known| known.remakes.get(key).cloned())
    }

    async fn stores_are_still(&self, _number: u64) -> bool {
        self.with(|known| !known.stores_have_changed)
    }
}

fn blob(n: u32) -> (Key, Bytes) {
    let bytes = Bytes::from(format!("photo {n}"));
    (Key::Blob(Digest::of(&bytes)), bytes)
}

fn image(n: u32, revision: u64) -> (Key, Bytes) {
    let (blob, _) = blob(n);
    let Key::Blob(original) = blob else { unreachable!() };
    let key = Key::Record { original, image: Uuid::from_u128(u128::from(n) + 1) };
    let bytes =
        envelope::seal(&key, revision, &json!({ "name": n, "revision": revision })).unwrap();
    (key, bytes)
}

fn tombstone(n: u32) -> (Key, Bytes) {
    let (Key::Record { original, image }, _) = image(n, 0) else { unreachable!() };
    let key = Key::Tombstone { original, image };
    let bytes = envelope::seal(&key, 0, &json!({})).unwrap();
    (key, bytes)
}

async fn look(rig: &Rig, catalog: &Catalog) -> ScrubReport {
    scrub(&rig.replicas, catalog, &ScrubOptions::default(), &|_| {}).await
}

async fn mend(rig: &Rig, catalog: &Catalog) -> RepairReport {
    repair(&rig.replicas, catalog, &RepairOptions::new(Timestamp::UNIX_EPOCH), &|_| {}).await
}

/// Four blobs kept in three stores, all wanted.
async fn filled() -> (Rig, Catalog) {
    let (rig, catalog) = (Rig::new(3).await, Catalog::default());
    for n in 0..4 {
        let (key, bytes) = blob(n);
        rig.replicas.put(&key, bytes).await.unwrap();
        catalog.with(|known| known.live.insert(key));
    }
    (rig, catalog)
}

#[tokio::test]
async fn clean_stores_are_clean_and_repair_does_nothing() {
    let (rig, catalog) = filled().await;
    let steps = Mutex::new(Vec::new());
    let note = |progress| steps.lock().unwrap().push(progress);
    let report = scrub(&rig.replicas, &catalog, &ScrubOptions::default(), &note).await;
    assert!(report.is_clean(), "{report:?}");
    assert_eq!((report.keys, report.replicas, report.bytes_read), (4, 8, 8 * 7));
    let last = *steps.lock().unwrap().last().unwrap();
    assert_eq!((last.keys_done, last.keys_known, last.keys_expected()), (4, 4, 4));
    assert_eq!((last.shards_done, last.shards_total), (256, 256));
    assert_eq!(catalog.with(|known| known.verified.len()), 256);
    let repaired = mend(&rig, &catalog).await;
    assert!(repaired.is_complete() && repaired.done.is_empty(), "{repaired:?}");
}

#[tokio::test]
async fn a_store_that_stalls_after_it_was_listed_is_not_taken_for_well() {
    let (mut rig, catalog) = filled().await;
    let (orphan, bytes) = blob(12);
    rig.replicas.put(&orphan, bytes).await.unwrap();
    let members = rig.replicas.members();
    let first = members.order(&orphan)[0].id().clone();
    let store = rig.entries.iter().position(|entry| entry.id == first).unwrap();
    let store = rig.stores[store].clone();
    catalog.with(|known| known.stalls = Some(store.clone()));
    let report = look(&rig, &catalog).await;
    let reason = report.stores.iter().find(|there| there.id == first).unwrap().away.clone();
    assert!(!report.is_clean() && reason.is_some(), "{report:?}");
    store.heal();
    rig.restart().await;
    catalog.with(|known| known.stalls = Some(store.clone()));
    let report = mend(&rig, &catalog).await;
    assert!(!report.is_complete(), "{report:?}");
    catalog.with(|known| known.stalls = None);
    store.heal();
    rig.restart().await;
    assert!(mend(&rig, &catalog).await.is_complete());
    assert!(look(&rig, &catalog).await.is_clean());
}

#[tokio::test]
async fn names_every_fault_and_mends_what_can_be() {
    let (rig, catalog) = filled().await;
    let id = |key: &Key, at: usize| rig.replicas.members().order(key)[at].id().clone();
    let keys: Vec<Key> = (0..4).map(|n| blob(n).0).collect();
    let [missing, corrupt, misplaced, lost] = &keys[..] else { unreachable!() };
    rig.order(missing)[1].delete(missing).await.unwrap();
    rig.order(corrupt)[0].put(corrupt, Bytes::from_static(b"phot0 1")).await.unwrap();
    rig.order(misplaced)[0].delete(misplaced).await.unwrap();
    rig.order(misplaced)[2].put(misplaced, blob(2).1).await.unwrap();
    rig.order(lost)[0].delete(lost).await.unwrap();
    rig.order(lost)[1].put(lost, Bytes::new()).await.unwrap();
    let (surplus, bytes) = blob(10);
    for store in &rig.stores {
        store.put(&surplus, bytes.clone()).await.unwrap();
    }
    let (young, orphan) = (blob(11), blob(12));
    for (key, bytes) in [&young, &orphan] {
        rig.replicas.put(key, bytes.clone()).await.unwrap();
    }
    catalog.with(|known| {
        known.live.insert(surplus.clone());
        known.young.insert(young.0.clone());
    });

    let mut expected = vec![
        (missing, Fault::Missing { store: id(missing, 1) }),
        (corrupt, Fault::Corrupt { store: id(corrupt, 0) }),
        (misplaced, Fault::Misplaced { store: id(misplaced, 2), belongs: id(misplaced, 0) }),
        (lost, Fault::Corrupt { store: id(lost, 1) }),
        (lost, Fault::Lost),
        (&surplus, Fault::Surplus { store: id(&surplus, 2) }),
        (&orphan.0, Fault::Orphaned { store: id(&orphan.0, 0) }),
        (&orphan.0, Fault::Orphaned { store: id(&orphan.0, 1) }),
    ];
    expected.sort_by_key(|(key, _)| *key);
    let report = look(&rig, &catalog).await;
    let found: Vec<_> = report.findings.iter().map(|f| (&f.key, f.fault.clone())).collect();
    assert_eq!(found, expected);
    let faulty: BTreeSet<Shard> = found.iter().filter_map(|(key, _)| key.shard()).collect();
    let verified = |known: &mut Known| std::mem::take(&mut known.verified);
    let well = catalog.with(verified);
    assert!(well.is_disjoint(&faulty) && well.len() + faulty.len() == 256);
    assert_eq!(report.waiting, Tally { objects: 1, bytes: 8 });

    let repaired = mend(&rig, &catalog).await;
    assert_eq!(repaired.lost.iter().map(|f| &f.key).collect::<Vec<_>>(), [lost]);
    assert_eq!(repaired.failed, []);
    let well = catalog.with(verified);
    assert!(well.len() == 255 && !well.contains(&lost.shard().unwrap()), "but for what is lost");
    assert_eq!(rig.order(corrupt)[0].get(corrupt).await.unwrap(), blob(1).1);
    let after = look(&rig, &catalog).await;
    let left: Vec<_> = after.findings.iter().map(|f| (&f.key, f.fault.clone())).collect();
    assert_eq!(left, [(lost, Fault::Corrupt { store: id(lost, 1) }), (lost, Fault::Lost)]);
    assert_eq!(after.set_aside.objects, 1, "the bad bytes are kept");
    assert!(mend(&rig, &catalog).await.done.is_empty(), "nothing to do twice");

    // Uploading the same again heals it.
    rig.replicas.put(lost, blob(3).1).await.unwrap();
    assert!(look(&rig, &catalog).await.is_clean());
}

#[tokio::test]
async fn a_copy_that_others_may_count_on_is_not_removed() {
    let (rig, catalog) = filled().await;
    let (key, bytes) = blob(0);
    rig.order(&key)[2].put(&key, bytes).await.unwrap();
    catalog.with(|known| known.stores_have_changed = true);
    let before = holders(&rig).await;
    let repaired = mend(&rig, &catalog).await;
    assert!(repaired.done.is_empty() && repaired.is_complete(), "{repaired:?}");
    assert_eq!(holders(&rig).await, before);
    catalog.with(|known| known.stores_have_changed = false);
    assert_eq!(mend(&rig, &catalog).await.done.len(), 1);
    assert_eq!(holders(&rig).await.len(), before.len() - 1);
}

#[tokio::test]
async fn without_reading_presence_and_length_are_compared() {
    let (rig, catalog) = filled().await;
    let options = ScrubOptions { verify_bytes: false, ..ScrubOptions::default() };
    let (a, b) = (blob(0).0, blob(1).0);
    rig.order(&a)[0].put(&a, Bytes::from_static(b"other")).await.unwrap();
    rig.order(&b)[0].put(&b, Bytes::from_static(b"phot0 1")).await.unwrap();
    let report = scrub(&rig.replicas, &catalog, &options, &|_| {}).await;
    assert_eq!(report.findings.iter().map(|f| &f.key).collect::<Vec<_>>(), [&a]);
}

#[tokio::test]
async fn a_deleted_image_is_removed_from_a_store_that_comes_back() {
    let (rig, catalog) = (Rig::new(3).await, Catalog::default());
    let (record, bytes) = image(1, 0);
    rig.replicas.put(&record, bytes).await.unwrap();
    // The catalog may be an old one that still has the image: the tombstone is stronger.
    catalog.with(|known| known.live.insert(record.clone()));
    rig.order(&record)[0].set_offline(true);
    let (grave, bytes) = tombstone(1);
    assert_eq!(rig.replicas.put(&grave, bytes).await.unwrap().owed.len(), 1);
    rig.replicas.delete(&record).await;
    assert!(!look(&rig, &catalog).await.is_clean(), "a store is away");
    rig.order(&record)[0].set_offline(false);
    let report = look(&rig, &catalog).await;
    let faults: Vec<_> = report.findings.iter().map(|f| (&f.key, &f.fault)).collect();
    let back = rig.replicas.members().order(&record)[0].id().clone();
    assert_eq!(
        faults,
        [
            (&grave, &Fault::Missing { store: back.clone() }),
            (&record, &Fault::Orphaned { store: back })
        ]
    );
    assert!(mend(&rig, &catalog).await.is_complete());
    for store in &rig.stores {
        assert!(store.get(&grave).await.is_ok());
        assert!(store.get(&record).await.unwrap_err().is_not_found());
    }
    let report = look(&rig, &catalog).await;
    assert!(report.is_clean(), "{report:?}");
}

#[tokio::test]
async fn a_record_that_no_store_has_is_written_from_the_catalog() {
    let (rig, catalog) = (Rig::new(2).await, Catalog::default());
    let (record, bytes) = image(1, 4);
    catalog.with(|known| {
        known.live.insert(record.clone());
        known.remakes.insert(record.clone(), bytes.clone());
    });
    assert_eq!(look(&rig, &catalog).await.findings[0].fault, Fault::Lost);
    for store in &rig.stores {
        store.set_mood(Mood::Full);
    }
    let report = mend(&rig, &catalog).await;
    assert_eq!((report.lost.len(), report.remade.len(), report.failed.len()), (0, 0, 1));
    assert!(report.failed[0].reason.contains("filled"), "{report:?}");
    for store in &rig.stores {
        store.heal();
    }
    assert_eq!(mend(&rig, &catalog).await.remade, std::slice::from_ref(&record));
    assert_eq!(rig.replicas.get(&record).await.unwrap(), bytes);
    assert!(look(&rig, &catalog).await.is_clean());
}

#[tokio::test]
async fn an_older_revision_is_rewritten() {
    let (rig, catalog) = (Rig::new(2).await, Catalog::default());
    let (record, new) = image(1, 2);
    rig.replicas.put(&record, new.clone()).await.unwrap();
    catalog.with(|known| known.live.insert(record.clone()));
    rig.stores[1].put(&record, image(1, 1).1).await.unwrap();
    let report = look(&rig, &catalog).await;
    assert_eq!(report.findings[0].fault, Fault::Corrupt { store: "s1".parse().unwrap() });
    assert!(mend(&rig, &catalog).await.is_complete());
    assert_eq!(rig.stores[1].get(&record).await.unwrap(), new);
}

#[tokio::test]
async fn a_draining_store_is_emptied_and_a_new_one_filled() {
    let (rig, catalog) = filled().await;
    let mut entries = rig.entries.clone();
    entries[0].state = StoreState::Draining;
    rig.replicas.set(entries).await;
    assert!(mend(&rig, &catalog).await.is_complete());
    let left: Vec<_> = rig.stores[0].list(Space::Blobs, None).collect().await;
    assert!(left.is_empty(), "{left:?}");
    assert!(look(&rig, &catalog).await.is_clean());
    rig.replicas.set(rig.entries.clone()).await;
    assert!(mend(&rig, &catalog).await.is_complete());
    assert!(look(&rig, &catalog).await.is_clean());
}

async fn directories(dir: &Path, n: u128) -> (Replicas, Catalog) {
    let url = |i| directory_url(&dir.join(format!("s{i}"))).unwrap().to_string();
    let entries: Vec<_> = (0..n).map(|i| entry(i, url(i))).collect();
    for entry in &entries {
        initialise(entry, Timestamp::UNIX_EPOCH, entries.clone()).await.unwrap();
    }
    let (replicas, catalog) = (Replicas::attach(entries).await, Catalog::default());
    for i in 0..6 {
        let (key, bytes) = blob(i);
        replicas.put(&key, bytes).await.unwrap();
        catalog.with(|known| known.live.insert(key));
    }
    (replicas, catalog)
}

#[tokio::test]
async fn a_deleted_store_directory_is_made_anew() {
    for n in [2, 3] {
        let dir = tempfile::tempdir().unwrap();
        let (replicas, catalog) = directories(dir.path(), n).await;
        fs::remove_dir_all(dir.path().join("s1")).unwrap();
        let options = ScrubOptions::default();
        let report = scrub(&replicas, &catalog, &options, &|_| {}).await;
        assert!(report.stores[1].away.as_ref().unwrap().contains("repair"), "{report:?}");
        assert!(!report.is_clean());
        assert!(!dir.path().join("s1").exists(), "looking makes nothing");
        let options = RepairOptions::new(Timestamp::UNIX_EPOCH);
        let repaired = repair(&replicas, &catalog, &options, &|_| {}).await;
        assert_eq!(repaired.founded, ["s1".parse::<StoreId>().unwrap()]);
        assert!(repaired.is_complete(), "{repaired:?}");
        let report = scrub(&replicas, &catalog, &options.scrub, &|_| {}).await;
        assert!(report.is_clean(), "{report:?}");
    }
}

#[tokio::test]
async fn files_that_were_scribbled_over_are_mended_marker_and_all() {
    let dir = tempfile::tempdir().unwrap();
    let (replicas, catalog) = directories(dir.path(), 2).await;
    for file in walkdir::WalkDir::new(dir.path().join("s0")) {
        let file = file.unwrap();
        if file.file_type().is_file() {
            fs::write(file.path(), b"scribble").unwrap();
        }
    }
    for i in 0..6 {
        assert_eq!(replicas.get(&blob(i).0).await.unwrap(), blob(i).1);
    }
    fs::write(dir.path().join("s0/blobs/notes.txt"), b"mine").unwrap();
    let options = RepairOptions::new(Timestamp::UNIX_EPOCH);
    let repaired = repair(&replicas, &catalog, &options, &|_| {}).await;
    assert!(repaired.is_complete(), "{repaired:?}");
    let report = scrub(&replicas, &catalog, &options.scrub, &|_| {}).await;
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(report.foreign.len(), 1, "named, and left alone");
    assert!(dir.path().join("s0/blobs/notes.txt").exists());
}

#[tokio::test]
async fn leftovers_go_when_they_are_old_or_nobody_can_be_writing() {
    let dir = tempfile::tempdir().unwrap();
    let (replicas, catalog) = directories(dir.path(), 2).await;
    let staging = dir.path().join(format!("s0/{}#1", blob(0).0));
    fs::write(&staging, b"half").unwrap();
    let written = Timestamp::try_from(fs::metadata(&staging).unwrap().modified().unwrap()).unwrap();
    let swept = async |minutes, alone| {
        let mut report = RepairReport::default();
        sweep(&replicas, written + SignedDuration::from_mins(minutes), alone, &mut report).await;
        report.swept.objects
    };
    let report = scrub(&replicas, &catalog, &ScrubOptions::default(), &|_| {}).await;
    assert_eq!(report.leftovers.len(), 1);
    assert!(report.is_clean(), "it is in nobody's way");
    assert_eq!(swept(59, false).await, 0, "somebody may be writing");
    assert_eq!(swept(59, true).await, 1);
    fs::write(&staging, b"half").unwrap();
    assert_eq!(swept(61, false).await, 1);
    assert!(!staging.exists());
}

/// The catalog and its guard are shared between tasks.
#[test]
fn scrubs_can_be_spawned() {
    fn spawnable<T: Send>(_: T) {}
    let catalog: Arc<dyn Liveness> = Arc::new(AllLive);
    spawnable(async move {
        let replicas = Replicas::attach(Vec::new()).await;
        let options = RepairOptions::new(Timestamp::UNIX_EPOCH);
        repair(&replicas, &*catalog, &options, &|_| {}).await
    });
}

/// Who has which key.
async fn holders(rig: &Rig) -> BTreeSet<(StoreId, Key)> {
    let mut all = BTreeSet::new();
    for (store, entry) in rig.stores.iter().zip(&rig.entries) {
        for space in ORDER {
            let mut listing = store.place().list(space, None);
            while let Some(object) = listing.next().await {
                all.insert((entry.id.clone(), object.unwrap().key.unwrap()));
            }
        }
    }
    all
}

/// Who should have which key, by the rank of the stores that accept copies.
fn placed(entries: &[StoreEntry], keys: &BTreeSet<Key>) -> BTreeSet<(StoreId, Key)> {
    let accepts = entries.iter().filter(|entry| entry.state == StoreState::Active);
    let members: Vec<Member> =
        accepts.map(|entry| Member { id: entry.id.clone(), weight: entry.weight }).collect();
    let homes = |key: &Key| rank(key.placed_by().unwrap(), &members).into_iter().take(2).cloned();
    keys.iter().flat_map(|key| homes(key).map(|id| (id, key.clone()))).collect()
}

#[tokio::test]
async fn a_store_more_or_less_moves_what_placement_asks_for_and_nothing_else() {
    let mut rig = Rig::new(4).await;
    let entries = rig.entries.clone();
    rig.replicas.set(entries[..3].to_vec()).await;
    let catalog = Catalog::default();
    for n in 0..300 {
        for (key, bytes) in [blob(n), image(n, 0)] {
            rig.replicas.put(&key, bytes).await.unwrap();
            catalog.with(|known| known.live.insert(key));
        }
    }
    let keys = catalog.with(|known| known.live.clone());
    let before = holders(&rig).await;
    assert_eq!(before, placed(&entries[..3], &keys));

    // One more.
    rig.replicas.set(entries.clone()).await;
    let report = mend(&rig, &catalog).await;
    let after = holders(&rig).await;
    assert_eq!(after, placed(&entries, &keys));
    let come: BTreeSet<_> = after.difference(&before).collect();
    assert!(come.iter().all(|(id, _)| *id == entries[3].id), "only the new one gets copies");
    // As many go as come, and no step is taken for anything else.
    assert_eq!(report.done.len(), 2 * come.len());
    assert!(report.is_complete());
    // Of 1,200 copies a quarter belongs on one of four stores: 300 ± 5 standard deviations.
    assert!((225..=375).contains(&come.len()), "{}", come.len());

    // One less: it is emptied, and what it did not have stays where it is.
    rig.entries[0].state = StoreState::Draining;
    rig.replicas.set(rig.entries.clone()).await;
    let mut how = RepairOptions::new(Timestamp::UNIX_EPOCH);
    how.scrub.only_in = Some(entries[0].id.clone());
    let there = after.iter().filter(|(id, _)| *id == entries[0].id).count();
    let report = repair(&rig.replicas, &catalog, &how, &|_| {}).await;
    assert_eq!(holders(&rig).await, placed(&rig.entries, &keys));
    assert_eq!((report.before.keys, report.done.len()), (there as u64, 2 * there));
}

#[tokio::test]
async fn what_only_waits_for_its_removal_leaves_a_store_that_is_drained_too() {
    let mut rig = Rig::new(3).await;
    let catalog = Catalog::default();
    for n in 0..30 {
        let (key, bytes) = blob(n);
        rig.replicas.put(&key, bytes).await.unwrap();
        catalog.with(|known| known.young.insert(key));
    }
    rig.entries[0].state = StoreState::Draining;
    rig.replicas.set(rig.entries.clone()).await;
    let mut how = RepairOptions::new(Timestamp::UNIX_EPOCH);
    how.scrub.only_in = Some(rig.entries[0].id.clone());
    assert!(repair(&rig.replicas, &catalog, &how, &|_| {}).await.is_complete());
    let keys = catalog.with(|known| known.young.clone());
    assert_eq!(holders(&rig).await, placed(&rig.entries, &keys));
}
