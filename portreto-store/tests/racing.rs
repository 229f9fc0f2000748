//! Several at once on the same bytes, each in a home opened for itself: in whatever order things happen, it is one of
//! the orders that they could have happened in.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use portreto_store::{
    Depth, ErrorKind, Filter, Image, ImageId, ManualClock, Options, Portreto, Upload,
    scrub::{RepairReport, ScrubOptions},
};
use tempfile::TempDir;

struct Home {
    directory: TempDir,
    clock: Arc<ManualClock>,
}

impl Home {
    fn new() -> Self {
        let clock = ManualClock::new("2026-05-04T03:02:01Z".parse::<Timestamp>().unwrap());
        Self { directory: tempfile::tempdir().unwrap(), clock: Arc::new(clock) }
    }

    /// As another process has it, with no grace for what is deleted.
    async fn open(&self) -> Portreto {
        let mut options = Options::new(self.directory.path());
        options.create = true;
        options.clock = self.clock.clone();
        options.grace = Duration::ZERO;
        options.catalog =
            portreto_scratch_postgres::catalog_of(self.directory.path(), module_path!());
        Portreto::open(options).await.unwrap()
    }
}

fn upload(number: u8, owner: &str) -> Upload {
    let pixels = image::RgbImage::from_fn(20, 10, |x, y| {
        image::Rgb([(x * 6) as u8, (y * 8) as u8, number.wrapping_mul(37) ^ (x as u8)])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    Upload {
        bytes: bytes.into_inner().into(),
        name: format!("{number}.png"),
        labels: BTreeSet::new(),
        owner: owner.to_owned(),
        transforms: Vec::new(),
        keep_damaged: false,
    }
}

async fn all(portreto: &Portreto) -> Vec<Image> {
    portreto.list(&Filter::default(), None, 1000).await.unwrap().images
}

async fn repair(portreto: &Portreto) -> RepairReport {
    portreto.repair(&ScrubOptions::default(), &|_| {}).await.unwrap()
}

/// All that is catalogued is kept twice, readable, and nothing is wrong.
async fn all_is_well(portreto: &Portreto) {
    let report = portreto.scrub(&ScrubOptions::default(), &|_| {}).await.unwrap();
    assert!(report.is_clean(), "{report:?}");
    for image in all(portreto).await {
        assert!(portreto.checkup(Depth::Bytes).kept(&image).await.unwrap().unwrap().is_safe());
        portreto.original(&image).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_uploads_the_same_at_once_gets_one_image_for_each_owner() {
    let home = Home::new();
    let homes = join_all((0..4).map(|_| home.open())).await;
    let adds = homes.iter().flat_map(|portreto| {
        ["", "", "ann", "bob"].map(|owner| async move {
            let added = portreto.add(upload(1, owner)).await.unwrap();
            (owner, added.image.id, added.already_there)
        })
    });
    let added = join_all(adds).await;
    for owner in ["", "ann", "bob"] {
        let of_owner = added.iter().filter(|(by, ..)| *by == owner);
        let ids: BTreeSet<ImageId> = of_owner.clone().map(|(_, id, _)| *id).collect();
        assert_eq!(ids.len(), 1, "{owner}: {added:?}");
        assert_eq!(of_owner.filter(|(.., there)| !there).count(), 1, "one made it: {added:?}");
    }
    assert_eq!(all(&homes[0]).await.len(), 3);
    all_is_well(&homes[1]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_upload_and_a_deletion_of_the_same_with_repairs_beside_leave_one_of_the_two_orders() {
    let home = Home::new();
    let [writer, deleter, repairer] = [home.open().await, home.open().await, home.open().await];
    for round in 0..12 {
        let doomed = writer.add(upload(round, "")).await.unwrap().image;
        let (added, deleted, _) = tokio::join!(
            writer.add(upload(round, "")),
            deleter.delete(doomed.id),
            repair(&repairer),
        );
        deleted.unwrap();
        let added = added.unwrap();
        let there: Vec<ImageId> = all(&writer).await.iter().map(|image| image.id).collect();
        assert!(!there.contains(&doomed.id), "what is deleted is gone");
        // The upload met the image before it was deleted, or is a new one, which is kept.
        assert_eq!(there.contains(&added.image.id), added.image.id != doomed.id);
        if added.image.id != doomed.id {
            writer.original(&added.image).await.unwrap();
        }
        assert!(repair(&repairer).await.is_complete());
        all_is_well(&deleter).await;
        for image in all(&writer).await {
            deleter.delete(image.id).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_deleted_during_two_repairs_stays_deleted_and_the_rest_stays() {
    let home = Home::new();
    let [one, other] = [home.open().await, home.open().await];
    let mut images = Vec::new();
    for number in 0..24 {
        images.push(one.add(upload(number, "")).await.unwrap().image);
    }
    // There is something to do: a store is gone.
    std::fs::remove_dir_all(home.directory.path().join("stores/b")).unwrap();
    let (doomed, kept) = images.split_at(12);
    let deletions = async {
        for image in doomed {
            one.delete(image.id).await.unwrap();
        }
    };
    let (first, second, ()) = tokio::join!(repair(&one), repair(&other), deletions);
    assert!(first.lost.is_empty() && second.lost.is_empty(), "{first:?} {second:?}");
    assert!(repair(&one).await.is_complete());
    all_is_well(&other).await;
    let there: BTreeSet<ImageId> = all(&one).await.iter().map(|image| image.id).collect();
    assert_eq!(there, kept.iter().map(|image| image.id).collect());
    // Their bytes are gone, too.
    let again = repair(&one).await;
    assert_eq!((again.done.len(), again.collected), (0, 0), "{again:?}");
    for store in ["a", "b"] {
        let blobs = home.directory.path().join("stores").join(store).join("blobs");
        let files = walkdir::WalkDir::new(blobs).into_iter().map(Result::unwrap);
        assert_eq!(files.filter(|entry| entry.file_type().is_file()).count(), kept.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_takes_nothing_and_brings_nothing_back() {
    let home = Home::new();
    let portreto = home.open().await;
    let years = |n: i64| SignedDuration::from_hours(n * 24 * 365);
    let mut ids = BTreeSet::new();
    let (mut kept, mut deleted) = (Vec::new(), Vec::new());
    for (number, jump) in [0, -20, 45, -60, 200, -170].into_iter().enumerate() {
        home.clock.advance(years(jump));
        for of_two in 0..2 {
            let number = (2 * number + of_two) as u8;
            let image = portreto.add(upload(number, "")).await.unwrap().image;
            assert!(ids.insert(image.id), "ids are never used again");
            if of_two == 0 { &mut kept } else { &mut deleted }.push(image);
        }
        portreto.delete(deleted.last().unwrap().id).await.unwrap();
        assert!(repair(&portreto).await.is_complete());
        all_is_well(&portreto).await;
        let there: BTreeSet<ImageId> = all(&portreto).await.iter().map(|image| image.id).collect();
        assert_eq!(there, kept.iter().map(|image| image.id).collect());
        for image in &deleted {
            let error = portreto.image("", image.id).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotFound);
        }
    }
    // Another process, with the right time.
    portreto.close().await;
    let portreto = home.open().await;
    assert!(repair(&portreto).await.is_complete());
    all_is_well(&portreto).await;
    assert_eq!(all(&portreto).await.len(), kept.len());
}
