use std::{fs, os::unix::fs::symlink};

use bytes::Bytes;
use futures::TryStreamExt;
use jiff::Timestamp;
use portreto_core::{
    Digest,
    replica::{Key, Space, StoreErrorKind},
};
use uuid::Uuid;

use super::*;

fn entry(url: &str) -> StoreEntry {
    StoreEntry {
        id: "a".parse().unwrap(),
        uuid: Uuid::from_u128(1),
        url: url.to_owned(),
        state: StoreState::Active,
        weight: 1,
    }
}

fn marker() -> Marker {
    Marker::new(&entry("file:///a"), Timestamp::UNIX_EPOCH, Vec::new())
}

fn blob(n: u8) -> (Key, Bytes) {
    let bytes = Bytes::from(vec![n; 1000]);
    (Key::Blob(Digest::of(&bytes)), bytes)
}

#[tokio::test]
async fn what_was_put_is_a_plain_file_and_no_staging_file_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("a place #1/deep");
    let place = open(root.to_str().unwrap()).unwrap();
    place.found(&marker()).await.unwrap();
    let (key, bytes) = blob(1);
    place.put(&key, bytes.clone()).await.unwrap();
    let Key::Blob(digest) = &key else { unreachable!() };
    let hex = digest.to_string();
    assert_eq!(fs::read(root.join("blobs").join(&hex[..2]).join(&hex)).unwrap(), bytes);
    let readme = fs::read_to_string(root.join("README.txt")).unwrap();
    assert!(readme.contains("b3sum"));
    assert!(place.leftovers().await.unwrap().is_empty());

    place.delete(&key).await.unwrap();
    assert!(!root.join("blobs").exists(), "empty directories go too");
    assert!(root.join("portreto.json").exists());
}

#[tokio::test]
async fn a_place_without_its_marker_is_away_and_not_empty() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("a");
    let place = open(root.to_str().unwrap()).unwrap();
    let (key, bytes) = blob(1);
    let all_offline = async || {
        let kinds = [
            place.put(&key, bytes.clone()).await.unwrap_err().kind(),
            place.get(&key).await.unwrap_err().kind(),
            place.head(&key).await.unwrap_err().kind(),
            place.delete(&key).await.unwrap_err().kind(),
            place.list(Space::Blobs, None).try_collect::<Vec<_>>().await.unwrap_err().kind(),
        ];
        assert_eq!(kinds, [StoreErrorKind::Offline; 5]);
    };
    all_offline().await;
    assert!(!root.exists(), "nothing was made of a disk that is not mounted");
    fs::create_dir(&root).unwrap();
    all_offline().await;
    place.found(&marker()).await.unwrap();
    place.put(&key, bytes.clone()).await.unwrap();
    fs::rename(&root, dir.path().join("elsewhere")).unwrap();
    all_offline().await;
    fs::create_dir(&root).unwrap();
    all_offline().await;
    assert_eq!(fs::read_dir(&root).unwrap().count(), 0);
}

#[tokio::test]
async fn a_survey_tells_what_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("a");
    let place = open(root.to_str().unwrap()).unwrap();
    assert_eq!(place.survey().await.unwrap(), Survey::Empty);
    fs::create_dir(&root).unwrap();
    assert_eq!(place.survey().await.unwrap(), Survey::Empty);
    fs::write(root.join("holiday.jpg"), b"x").unwrap();
    assert_eq!(
        place.survey().await.unwrap(),
        Survey::Foreign { example: "holiday.jpg".to_owned() }
    );
    fs::remove_file(root.join("holiday.jpg")).unwrap();
    place.found(&marker()).await.unwrap();
    assert_eq!(place.survey().await.unwrap(), Survey::Store(marker()));
    let path = root.join("portreto.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"a\"", "\"b\"")).unwrap();
    assert!(matches!(place.survey().await.unwrap(), Survey::Unmarked { .. }));
    fs::remove_file(&path).unwrap();
    // Whoever was making it died before it held anything.
    assert_eq!(place.survey().await.unwrap(), Survey::Empty);
    place.found(&marker()).await.unwrap();
    place.put(&blob(1).0, blob(1).1).await.unwrap();
    fs::remove_file(&path).unwrap();
    assert!(matches!(place.survey().await.unwrap(), Survey::Unmarked { .. }));
    let newer = Marker { layout: 2, ..marker() };
    fs::write(&path, newer.seal().unwrap()).unwrap();
    assert!(matches!(place.survey().await.unwrap(), Survey::Newer { .. }));
}

#[tokio::test]
async fn leftovers_are_the_staging_files_of_our_keys_only() {
    let dir = tempfile::tempdir().unwrap();
    let place = open(dir.path().to_str().unwrap()).unwrap();
    place.found(&marker()).await.unwrap();
    let (key, bytes) = blob(1);
    place.put(&key, bytes).await.unwrap();
    let file = dir.path().join(key.to_string());
    let staging = format!("{}#12", file.display());
    fs::write(&staging, b"half").unwrap();
    let somebodys = dir.path().join("notes#1");
    fs::write(&somebodys, b"mine").unwrap();
    symlink(&somebodys, format!("{}#13", file.display())).unwrap();

    let listed: Vec<_> = place.list(Space::Blobs, None).try_collect().await.unwrap();
    assert_eq!(listed.len(), 1, "half-written objects are never listed");
    let found = place.leftovers().await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].path.as_str(), found[0].bytes), (format!("{key}#12").as_str(), 4));
    place.sweep(&found[0]).await.unwrap();
    place.sweep(&found[0]).await.unwrap();
    assert!(!fs::exists(&staging).unwrap());
    let not_one = Leftover { path: "notes#1".to_owned(), ..found[0].clone() };
    assert!(place.sweep(&not_one).await.is_err());
    assert!(somebodys.exists());
}

#[tokio::test]
async fn a_file_that_was_blown_up_is_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let place = open(dir.path().to_str().unwrap()).unwrap();
    place.found(&marker()).await.unwrap();
    let (key, bytes) = blob(1);
    place.put(&key, bytes).await.unwrap();
    let file = fs::File::options().write(true).open(dir.path().join(key.to_string())).unwrap();
    // Sparse: takes no room.
    file.set_len(1 << 40).unwrap();
    assert_eq!(place.get(&key).await.unwrap_err().kind(), StoreErrorKind::Failed);
}

/// A named pipe that nobody writes to keeps whoever opens it waiting for ever, as a mount does whose server is gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_that_does_not_answer_is_away_and_takes_a_bounded_part_of_the_threads() {
    let dir = tempfile::tempdir().unwrap();
    let answer = Some(Duration::from_millis(300));
    let url = directory_url(dir.path()).unwrap();
    let place = open_wired(url.as_str(), &Wiring { answer, ..Wiring::default() }).unwrap();
    place.found(&marker()).await.unwrap();
    let (key, _) = blob(1);
    let pipe = dir.path().join(key.to_string());
    fs::create_dir_all(pipe.parent().unwrap()).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());

    let gets = futures::future::join_all((0..600).map(|_| place.get(&key)));
    for got in gets.await {
        let error = got.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Offline);
        assert!(error.to_string().contains("gave no answer in 0.3 s when reading"), "{error}");
    }
    // Of this place every thread that it may have is taken; of others none.
    assert_eq!(place.head(&Key::Marker).await.unwrap_err().kind(), StoreErrorKind::Offline);
    let other = tempfile::tempdir().unwrap();
    let other = open(other.path().to_str().unwrap()).unwrap();
    other.found(&marker()).await.unwrap();
    let blobs: Vec<_> = (2..50).map(blob).collect();
    let puts = blobs.iter().map(|(key, bytes)| other.put(key, bytes.clone()));
    for put in futures::future::join_all(puts).await {
        put.unwrap();
    }

    // The server is back: a writer lets the readers go on, and the place is as before.
    let writer = fs::File::options().read(true).write(true).open(&pipe).unwrap();
    fs::remove_file(&pipe).unwrap();
    drop(writer);
    let back = async { while place.head(&Key::Marker).await.is_err() {} };
    tokio::time::timeout(Duration::from_secs(10), back).await.expect("it is back");
}

#[tokio::test]
async fn named_memory_is_shared_within_the_process() {
    open("memory:shared-test").unwrap().found(&marker()).await.unwrap();
    assert_eq!(
        open("memory:shared-test").unwrap().survey().await.unwrap(),
        Survey::Store(marker())
    );
    assert_eq!(open("memory:").unwrap().survey().await.unwrap(), Survey::Empty);
}
