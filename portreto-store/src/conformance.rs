//! What every [`BlobStore`] and [`Place`] must do: one suite for all of them, and for wrappers around them.

use bytes::Bytes;
use futures::TryStreamExt;
use portreto_core::{
    Digest,
    replica::{BlobStore, Key, Shard, Space},
};
use uuid::Uuid;

use crate::{
    envelope,
    store::{Place, Seen},
};

/// Runs the whole suite on a place that has its marker and nothing else. Leaves it so.
///
/// # Panics
///
/// When the store breaks the contract.
pub async fn conforms(store: &dyn Place) {
    absent_is_not_found(store, &samples()).await;
    gives_back_what_was_put(store, &samples()).await;
    assert!(store.get(&Key::Marker).await.is_ok(), "the marker stays");
    is_looked_at_as_it_is_read(store).await;
    replaces_whole(store).await;
    lists_each_space_by_itself(store, &samples()).await;
    many_writers_of_one_key_leave_one_of_them_whole(store).await;
}

/// The part of the suite that also a store passes that takes nothing but what its key promises: many as one.
///
/// # Panics
///
/// When the store breaks the contract.
pub async fn conforms_when_sound(store: &dyn BlobStore) {
    absent_is_not_found(store, &sound_samples()).await;
    gives_back_what_was_put(store, &sound_samples()).await;
    lists_each_space_by_itself(store, &sound_samples()).await;
}

/// Keys of each kind with what they promise.
fn sound_samples() -> Vec<(Key, Bytes)> {
    let blobs = [0, 1, 300_000].map(|len| {
        let bytes: Bytes = (0..len).map(|n| (n * 7) as u8).collect();
        (Key::Blob(Digest::of(&bytes)), bytes)
    });
    let original = Digest::of(b"original");
    let variant = Digest::of(b"v").to_string().parse().expect("digests are variant keys");
    let objects = [
        Key::Record { original, image: Uuid::from_u128(7) },
        Key::Record { original, image: Uuid::from_u128(8) },
        Key::Tombstone { original, image: Uuid::from_u128(9) },
        Key::Variant { original, variant },
    ];
    let sealed = objects.map(|key| {
        let bytes = envelope::seal(&key, 1, &key.to_string()).expect("it is small");
        (key, bytes)
    });
    let lines = Bytes::from_static(b"{\"of\":\"two\"}\n{\"images\":2}\n");
    let bundle = (Key::Bundle(Digest::of(&lines)), lines);
    blobs.into_iter().chain(sealed).chain([bundle]).collect()
}

/// Every replicated kind of key, and the bytes to keep there.
fn samples() -> Vec<(Key, Bytes)> {
    let original = Digest::of(b"original");
    let image = Uuid::from_u128(7);
    let aside =
        Key::SetAside { found_at: Box::new(Key::Blob(original)), content: Digest::of(b"bad") };
    [
        Key::Blob(original),
        Key::Blob(Digest::of(b"another")),
        Key::Bundle(original),
        Key::Record { original, image },
        Key::Record { original, image: Uuid::from_u128(8) },
        Key::Tombstone { original, image },
        Key::Variant {
            original,
            variant: Digest::of(b"v").to_string().parse().expect("digests are variant keys"),
        },
        aside,
    ]
    .into_iter()
    .enumerate()
    .map(|(i, key)| {
        // An empty one, small ones, and one larger than any buffer on the way.
        let len = [0, 1, 5000, 300_000][i % 4];
        (key, (0..len).map(|n| (n * 7 + i) as u8).collect())
    })
    .collect()
}

async fn absent_is_not_found(store: &dyn BlobStore, samples: &[(Key, Bytes)]) {
    for (key, _) in samples {
        let error = store.get(key).await.expect_err("nothing was put");
        assert!(error.is_not_found(), "get {key}: {error}");
        let error = store.head(key).await.expect_err("nothing was put");
        assert!(error.is_not_found(), "head {key}: {error}");
        store.delete(key).await.expect("removing what is not there is no error");
    }
}

async fn gives_back_what_was_put(store: &dyn BlobStore, all: &[(Key, Bytes)]) {
    for (key, bytes) in all {
        store.put(key, bytes.clone()).await.expect("put");
        assert_eq!(store.get(key).await.expect("get"), *bytes, "{key}");
        assert_eq!(store.head(key).await.expect("head").bytes, bytes.len() as u64, "{key}");
    }
    // Removing one leaves its neighbors in the same directory.
    for (i, (key, _)) in all.iter().enumerate() {
        store.delete(key).await.expect("delete");
        assert!(store.get(key).await.expect_err("removed").is_not_found(), "{key}");
        for (key, bytes) in &all[i + 1..] {
            assert_eq!(store.get(key).await.expect("still there"), *bytes, "{key}");
        }
    }
}

async fn is_looked_at_as_it_is_read(place: &dyn Place) {
    let mut all = samples();
    let (absent, _) = all.remove(2);
    for (key, bytes) in &all {
        place.put(key, bytes.clone()).await.expect("put");
        let read = place.get_with_digest(key).await.expect("get");
        assert_eq!(read, (bytes.clone(), Digest::of(bytes)), "{key}");
    }
    let mut keys: Vec<Key> = all.iter().map(|(key, _)| key.clone()).collect();
    keys.insert(2, absent);
    let mut seen = place.look_at(&keys).await;
    assert_eq!(seen.len(), keys.len());
    assert!(seen.remove(2).expect_err("nothing was put").is_not_found());
    for (seen, (key, bytes)) in seen.into_iter().zip(&all) {
        let Seen { digest, length, bytes: kept } = seen.expect("it is there");
        assert_eq!((digest, length), (Digest::of(bytes), bytes.len() as u64), "{key}");
        let is_blob = matches!(key, Key::Blob(_));
        assert_eq!(kept.as_ref(), (!is_blob).then_some(bytes), "{key}");
        place.delete(key).await.expect("delete");
    }
    assert!(place.look_at(&[]).await.is_empty());
}

async fn replaces_whole(store: &dyn BlobStore) {
    let (key, _) = samples().swap_remove(0);
    for len in [300_000_usize, 10, 0, 70_000] {
        let bytes = Bytes::from(vec![len as u8; len]);
        store.put(&key, bytes.clone()).await.expect("put");
        assert_eq!(store.get(&key).await.expect("get"), bytes, "{len} bytes over others");
    }
    store.delete(&key).await.expect("delete");
}

async fn lists_each_space_by_itself(store: &dyn BlobStore, all: &[(Key, Bytes)]) {
    for (key, bytes) in all {
        store.put(key, bytes.clone()).await.expect("put");
    }
    for space in Space::ALL {
        let in_space = all.iter().filter(|(key, _)| key.space() == Some(space));
        let mut expected: Vec<_> =
            in_space.map(|(key, bytes)| (key.clone(), bytes.len() as u64)).collect();
        expected.sort();
        assert_eq!(listed(store, space, None).await, expected, "{space:?}");
        if space == Space::SetAside {
            continue;
        }
        let there = store.shards(space).await.expect("shards");
        assert_eq!(there.foreign, Vec::<String>::new(), "nothing foreign was put");
        for shard in Shard::all() {
            let in_shard = listed(store, space, Some(shard)).await;
            assert!(in_shard.is_empty() || there.shards.contains(&shard), "{space:?} {shard}");
            let mut expected = expected.clone();
            expected.retain(|(key, _)| key.shard() == Some(shard));
            assert_eq!(in_shard, expected, "{space:?} {shard}");
        }
    }
    for (key, _) in all {
        store.delete(key).await.expect("delete");
    }
    for space in Space::ALL {
        let left: Vec<_> = store.list(space, None).try_collect().await.expect("list");
        assert_eq!(left, [], "{space:?}");
    }
}

async fn listed(store: &dyn BlobStore, space: Space, shard: Option<Shard>) -> Vec<(Key, u64)> {
    let mut listed = Vec::new();
    let mut listing = store.list(space, shard);
    while let Some(object) = listing.try_next().await.expect("list") {
        let key = object.key.expect("nothing foreign was put");
        assert_eq!(object.path, key.to_string());
        listed.push((key, object.bytes));
    }
    listed.sort();
    listed
}

async fn many_writers_of_one_key_leave_one_of_them_whole(store: &dyn BlobStore) {
    let (key, _) = samples().swap_remove(0);
    let versions: Vec<Bytes> = (0..8_u8).map(|n| Bytes::from(vec![n; 20_000])).collect();
    let puts = versions.iter().map(|bytes| store.put(&key, bytes.clone()));
    for result in futures::future::join_all(puts).await {
        result.expect("put");
    }
    let kept = store.get(&key).await.expect("get");
    assert!(versions.contains(&kept), "a mixture of several writers");
    store.delete(&key).await.expect("delete");
}
