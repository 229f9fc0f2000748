//! The files that a command was told of, as a stream.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::Result;
use futures::{Stream, stream};
use tokio::{sync::mpsc, task};

use super::{Found, List, Walk};
use crate::{
    args::Files,
    output::{Progress, path_text},
};

/// How many files come at once, at most: what is asked of the catalog is asked for all of them together.
const TOGETHER: usize = 256;
/// How long the first of them waits for the others: a slow disk holds nobody up.
const PATIENCE: Duration = Duration::from_millis(20);

/// The files that a command was told of.
pub(crate) struct Sources {
    walk: Walk,
    list: Option<List>,
    /// The list may be read once more, to count.
    again: Option<(PathBuf, bool)>,
}

impl Sources {
    /// Understands what was typed.
    ///
    /// # Errors
    ///
    /// When nothing is at any of the paths, a list cannot be opened, or a glob is none.
    pub(crate) fn new(files: &Files) -> Result<Self> {
        let paths = files.paths.clone();
        if !paths.is_empty() && !paths.iter().any(|path| path.exists()) {
            let names = paths.iter().map(|path| path_text(path)).collect::<Vec<_>>().join(", ");
            anyhow::bail!("there is nothing at {names}");
        }
        let list = files.files_from.as_deref().map(|list| List::open(list, files.null));
        let again = files.files_from.clone().filter(|list| list.is_file());
        Ok(Self {
            walk: Walk::new(paths).follow(files.follow).globs(&files.include, &files.exclude)?,
            list: list.transpose()?,
            again: again.map(|list| (list, files.null)),
        })
    }

    /// Walks ahead, so that the bar knows how much there is; not when paths come from stdin.
    pub(crate) fn count(&self, progress: &Progress) {
        let again = match (&self.list, &self.again) {
            (Some(_), None) => return,
            (_, Some((list, null))) => List::open(list, *null).ok(),
            (None, None) => None,
        };
        let (walk, progress) = (self.walk.clone(), progress.clone());
        task::spawn_blocking(move || {
            each(&walk, again, |found| {
                progress.expect(found.bytes());
                true
            });
        });
    }

    /// What is found, as it is found, some at a time: the directories are read on a thread of their own.
    pub(crate) fn stream(self) -> impl Stream<Item = Vec<Found>> {
        let (sender, receiver) = mpsc::channel(4);
        task::spawn_blocking(move || {
            let mut some = Vec::with_capacity(TOGETHER);
            let mut since = Instant::now();
            each(&self.walk, self.list, |found| {
                if some.is_empty() {
                    since = Instant::now();
                }
                some.push(found);
                if some.len() < TOGETHER && since.elapsed() < PATIENCE {
                    return true;
                }
                let full = std::mem::replace(&mut some, Vec::with_capacity(TOGETHER));
                sender.blocking_send(full).is_ok()
            });
            if !some.is_empty() {
                let _ = sender.blocking_send(some);
            }
        });
        stream::unfold(receiver, |mut receiver| async {
            receiver.recv().await.map(|found| (found, receiver))
        })
    }
}

/// Calls `take` with all that is found, until it has enough.
fn each(walk: &Walk, list: Option<List>, mut take: impl FnMut(Found) -> bool) {
    for found in walk.iter() {
        if !take(found) {
            return;
        }
    }
    for path in list.into_iter().flatten() {
        let path = match path {
            Ok(path) => path,
            Err(error) => {
                take(Found::Failed { path: PathBuf::from("-"), error });
                return;
            }
        };
        for found in walk.one(&path) {
            if !take(found) {
                return;
            }
        }
    }
}
