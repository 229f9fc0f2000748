//! Files that are there, whole and for good, or not at all.
//!
//! The order is that of `object_store`'s local files with `with_fsync`: a staging file beside the name, its content
//! synced, renamed, the directory synced. Two things differ. Small files that come together are synced together
//! ([`queue`], [`device`]). And who finds a directory that somebody else has just made waits until that one's name is durable
//! as well, since his own file would go with it.

mod device;
mod file;
mod file_system;
mod queue;
#[cfg(test)]
mod tests;

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use portreto_core::replica::{Key, StoreError, StoreErrorKind};

use self::queue::Queue;
use super::{README_PATH, failure::io_failure, lanes::Lanes, marker::marked, patience::within};

/// Files that are larger are written on their own: what they wait for is their bytes, not syncs.
const SMALL: usize = 1 << 20;

/// Writes files below one directory.
#[derive(Debug)]
pub(super) struct Durable {
    root: PathBuf,
    /// Directories that were made here and whose names may not be durable yet.
    made: Mutex<HashSet<PathBuf>>,
    queue: Queue,
}

impl Durable {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root, made: Mutex::default(), queue: Queue::default() }
    }

    /// Puts `bytes` at `name`, in place of what is there. Durable when it returns.
    ///
    /// # Errors
    ///
    /// Offline when it takes longer than `limit` (it may still be done later), or when the directory has no marker:
    /// writing makes missing directories, and so would fill the mount point of a disk that is not mounted. After a
    /// sync that failed nothing is known of the bytes: the file is written anew or not at all.
    pub(super) async fn put(
        self: &Arc<Self>,
        lanes: &Lanes,
        limit: Duration,
        name: &str,
        bytes: Bytes,
    ) -> Result<(), StoreError> {
        let what = format!("writing {name}");
        if bytes.len() <= SMALL && needs_marker(name) {
            return within(limit, &self.place(), &what, self.enqueue(lanes, name, bytes)).await?;
        }
        let (this, name) = (self.clone(), name.to_owned());
        let write =
            async move { tokio::task::spawn_blocking(move || this.put_alone(&name, &bytes)).await };
        let written = lanes.run(limit, &self.place(), &what, write).await?;
        written.unwrap_or_else(|error| {
            let message = format!("a task was stopped: {error}");
            Err(StoreError::new(StoreErrorKind::Failed, message))
        })
    }

    /// Writes one file by itself.
    fn put_alone(&self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        if needs_marker(name) {
            marked(&self.root)?;
        }
        let written = self.write(name, bytes);
        written.map_err(|error| self.failure(name, error))
    }

    fn failure(&self, name: &str, error: std::io::Error) -> StoreError {
        io_failure(&self.place(), &format!("writing {name}"), error)
    }

    fn place(&self) -> String {
        self.root.display().to_string()
    }

    fn made(&self) -> MutexGuard<'_, HashSet<PathBuf>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The directory of a file below the root.
    fn directory_of<'a>(&'a self, path: &'a Path) -> &'a Path {
        path.parent().unwrap_or(&self.root)
    }
}

/// Founding a store writes what is there before its marker.
fn needs_marker(name: &str) -> bool {
    ![Key::MARKER_PATH, README_PATH].contains(&name)
}
