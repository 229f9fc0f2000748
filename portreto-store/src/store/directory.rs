//! A local directory: what `object_store` leaves to us.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use jiff::Timestamp;
use object_store::{ObjectStore, local::LocalFileSystem};
use portreto_core::replica::{Key, StoreError, StoreErrorKind};
use walkdir::WalkDir;

use super::{
    Leftover,
    failure::{failure, io_failure},
};

#[derive(Debug)]
pub(super) struct Directory {
    root: PathBuf,
    files: OnceLock<Arc<LocalFileSystem>>,
}

impl Directory {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root, files: OnceLock::new() }
    }

    /// The object store over the directory. Opened late, because it may be mounted later.
    pub(super) fn files(&self) -> Result<Arc<dyn ObjectStore>, StoreError> {
        if let Some(files) = self.files.get() {
            return Ok(files.clone());
        }
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
            .with_fsync(true)
            // Every image has directories of its own, which would pile up after deletes.
            .with_automatic_cleanup(true);
        Ok(self.files.get_or_init(|| Arc::new(opened)).clone())
    }

    /// Whether there is a directory.
    pub(super) fn exists(&self) -> Result<bool, StoreError> {
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

    /// Makes the directory, durably.
    pub(super) fn create(&self) -> Result<(), StoreError> {
        create_durably(&self.root)
            .map_err(|error| io_failure(&self.name(), "making the directory", error))
    }

    /// The staging files of `object_store`, which its listings hide: `NAME#1` beside `NAME`, for names
    /// that are ours.
    pub(super) fn leftovers(&self) -> Result<Vec<Leftover>, StoreError> {
        let mut found = Vec::new();
        for entry in WalkDir::new(&self.root).follow_links(false) {
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

    pub(super) fn sweep(&self, leftover: &Leftover) -> Result<(), StoreError> {
        if !is_staging(&leftover.path) {
            return Err(StoreError::new(
                StoreErrorKind::Failed,
                format!("{}: {} is not a leftover", self.name(), leftover.path),
            ));
        }
        match fs::remove_file(self.root.join(&leftover.path)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(io_failure(&self.name(), &format!("removing {}", leftover.path), error))
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
