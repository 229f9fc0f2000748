//! [`Place`] over `object_store`.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt, PutPayload, path::Path};
use portreto_core::replica::{
    BlobStore, Head, Key, Listed, Shard, Shards, Space, StoreError, StoreErrorKind,
};

use super::{
    Leftover, Marker, Place, README, README_PATH, Survey, backend::Backend, directory::Directory,
    failure::failure,
};
use crate::envelope::{EnvelopeError, MAX_ENVELOPE_BYTES};

/// The largest blob that is read back, in bytes. A file that something else blew up must not take all
/// memory before its digest can be found wrong.
const MAX_BLOB_BYTES: u64 = 2 << 30;

#[derive(Debug, Clone)]
pub(super) struct Objects {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    name: String,
    backend: Backend,
}

impl Objects {
    pub(super) fn new(name: String, backend: Backend) -> Self {
        Self { inner: Arc::new(Inner { name, backend }) }
    }

    fn handle(&self) -> Result<(Arc<dyn ObjectStore>, &Path), StoreError> {
        self.inner.backend.handle()
    }

    fn failure(&self, what: &str, error: &object_store::Error) -> StoreError {
        failure(&self.inner.name, what, error)
    }

    /// A store without its marker is away, not empty: an unmounted disk leaves an empty directory behind,
    /// a deleted one leaves nothing, and neither may be taken for an answer.
    async fn marked(&self) -> Result<(), StoreError> {
        let (store, prefix) = self.handle()?;
        match store.head(&path(prefix, Key::MARKER_PATH)).await {
            Ok(_) => Ok(()),
            Err(object_store::Error::NotFound { .. }) => Err(StoreError::new(
                StoreErrorKind::Offline,
                format!(
                    "{} has no {}: it is not mounted, or not a store",
                    self.inner.name,
                    Key::MARKER_PATH
                ),
            )),
            Err(error) => Err(self.failure("looking for its marker", &error)),
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

    async fn write(&self, name: &str, bytes: Bytes) -> Result<(), StoreError> {
        let (store, prefix) = self.handle()?;
        let path = path(prefix, name);
        let put = || store.put(&path, PutPayload::from_bytes(bytes.clone()));
        let failed = |error: object_store::Error| self.failure(&format!("writing {name}"), &error);
        let first = put().await.map_err(failed);
        let missing = matches!(&first, Err(error)
            if matches!(error.kind(), StoreErrorKind::NotFound | StoreErrorKind::Failed));
        if missing && self.inner.backend.directory().is_some() {
            // A delete next door may have taken the directory away between its making and its use.
            return put().await.map(|_| ()).map_err(failed);
        }
        first.map(|_| ())
    }

    fn read(&self, name: &str) -> Result<(Arc<dyn ObjectStore>, Path), StoreError> {
        let (store, prefix) = self.handle()?;
        let path = path(prefix, name);
        Ok((store, path))
    }
}

#[async_trait]
impl BlobStore for Objects {
    async fn put(&self, key: &Key, bytes: Bytes) -> Result<(), StoreError> {
        if *key != Key::Marker && self.inner.backend.directory().is_some() {
            // Writing makes missing directories, and so would fill the mount point of a disk that is not
            // mounted. A bucket that is gone refuses by itself.
            self.marked().await?;
        }
        self.write(&key.to_string(), bytes).await
    }

    async fn get(&self, key: &Key) -> Result<Bytes, StoreError> {
        let name = key.to_string();
        let what = format!("reading {name}");
        let (store, path) = self.read(&name)?;
        let found = match store.get(&path).await {
            Ok(found) => found,
            Err(error) => return Err(self.unanswered(&what, key, error).await),
        };
        let most = match key {
            Key::Blob(_) | Key::SetAside { .. } => MAX_BLOB_BYTES,
            _ => MAX_ENVELOPE_BYTES as u64,
        };
        if found.meta.size > most {
            return Err(StoreError::new(
                StoreErrorKind::Failed,
                format!(
                    "{}: {name} has {} bytes, more than the {most} that it can have",
                    self.inner.name, found.meta.size
                ),
            ));
        }
        match found.bytes().await {
            Ok(bytes) => Ok(bytes),
            Err(error) => Err(self.unanswered(&what, key, error).await),
        }
    }

    async fn head(&self, key: &Key) -> Result<Head, StoreError> {
        let name = key.to_string();
        let (store, path) = self.read(&name)?;
        match store.head(&path).await {
            Ok(found) => Ok(Head::new(found.size)),
            Err(error) => Err(self.unanswered(&format!("looking at {name}"), key, error).await),
        }
    }

    async fn delete(&self, key: &Key) -> Result<(), StoreError> {
        let name = key.to_string();
        let (store, path) = self.read(&name)?;
        let Err(error) = store.delete(&path).await else { return Ok(()) };
        // Some backends say `NotFound`, others nothing: here it is `Ok`, if the store is there at all.
        let error = self.unanswered(&format!("removing {name}"), key, error).await;
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
        let listing = async move {
            this.marked().await?;
            let (store, prefix) = this.handle()?;
            let within = path(prefix, &folder);
            let (prefix, name) = (prefix.clone(), this.inner.name.clone());
            let objects = store.list(Some(&within)).map(move |object| {
                let object =
                    object.map_err(|error| failure(&name, &format!("listing {folder}"), &error))?;
                Ok(Listed::new(relative(&prefix, &object), object.size))
            });
            Ok::<_, StoreError>(objects)
        };
        futures::stream::once(listing).try_flatten().boxed()
    }

    async fn shards(&self, space: Space) -> Result<Shards, StoreError> {
        self.marked().await?;
        let (store, prefix) = self.handle()?;
        let within = path(prefix, space.prefix());
        let top = store.list_with_delimiter(Some(&within)).await.map_err(|error| {
            self.failure(&format!("listing the folders of {}", space.prefix()), &error)
        })?;
        let objects = top.objects.iter().map(|object| strip(&within, &object.location));
        let folders = top.common_prefixes.iter().map(|folder| strip(&within, folder));
        Ok(Shards::of_names(space, folders.chain(objects)))
    }
}

#[async_trait]
impl Place for Objects {
    async fn survey(&self) -> Result<Survey, StoreError> {
        if let Some(directory) = self.inner.backend.directory()
            && !directory.exists()?
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
        let (store, prefix) = self.handle()?;
        let top = store
            .list_with_delimiter(Some(prefix))
            .await
            .map_err(|error| self.failure("looking at it", &error))?;
        let ours = |name: &str| {
            [Key::MARKER_PATH, README_PATH].contains(&name)
                || Space::ALL.iter().any(|space| space.prefix() == name)
        };
        let files = top.objects.iter().map(|object| relative(prefix, object));
        let folders = top.common_prefixes.iter().map(|folder| strip(prefix, folder));
        let mut names: Vec<String> = files.chain(folders).collect();
        names.sort();
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
            directory.create()?;
        }
        let bytes = marker.seal().map_err(|error| {
            StoreError::new(
                StoreErrorKind::Failed,
                format!("{}: its marker cannot be written", self.inner.name),
            )
            .with_source(error)
        })?;
        self.write(README_PATH, Bytes::from_static(README.as_bytes())).await?;
        self.write(Key::MARKER_PATH, bytes).await
    }

    async fn leftovers(&self) -> Result<Vec<Leftover>, StoreError> {
        let this = self.clone();
        if this.inner.backend.directory().is_none() {
            return Ok(Vec::new());
        }
        self.marked().await?;
        blocking(move || {
            this.inner.backend.directory().map_or(Ok(Vec::new()), Directory::leftovers)
        })
        .await
    }

    async fn sweep(&self, leftover: &Leftover) -> Result<(), StoreError> {
        match self.inner.backend.directory() {
            Some(directory) => directory.sweep(leftover),
            None => Ok(()),
        }
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(StoreError::new(StoreErrorKind::Failed, "the task was stopped").with_source(error))
    })
}

/// The names of keys have no characters that a [`Path`] would escape.
fn path(prefix: &Path, name: &str) -> Path {
    let parts = prefix.parts().chain(name.split('/').map(Into::into));
    parts.collect()
}

fn relative(prefix: &Path, object: &ObjectMeta) -> String {
    strip(prefix, &object.location)
}

fn strip(prefix: &Path, path: &Path) -> String {
    let parts = path.prefix_match(prefix).into_iter().flatten();
    parts.map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/")
}
