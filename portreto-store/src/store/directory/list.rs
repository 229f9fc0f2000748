//! Listing: one walk on a thread of its own, which looks at each file once.

use std::{
    io,
    path::{MAIN_SEPARATOR, Path},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use portreto_core::replica::StoreError;
use tokio::sync::mpsc;
use walkdir::WalkDir;

use super::{gone, is_staging};
use crate::store::{failure::io_failure, marker::marked};

/// Files that are handed on together.
const TOGETHER: usize = 512;
/// So many handfuls may wait for who asked.
const WAITING: usize = 2;

/// A path in the store and the length of what is there, bytes.
pub(in super::super) type Found = (String, u64);

/// What a walk says: what it has found, and that this was all.
pub(super) enum Said {
    Found(Vec<Found>),
    All,
    Failed(StoreError),
}

/// A walk under way.
pub(super) struct Walk {
    pub(super) said: mpsc::Receiver<Said>,
    /// Files and directories that it has come by.
    pub(super) n_seen: Arc<AtomicU64>,
}

/// The walk through what is below `folder`, and the work that does it.
pub(super) fn walk(root: &Path, folder: &str) -> (Walk, impl FnOnce() + Send + use<>) {
    let (tell, said) = mpsc::channel(WAITING);
    let n_seen = Arc::new(AtomicU64::new(0));
    let (root, folder, count) = (root.to_owned(), folder.to_owned(), n_seen.clone());
    let work = move || {
        let failed =
            |error| io_failure(&root.display().to_string(), &format!("listing {folder}"), error);
        let tell_some = |found| tell.blocking_send(Said::Found(found)).is_ok();
        // Without its marker it is away, not empty; also when it goes meanwhile.
        let listed = marked(&root)
            .and_then(|()| list(&root, &folder, &count, &tell_some).map_err(failed))
            .and_then(|()| marked(&root));
        let last = listed.map_or_else(Said::Failed, |()| Said::All);
        // Nobody listens any more.
        let _ = tell.blocking_send(last);
    };
    (Walk { said, n_seen }, work)
}

/// Tells of the files below `folder`, in no order, until `tell` says that it is enough. What comes or goes meanwhile may be
/// told of or not.
fn list(
    root: &Path,
    folder: &str,
    n_seen: &AtomicU64,
    tell: &dyn Fn(Vec<Found>) -> bool,
) -> io::Result<()> {
    let mut found = Vec::new();
    // A store may be spread over disks by links.
    for entry in WalkDir::new(root.join(folder)).min_depth(1).follow_links(true) {
        n_seen.fetch_add(1, Ordering::Relaxed);
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) if gone(&error) => continue,
            Err(error) => return Err(error.into()),
        };
        if !entry.file_type().is_file() {
            continue;
        }
        let path = entry.path().strip_prefix(root).unwrap_or(entry.path()).to_string_lossy();
        if is_staging(&path) {
            continue;
        }
        let bytes = match entry.metadata() {
            Ok(metadata) => metadata.len(),
            Err(error) if gone(&error) => continue,
            Err(error) => return Err(error.into()),
        };
        let path = if MAIN_SEPARATOR == '/' {
            path.into_owned()
        } else {
            path.replace(MAIN_SEPARATOR, "/")
        };
        found.push((path, bytes));
        if found.len() == TOGETHER && !tell(std::mem::take(&mut found)) {
            return Ok(());
        }
    }
    if !found.is_empty() {
        tell(found);
    }
    Ok(())
}
