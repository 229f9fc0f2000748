//! [`Place`] over `object_store`.

mod read;
mod write;

use std::{
    collections::BTreeSet,
    future::Future,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use http::Method;
use object_store::{ListResult, ObjectMeta, ObjectStore, ObjectStoreExt, path::Path};
use portreto_core::{
    Digest,
    replica::{BlobStore, Head, Key, Listed, Shard, Shards, Space, StoreError, StoreErrorKind},
};
use url::Url;

use self::read::seen_in;
use super::{
    Leftover, Marker, Place, README, README_PATH, Seen, Survey, backend::Backend, failure::failure,
    marker::unmarked, patience::within, still_offline,
};
use crate::{crash, envelope::EnvelopeError};

#[derive(Debug, Clone)]
pub(super) struct Objects {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    name: String,
    backend: Backend,
    /// Whether the service made an object only where there was none, when that was tried.
    honors_conditions: OnceLock<bool>,
    /// What the last write to a directory has failed for: it may be there, and may not last.
    unsynced: Mutex<BTreeSet<String>>,
}

impl Objects {
    pub(super) fn new(name: String, backend: Backend) -> Self {
        let (honors_conditions, unsynced) = (OnceLock::new(), Mutex::default());
        Self { inner: Arc::new(Inner { name, backend, honors_conditions, unsynced }) }
    }

    async fn handle(&self) -> Result<(Arc<dyn ObjectStore>, &Path), StoreError> {
        self.inner.backend.handle().await
    }

    fn failure(&self, what: &str, error: &object_store::Error) -> StoreError {
        failure(&self.inner.name, what, error)
    }

    fn unsynced<T>(&self, with: impl FnOnce(&mut BTreeSet<String>) -> T) -> T {
        with(&mut self.inner.unsynced.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn failed(&self, why: &str) -> StoreError {
        StoreError::new(StoreErrorKind::Failed, format!("{}: {why}", self.inner.name))
    }

    /// Asks the store `what`, and waits no longer than a call that moves so many bytes may take.
    async fn ask<T: Send + 'static>(
        &self,
        bytes: u64,
        what: &str,
        question: impl Future<Output = object_store::Result<T>> + Send + 'static,
    ) -> Result<object_store::Result<T>, StoreError> {
        let backend = &self.inner.backend;
        backend.wait(backend.patience.call(bytes), &self.inner.name, what, question).await
    }

    async fn ask_head(
        &self,
        name: &str,
        what: &str,
    ) -> Result<object_store::Result<ObjectMeta>, StoreError> {
        let (store, prefix) = self.handle().await?;
        let path = path(prefix, name);
        self.ask(0, what, async move { store.head(&path).await }).await
    }

    /// A store without its marker is away, not empty: an unmounted disk leaves an empty directory behind,
    /// a deleted one leaves nothing, and neither may be taken for an answer.
    async fn marked(&self) -> Result<(), StoreError> {
        let what = "looking for its marker";
        match self.ask_head(Key::MARKER_PATH, what).await? {
            Ok(_) => Ok(()),
            Err(object_store::Error::NotFound { .. }) => Err(unmarked(&self.inner.name)),
            Err(error) => Err(self.failure(what, &error)),
        }
    }

    /// The error of asking for `key`, when "not there" may mean that the whole store is not.
    async fn unanswered(&self, what: &str, key: &Key, error: object_store::Error) -> StoreError {
        let error = self.failure(what, &error);
        if error.is_not_found() && *key != Key::Marker {
            return self.marked().await.err().unwrap_or(error);
        }
        error
    }

    /// What is directly below a folder.
    async fn top(&self, folder: &str, what: &str) -> Result<ListResult, StoreError> {
        let (store, prefix) = self.handle().await?;
        let folder = path(prefix, folder);
        let listing = async move { store.list_with_delimiter(Some(&folder)).await };
        self.ask(0, what, listing).await?.map_err(|error| self.failure(what, &error))
    }
}

#[async_trait]
impl BlobStore for Objects {
    async fn put(&self, key: &Key, bytes: Bytes) -> Result<(), StoreError> {
        self.write(&key.to_string(), bytes).await
    }

    async fn get(&self, key: &Key) -> Result<Bytes, StoreError> {
        Ok(self.contents(key, true).await?.bytes)
    }

    async fn head(&self, key: &Key) -> Result<Head, StoreError> {
        let name = key.to_string();
        let what = format!("looking at {name}");
        let found = match self.ask_head(&name, &what).await? {
            Ok(found) => found,
            Err(error) => return Err(self.unanswered(&what, key, error).await),
        };
        // Whoever asks for no more than this may take it for kept, and not write it again. Of a tombstone it is
        // enough that it can be seen.
        let lasts = matches!(key, Key::Tombstone { .. });
        if !lasts && self.unsynced(|names| names.contains(&name)) {
            return Err(self.failed(&format!("{name} could not be synced and may not last")));
        }
        Ok(Head::new(found.size))
    }

    async fn delete(&self, key: &Key) -> Result<(), StoreError> {
        let name = key.to_string();
        let what = format!("removing {name}");
        let (store, prefix) = self.handle().await?;
        let path = path(prefix, &name);
        crash::step();
        let removed = self.ask(0, &what, async move { store.delete(&path).await }).await?;
        crash::step();
        let Err(error) = removed else {
            self.unsynced(|names| names.remove(&name));
            return Ok(());
        };
        // Some backends say `NotFound`, others nothing: here it is `Ok`, if the store is there at all.
        let error = self.unanswered(&what, key, error).await;
        if error.is_not_found() { Ok(()) } else { Err(error) }
    }

    fn list(
        &self,
        space: Space,
        shard: Option<Shard>,
    ) -> BoxStream<'static, Result<Listed, StoreError>> {
        let this = self.clone();
        let folder = match shard {
            Some(shard) => format!("{}/{shard}", space.prefix()),
            None => space.prefix().to_owned(),
        };
        if let Some(directory) = this.inner.backend.directory() {
            let found = directory.list(&folder, this.inner.backend.patience);
            return found.map_ok(|(path, bytes)| Listed::new(path, bytes)).boxed();
        }
        let listing = async move {
            this.marked().await?;
            let (store, prefix) = this.handle().await?;
            let listed = store.list(Some(&path(prefix, &folder)));
            let prefix = prefix.clone();
            let what = format!("listing {folder}");
            // An object may be the first of a page, which is a request of its own.
            let limit = this.inner.backend.patience.call(0);
            let objects = futures::stream::try_unfold(listed, move |mut listed| {
                let (name, what) = (this.inner.name.clone(), what.clone());
                async move {
                    let next = within(limit, &name, &what, listed.next()).await?;
                    let object = next.transpose().map_err(|error| failure(&name, &what, &error))?;
                    Ok::<_, StoreError>(object.map(|object| (object, listed)))
                }
            });
            Ok::<_, StoreError>(
                objects.map_ok(move |object| Listed::new(relative(&prefix, &object), object.size)),
            )
        };
        futures::stream::once(listing).try_flatten().boxed()
    }

    async fn shards(&self, space: Space) -> Result<Shards, StoreError> {
        self.marked().await?;
        let what = format!("listing the folders of {}", space.prefix());
        let top = self.top(space.prefix(), &what).await?;
        let folder = path(self.handle().await?.1, space.prefix());
        let objects = top.objects.iter().map(|object| strip(&folder, &object.location));
        let folders = top.common_prefixes.iter().map(|name| strip(&folder, name));
        Ok(Shards::of_names(space, folders.chain(objects)))
    }
}

#[async_trait]
impl Place for Objects {
    async fn survey(&self) -> Result<Survey, StoreError> {
        if let Some(directory) = self.inner.backend.directory()
            && !directory.exists(self.inner.backend.patience).await?
        {
            return Ok(Survey::Empty);
        }
        let reason = match self.get(&Key::Marker).await {
            Ok(bytes) => match Marker::open(&bytes) {
                Ok(marker) => return Ok(Survey::Store(marker)),
                Err(error @ EnvelopeError::Newer(_)) => {
                    return Ok(Survey::Newer {
                        reason: format!("{} is a newer store: {error}", self.inner.name),
                    });
                }
                Err(_) => "is damaged",
            },
            Err(error) if error.is_not_found() => "is missing",
            Err(error) => return Err(error),
        };
        let top = self.top("", "looking at it").await?;
        let (_, prefix) = self.handle().await?;
        let ours = |name: &str| {
            [Key::MARKER_PATH, README_PATH].contains(&name)
                || Space::ALL.iter().any(|space| space.prefix() == name)
        };
        let files = top.objects.iter().map(|object| relative(prefix, object));
        let folders = top.common_prefixes.iter().map(|folder| strip(prefix, folder));
        let mut names: Vec<String> = files.chain(folders).collect();
        names.sort();
        if names == [README_PATH] && reason == "is missing" {
            // Who made a store of it died before it had a marker, and so before it held anything.
            return Ok(Survey::Empty);
        }
        Ok(match names.iter().find(|name| !ours(name)) {
            Some(foreign) => Survey::Foreign { example: foreign.clone() },
            None if names.is_empty() => Survey::Empty,
            None => Survey::Unmarked {
                reason: format!("the marker {} of {} {reason}", Key::MARKER_PATH, self.inner.name),
            },
        })
    }

    async fn found(&self, marker: &Marker) -> Result<(), StoreError> {
        if let Some(directory) = self.inner.backend.directory() {
            directory.create(self.inner.backend.patience).await?;
        }
        let bytes = marker.seal().map_err(|error| {
            StoreError::new(
                StoreErrorKind::Failed,
                format!("{}: its marker cannot be written", self.inner.name),
            )
            .with_source(error)
        })?;
        self.write(README_PATH, Bytes::from_static(README.as_bytes())).await?;
        match self.get(&Key::Marker).await {
            Ok(there) => {
                if let Ok(there) = Marker::open(&there)
                    && there.uuid != marker.uuid
                {
                    return Err(self.failed(&format!("it is store {} already", there.id)));
                }
            }
            Err(error) if error.is_not_found() => {
                if self.inner.backend.bucket().is_none_or(|bucket| bucket.creates) {
                    return self.found_anew(bytes).await;
                }
            }
            Err(error) => return Err(error),
        }
        self.write(Key::MARKER_PATH, bytes.clone()).await?;
        // A directory can do what its file system can, and it is no matter of trust.
        if self.inner.backend.bucket().is_some_and(|bucket| bucket.creates) {
            self.try_conditions(bytes).await;
        }
        Ok(())
    }

    async fn leftovers(&self) -> Result<Vec<Leftover>, StoreError> {
        let Some(directory) = self.inner.backend.directory() else { return Ok(Vec::new()) };
        self.marked().await?;
        directory.leftovers(self.inner.backend.patience).await
    }

    async fn sweep(&self, leftover: &Leftover) -> Result<(), StoreError> {
        match self.inner.backend.directory() {
            Some(directory) => directory.sweep(leftover, self.inner.backend.patience).await,
            None => Ok(()),
        }
    }

    async fn presign_get(&self, key: &Key, expires: Duration) -> Result<Option<Url>, StoreError> {
        let Some(bucket) = self.inner.backend.bucket() else { return Ok(None) };
        let Some(signer) = bucket.signer.clone() else { return Ok(None) };
        let (name, path) = (key.to_string(), path(&bucket.prefix, &key.to_string()));
        let what = format!("signing a URL of {name}");
        let sign = async move { signer.signed_url(Method::GET, &path, expires).await };
        self.ask(0, &what, sign).await?.map(Some).map_err(|error| self.failure(&what, &error))
    }

    async fn get_with_digest(&self, key: &Key) -> Result<(Bytes, Digest), StoreError> {
        let contents = self.contents(key, true).await?;
        Ok((contents.bytes, Digest::from_bytes(*contents.hash.as_bytes())))
    }

    async fn look_at(&self, keys: &[Key]) -> Vec<Result<Seen, StoreError>> {
        if let Some(directory) = self.inner.backend.directory() {
            return self.look_at_files(directory, keys).await;
        }
        let mut seen = Vec::with_capacity(keys.len());
        for key in keys {
            let keeps = !matches!(key, Key::Blob(_));
            let found = match still_offline(&seen) {
                Some(error) => Err(error),
                None => self.contents(key, keeps).await,
            };
            seen.push(found.map(|contents| seen_in(key, contents)));
        }
        seen
    }

    fn honors_conditions(&self) -> Option<bool> {
        self.inner.honors_conditions.get().copied()
    }
}

/// The names of keys have no characters that a [`Path`] would escape.
fn path(prefix: &Path, name: &str) -> Path {
    let names = name.split('/').filter(|part| !part.is_empty());
    let parts = prefix.parts().chain(names.map(Into::into));
    parts.collect()
}

fn relative(prefix: &Path, object: &ObjectMeta) -> String {
    strip(prefix, &object.location)
}

fn strip(prefix: &Path, path: &Path) -> String {
    let parts = path.prefix_match(prefix).into_iter().flatten();
    parts.map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/")
}
