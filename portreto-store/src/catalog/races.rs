//! Several processes on one catalog, at the same time: what may happen once happens once.
//!
//! Each process is a catalog with connections of its own; on SQLite they share a file.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::future::join_all;
use jiff::Timestamp;
use portreto_core::{Digest, ENGINE_VERSION};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use uuid::Uuid;

use super::{
    Catalog, Committed, JobKey, Locks, NewJob, Refreshed, is_referenced,
    queue::Completed,
    trial::{Place, on_both_databases},
};
use crate::{
    error::{ErrorKind, Result},
    image::{Image, ImageId, Variant},
    person::Person,
    quota::Quota,
};

on_both_databases! {
    the_same_bytes_are_one_image_whoever_is_first
    nothing_that_is_referred_to_is_collected
    the_last_of_two_owners_takes_the_rest_along
    each_job_is_begun_and_ended_once
    a_quota_is_kept_by_all_together
    a_refresh_token_is_good_once
    no_more_logins_get_through_than_there_is_room_for
    a_request_has_one_content_under_one_name
}

const PROCESSES: usize = 4;

struct Fixture {
    processes: Vec<Catalog>,
    _place: Place,
}

impl Fixture {
    async fn on(place: Place) -> Self {
        // The first one makes the tables; the others then come all at once.
        let first = place.open().await;
        let others = join_all((1..PROCESSES).map(|_| place.open())).await;
        Self { processes: std::iter::once(first).chain(others).collect(), _place: place }
    }

    /// The same in each process at the same time, in a task of its own.
    async fn each<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
        &self,
        work: impl Fn(usize, Catalog) -> F,
    ) -> Vec<T> {
        let tasks = self.processes.iter().enumerate();
        let tasks = tasks.map(|(n, catalog)| tokio::spawn(work(n, catalog.clone())));
        join_all(tasks).await.into_iter().map(|done| done.unwrap()).collect()
    }
}

fn seeded(n: usize) -> StdRng {
    let seed = std::env::var("PORTRETO_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    println!("PORTRETO_SEED={seed}");
    StdRng::seed_from_u64(seed + n as u64)
}

fn new_id() -> Uuid {
    Uuid::from_u128(rand::random())
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn image(owner: &str, bytes: &[u8]) -> Image {
    Image {
        id: ImageId::new(new_id()),
        digest: Digest::of(bytes),
        name: "a".to_owned(),
        media_type: "image/png".to_owned(),
        width: 3,
        height: 4,
        bytes: 5,
        owner: owner.to_owned(),
        labels: BTreeSet::from(["x".to_owned()]),
        created: at(1),
        fingerprint: None,
        metadata: None,
    }
}

async fn commit(catalog: &Catalog, image: &Image) -> Result<Committed> {
    Ok(catalog.commit_image(image, &[], new_id()).await?.0)
}

async fn the_same_bytes_are_one_image_whoever_is_first(f: Fixture) {
    const IMAGES: usize = 120;
    let told = f.each(|n, catalog| async move {
        let mut order: Vec<usize> = (0..IMAGES).collect();
        let mut random = seeded(n);
        for i in (1..IMAGES).rev() {
            order.swap(i, random.random_range(0..=i));
        }
        let commits = order.into_iter().map(|i| {
            let catalog = catalog.clone();
            async move { (i, commit(&catalog, &image("ada", &i.to_le_bytes())).await.unwrap()) }
        });
        join_all(commits).await
    });
    let mut new = BTreeMap::<usize, usize>::new();
    for (i, committed) in told.await.into_iter().flatten() {
        assert!(matches!(committed, Committed::New | Committed::Exists));
        *new.entry(i).or_default() += usize::from(matches!(committed, Committed::New));
    }
    assert_eq!(new, (0..IMAGES).map(|i| (i, 1)).collect());
    assert_eq!(f.processes[0].usage("ada").await.unwrap().images, IMAGES as u64);
    assert_eq!(f.processes[0].kinds_of_events().await.len(), IMAGES);
}

/// Uploaders who do not put what is there, deleters, and collectors without any grace: what is catalogued in the end is there.
async fn nothing_that_is_referred_to_is_collected(f: Fixture) {
    const BLOBS: u8 = 3;
    let stored = Arc::new(Mutex::new(HashSet::<Digest>::new()));
    f.each(|n, catalog| {
        let (stored, mut random) = (stored.clone(), seeded(n));
        async move {
            for step in 0..60 {
                let bytes = [random.random_range(0..BLOBS)];
                let digest = Digest::of(&bytes);
                let owner = format!("owner {}", random.random_range(0..3));
                match random.random_range(0..4) {
                    0 => {
                        let image = image(&owner, &bytes);
                        if !stored.lock().unwrap().contains(&digest) {
                            stored.lock().unwrap().insert(digest);
                        }
                        tokio::task::yield_now().await;
                        while matches!(
                            commit(&catalog, &image).await.unwrap(),
                            Committed::Collected
                        ) {
                            stored.lock().unwrap().insert(digest);
                        }
                    }
                    1 => {
                        if let Some(there) = catalog.image_of(&owner, &digest).await.unwrap() {
                            let (id, now) = (there.image.id, at(step));
                            catalog.delete_image(id, now, new_id()).await.unwrap();
                        }
                    }
                    2 => catalog.mark_garbage(&[digest], at(step)).await.unwrap(),
                    _ => {
                        let remove = async || {
                            tokio::task::yield_now().await;
                            stored.lock().unwrap().remove(&digest);
                            Ok(())
                        };
                        catalog.collect(&digest, at(1_000), at(step), remove).await.unwrap();
                    }
                }
                // What is referred to is never away, at any moment: look under the lock that who takes the reference away needs.
                let mut tx = catalog.write().await.unwrap();
                Locks::default().releases(&digest).take(&mut tx).await.unwrap();
                if is_referenced(&mut tx, &digest).await.unwrap() {
                    assert!(stored.lock().unwrap().contains(&digest), "{bytes:?} at step {step}");
                }
            }
        }
    })
    .await;
    for n in 0..BLOBS {
        let digest = Digest::of(&[n]);
        if f.processes[0].refers_to(&digest).await.unwrap() {
            assert!(stored.lock().unwrap().contains(&digest));
        }
    }
}

async fn the_last_of_two_owners_takes_the_rest_along(f: Fixture) {
    for round in 0..20_u8 {
        let owners: Vec<Image> =
            (0..PROCESSES).map(|n| image(&format!("owner {n}"), &[round])).collect();
        for image in &owners {
            commit(&f.processes[0], image).await.unwrap();
        }
        let original = owners[0].digest;
        let variant = Variant {
            original,
            transform: "t".to_owned(),
            engine_version: 1,
            digest: Digest::of(&[round, 1]),
            media_type: "image/png".to_owned(),
            width: 1,
            height: 2,
            bytes: 10,
        };
        f.processes[0].commit_variant(&variant, at(0), new_id()).await.unwrap();
        let deleted = f.each(|n, catalog| {
            let id = owners[n].id;
            async move { catalog.delete_image(id, at(9), new_id()).await.unwrap().unwrap().1 }
        });
        let variants: Vec<Variant> = deleted.await.into_iter().flatten().collect();
        assert_eq!(variants, [variant]);
    }
    let stats = f.processes[0].stats().await.unwrap();
    assert_eq!((stats.images, stats.variants), (0, 0));
    assert_eq!(f.processes[0].garbage().await.unwrap().len(), 40);
    // One image, deleted by all: once.
    let image = image("ada", b"one");
    commit(&f.processes[0], &image).await.unwrap();
    let deleted = f.each(|_, catalog| async move {
        catalog.delete_image(image.id, at(9), new_id()).await.unwrap().is_some()
    });
    assert_eq!(deleted.await.into_iter().filter(|deleted| *deleted).count(), 1);
}

async fn each_job_is_begun_and_ended_once(f: Fixture) {
    const JOBS: usize = 200;
    let job = |n: usize| NewJob {
        id: new_id(),
        key: JobKey {
            original: Digest::of(&n.to_le_bytes()),
            transform: "t".to_owned(),
            engine_version: ENGINE_VERSION,
        },
        owner: format!("owner {}", n % 3),
        priority: 0,
        delay: Duration::ZERO,
        attempts: 5,
    };
    // All ask for all of them, each from another end.
    f.each(|n, catalog| {
        let jobs: Vec<NewJob> = (0..JOBS).map(|i| job((i * 7 + n * 31) % JOBS)).collect();
        async move {
            for jobs in jobs.chunks(20) {
                catalog.ask(jobs, at(0)).await.unwrap();
            }
        }
    })
    .await;
    let work = |_, catalog: Catalog| async move {
        let (mut begun, mut idle) = (Vec::new(), 0);
        let lease = Duration::from_mins(10);
        // Rows that another worker is about to begin are passed over: an empty hand is not the end of the queue.
        while idle < 3 {
            let claim = catalog.claim("w", lease, at(1), new_id).await.unwrap();
            let Some(claim) = claim else {
                idle += 1;
                tokio::task::yield_now().await;
                continue;
            };
            let variant = Variant {
                original: claim.key.original,
                transform: claim.key.transform.clone(),
                engine_version: claim.key.engine_version,
                digest: Digest::of(b"all the same"),
                media_type: "image/png".to_owned(),
                width: 1,
                height: 2,
                bytes: 10,
            };
            let done = catalog.complete(&claim, &variant, at(2), new_id()).await.unwrap();
            assert_eq!((claim.attempt, done), (1, Completed::Done));
            begun.push(claim.id);
        }
        begun
    };
    // Two workers in each process.
    let (first, second) = tokio::join!(f.each(work), f.each(work));
    let begun: Vec<_> = first.into_iter().chain(second).flatten().collect();
    assert_eq!(begun.len(), JOBS);
    assert_eq!(begun.into_iter().collect::<BTreeSet<_>>().len(), JOBS);
    assert_eq!(f.processes[0].kinds_of_events().await.len(), JOBS);
}

async fn a_quota_is_kept_by_all_together(f: Fixture) {
    const MOST: u64 = 50;
    let told = f.each(|n, catalog| {
        let catalog = catalog.with_quota(Quota { images: Some(MOST), bytes: None });
        async move {
            let commits = (0..40_usize).map(|i| {
                let (catalog, image) = (catalog.clone(), image("ada", &[n as u8, i as u8]));
                async move {
                    match commit(&catalog, &image).await {
                        Ok(committed) => u64::from(matches!(committed, Committed::New)),
                        Err(error) => {
                            assert_eq!(error.kind(), ErrorKind::Quota, "{}", error.with_causes());
                            0
                        }
                    }
                }
            });
            join_all(commits).await.into_iter().sum::<u64>()
        }
    });
    assert_eq!(told.await.into_iter().sum::<u64>(), MOST);
    assert_eq!(f.processes[0].usage("ada").await.unwrap().images, MOST);
}

async fn a_refresh_token_is_good_once(f: Fixture) {
    let person = Person { id: "p".to_owned(), name: "ada".to_owned(), created: at(0) };
    f.processes[0].insert_person(&person, "hash").await.unwrap();
    for round in 0..20_u8 {
        let (session, token) = (format!("s{round}"), Digest::of(&[round]));
        let lasts = Duration::from_mins(1);
        f.processes[0].open_session(&session, "p", &token, at(0), lasts).await.unwrap();
        let told = f.each(|n, catalog| async move {
            let next = Digest::of(&[round, n as u8, 1]);
            catalog.refresh(&token, &next, at(1), lasts).await.unwrap()
        });
        let told = told.await;
        let good = told.iter().filter(|told| matches!(told, Refreshed::Good { .. })).count();
        let reused = told.iter().filter(|told| matches!(told, Refreshed::Reused { .. })).count();
        // The second one ends the session; to those after it the token is unknown.
        assert_eq!((good, reused), (1, 1), "{told:?}");
        assert!(!f.processes[0].session_is_open(&session, "p", at(1)).await.unwrap());
    }
}

async fn no_more_logins_get_through_than_there_is_room_for(f: Fixture) {
    let through = f.each(|n, catalog| async move {
        let mut through = 0;
        for _ in 0..6 {
            let buckets = [("name".to_owned(), 9), (format!("address {n}"), 100)];
            let window = Duration::from_mins(1);
            let told = catalog.count_attempt(&buckets, at(1), window).await.unwrap();
            through += usize::from(told.is_none());
        }
        through
    });
    assert_eq!(through.await.into_iter().sum::<usize>(), 9);
}

async fn a_request_has_one_content_under_one_name(f: Fixture) {
    for round in 0..20 {
        let name = format!("{round}");
        let told = f.each(|n, catalog| {
            let name = name.clone();
            async move {
                let content = Digest::of(&[n as u8]);
                let lasts = Duration::from_mins(1);
                catalog.name_request("ada", &name, &content, at(100), lasts).await.unwrap()
            }
        });
        assert_eq!(told.await.into_iter().filter(|first| *first).count(), 1);
    }
}
