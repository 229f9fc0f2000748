//! How fast the stores are.

use std::{
    future::Future,
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures::{StreamExt, stream};
use portreto_core::{
    Digest,
    replica::{BlobStore, Key},
};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde::Serialize;

use super::Portreto;
use crate::error::{Error, ErrorKind, Result};

/// What to measure with.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    /// Objects of each kind of call.
    pub n_objects: u32,
    /// Their length, bytes; 16 MiB at most.
    pub bytes: u32,
    /// Calls under way at once.
    pub concurrency: usize,
}

/// How one kind of call went.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Measured {
    /// The store; `all` for a put into two and a checked get from the nearest.
    pub store: String,
    /// `put`, `get`, `head` or `delete`.
    pub call: &'static str,
    /// Calls that succeeded.
    pub n: usize,
    /// Calls that failed.
    pub n_failed: usize,
    /// All of them together, seconds.
    pub seconds: f64,
    /// Calls a second.
    pub per_second: f64,
    /// Bytes a second, for those that move some.
    pub bytes_per_second: f64,
    /// Milliseconds within which half of the calls that succeeded had an answer.
    pub p50_ms: f64,
    /// The same of 95 of 100.
    pub p95_ms: f64,
    /// The same of 99 of 100.
    pub p99_ms: f64,
}

/// The longest object that is measured with, bytes.
const MAX_BYTES: u32 = 16 << 20;
/// The most bytes of all objects together: they are in memory.
const MAX_TOGETHER: u64 = 1 << 30;

impl Portreto {
    /// Puts, gets, asks for and deletes blobs of noise: in each store alone, then in all as images are kept. Tells
    /// of each kind of call when it is done. Nothing stays behind, unless it is stopped in the middle: then the next
    /// `repair` removes what did.
    ///
    /// # Errors
    ///
    /// `BadInput` when the load is nothing or too much. Calls that fail are counted.
    pub async fn bench(&self, load: Load, tell: &mut (dyn FnMut(Measured) + Send)) -> Result<()> {
        let together = u64::from(load.n_objects) * u64::from(load.bytes);
        if together == 0 || together > MAX_TOGETHER || load.bytes > MAX_BYTES {
            let message = format!(
                "{} objects of {} bytes: must be 1 to {MAX_BYTES} bytes each and {MAX_TOGETHER} together at most",
                load.n_objects, load.bytes
            );
            return Err(Error::new(ErrorKind::BadInput, message));
        }
        for attached in self.inner.replicas.stores() {
            let id = attached.entry.id;
            let Ok(place) = self.inner.replicas.store(&id).await else { continue };
            let store: &dyn BlobStore = &*place;
            let name = id.to_string();
            let noise = self.noise(load);
            tell(
                run(&name, "put", &noise, load, |key, bytes| async move {
                    store.put(&key, bytes).await.is_ok()
                })
                .await,
            );
            tell(
                run(&name, "get", &noise, load, |key, bytes| async move {
                    store.get(&key).await.is_ok_and(|got| got == bytes)
                })
                .await,
            );
            tell(
                run(&name, "head", &noise, load, |key, bytes| async move {
                    store.head(&key).await.is_ok_and(|head| head.bytes == bytes.len() as u64)
                })
                .await,
            );
            tell(
                run(&name, "delete", &noise, load, |key, _| async move {
                    store.delete(&key).await.is_ok()
                })
                .await,
            );
        }
        let (replicas, noise) = (&self.inner.replicas, self.noise(load));
        tell(
            run("all", "put", &noise, load, |key, bytes| async move {
                replicas.put(&key, bytes).await.is_ok()
            })
            .await,
        );
        tell(
            run("all", "get", &noise, load, |key, bytes| async move {
                replicas.get(&key).await.is_ok_and(|got| got == bytes)
            })
            .await,
        );
        tell(
            run("all", "delete", &noise, load, |key, _| async move {
                replicas.delete(&key).await.owed.is_empty()
            })
            .await,
        );
        Ok(())
    }

    /// Blobs that are nobody's: noise that begins with a new id.
    fn noise(&self, load: Load) -> Vec<(Key, Bytes)> {
        let mut rng = StdRng::seed_from_u64(0);
        let mut pattern = vec![0; load.bytes as usize];
        rng.fill(&mut pattern[..]);
        let id = self.inner.ids.next();
        let one = |number: u32| {
            let mut bytes = pattern.clone();
            let head = Digest::of(format!("{id} {number}").as_bytes());
            for (to, from) in bytes.iter_mut().zip(head.as_bytes()) {
                *to = *from;
            }
            (Key::Blob(Digest::of(&bytes)), Bytes::from(bytes))
        };
        (0..load.n_objects).map(one).collect()
    }
}

async fn run<F: Future<Output = bool> + Send>(
    store: &str,
    call: &'static str,
    noise: &[(Key, Bytes)],
    load: Load,
    one: impl Fn(Key, Bytes) -> F,
) -> Measured {
    let begun = Instant::now();
    let calls = noise.iter().map(|(key, bytes)| {
        let done = one(key.clone(), bytes.clone());
        async move {
            let begun = Instant::now();
            done.await.then(|| begun.elapsed())
        }
    });
    let all: Vec<Option<Duration>> =
        stream::iter(calls).buffer_unordered(load.concurrency.max(1)).collect().await;
    let seconds = begun.elapsed().as_secs_f64();
    let mut times: Vec<Duration> = all.iter().copied().flatten().collect();
    times.sort_unstable();
    let n = times.len();
    let moved = if matches!(call, "put" | "get") { n as u64 * u64::from(load.bytes) } else { 0 };
    // The nearest rank: the least time within which so many of a hundred had an answer.
    let within = |hundredths: usize| {
        let rank = (n * hundredths).div_ceil(100).max(1) - 1;
        times.get(rank).map_or(0.0, |time| time.as_secs_f64() * 1e3)
    };
    Measured {
        store: store.to_owned(),
        call,
        n,
        n_failed: all.len() - n,
        seconds,
        per_second: n as f64 / seconds,
        bytes_per_second: moved as f64 / seconds,
        p50_ms: within(50),
        p95_ms: within(95),
        p99_ms: within(99),
    }
}
