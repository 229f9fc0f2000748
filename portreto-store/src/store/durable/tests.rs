use std::{fs, path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use futures::future::join_all;
use portreto_core::replica::{Key, StoreErrorKind};

use super::{Durable, Lanes, SMALL};

const LIMIT: Duration = Duration::from_mins(1);

/// A directory that has a marker.
fn root() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join(Key::MARKER_PATH), b"{}").unwrap();
    root
}

fn durable(root: &Path) -> (Arc<Durable>, Lanes) {
    (Arc::new(Durable::new(root.to_owned())), Lanes::new())
}

/// All files below a directory but the marker.
fn names(root: &Path) -> Vec<String> {
    let files = walkdir::WalkDir::new(root).sort_by_file_name().into_iter().map(Result::unwrap);
    let files = files.filter(|entry| entry.file_type().is_file());
    let name = |path: &Path| path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
    files.map(|entry| name(entry.path())).filter(|name| name != Key::MARKER_PATH).collect()
}

#[tokio::test]
async fn a_file_appears_whole_with_its_directories_and_is_replaced() {
    let root = root();
    let (durable, lanes) = durable(root.path());
    for length in [0, 5, SMALL, SMALL + 1, 3] {
        let bytes = Bytes::from(vec![length as u8; length]);
        durable.put(&lanes, LIMIT, "a/b/c", bytes.clone()).await.unwrap();
        assert!(fs::read(root.path().join("a/b/c")).unwrap() == bytes, "{length} bytes");
    }
    durable.put(&lanes, LIMIT, "top", Bytes::from_static(b"x")).await.unwrap();
    assert_eq!(names(root.path()), ["a/b/c", "top"]);
    assert!(durable.made().is_empty(), "all names are durable");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_are_all_there_and_none_is_another() {
    let root = root();
    let (durable, lanes) = durable(root.path());
    // Small ones and large ones, in directories of their own and in common ones.
    let name = |n: usize| match n % 3 {
        0 => format!("x/{}/{n}", n % 2),
        1 => format!("y/{n}/{n}"),
        _ => format!("{n}"),
    };
    let bytes = |n: usize| {
        let length = if n % 50 == 7 { SMALL + n } else { n * 13 };
        Bytes::from(vec![n as u8; length])
    };
    let put = |n: usize| {
        let (durable, lanes) = (durable.clone(), lanes.clone());
        tokio::spawn(async move { durable.put(&lanes, LIMIT, &name(n), bytes(n)).await })
    };
    for answer in join_all((0..300).map(put)).await {
        answer.unwrap().unwrap();
    }
    for n in 0..300 {
        assert!(fs::read(root.path().join(name(n))).unwrap() == bytes(n), "{n}");
    }
    assert_eq!(names(root.path()).len(), 300, "no staging file is left");
    assert!(durable.made().is_empty(), "all names are durable");
    let state = durable.state();
    assert!(!state.is_served && state.waiting.is_empty(), "nobody is at work for nothing");
}

#[tokio::test]
async fn one_that_fails_does_not_take_the_others_along() {
    let root = root();
    let (durable, lanes) = durable(root.path());
    fs::create_dir_all(root.path().join("3")).unwrap();
    let put = |n: u32| {
        let (durable, lanes) = (durable.clone(), lanes.clone());
        async move { durable.put(&lanes, LIMIT, &n.to_string(), Bytes::from_static(b"x")).await }
    };
    // A directory is in the way of the third.
    for (n, answer) in join_all((0..20).map(put)).await.into_iter().enumerate() {
        assert_eq!(answer.is_err(), n == 3, "{n}: {answer:?}");
    }
    assert_eq!(names(root.path()).len(), 19);
}

#[tokio::test]
async fn without_its_marker_it_takes_nothing_and_makes_nothing() {
    let root = root();
    let (durable, lanes) = durable(root.path());
    fs::remove_file(root.path().join(Key::MARKER_PATH)).unwrap();
    let put = |n: usize| {
        let (durable, lanes) = (durable.clone(), lanes.clone());
        let bytes = Bytes::from(vec![0; if n == 0 { SMALL + 1 } else { 1 }]);
        async move { durable.put(&lanes, LIMIT, &format!("a/{n}"), bytes).await }
    };
    for answer in join_all((0..12).map(put)).await {
        let error = answer.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Offline, "{error}");
        assert!(error.to_string().contains("not mounted, or not a store"), "{error}");
    }
    assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0);
    // The root itself is never made, not for the marker either.
    fs::remove_dir(root.path()).unwrap();
    let marker = durable.put(&lanes, LIMIT, Key::MARKER_PATH, Bytes::new()).await;
    assert_eq!(marker.unwrap_err().kind(), StoreErrorKind::Failed);
    assert!(!root.path().exists());
}

#[tokio::test]
async fn what_somebody_else_left_is_neither_used_nor_touched() {
    let root = root();
    let (durable, lanes) = durable(root.path());
    fs::write(root.path().join("a#1"), b"half").unwrap();
    durable.put(&lanes, LIMIT, "a", Bytes::from_static(b"whole")).await.unwrap();
    assert_eq!(fs::read(root.path().join("a")).unwrap(), b"whole");
    assert_eq!(fs::read(root.path().join("a#1")).unwrap(), b"half");
}

/// A runtime that ends takes its part of the work along, and the next one is not stuck because of it.
#[test]
fn a_runtime_that_ended_is_not_waited_for() {
    let root = root();
    let (durable, lanes) = durable(root.path());
    for round in 0..20 {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        for n in 0..8 {
            let (durable, lanes) = (durable.clone(), lanes.clone());
            runtime.spawn(async move {
                durable.put(&lanes, LIMIT, &format!("{round}-{n}"), Bytes::from_static(b"x")).await
            });
        }
        drop(runtime);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let name = round.to_string();
        runtime.block_on(durable.put(&lanes, LIMIT, &name, Bytes::from_static(b"y"))).unwrap();
        assert_eq!(fs::read(root.path().join(name)).unwrap(), b"y");
    }
}
