//! Files that are synced together, with all that is on their file system.
//!
//! While one sync is under way, files are written that the next one will take along. Each sync serves two groups: it
//! makes the names of the last one durable, which is then acknowledged, and the content of the next one, which then
//! gets its names. Stores that are on one file system share its syncs.

use std::{
    collections::HashMap,
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::runtime::Handle;

use super::{Durable, Lanes, file::Staged, file_system, queue::Answer};
use crate::crash;

/// What all programs together may have left to write before it is no longer for us to wait for it, in bytes. A tenth of a
/// second of a disk of 640 MB/s.
const OTHERS_BYTES: u64 = 64 << 20;

/// For how long nothing is synced together after that has failed.
const DISTRUST: Duration = Duration::from_mins(1);

/// A file system that is known to do what it is told.
#[derive(Debug, Default)]
pub(super) struct Device {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Files that have their bytes and wait for the next sync.
    begun: Vec<Begun>,
    /// A directory on it.
    root: Option<File>,
    /// Whether somebody is at it.
    is_served: bool,
    failed: Option<Instant>,
}

/// A file that has its bytes and is to have its name, or has it.
#[derive(Debug)]
pub(super) struct Begun {
    pub(super) durable: Arc<Durable>,
    pub(super) name: String,
    pub(super) staged: Staged,
    pub(super) answer: Answer,
}

/// Whoever is at it. When he is stopped in the middle, nobody waits for him.
struct Service {
    device: Arc<Device>,
    is_over: bool,
}

/// The devices that were in use, by the numbers that the system has for them. They stay: what has failed is remembered by one that
/// nobody uses just now, too.
static DEVICES: LazyLock<Mutex<HashMap<u64, Arc<Device>>>> = LazyLock::new(Mutex::default);

impl Device {
    /// The device that a directory is on now, and the directory; none when it is not there, or nothing is known of its file
    /// system.
    pub(super) fn of(root: &Path) -> Option<(Arc<Self>, File)> {
        let root = File::open(root).ok()?;
        let number = file_system::known(&root)?;
        let mut devices = DEVICES.lock().unwrap_or_else(PoisonError::into_inner);
        Some((devices.entry(number).or_default().clone(), root))
    }

    /// Whether files are being synced anyway.
    pub(super) fn is_busy(&self) -> bool {
        self.state().is_served
    }

    /// Whether this is the way to make `bytes` that are about to be written durable: nobody else has left much to write.
    pub(super) fn serves(&self, bytes: u64) -> bool {
        let ours = {
            let mut state = self.state();
            state.failed.take_if(|at| at.elapsed() >= DISTRUST);
            if state.failed.is_some() {
                return false;
            }
            state.begun.iter().map(|one| one.staged.bytes).sum::<u64>() + bytes
        };
        file_system::unwritten_bytes().is_some_and(|all| all <= 2 * ours + OTHERS_BYTES)
    }

    /// Makes files durable that have their bytes, and tells those who wait for them. `root` is a directory on it.
    pub(super) fn sync(self: Arc<Self>, lanes: &Lanes, root: File, begun: Vec<Begun>) {
        let begins = {
            let mut state = self.state();
            state.begun.extend(begun);
            // The first one is kept: through it errors show that came since it was opened.
            state.root.get_or_insert(root);
            !std::mem::replace(&mut state.is_served, true)
        };
        if begins {
            let service = Service { device: self, is_over: false };
            lanes.begin(&Handle::current(), move || service.serve());
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service {
    fn serve(mut self) {
        let mut named = Vec::new();
        while let Some((begun, root)) = self.take(!named.is_empty()) {
            named = self.pass(begun, named, &root);
        }
        self.is_over = true;
    }

    /// What waits for a sync; none when nothing does and nothing is `unfinished`.
    fn take(&self, unfinished: bool) -> Option<(Vec<Begun>, File)> {
        let mut state = self.device.state();
        let root = state.root.as_ref().and_then(|root| root.try_clone().ok());
        match root {
            Some(root) if unfinished || !state.begun.is_empty() => {
                Some((std::mem::take(&mut state.begun), root))
            }
            _ => {
                // Under the same lock as the look: who comes now begins anew. The directory is let go of, so that it
                // can be unmounted.
                state.begun.clear();
                state.root = None;
                state.is_served = false;
                None
            }
        }
    }

    /// Syncs once, acknowledges those that had got their names, and gives the others theirs.
    fn pass(&self, begun: Vec<Begun>, named: Vec<Begun>, root: &File) -> Vec<Begun> {
        let made = made_by(begun.iter().chain(&named));
        crash::step();
        let synced = if crash::syncs() { file_system::sync(root) } else { Ok(()) };
        if let Err(error) = synced {
            self.device.state().failed = Some(Instant::now());
            for one in &begun {
                one.staged.discard();
            }
            for Begun { durable, name, answer, .. } in named.into_iter().chain(begun) {
                let _ = answer.send(Err(durable.failure(&name, again(&error))));
            }
            return Vec::new();
        }
        crash::step();
        for (durable, directories) in made {
            let mut made = durable.made();
            for directory in directories {
                made.remove(&directory);
            }
        }
        for one in named {
            let _ = one.answer.send(Ok(()));
        }
        let mut named = Vec::with_capacity(begun.len());
        for one in begun {
            match one.staged.publish() {
                Ok(()) => named.push(one),
                Err(error) => _ = one.answer.send(Err(one.durable.failure(&one.name, error))),
            }
        }
        crash::step();
        named
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if !self.is_over {
            let mut state = self.device.state();
            // They are told so, by their answers being dropped.
            state.begun.clear();
            state.root = None;
            state.is_served = false;
        }
    }
}

/// The directories whose names are made durable by a sync that begins now.
fn made_by<'a>(begun: impl Iterator<Item = &'a Begun>) -> Vec<(Arc<Durable>, Vec<PathBuf>)> {
    let mut made: Vec<(Arc<Durable>, Vec<PathBuf>)> = Vec::new();
    for Begun { durable, .. } in begun {
        if !made.iter().any(|(there, _)| Arc::ptr_eq(there, durable)) {
            let directories = durable.made().iter().cloned().collect();
            made.push((durable.clone(), directories));
        }
    }
    made
}

/// The same error once more.
fn again(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(number) => io::Error::from_raw_os_error(number),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}
