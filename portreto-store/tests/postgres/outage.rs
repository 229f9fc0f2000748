//! The database goes away and comes back, under a home that stays open.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::{BTreeSet, HashSet},
    path::Path,
    time::{Duration, Instant},
};

use futures::future::join_all;
use portreto_scratch_postgres::Server;
use portreto_store::{Added, ErrorKind, Filter, Options, Portreto, Upload, scrub::ScrubOptions};

async fn open(home: &Path, url: &str) -> Portreto {
    let mut options = Options::new(home);
    options.create = true;
    options.catalog = Some(url.to_owned());
    Portreto::open(options).await.unwrap()
}

fn upload(n: u8) -> Upload {
    Upload {
        bytes: format!("P5 1 1 255\n{}", char::from(b'0' + n)).into_bytes().into(),
        name: format!("{n}.pgm"),
        labels: BTreeSet::new(),
        owner: String::new(),
        transforms: Vec::new(),
        keep_damaged: false,
    }
}

/// Does it again and again until the database is back.
async fn sooner_or_later(portreto: &Portreto, n: u8) -> Added {
    let begin = Instant::now();
    loop {
        match portreto.add(upload(n)).await {
            Ok(added) => return added,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Catalog, "{}", error.with_causes());
                assert!(begin.elapsed() < Duration::from_secs(30), "{}", error.with_causes());
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

async fn all_is_well(portreto: &Portreto, images: usize) {
    let listed = portreto.list(&Filter::default(), None, 1_000).await.unwrap().images;
    assert_eq!(listed.len(), images);
    for image in &listed {
        portreto.original(image).await.unwrap();
    }
    let report = portreto.scrub(&ScrubOptions::default(), &|_| {}).await.unwrap();
    assert!(report.is_clean(), "{report:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_database_pictures_are_looked_at_and_nothing_is_half_done() {
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(false).unwrap();
    let portreto = open(home.path(), &server.database()).await;
    let image = portreto.add(upload(0)).await.unwrap().image;
    let [made, new] = ["resize:2x2,png", "resize:3x3,png"].map(|text| text.parse().unwrap());
    portreto.direct(&image.digest, &made).await.unwrap();

    server.halt().unwrap();
    let away = portreto.add(upload(1)).await.unwrap_err();
    assert_eq!(away.kind(), ErrorKind::Catalog);
    assert_eq!(portreto.image("", image.id).await.unwrap_err().kind(), ErrorKind::Catalog);
    // What is made already, and what is not; and nobody waits for the database each time.
    let begin = Instant::now();
    for _ in 0..20 {
        portreto.direct(&image.digest, &made).await.unwrap();
        portreto.direct(&image.digest, &new).await.unwrap();
    }
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());

    server.resume().unwrap();
    assert!(!sooner_or_later(&portreto, 1).await.already_there);
    assert_eq!(portreto.image("", image.id).await.unwrap(), image);
    all_is_well(&portreto, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_dies_in_the_middle_of_uploads_takes_nothing_along() {
    const IMAGES: u8 = 60;
    let home = tempfile::tempdir().unwrap();
    let server = Server::start(false).unwrap();
    let portreto = open(home.path(), &server.database()).await;
    let uploads = async |portreto: &Portreto| {
        let uploads = (0..IMAGES).map(|n| sooner_or_later(portreto, n));
        join_all(uploads).await.into_iter().map(|added| added.image.id).collect::<HashSet<_>>()
    };
    let trouble = tokio::task::spawn_blocking(move || {
        for _ in 0..3 {
            server.halt().unwrap();
            server.resume().unwrap();
        }
        server
    });
    let first = uploads(&portreto).await;
    let server = trouble.await.unwrap();
    let again = uploads(&portreto).await;
    assert_eq!((first.len(), &again), (usize::from(IMAGES), &first), "each is there once");
    // Records whose writing was not reached are written by a repair.
    let repaired = portreto.repair(&ScrubOptions::default(), &|_| {}).await.unwrap();
    assert!(repaired.is_complete(), "{repaired:?}");
    all_is_well(&portreto, usize::from(IMAGES)).await;
    drop(server);
}
