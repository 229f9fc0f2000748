//! The facade on real directories: what is acknowledged is kept, twice, and comes back.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bundles;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use portreto_core::{Digest, Transform};
use portreto_store::{
    Added, Clock as _, Error, ErrorKind, Filter, Image, ManualClock, Options, Portreto, Upload,
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

    fn options(&self) -> Options {
        let mut options = Options::new(self.directory.path());
        options.create = true;
        options.clock = self.clock.clone();
        options.seed = Some(7);
        options.catalog =
            portreto_scratch_postgres::catalog_of(self.directory.path(), module_path!());
        options
    }

    async fn open(&self) -> Portreto {
        Portreto::open(self.options()).await.unwrap()
    }

    fn lose_catalog(&self) {
        for name in ["catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-shm"] {
            let _ = fs::remove_file(self.directory.path().join(name));
        }
        portreto_scratch_postgres::lose_catalog_of(self.directory.path());
    }

    fn store(&self, id: &str) -> PathBuf {
        self.directory.path().join("stores").join(id)
    }

    /// All files below a store, by path.
    fn files(&self, id: &str) -> BTreeSet<String> {
        let mut files = BTreeSet::new();
        let mut next = vec![self.store(id)];
        while let Some(directory) = next.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    next.push(path);
                } else {
                    let relative = path.strip_prefix(self.store(id)).unwrap();
                    files.insert(relative.to_str().unwrap().to_owned());
                }
            }
        }
        files
    }
}

fn upload(name: &str, bytes: impl Into<bytes::Bytes>) -> Upload {
    Upload {
        bytes: bytes.into(),
        name: name.to_owned(),
        labels: BTreeSet::new(),
        owner: String::new(),
        transforms: Vec::new(),
        keep_damaged: false,
    }
}

fn thumbnail() -> Transform {
    "resize:16x16,png".parse().unwrap()
}

fn picture(seed: u8) -> Vec<u8> {
    let pixels = image::RgbImage::from_fn(40, 30, |x, y| {
        image::Rgb([(x * 6) as u8, (y * 8) as u8, seed.wrapping_mul(37) ^ (x as u8)])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

async fn add(portreto: &Portreto, seed: u8, transforms: &[Transform]) -> Added {
    let mut upload = upload(&format!("{seed}.png"), picture(seed));
    upload.transforms = transforms.to_vec();
    upload.labels = BTreeSet::from(["drawn".to_owned(), format!("seed {seed}")]);
    let added = portreto.add(upload).await.unwrap();
    for variant in &added.variants {
        assert!(variant.is_ok(), "{variant:?}");
    }
    added
}

async fn all(portreto: &Portreto) -> Vec<Image> {
    portreto.list(&Filter::default(), None, 1000).await.unwrap().images
}

fn kind<T: std::fmt::Debug>(result: Result<T, Error>) -> ErrorKind {
    result.unwrap_err().kind()
}

/// Whether a file of a store is a copy of something that is in two stores.
fn is_copy(path: &str) -> bool {
    ["blobs/", "records/", "bundles/", "variants/"].iter().any(|folder| path.starts_with(folder))
}

/// Overwrites the middle of a file.
fn rot(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    fs::write(path, bytes).unwrap();
}

async fn is_clean(portreto: &Portreto) -> bool {
    portreto.scrub(&ScrubOptions::default(), &|_| {}).await.unwrap().is_clean()
}

async fn repair(portreto: &Portreto) -> RepairReport {
    portreto.repair(&ScrubOptions::default(), &|_| {}).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledged_image_is_in_both_stores_and_readable_from_either() {
    let home = Home::new();
    let portreto = home.open().await;
    assert!(portreto.is_new());
    let added = add(&portreto, 1, &[thumbnail()]).await;
    assert!(!added.already_there);
    assert_eq!((added.image.width, added.image.height), (40, 30));
    assert_eq!(added.image.created, home.clock.now());
    assert_eq!(home.files("a"), home.files("b"));
    let hex = added.image.digest.to_string();
    let blob = home.store("a").join("blobs").join(&hex[..2]).join(&hex);
    assert_eq!(fs::read(blob).unwrap(), picture(1), "the bytes as they were given");

    portreto.close().await;
    drop(portreto);
    for gone in ["a", "b"] {
        let moved = home.directory.path().join("away");
        fs::rename(home.store(gone), &moved).unwrap();
        let portreto = home.open().await;
        assert!(!portreto.is_new());
        let image = all(&portreto).await.remove(0);
        assert_eq!(portreto.original(&image).await.unwrap(), picture(1));
        let (variant, bytes) = portreto.variant(&image, &thumbnail()).await.unwrap();
        assert_eq!(Digest::of(&bytes), variant.digest);
        // With one store left nothing new is acknowledged.
        assert_eq!(kind(portreto.add(upload("2.png", picture(2))).await), ErrorKind::TooFewStores);
        assert_eq!(all(&portreto).await.len(), 1);
        portreto.close().await;
        drop(portreto);
        fs::rename(&moved, home.store(gone)).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_bytes_are_one_image() {
    let home = Home::new();
    let portreto = home.open().await;
    let first = add(&portreto, 1, &[]).await;
    let files = home.files("a");
    let mut again = upload("other name.png", picture(1));
    again.labels.insert("trip".to_owned());
    let second = portreto.add(again).await.unwrap();
    assert!(second.already_there);
    assert_eq!(second.image.id, first.image.id);
    assert_eq!(second.image.name, "1.png", "the first name stays");
    assert!(second.image.labels.contains("trip") && second.image.labels.contains("drawn"));
    assert_eq!(home.files("a"), files);
    // Many at once are one too.
    let uploads = (0..8).map(|_| portreto.add(upload("x.png", picture(9))));
    let added = futures::future::join_all(uploads).await;
    let ids: BTreeSet<_> = added.into_iter().map(|added| added.unwrap().image.id).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(all(&portreto).await.len(), 2);
    assert!(is_clean(&portreto).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_refused_and_leaves_nothing() {
    let home = Home::new();
    let portreto = home.open().await;
    let before = home.files("a");
    let png = picture(1);
    for (bytes, expected) in [
        (Vec::new(), ErrorKind::NotAnImage),
        (b"just text".to_vec(), ErrorKind::NotAnImage),
        (png[..20].to_vec(), ErrorKind::BadInput),
    ] {
        assert_eq!(kind(portreto.add(upload("x", bytes)).await), expected);
    }
    assert_eq!(kind(portreto.add(upload("", png.clone())).await), ErrorKind::BadInput);
    assert_eq!(
        kind(portreto.add(upload(&"x".repeat(2000), png.clone())).await),
        ErrorKind::BadInput
    );
    let mut labelled = upload("x", png.clone());
    labelled.labels.insert("a\nb".to_owned());
    assert_eq!(kind(portreto.add(labelled).await), ErrorKind::BadInput);
    assert_eq!(home.files("a"), before);
    // A transform that does not fit is not the upload's failure.
    let mut cropped = upload("x.png", png);
    cropped.transforms = vec!["crop:5x5@500x0,png".parse().unwrap(), thumbnail()];
    let added = portreto.add(cropped).await.unwrap();
    assert_eq!(added.variants[0].as_ref().unwrap_err().kind(), ErrorKind::BadInput);
    assert!(added.variants[1].is_ok());
    assert_eq!(portreto.stats().await.unwrap().queued_jobs, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_that_is_cut_off_is_kept_only_when_asked_for() {
    let home = Home::new();
    let portreto = home.open().await;
    let before = home.files("a");
    for sample in portreto_samples::all() {
        let cut = sample.bytes[..sample.bytes.len() - 1].to_vec();
        let error = portreto.add(upload(sample.name, cut.clone())).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadInput, "{}", sample.name);
        // The written TIFF ends with its directory: it is not whole enough to be kept as a picture.
        if sample.name == "chart.tiff" {
            continue;
        }
        let text = error.with_causes();
        assert!(text.contains("is cut off: its data ends before it should"), "{text}");
        assert!(text.contains("--keep-damaged"), "{text}");
    }
    assert_eq!(home.files("a"), before);

    let png = picture(3);
    let cut = png[..png.len() - 12].to_vec();
    let asked = Upload { keep_damaged: true, ..upload("x.png", cut.clone()) };
    let kept = portreto.add(asked).await.unwrap().image;
    assert_eq!(portreto.original(&kept).await.unwrap(), cut);
    let whole = portreto.add(upload("x.png", png)).await.unwrap().image;
    assert_ne!(whole.digest, kept.digest);
    assert!(is_clean(&portreto).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_store_is_reported_and_repaired() {
    let home = Home::new();
    let portreto = home.open().await;
    for seed in 0..6 {
        add(&portreto, seed, &[thumbnail()]).await;
    }
    let whole = home.files("b");
    fs::remove_dir_all(home.store("a")).unwrap();
    for image in all(&portreto).await {
        portreto.original(&image).await.unwrap();
        portreto.variant(&image, &thumbnail()).await.unwrap();
    }
    assert!(!is_clean(&portreto).await);
    let report = repair(&portreto).await;
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(home.files("a"), whole);
    assert!(is_clean(&portreto).await);
    // Repairing what is whole does nothing.
    assert_eq!(repair(&portreto).await.done.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn rot_is_never_served_and_is_set_aside_and_repaired() {
    let home = Home::new();
    let portreto = home.open().await;
    let added = add(&portreto, 1, &[thumbnail()]).await;
    let other = add(&portreto, 2, &[thumbnail()]).await;
    // The store that is read first.
    let (first, _) = portreto.locate(&added.image.blob_key()).await.remove(0);
    for path in home.files(first.as_str()) {
        if path != "portreto.json" && path != "README.txt" {
            rot(&home.store(first.as_str()).join(path));
        }
    }
    // Reading passes over the bad copy and has it mended.
    assert_eq!(portreto.original(&added.image).await.unwrap(), picture(1));
    portreto.healed().await;
    let hex = added.image.digest.to_string();
    let blob = home.store(first.as_str()).join("blobs").join(&hex[..2]).join(&hex);
    assert_eq!(fs::read(blob).unwrap(), picture(1));
    assert!(home.files(first.as_str()).iter().any(|path| path.starts_with("set-aside/blobs")));
    // Repair mends the rest: records and what nobody read.
    assert!(!is_clean(&portreto).await);
    assert!(repair(&portreto).await.is_complete());
    assert!(is_clean(&portreto).await);
    assert_eq!(portreto.original(&other.image).await.unwrap(), picture(2));
    // Both copies bad: said so, and healed by uploading again after they are out of the way.
    for id in ["a", "b"] {
        rot(&home.store(id).join("blobs").join(&hex[..2]).join(&hex));
    }
    assert_eq!(kind(portreto.original(&added.image).await), ErrorKind::Unreadable);
    assert_eq!(portreto.original(&other.image).await.unwrap(), picture(2));
    assert!(!repair(&portreto).await.is_complete());
    for id in ["a", "b"] {
        fs::remove_file(home.store(id).join("blobs").join(&hex[..2]).join(&hex)).unwrap();
    }
    assert!(add(&portreto, 1, &[]).await.already_there);
    assert_eq!(portreto.original(&added.image).await.unwrap(), picture(1));
    assert!(is_clean(&portreto).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_catalog_is_rebuilt_from_either_store() {
    let home = Home::new();
    let portreto = home.open().await;
    for seed in 0..5 {
        add(&portreto, seed, &[thumbnail(), "grayscale,png".parse().unwrap()]).await;
    }
    let doomed = all(&portreto).await.remove(2);
    portreto.delete(doomed.id).await.unwrap();
    let before = all(&portreto).await;
    let variants = portreto.variants(&before[0]).await.unwrap();
    assert_eq!(variants.len(), 2);
    portreto.close().await;
    drop(portreto);

    for gone in ["a", "b"] {
        home.lose_catalog();
        assert_eq!(kind(Portreto::open(home.options()).await), ErrorKind::Catalog);
        let moved = home.directory.path().join("away");
        fs::rename(home.store(gone), &moved).unwrap();
        let (portreto, report) = Portreto::rebuild(home.options(), false).await.unwrap();
        assert_eq!((report.images, report.variants, report.deleted), (4, 8, 1));
        assert_eq!(all(&portreto).await, before);
        assert_eq!(portreto.variants(&before[0]).await.unwrap(), variants);
        assert_eq!(portreto.stores().len(), 2, "the marker of one names the other");
        portreto.close().await;
        drop(portreto);
        fs::rename(&moved, home.store(gone)).unwrap();
    }
    let portreto = home.open().await;
    assert!(is_clean(&portreto).await);
    assert_eq!(kind(Portreto::rebuild(home.options(), false).await), ErrorKind::Conflict);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_is_rebuilt_without_a_store_that_cannot_be_listed() {
    let home = Home::new();
    let portreto = home.open().await;
    for seed in 0..5 {
        add(&portreto, seed, &[thumbnail()]).await;
    }
    let before = all(&portreto).await;
    portreto.close().await;
    drop(portreto);
    home.lose_catalog();
    // Where a directory was there is a link to itself: what was listed before is not lost.
    let broken = |store: &str| {
        let variants = home.store(store).join("variants");
        fs::remove_dir_all(&variants).unwrap();
        std::os::unix::fs::symlink("variants", &variants).unwrap();
    };
    broken("b");
    let (portreto, report) = Portreto::rebuild(home.options(), false).await.unwrap();
    assert_eq!((report.images, report.variants), (5, 5));
    assert_eq!((report.stores.len(), report.offline.len()), (1, 1), "{report:?}");
    assert_eq!(all(&portreto).await, before);
    portreto.close().await;
    drop(portreto);
    home.lose_catalog();
    broken("a");
    assert_eq!(kind(Portreto::rebuild(home.options(), false).await), ErrorKind::Unreadable);
    assert!(!home.directory.path().join("catalog.sqlite").exists(), "half a catalog is none");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_stays_deleted_also_where_it_was_away() {
    let home = Home::new();
    let portreto = home.open().await;
    let doomed = add(&portreto, 1, &[thumbnail()]).await.image;
    let kept = add(&portreto, 2, &[thumbnail()]).await.image;
    portreto.close().await;
    drop(portreto);

    let moved = home.directory.path().join("away");
    fs::rename(home.store("b"), &moved).unwrap();
    let portreto = home.open().await;
    let deleted = portreto.delete(doomed.id).await.unwrap();
    assert_eq!(deleted.away.iter().map(ToString::to_string).collect::<Vec<_>>(), ["b"]);
    assert_eq!(all(&portreto).await, std::slice::from_ref(&kept));
    portreto.close().await;
    drop(portreto);
    fs::rename(&moved, home.store("b")).unwrap();

    let portreto = home.open().await;
    assert!(repair(&portreto).await.is_complete());
    assert!(is_clean(&portreto).await);
    assert!(home.files("b").iter().any(|path| path.starts_with("tombstones/")));
    assert_eq!(home.files("b").iter().filter(|path| path.starts_with("records/")).count(), 1);
    // Its bytes go when the grace period is over, from both stores.
    home.clock.advance(SignedDuration::from_hours(25));
    repair(&portreto).await;
    assert!(!home.files("a").iter().any(|path| path.contains(&format!("/{}", doomed.digest)) && path.starts_with("blobs/")));
    assert_eq!(home.files("a"), home.files("b"));
    assert_eq!(portreto.original(&kept).await.unwrap(), picture(2));
    // And an upload of the same bytes is a new image, not the old one's ghost.
    let again = add(&portreto, 1, &[]).await;
    assert!(!again.already_there);
    assert_ne!(again.image.id, doomed.id);
    assert!(is_clean(&portreto).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_is_added_drained_and_removed_without_a_moment_of_one_copy() {
    let home = Home::new();
    let portreto = home.open().await;
    for seed in 0..12 {
        add(&portreto, seed, &[thumbnail()]).await;
    }
    let third = home.directory.path().join("third disk");
    let status = portreto.add_store(third.to_str().unwrap(), None, 1).await.unwrap();
    assert_eq!(status.id.as_str(), "c");
    assert_eq!(
        kind(portreto.add_store(third.to_str().unwrap(), None, 1).await),
        ErrorKind::Conflict
    );
    assert!(!is_clean(&portreto).await, "some belong on the new store");
    assert!(repair(&portreto).await.is_complete());
    assert!(is_clean(&portreto).await);
    assert!(fs::read_dir(third.join("blobs")).unwrap().count() > 0);

    let a = "a".parse().unwrap();
    assert_eq!(kind(portreto.remove_store(&a, false).await), ErrorKind::Conflict);
    let before = home.files("a").iter().filter(|path| is_copy(path)).count() as u64;
    let images = all(&portreto).await;
    let drain = portreto.drain(&a, &|_| {});
    let reads = async {
        for image in images.iter().chain(&images) {
            portreto.original(image).await.unwrap();
        }
    };
    let (drained, ()) = tokio::join!(drain, reads);
    let drained = drained.unwrap();
    assert!(drained.is_complete(), "{drained:?}");
    assert_eq!((drained.found, drained.left), (before, 0));
    let again = portreto.drain(&a, &|_| {}).await.unwrap();
    assert_eq!((again.found, again.left), (0, 0));
    assert!(!home.files("a").iter().any(|path| path.starts_with("blobs/")));
    portreto.remove_store(&a, false).await.unwrap();
    assert_eq!(portreto.stores().len(), 2);
    for image in all(&portreto).await {
        portreto.original(&image).await.unwrap();
    }
    assert!(is_clean(&portreto).await);
    let b = "b".parse().unwrap();
    assert_eq!(kind(portreto.drain_store(&b).await), ErrorKind::Conflict);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_is_made_only_when_asked_and_two_makers_share_one() {
    let home = Home::new();
    let mut options = home.options();
    options.create = false;
    assert_eq!(kind(Portreto::open(options).await), ErrorKind::NotFound);
    let opened =
        futures::future::join_all((0..4).map(|_| async {
            tokio::spawn(Portreto::open(home.options())).await.unwrap().unwrap()
        }));
    let opened = opened.await;
    assert_eq!(opened.iter().filter(|portreto| portreto.is_new()).count(), 1);
    assert_eq!(opened[0].stores().len(), 2);
    // Stores without a catalog are only taken over while they are empty.
    let shared = opened[0].shared_disks();
    assert_eq!(shared.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_crash_left_is_adopted_or_collected() {
    let home = Home::new();
    let portreto = home.open().await;
    let image = add(&portreto, 1, &[thumbnail()]).await.image;
    // Bytes that were put and never catalogued.
    let stray = picture(77);
    let hex = Digest::of(&stray).to_string();
    for id in ["a", "b"] {
        let shard = home.store(id).join("blobs").join(&hex[..2]);
        fs::create_dir_all(&shard).unwrap();
        fs::write(shard.join(&hex), &stray).unwrap();
    }
    assert!(is_clean(&portreto).await, "an orphan within its grace period is no fault");
    repair(&portreto).await;
    assert!(home.files("a").contains(&format!("blobs/{}/{hex}", &hex[..2])));
    home.clock.advance(SignedDuration::from_hours(25));
    repair(&portreto).await;
    assert!(!home.files("a").contains(&format!("blobs/{}/{hex}", &hex[..2])));
    // A catalogued image whose record was never written.
    let record = image.record_key().to_string();
    for id in ["a", "b"] {
        fs::remove_file(home.store(id).join(&record)).unwrap();
    }
    assert!(!is_clean(&portreto).await);
    assert!(repair(&portreto).await.is_complete());
    assert!(home.files("a").contains(&record) && home.files("b").contains(&record));
    assert!(is_clean(&portreto).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn grace_can_be_none() {
    let home = Home::new();
    let mut options = home.options();
    options.grace = Duration::ZERO;
    let portreto = Portreto::open(options).await.unwrap();
    let image = add(&portreto, 1, &[thumbnail()]).await.image;
    portreto.delete(image.id).await.unwrap();
    repair(&portreto).await;
    assert!(
        !home.files("a").iter().any(|path| path.starts_with("blobs/")),
        "{:?}",
        home.files("a")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn captions_know_the_image_and_watermarks_are_blobs() {
    let home = Home::new();
    let portreto = home.open().await;
    let logo = add(&portreto, 1, &[]).await.image;
    let image = add(&portreto, 2, &[]).await.image;
    let stamp: Transform = "caption:@7bid@7d_@7btime@7d_@7bname@7d:size=8,png".parse().unwrap();
    let (variant, bytes) = portreto.variant(&image, &stamp).await.unwrap();
    let filled = stamp.filled(|variable| match variable {
        "id" => Some(image.id.to_string()),
        "name" => Some("2.png".to_owned()),
        _ => Some("2026-05-04 03:02:01".to_owned()),
    });
    assert_eq!(variant.transform, filled.to_string());
    assert_eq!(portreto.variant(&image, &filled).await.unwrap().1, bytes);
    assert_ne!(portreto.variant(&logo, &stamp).await.unwrap().0.digest, variant.digest);

    let marked: Transform = format!("watermark:{}:scale=0.5,png", logo.digest).parse().unwrap();
    let added =
        portreto.add(Upload { transforms: vec![marked.clone()], ..upload("2.png", picture(2)) });
    let of_upload = added.await.unwrap().variants.remove(0).unwrap();
    let (variant, _) = portreto.variant(&image, &marked).await.unwrap();
    assert_eq!(variant.digest, of_upload.digest);
    let missing: Transform = format!("watermark:{}", Digest::of(b"gone")).parse().unwrap();
    assert_eq!(kind(portreto.variant(&image, &missing).await), ErrorKind::BadInput);
}
