//! Images that are catalogued together have their records in one object.

use sqlx::{ConnectOptions as _, PgPool, raw_sql, sqlite::SqliteConnectOptions};

use super::*;

/// Pictures that are added at the same time.
const MANY: u8 = 40;

impl Home {
    /// Adds pictures at the same time: the catalog cannot be written before the last of them waits for that, so that their
    /// records go together.
    async fn add_many(&self, portreto: &Portreto) -> Vec<Image> {
        if let Some(url) = self.options().catalog {
            let catalog = PgPool::connect(&url).await.unwrap();
            let mut tx = catalog.begin().await.unwrap();
            raw_sql("LOCK TABLE garbage").execute(&mut *tx).await.unwrap();
            return self.add_many_until(portreto, async { tx.rollback().await.unwrap() }).await;
        }
        let options = SqliteConnectOptions::new().filename(self.catalog());
        let mut catalog = options.connect().await.unwrap();
        raw_sql("BEGIN IMMEDIATE").execute(&mut catalog).await.unwrap();
        let go_on = async {
            raw_sql("ROLLBACK").execute(&mut catalog).await.unwrap();
        };
        self.add_many_until(portreto, go_on).await
    }

    async fn add_many_until(
        &self,
        portreto: &Portreto,
        go_on: impl Future<Output = ()>,
    ) -> Vec<Image> {
        let adds = (0..MANY).map(|seed| async move { add(portreto, seed, &[]).await.image });
        let all_are_kept = async {
            while self.folder("a", "blobs/").len() + self.folder("b", "blobs/").len()
                < 2 * usize::from(MANY)
            {
                tokio::task::yield_now().await;
            }
            go_on.await;
        };
        futures::future::join(futures::future::join_all(adds), all_are_kept).await.0
    }

    /// What a store has in one of its folders.
    fn folder(&self, id: &str, folder: &str) -> Vec<String> {
        self.files(id).into_iter().filter(|path| path.starts_with(folder)).collect()
    }

    fn catalog(&self) -> PathBuf {
        self.directory.path().join("catalog.sqlite")
    }

    fn lose_bundles(&self) {
        for store in ["a", "b"] {
            for bundle in self.folder(store, "bundles/") {
                fs::remove_file(self.store(store).join(bundle)).unwrap();
            }
        }
    }
}

/// Uploads a picture again with one more label.
async fn label(portreto: &Portreto, seed: u8) {
    let mut upload = upload("again", picture(seed));
    upload.labels = BTreeSet::from(["later".to_owned()]);
    assert!(portreto.add(upload).await.unwrap().already_there);
}

#[tokio::test(flavor = "multi_thread")]
async fn records_of_many_go_together_and_are_found_again() {
    let home = Home::new();
    let portreto = home.open().await;
    home.add_many(&portreto).await;
    let (bundles, records) = (home.folder("a", "bundles/"), home.folder("a", "records/"));
    assert!(!bundles.is_empty() && bundles.len() + records.len() < 40, "{bundles:?} {records:?}");
    assert_eq!(home.files("a"), home.files("b"));
    assert!(is_clean(&portreto).await);

    let before = home.files("a");
    home.add_many(&portreto).await;
    assert_eq!(home.files("a"), before, "all is there");

    // What changes has a record of its own from then on.
    for seed in 0..MANY {
        if seed % 5 == 0 {
            label(&portreto, seed).await;
        }
    }
    assert!(home.folder("a", "records/").len() >= 8);
    assert!(is_clean(&portreto).await);
    let before = all(&portreto).await;
    portreto.close().await;
    drop(portreto);
    for gone in ["a", "b"] {
        home.lose_catalog();
        let moved = home.directory.path().join("away");
        fs::rename(home.store(gone), &moved).unwrap();
        let (portreto, report) = Portreto::rebuild(home.options(), false).await.unwrap();
        assert_eq!((report.images, report.unreadable.len()), (40, 0));
        assert_eq!(all(&portreto).await, before);
        portreto.close().await;
        drop(portreto);
        fs::rename(&moved, home.store(gone)).unwrap();
    }
    assert!(is_clean(&home.open().await).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_deleted_does_not_stay_in_a_bundle() {
    let home = Home::new();
    let portreto = home.open().await;
    let images = home.add_many(&portreto).await;
    assert!(!home.folder("a", "bundles/").is_empty());
    // Away while it is deleted.
    let moved = home.directory.path().join("away");
    fs::rename(home.store("b"), &moved).unwrap();
    portreto.delete(images[30].id).await.unwrap();
    fs::rename(&moved, home.store("b")).unwrap();
    home.clock.advance(SignedDuration::from_hours(1));
    let before = all(&portreto).await;
    assert_eq!(before.len(), 39);
    repair(&portreto).await;
    repair(&portreto).await;
    assert!(is_clean(&portreto).await);
    assert_eq!(all(&portreto).await, before);
    for store in ["a", "b"] {
        for path in home.files(store) {
            let bytes = fs::read(home.store(store).join(&path)).unwrap();
            let name = b"\"name\":\"30.png\"";
            assert!(!bytes.windows(name.len()).any(|text| text == name), "{store}: {path}");
        }
    }
    portreto.close().await;
    drop(portreto);
    home.lose_catalog();
    let (portreto, _) = Portreto::rebuild(home.options(), false).await.unwrap();
    assert_eq!(all(&portreto).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bundle_that_is_lost_is_made_again_or_replaced() {
    let home = Home::new();
    let portreto = home.open().await;
    home.add_many(&portreto).await;
    let files = home.files("a");
    home.lose_bundles();
    assert!(!is_clean(&portreto).await);
    assert!(repair(&portreto).await.lost.is_empty());
    assert_eq!(home.files("a"), files, "bit for bit, by its name");
    assert!(is_clean(&portreto).await);

    // The catalog does not know any more what it was like.
    for seed in 0..MANY {
        if seed % 3 == 0 {
            label(&portreto, seed).await;
        }
    }
    let before = all(&portreto).await;
    home.lose_bundles();
    assert!(repair(&portreto).await.lost.is_empty());
    assert!(is_clean(&portreto).await);
    // A bundle none of whose images has changed is as it was.
    let (bundles, records) = (home.folder("a", "bundles/"), home.folder("a", "records/"));
    assert!(records.len() == 40 || !bundles.is_empty(), "{bundles:?} {records:?}");
    portreto.close().await;
    drop(portreto);
    home.lose_catalog();
    let (portreto, _) = Portreto::rebuild(home.options(), false).await.unwrap();
    assert_eq!(all(&portreto).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_catalog_learns_from_bundles_and_newer_records() {
    let home = Home::new();
    if home.options().catalog.is_some() {
        // A database is not put back by copying a file.
        return;
    }
    let portreto = home.open().await;
    portreto.close().await;
    drop(portreto);
    let older = home.directory.path().join("older");
    fs::copy(home.catalog(), &older).unwrap();
    let portreto = home.open().await;
    home.add_many(&portreto).await;
    for seed in 0..MANY {
        if seed % 4 == 0 {
            label(&portreto, seed).await;
        }
    }
    let before = all(&portreto).await;
    portreto.close().await;
    drop(portreto);
    home.lose_catalog();
    fs::rename(&older, home.catalog()).unwrap();
    let portreto = home.open().await;
    assert!(all(&portreto).await.is_empty());
    repair(&portreto).await;
    assert_eq!(all(&portreto).await, before);
    repair(&portreto).await;
    assert!(is_clean(&portreto).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_again_after_a_crash_needs_no_repair() {
    let home = Home::new();
    let portreto = home.open().await;
    let images = home.add_many(&portreto).await;
    // As if it had died right after it had written the catalog.
    home.lose_bundles();
    assert_eq!(home.add_many(&portreto).await, images);
    assert!(is_clean(&portreto).await);
    assert_eq!(home.folder("a", "records/").len(), images.len());
    assert!(home.folder("a", "bundles/").is_empty());
}
