//! Stores that come and go while another process uploads.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use portreto_store::{
    ErrorKind, Filter, Image, Options, Portreto, StoreState, Upload, scrub::ScrubOptions,
};

/// How long it may take until every process knows.
const SECONDS: Duration = Duration::from_secs(10);

async fn open(home: &Path) -> Portreto {
    let mut options = Options::new(home);
    options.create = true;
    options.catalog = portreto_scratch_postgres::catalog_of(home, module_path!());
    Portreto::open(options).await.unwrap()
}

fn upload(n: usize) -> Upload {
    Upload {
        bytes: format!("P5 4 2 255\n{n:08}").into_bytes().into(),
        name: format!("{n}.pgm"),
        labels: BTreeSet::new(),
        owner: String::new(),
        transforms: Vec::new(),
        keep_damaged: false,
    }
}

async fn until(holds: impl Fn() -> bool) {
    let begin = Instant::now();
    while !holds() {
        assert!(begin.elapsed() < SECONDS, "it is not known after {SECONDS:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// All files below a directory that have this in their names.
fn files(directory: &Path, name: &str) -> usize {
    let mut found = 0;
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found += files(&path, name);
        } else {
            // Neither what is not finished nor what was set aside.
            found += usize::from(path.file_name().unwrap().to_string_lossy() == name);
        }
    }
    found
}

fn copies(stores: &[PathBuf], image: &Image) -> usize {
    let digest = image.digest.to_string();
    stores.iter().map(|store| files(&store.join("blobs"), &digest)).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_process_hears_of_stores_and_no_image_has_less_than_two_copies() {
    let home = tempfile::tempdir().unwrap();
    let (admin, server) = (open(home.path()).await, open(home.path()).await);
    let stores = ["stores/a", "stores/b", "c"].map(|store| home.path().join(store));
    let (acknowledged, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
    let uploads = tokio::spawn({
        let (server, acknowledged, stop) = (server.clone(), acknowledged.clone(), stop.clone());
        async move {
            for n in 0.. {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let image = server.add(upload(n)).await.unwrap().image;
                acknowledged.lock().unwrap().push(image);
                // Enough of them, and time for the others.
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
        }
    });
    // Somebody who looks at the disks all the time.
    let watch = std::thread::spawn({
        let (stores, acknowledged, stop) = (stores.clone(), acknowledged.clone(), stop.clone());
        move || {
            let mut looks = 0;
            while !stop.load(Ordering::Relaxed) {
                let images: Vec<Image> = acknowledged.lock().unwrap().clone();
                for image in images.iter().rev().step_by(1 + images.len() / 50) {
                    let mut found = copies(&stores, image);
                    // A copy that is moved while directories are read one after the other may be missed: look again.
                    for _ in 0..3 {
                        found = found.max(copies(&stores, image));
                    }
                    assert!(found >= 2, "{} has {found} copies", image.name);
                    looks += 1;
                }
            }
            looks
        }
    });
    let some_more = async || {
        let before = acknowledged.lock().unwrap().len();
        until(|| acknowledged.lock().unwrap().len() >= before + 20).await;
    };
    some_more().await;

    let url = stores[2].to_str().unwrap();
    admin.add_store(url, Some("c".parse().unwrap()), 1).await.unwrap();
    until(|| server.stores().len() == 3).await;
    some_more().await;
    let a = "a".parse().unwrap();
    let drained = admin.drain(&a, &|_| {}).await.unwrap();
    assert!(drained.is_complete(), "{drained:?}");
    assert!(drained.found > 0);
    let state = |portreto: &Portreto| portreto.stores()[0].state;
    assert_eq!((state(&admin), state(&server)), (StoreState::Draining, StoreState::Draining));
    some_more().await;
    // From here on nothing comes into it, so that it can be removed while uploads go on.
    admin.remove_store(&a, false).await.unwrap();
    until(|| server.stores().len() == 2).await;
    some_more().await;
    stop.store(true, Ordering::Relaxed);
    uploads.await.unwrap();
    assert!(tokio::task::spawn_blocking(move || watch.join().unwrap()).await.unwrap() > 0);

    fs::remove_dir_all(&stores[0]).unwrap();
    let kept = acknowledged.lock().unwrap().clone();
    for image in &kept {
        assert_eq!(copies(&stores[1..], image), 2, "{}", image.name);
    }
    let report = server.scrub(&ScrubOptions::default(), &|_| {}).await.unwrap();
    assert!(report.is_clean(), "{report:?}");
    let listed = server.list(&Filter::default(), None, 100_000).await.unwrap().images;
    assert_eq!(listed.len(), kept.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_who_drain_at_the_same_time_one_is_told_that_two_must_stay() {
    let home = tempfile::tempdir().unwrap();
    let (first, second) = (open(home.path()).await, open(home.path()).await);
    let third = home.path().join("c");
    first.add_store(third.to_str().unwrap(), None, 1).await.unwrap();
    let [a, b] = ["a", "b"].map(|id| id.parse().unwrap());
    let (one, other) = tokio::join!(first.drain_store(&a), second.drain_store(&b));
    let refused: Vec<_> = [one.err(), other.err()].into_iter().flatten().collect();
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].kind(), ErrorKind::Conflict);
}
