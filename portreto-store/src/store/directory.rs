//! A local directory: what `object_store` leaves to us, and reading, which it does in two steps without hashing.

mod list;
mod read;

use std::{
    fs,
    future::Future,
    io,
    path::{Path, PathBuf},
    pin::pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream::BoxStream};
use jiff::Timestamp;
use object_store::{ObjectStore, local::LocalFileSystem};
use portreto_core::replica::{Key, StoreError, StoreErrorKind};
use tokio::runtime::Handle;
use walkdir::WalkDir;

use self::list::{Found, Said};
pub(super) use self::read::{Contents, Request};
use super::{
    Leftover,
    durable::Durable,
    failure::{failure, io_failure},
    lanes::Lanes,
    patience::Patience,
};
use crate::crash;

/// Cheap to clone; all clones are the same.
#[derive(Debug, Clone)]
pub(super) struct Directory {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    files: OnceLock<Arc<LocalFileSystem>>,
    durable: Arc<Durable>,
    lanes: Lanes,
}

impl Directory {
    pub(super) fn new(root: PathBuf) -> Self {
        let durable = Arc::new(Durable::new(root.clone()));
        let inner = Inner { root, files: OnceLock::new(), durable, lanes: Lanes::new() };
        Self { inner: Arc::new(inner) }
    }

    /// Where its calls wait.
    pub(super) fn lanes(&self) -> &Lanes {
        &self.inner.lanes
    }

    /// The object store over the directory. Opened late, because it may be mounted later.
    pub(super) async fn files(
        &self,
        patience: Patience,
    ) -> Result<Arc<dyn ObjectStore>, StoreError> {
        if let Some(files) = self.inner.files.get() {
            return Ok(files.clone());
        }
        self.blocking(patience, "opening it", Inner::open).await
    }

    /// Whether there is a directory.
    pub(super) async fn exists(&self, patience: Patience) -> Result<bool, StoreError> {
        self.blocking(patience, "looking at it", Inner::exists).await
    }

    /// Puts `bytes` at `name`, durably; see [`Durable::put`].
    pub(super) async fn put(
        &self,
        limit: Duration,
        name: &str,
        bytes: Bytes,
    ) -> Result<(), StoreError> {
        self.inner.durable.put(&self.inner.lanes, limit, name, bytes).await
    }

    /// Makes the directory, durably.
    pub(super) async fn create(&self, patience: Patience) -> Result<(), StoreError> {
        let create = |inner: &Inner| {
            create_durably(&inner.root)
                .map_err(|error| io_failure(&inner.name(), "making the directory", error))
        };
        self.blocking(patience, "making the directory", create).await
    }

    /// The files below `folder`, in no order, but for staging files.
    ///
    /// # Errors
    ///
    /// Offline when there is no marker, or it stands still.
    pub(super) fn list(
        &self,
        folder: &str,
        patience: Patience,
    ) -> BoxStream<'static, Result<Found, StoreError>> {
        let (this, folder) = (self.clone(), folder.to_owned());
        let begin = async move {
            let (walk, work) = list::walk(&this.inner.root, &folder);
            this.inner.lanes.begin(&Handle::current(), work);
            let what = format!("listing {folder}");
            futures::stream::try_unfold(walk, move |mut walk| {
                let (this, what) = (this.clone(), what.clone());
                async move {
                    let n_seen = walk.n_seen.clone();
                    let said = walk.said.recv();
                    match this.unless_it_stands_still(said, &n_seen, patience, &what).await? {
                        Some(Said::Found(found)) => {
                            let found = futures::stream::iter(found.into_iter().map(Ok));
                            Ok(Some((found, walk)))
                        }
                        Some(Said::All) => Ok(None),
                        Some(Said::Failed(error)) => Err(error),
                        None => {
                            let message = format!("{}: {what} was stopped", this.inner.name());
                            Err(StoreError::new(StoreErrorKind::Failed, message))
                        }
                    }
                }
            })
            .try_flatten()
        };
        futures::stream::once(begin).flatten().boxed()
    }

    /// The staging files of `object_store`, which its listings hide: `NAME#1` beside `NAME`, for names
    /// that are ours.
    pub(super) async fn leftovers(&self, patience: Patience) -> Result<Vec<Leftover>, StoreError> {
        let n_seen = Arc::new(AtomicU64::new(0));
        let (seen, inner) = (n_seen.clone(), self.inner.clone());
        let walk = self.inner.lanes.start(async move {
            tokio::task::spawn_blocking(move || inner.leftovers(&seen)).await
        });
        // A walk takes as long as there are files.
        let found = self.unless_it_stands_still(walk, &n_seen, patience, "walking it").await?;
        found.unwrap_or_else(|error| stopped(&error))
    }

    /// What is in each of these files, one after the other, hashed on the way: see [`Contents`].
    ///
    /// # Errors
    ///
    /// Offline when it stands still; inside, what the system says.
    pub(super) async fn read(
        &self,
        files: Vec<Request>,
        patience: Patience,
        what: &str,
    ) -> Result<Vec<object_store::Result<Contents>>, StoreError> {
        let n_read = Arc::new(AtomicU64::new(0));
        let (count, inner) = (n_read.clone(), self.inner.clone());
        let work = move || {
            let read = read::read_all(&inner.root, &files, &count);
            let named = |(file, read): (&Request, io::Result<_>)| {
                read.map_err(|error| unread(&file.name, error))
            };
            files.iter().zip(read).map(named).collect()
        };
        let reading =
            self.inner.lanes.start(async move { tokio::task::spawn_blocking(work).await });
        let contents = self.unless_it_stands_still(reading, &n_read, patience, what).await?;
        contents.or_else(|error| stopped(&error))
    }

    /// Waits for `work` as long as it gets on, as `steps` counts.
    async fn unless_it_stands_still<T>(
        &self,
        work: impl Future<Output = T>,
        steps: &AtomicU64,
        patience: Patience,
        what: &str,
    ) -> Result<T, StoreError> {
        let (mut work, mut before) = (pin!(work), 0);
        loop {
            match tokio::time::timeout(patience.answer(), &mut work).await {
                Ok(done) => return Ok(done),
                Err(_) if steps.load(Ordering::Relaxed) != before => {
                    before = steps.load(Ordering::Relaxed);
                }
                Err(_) => {
                    let (name, time) = (self.inner.name(), patience.answer().as_secs_f32());
                    let message = format!("{name} gave no answer in {time} s when {what}");
                    return Err(StoreError::new(StoreErrorKind::Offline, message));
                }
            }
        }
    }

    /// Removes a staging file.
    pub(super) async fn sweep(
        &self,
        leftover: &Leftover,
        patience: Patience,
    ) -> Result<(), StoreError> {
        let path = leftover.path.clone();
        self.blocking(patience, "sweeping it", move |inner| inner.sweep(&path)).await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        patience: Patience,
        what: &str,
        work: impl FnOnce(&Inner) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let inner = self.inner.clone();
        let work = async move { tokio::task::spawn_blocking(move || work(&inner)).await };
        let done = self.inner.lanes.run(patience.answer(), &self.inner.name(), what, work).await?;
        done.unwrap_or_else(|error| stopped(&error))
    }
}

impl Inner {
    fn open(&self) -> Result<Arc<dyn ObjectStore>, StoreError> {
        if !self.exists()? {
            return Err(StoreError::new(
                StoreErrorKind::Offline,
                format!("{} does not exist: it is not mounted or was removed", self.name()),
            ));
        }
        let opened = LocalFileSystem::new_with_prefix(&self.root)
            .map_err(|error| failure(&self.name(), "opening it", &error))?
            // Off by default, and the difference between written and kept: of objects that were
            // acknowledged without it, a power cut left none.
            .with_fsync(crash::syncs())
            // Every image has directories of its own, which would pile up after deletes.
            .with_automatic_cleanup(true);
        Ok(self.files.get_or_init(|| Arc::new(opened)).clone())
    }

    fn exists(&self) -> Result<bool, StoreError> {
        match fs::metadata(&self.root) {
            Ok(metadata) if metadata.is_dir() => Ok(true),
            Ok(_) => Err(StoreError::new(
                StoreErrorKind::Failed,
                format!("{} is a file where a directory is needed", self.name()),
            )),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(io_failure(&self.name(), "looking at it", error)),
        }
    }

    fn leftovers(&self, n_seen: &AtomicU64) -> Result<Vec<Leftover>, StoreError> {
        let mut found = Vec::new();
        for entry in WalkDir::new(&self.root).follow_links(false) {
            n_seen.fetch_add(1, Ordering::Relaxed);
            let entry = match entry {
                Ok(entry) => entry,
                // Files come and go while a store is in use.
                Err(error) if gone(&error) => continue,
                Err(error) => return Err(io_failure(&self.name(), "walking it", error.into())),
            };
            let Some(path) =
                self.staging_path(entry.path()).filter(|_| entry.file_type().is_file())
            else {
                continue;
            };
            let metadata = match entry.metadata() {
                Ok(metadata) => metadata,
                Err(error) if gone(&error) => continue,
                Err(error) => return Err(io_failure(&self.name(), "walking it", error.into())),
            };
            let modified = metadata.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
            found.push(Leftover {
                path,
                bytes: metadata.len(),
                modified: modified.unwrap_or(Timestamp::UNIX_EPOCH),
            });
        }
        found.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(found)
    }

    fn sweep(&self, path: &str) -> Result<(), StoreError> {
        if !is_staging(path) {
            return Err(StoreError::new(
                StoreErrorKind::Failed,
                format!("{}: {path} is not a leftover", self.name()),
            ));
        }
        match fs::remove_file(self.root.join(path)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(io_failure(&self.name(), &format!("removing {path}"), error))
            }
            _ => Ok(()),
        }
    }

    fn staging_path(&self, path: &Path) -> Option<String> {
        let path = path.strip_prefix(&self.root).ok()?.to_str()?;
        is_staging(path).then(|| path.to_owned())
    }

    fn name(&self) -> String {
        self.root.display().to_string()
    }
}

fn unread(name: &str, error: io::Error) -> object_store::Error {
    match error.kind() {
        io::ErrorKind::NotFound => {
            object_store::Error::NotFound { path: name.to_owned(), source: error.into() }
        }
        _ => object_store::Error::Generic { store: "file system", source: error.into() },
    }
}

fn stopped<T>(error: &tokio::task::JoinError) -> Result<T, StoreError> {
    let message = format!("a task was stopped: {error}");
    Err(StoreError::new(StoreErrorKind::Failed, message))
}

/// Whether `path` is a staging file of one of our keys. Anything else with a `#` is somebody's.
fn is_staging(path: &str) -> bool {
    path.rsplit_once('#').is_some_and(|(name, number)| {
        !number.is_empty()
            && number.bytes().all(|b| b.is_ascii_digit())
            && (Key::parse(name).is_some() || name == super::README_PATH)
    })
}

fn gone(error: &walkdir::Error) -> bool {
    error.io_error().is_some_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// Like `create_dir_all`, and syncs every directory in which one was made: a directory whose name is not
/// durable keeps nothing.
fn create_durably(path: &Path) -> io::Result<()> {
    match fs::create_dir(path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {
            return Ok(());
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let parent = path.parent().ok_or(error)?;
            create_durably(parent)?;
            match fs::create_dir(path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                other => other?,
            }
        }
        Err(error) => return Err(error),
    }
    match path.parent() {
        Some(parent) if cfg!(unix) => fs::File::open(parent)?.sync_all(),
        _ => Ok(()),
    }
}
