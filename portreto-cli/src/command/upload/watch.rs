//! `portreto watch`

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use futures::stream;
use notify::{EventKind, RecursiveMode, Watcher};
use portreto_store::FileState;
use tokio::{sync::Notify, task};

use super::{Intake, Run, outcome::Outcome, transforms};
use crate::{
    args::Watch,
    context::Context,
    exit::Exit,
    files::{Found, Walk},
    output::path_text,
};

/// Where something may have changed; shared with the thread that the system tells.
#[derive(Default)]
struct Changes {
    places: Mutex<Places>,
    told: Notify,
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Places {
    /// Everywhere: something was missed.
    all: bool,
    /// Directories, and whether also in those below.
    directories: BTreeSet<(PathBuf, bool)>,
}

/// More places than this are looked through all together.
const MAX_PLACES: usize = 4096;
/// How long a store has to recover before the files that it failed are tried again.
const BEFORE_AGAIN: Duration = Duration::from_secs(5);
/// Files that have not changed for longer are remembered by the catalog.
const REMEMBERED: Duration = Duration::from_secs(4);
/// A little more than nothing, so that waiting for a time that is over does not take all of a processor.
const SHORTLY: Duration = Duration::from_millis(50);
/// How often everything is looked through when the system cannot tell of changes.
const UNTOLD: Duration = Duration::from_secs(10);

pub(crate) async fn watch(args: Watch, context: &mut Context) -> Result<Exit> {
    for directory in &args.directories {
        if !directory.is_dir() {
            bail!("there is no directory at {}", path_text(directory));
        }
    }
    let settle = Duration::try_from(args.settle).context("--settle must not be negative")?;
    let mut rescan = Duration::try_from(args.rescan).context("--rescan must not be negative")?;
    let walk = Walk::new(args.directories.clone())
        .follow(args.follow)
        .globs(&args.include, &args.exclude)?;
    let transforms = transforms(&args.intake, context)?;
    let portreto = context.open_or_create(args.intake.degraded).await?;
    let walk = walk.prune(context.settings.home());
    let intake = Intake::new(portreto, &args.intake, transforms, context.settings.limits());
    context.interrupt.finish_in_flight();

    let changes = Arc::new(Changes::default());
    // Before the first look, so that nothing falls between the two.
    let _watcher = match watcher(&args.directories, Arc::clone(&changes)) {
        Ok(watcher) => Some(watcher),
        Err(error) => {
            let every = UNTOLD.as_secs();
            context.talk.warning(format!(
                "the system does not tell of changes ({error}): looking through everything every {every} s"
            ));
            rescan = rescan.min(UNTOLD);
            None
        }
    };
    changes.lock().all = true;
    let mut run = Run::new(Arc::new(intake), context.progress(), args.json);
    run.tells_known = false;
    let mut watched = Watched { walk: Arc::new(walk), settle, told: HashMap::new() };
    let mut last_scan = Instant::now();
    let mut later = Later::default();
    let interrupt = context.interrupt.clone();
    while !interrupt.is_asked() {
        let mut places = std::mem::take(&mut *changes.lock());
        places.directories.append(&mut later.due());
        places.all |= last_scan.elapsed() >= rescan;
        if places.all {
            last_scan = Instant::now();
        }
        if places != Places::default() {
            let (ready, unsettled) = watched.look(places).await?;
            later.add(unsettled, settle / 2 + SHORTLY);
            let noted: Vec<_> = ready.iter().filter_map(Found::again).collect();
            let again = run.all(stream::iter([ready]), true, context).await?;
            run.intake.remember(true).await;
            let refused = std::mem::take(&mut run.refused);
            watched.note(&refused, &again, noted);
            for (found, outcome) in again {
                let directory = found.path().parent().map(|parent| (parent.to_owned(), false));
                later.add(directory.into_iter().collect(), BEFORE_AGAIN);
                let (path, why) = (path_text(&outcome.path), outcome.failures().join("; "));
                context.talk.warning(format!("{path}: {why}; it will be tried again"));
            }
        }
        let pause = rescan.saturating_sub(last_scan.elapsed()).min(later.pause());
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = changes.told.notified() => {}
            () = interrupt.asked() => {}
        }
    }
    run.progress.clear();
    if args.json {
        context.data.json(&run.summary)?;
    }
    run.summary.tell(&context.talk, false, false, args.json);
    Ok(Exit::after(run.summary.n_failed()))
}

/// The directories, and what is known of what is in them.
struct Watched {
    walk: Arc<Walk>,
    settle: Duration,
    /// Files of which it was told what became of them: not to be told again until they change.
    told: HashMap<PathBuf, FileState>,
}

impl Watched {
    /// The files at these places that have settled, and the places where some have not.
    async fn look(&self, places: Places) -> Result<(Vec<Found>, BTreeSet<(PathBuf, bool)>)> {
        let (walk, settle) = (Arc::clone(&self.walk), self.settle);
        let look = move || {
            let (mut ready, mut unsettled) = (Vec::new(), BTreeSet::new());
            let mut sort = |found: Found| match &found {
                Found::File { path, .. } if !found.is_settled(settle) => {
                    let directory = path.parent().unwrap_or(Path::new("."));
                    unsettled.insert((directory.to_owned(), false));
                }
                Found::File { .. } => ready.push(found),
                // Links and devices stay what they are; what cannot be read now is told of when it changes.
                Found::Skipped { .. } | Found::Failed { .. } => {}
            };
            if places.all {
                walk.iter().for_each(sort);
            } else {
                for (directory, deep) in &places.directories {
                    walk.within(directory, *deep).for_each(&mut sort);
                }
            }
            (ready, unsettled)
        };
        let (mut ready, unsettled) = task::spawn_blocking(look).await?;
        ready.retain(|found| self.told.get(found.path()) != found.state());
        Ok((ready, unsettled))
    }

    /// Remembers what was told, where the catalog does not.
    fn note(&mut self, refused: &HashSet<PathBuf>, again: &[(Found, Outcome)], noted: Vec<Found>) {
        for found in noted {
            let path = found.path();
            let is_remembered = !refused.contains(path) && found.is_settled(REMEMBERED);
            let comes_again = again.iter().any(|(again, _)| again.path() == path);
            if let Some(state) = found.state()
                && !is_remembered
                && !comes_again
            {
                self.told.insert(path.to_owned(), state.clone());
            }
        }
    }
}

/// Places to be looked at in a while.
#[derive(Default)]
struct Later {
    directories: BTreeSet<(PathBuf, bool)>,
    at: Option<Instant>,
}

impl Later {
    fn add(&mut self, directories: BTreeSet<(PathBuf, bool)>, pause: Duration) {
        if !directories.is_empty() {
            let at = Instant::now() + pause;
            self.at = Some(self.at.map_or(at, |before| before.min(at)));
            self.directories.extend(directories);
        }
    }

    /// All of them, when their time has come.
    fn due(&mut self) -> BTreeSet<(PathBuf, bool)> {
        if self.at.is_none_or(|at| at > Instant::now()) {
            return BTreeSet::new();
        }
        self.at = None;
        std::mem::take(&mut self.directories)
    }

    fn pause(&self) -> Duration {
        self.at.map_or(Duration::MAX, |at| at.saturating_duration_since(Instant::now()))
    }
}

impl Changes {
    fn lock(&self) -> std::sync::MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Has the system tell of changes.
fn watcher(directories: &[PathBuf], changes: Arc<Changes>) -> notify::Result<impl Watcher> {
    // The system tells of absolute paths, some systems of those that links lead to.
    let mut roots = Vec::new();
    for typed in directories {
        roots.extend(std::path::absolute(typed).map(|root| (root, typed.clone())));
        roots.extend(typed.canonicalize().map(|root| (root, typed.clone())));
    }
    let as_typed = move |path: &Path| {
        roots.iter().find_map(|(root, typed)| {
            let below = path.strip_prefix(root).ok()?;
            Some(if below.as_os_str().is_empty() { typed.clone() } else { typed.join(below) })
        })
    };
    let tell = move |event: notify::Result<notify::Event>| {
        let mut places = changes.lock();
        match event {
            Ok(event) if matches!(event.kind, EventKind::Access(_) | EventKind::Remove(_)) => {
                return;
            }
            Ok(event) if !event.need_rescan() => {
                for path in event.paths {
                    // What is in a directory that has just come may have come before it was watched.
                    let deep = path.is_dir();
                    let directory = if deep { Some(&*path) } else { path.parent() };
                    match directory.and_then(&as_typed) {
                        Some(directory) => {
                            places.directories.insert((directory, deep));
                        }
                        None => places.all = true,
                    }
                }
            }
            _ => places.all = true,
        }
        if places.directories.len() > MAX_PLACES {
            *places = Places { all: true, directories: BTreeSet::new() };
        }
        drop(places);
        changes.told.notify_one();
    };
    let mut watcher = notify::recommended_watcher(tell)?;
    for directory in directories {
        watcher.watch(directory, RecursiveMode::Recursive)?;
    }
    Ok(watcher)
}
