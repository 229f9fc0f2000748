//! What stores owe after they were away, and what `settle` does about it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::BTreeSet, fs, path::Path};

use portreto_core::{Digest, replica::Key};
use portreto_store::{ErrorKind, Options, Portreto, Upload, scrub::ScrubOptions};

async fn open(home: &Path, n_stores: usize, degraded: bool) -> Portreto {
    let mut options = Options::new(home);
    options.create = true;
    options.degraded = degraded;
    options.seed = Some(3);
    options.stores = (0..n_stores)
        .map(|n| home.join(format!("stores/{n}")).to_str().unwrap().to_owned())
        .collect();
    Portreto::open(options).await.unwrap()
}

/// A picture of its own for each number.
fn picture(number: u32) -> Upload {
    let image = image::RgbImage::from_pixel(
        9,
        7,
        image::Rgb(number.to_le_bytes()[..3].try_into().unwrap()),
    );
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    Upload {
        bytes: bytes.into_inner().into(),
        name: format!("{number}.png"),
        labels: BTreeSet::default(),
        owner: String::new(),
        transforms: Vec::new(),
        keep_damaged: false,
    }
}

/// In how many stores the bytes are.
fn copies(home: &Path, n_stores: usize, digest: Digest) -> usize {
    let path = Key::Blob(digest).to_string();
    (0..n_stores).filter(|n| home.join(format!("stores/{n}")).join(&path).exists()).count()
}

#[tokio::test]
async fn a_store_that_is_back_gets_what_it_missed_without_a_search() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path();
    let portreto = open(home, 3, false).await;
    let first = portreto.add(picture(0)).await.unwrap().image;
    portreto.close().await;
    drop(portreto);
    fs::rename(home.join("stores/1"), home.join("away")).unwrap();

    let portreto = open(home, 3, false).await;
    for number in 1..12 {
        let added = portreto.add(picture(number)).await.unwrap();
        assert_eq!(copies(home, 3, added.image.digest), 2);
    }
    portreto.delete(first.id).await.unwrap();
    let owed = portreto.stats().await.unwrap().owed;
    assert!(owed >= 4, "{owed}");
    let report = portreto.settle().await.unwrap();
    assert!(report.done.is_empty(), "it is still away: {report:?}");
    assert_eq!(portreto.stats().await.unwrap().owed, owed);

    fs::rename(home.join("away"), home.join("stores/1")).unwrap();
    let report = portreto.settle().await.unwrap();
    assert!(report.is_complete() && !report.done.is_empty(), "{report:?}");
    assert_eq!(portreto.stats().await.unwrap().owed, 0);
    let scrubbed = portreto.scrub(&ScrubOptions::default(), &|_| {}).await.unwrap();
    assert!(scrubbed.is_clean(), "everything is where it belongs: {scrubbed:?}");
}

#[tokio::test]
async fn one_copy_is_taken_only_in_degraded_mode_and_the_second_is_owed() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path();
    open(home, 2, false).await.close().await;
    fs::rename(home.join("stores/1"), home.join("away")).unwrap();
    let portreto = open(home, 2, false).await;
    assert_eq!(portreto.add(picture(1)).await.unwrap_err().kind(), ErrorKind::TooFewStores);
    portreto.close().await;
    drop(portreto);

    let portreto = open(home, 2, true).await;
    let image = portreto.add(picture(1)).await.unwrap().image;
    assert_eq!(copies(home, 2, image.digest), 1);
    assert_eq!(portreto.stats().await.unwrap().owed, 2, "the picture and its record");
    fs::rename(home.join("away"), home.join("stores/1")).unwrap();
    assert!(portreto.settle().await.unwrap().is_complete());
    assert_eq!(copies(home, 2, image.digest), 2);
    assert!(portreto.scrub(&ScrubOptions::default(), &|_| {}).await.unwrap().is_clean());
}

#[tokio::test]
async fn a_repair_of_everything_pays_all_debts() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path();
    open(home, 3, false).await.close().await;
    fs::rename(home.join("stores/0"), home.join("away")).unwrap();
    let portreto = open(home, 3, false).await;
    for number in 0..6 {
        portreto.add(picture(number)).await.unwrap();
    }
    assert!(portreto.stats().await.unwrap().owed > 0);
    fs::rename(home.join("away"), home.join("stores/0")).unwrap();
    assert!(portreto.repair(&ScrubOptions::default(), &|_| {}).await.unwrap().is_complete());
    assert_eq!(portreto.stats().await.unwrap().owed, 0);
}

#[tokio::test]
async fn a_repair_of_some_shards_pays_what_is_owed_there() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path();
    open(home, 2, false).await.close().await;
    fs::rename(home.join("stores/1"), home.join("away")).unwrap();
    let portreto = open(home, 2, true).await;
    for number in 0..9 {
        portreto.add(picture(number)).await.unwrap();
    }
    let all = portreto.stats().await.unwrap().owed;
    fs::rename(home.join("away"), home.join("stores/1")).unwrap();
    let mut options = ScrubOptions::default();
    let others = options.shards.split_off(128);
    assert!(portreto.repair(&options, &|_| {}).await.unwrap().is_complete());
    let left = portreto.stats().await.unwrap().owed;
    assert!(left > 0 && left < all, "{left} of {all}");
    let scrubbed = portreto.scrub(&ScrubOptions::default(), &|_| {}).await.unwrap();
    assert_eq!(scrubbed.findings.len() as u64, left, "no more is missing, and no less");
    options.shards = others;
    assert!(portreto.repair(&options, &|_| {}).await.unwrap().is_complete());
    assert_eq!(portreto.stats().await.unwrap().owed, 0);
    assert!(portreto.scrub(&ScrubOptions::default(), &|_| {}).await.unwrap().is_clean());
}

#[tokio::test]
async fn shards_are_due_until_they_were_verified() {
    let dir = tempfile::tempdir().unwrap();
    let portreto = open(dir.path(), 2, false).await;
    portreto.add(picture(1)).await.unwrap();
    let day = Some(std::time::Duration::from_hours(24));
    assert_eq!(portreto.due_shards(day).await.unwrap().len(), 256);
    let mut options = ScrubOptions::default();
    options.shards.truncate(100);
    let verified = options.shards.clone();
    portreto.scrub(&options, &|_| {}).await.unwrap();
    let due = portreto.due_shards(day).await.unwrap();
    assert_eq!(due.len(), 156);
    assert!(due.iter().all(|shard| !verified.contains(shard)));
    let all = portreto.due_shards(None).await.unwrap();
    assert_eq!((&all[..156], all.len()), (&due[..], 256), "the longest ago first");
    options.verify_bytes = false;
    options.shards = due;
    portreto.scrub(&options, &|_| {}).await.unwrap();
    assert_eq!(portreto.due_shards(day).await.unwrap().len(), 156, "names alone prove nothing");
}
