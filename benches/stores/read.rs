//! How fast checked bytes come out of the stores, beside a bare get of `object_store`.

use std::{path::Path, sync::Arc, time::Instant};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use object_store::{ObjectStore, ObjectStoreExt, aws::AmazonS3Builder, local::LocalFileSystem};
use portreto_core::{Digest, replica::Key};
use portreto_store::{Replicas, StoreEntry, StoreState, replicas::initialise};
use rand::{SeedableRng, rngs::StdRng};
use uuid::Uuid;

use crate::{Result, bucket, cache, median, noise, say, speed};

/// Objects to read: how many, of how many bytes.
const OBJECTS: [(&str, usize, usize); 4] = [
    ("20 KB", 1000, 20_000),
    ("100 KB", 500, 100_000),
    ("4 MB", 50, 4_000_000),
    ("32 MB", 8, 32_000_000),
];
/// The names of the directories and buckets; those of buckets have three letters at least.
const PLACES: [&str; 2] = ["first", "second"];
/// Reads under way at once.
const AT_ONCE: [usize; 2] = [1, 8];

/// The same objects in two ways.
struct Contest {
    name: &'static str,
    bare: Arc<dyn ObjectStore>,
    replicas: Replicas,
}

pub(crate) async fn table(directory: &Path, rounds: usize) -> Result<()> {
    let [files, buckets] = ["files", "buckets"].map(|name| directory.join(name));
    for place in PLACES {
        std::fs::create_dir_all(files.join(place))?;
        std::fs::create_dir_all(buckets.join(place))?;
    }
    let address = bucket::serve(&buckets).await?;
    let endpoint = format!("http://{address}");
    let directories = PLACES.map(|place| files.join(place).display().to_string());
    let s3 = PLACES.map(|bucket| format!("s3://{bucket}?endpoint={endpoint}&allow_http=true"));
    let bare_bucket = AmazonS3Builder::from_env()
        .with_bucket_name(PLACES[0])
        .with_endpoint(endpoint)
        .with_allow_http(true);
    let contests = [
        Contest {
            name: "directories, from the disk",
            bare: Arc::new(LocalFileSystem::new_with_prefix(files.join(PLACES[0]))?),
            replicas: replicas(directories.clone()).await?,
        },
        Contest {
            name: "directories, from the system's cache",
            bare: Arc::new(LocalFileSystem::new_with_prefix(files.join(PLACES[0]))?),
            replicas: replicas(directories).await?,
        },
        Contest {
            name: "buckets on this machine",
            bare: Arc::new(bare_bucket.build()?),
            replicas: replicas(s3).await?,
        },
    ];
    say(
        "| checked bytes out of two stores, MB/s | size | at once | bare get of `object_store` | ours | ours to bare |",
    )?;
    say("|---|---|---|---|---|---|")?;
    for contest in &contests {
        let cold = contest.name.ends_with("disk");
        for (size, n, bytes) in OBJECTS {
            let keys = put(&contest.replicas, n, bytes).await?;
            for at_once in AT_ONCE {
                let (mut bare, mut ours) = (vec![], vec![]);
                // The first round is to warm up.
                for round in 0..=rounds {
                    if cold {
                        cache::forget(&files)?;
                    }
                    let one = contest.bare(&keys, at_once).await?;
                    if cold {
                        cache::forget(&files)?;
                    }
                    let other = contest.ours(&keys, at_once).await?;
                    if round > 0 {
                        bare.push(one);
                        ours.push(other);
                    }
                }
                let [bare, ours] = [bare, ours].map(median);
                let (name, ratio) = (contest.name, ours / bare);
                say(&format!(
                    "| {name} | {size} | {at_once} | {bare:.0} | {ours:.0} | {ratio:.2} |"
                ))?;
            }
        }
    }
    say("")
}

impl Contest {
    async fn bare(&self, keys: &[Key], at_once: usize) -> Result<f64> {
        let begin = Instant::now();
        let reads = keys.iter().map(|key| {
            let (bare, path) = (self.bare.clone(), key.to_string().into());
            async move { Ok::<_, object_store::Error>(bare.get(&path).await?.bytes().await?.len()) }
        });
        let all: Vec<usize> = stream::iter(reads).buffer_unordered(at_once).try_collect().await?;
        Ok(speed(all.iter().sum::<usize>() as u64, begin))
    }

    async fn ours(&self, keys: &[Key], at_once: usize) -> Result<f64> {
        let begin = Instant::now();
        let reads = keys.iter().map(async |key| self.replicas.get(key).await.map(|got| got.len()));
        let all: Vec<usize> = stream::iter(reads).buffer_unordered(at_once).try_collect().await?;
        Ok(speed(all.iter().sum::<usize>() as u64, begin))
    }
}

/// Two new stores as one.
async fn replicas(urls: [String; 2]) -> Result<Replicas> {
    let mut entries = Vec::new();
    for (url, n) in urls.into_iter().zip(1_u128..) {
        let url = portreto_store::store::store_url(&url)?.to_string();
        let (id, uuid) = (format!("s{n}").parse()?, Uuid::from_u128(n));
        let entry = StoreEntry { id, uuid, url, state: StoreState::Active, weight: 1 };
        initialise(&entry, Timestamp::UNIX_EPOCH, Vec::new()).await?;
        entries.push(entry);
    }
    Ok(Replicas::attach(entries).await)
}

async fn put(replicas: &Replicas, n: usize, bytes: usize) -> Result<Vec<Key>> {
    let mut rng = StdRng::seed_from_u64(n as u64);
    let mut keys = Vec::new();
    for _ in 0..n {
        let bytes = Bytes::from(noise(&mut rng, bytes));
        let key = Key::Blob(Digest::of(&bytes));
        replicas.put(&key, bytes).await?;
        keys.push(key);
    }
    Ok(keys)
}
