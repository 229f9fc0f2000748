//! One file into the stores.

use std::{
    collections::{BTreeSet, HashSet},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Result;
use portreto_core::{Digest, Limits, Transform};
use portreto_store::{Added, Checked, ErrorKind, FileState, Image, ImageId, Look, Portreto};
use tokio::{sync::Semaphore, task};

use super::{
    outcome::{Became, Outcome},
    pace::Pace,
};
use crate::{
    args,
    context::Context,
    files::{Content, Found, read},
    output::{one_line, path_text},
};

/// Takes files in.
pub(crate) struct Intake {
    target: Target,
    transforms: Vec<Transform>,
    labels: BTreeSet<String>,
    keep_damaged: bool,
    look: Look,
    limits: Limits,
    pace: Option<Pace>,
    /// Whether what is remembered of files is trusted.
    trusts: bool,
    /// Whether files are remembered: an image that may have one copy only is to be looked at again.
    remembers: bool,
    /// Files that are known to be kept by now, to be remembered together.
    kept: Mutex<Vec<(FileState, ImageId)>>,
    /// Bounds the memory of all files in flight together: one permit a KiB.
    memory: Semaphore,
    n_permits: u32,
}

enum Target {
    /// Into these stores.
    Stores(Portreto),
    /// Nowhere: what would happen? With what is there, if there is a home, and what would be by now.
    Nowhere(Option<Portreto>, Mutex<HashSet<Digest>>),
}

/// What is to be done about something that was found.
pub(crate) enum Task {
    /// Nothing: it is known to be kept.
    Known(Box<Outcome>),
    /// To be looked into.
    Open(Found),
}

/// How many bytes of files may be in flight together. A larger file is in flight alone.
const IN_FLIGHT_BYTES: u64 = 128 << 20;

/// How many files are remembered in one transaction.
const REMEMBERED_TOGETHER: usize = 512;

impl Intake {
    /// Takes files into the stores.
    pub(crate) fn new(
        portreto: Portreto,
        args: &args::Intake,
        transforms: Vec<Transform>,
        limits: Limits,
    ) -> Self {
        Self::with(Target::Stores(portreto), args, transforms, limits)
    }

    /// Only says what would happen. Makes no home.
    pub(super) async fn dry_run(
        args: &args::Intake,
        transforms: Vec<Transform>,
        context: &mut Context,
    ) -> Result<Self> {
        let there = context.open_if_there().await?;
        if there.is_none() {
            let home = path_text(context.settings.home());
            context.talk.note(format!("a new home would be made in {home}"));
        }
        let target = Target::Nowhere(there, Mutex::default());
        Ok(Self::with(target, args, transforms, context.settings.limits()))
    }

    fn with(
        target: Target,
        args: &args::Intake,
        transforms: Vec<Transform>,
        limits: Limits,
    ) -> Self {
        let kib = IN_FLIGHT_BYTES / 1024;
        let n_permits = u32::try_from(kib).unwrap_or(u32::MAX).min(Semaphore::MAX_PERMITS as u32);
        Self {
            target,
            transforms,
            labels: args.labels.iter().cloned().collect(),
            keep_damaged: args.keep_damaged,
            look: if args.no_look { Look::Later } else { Look::AtOnce },
            limits,
            pace: args.bwlimit.map(|args::Bytes(bytes)| Pace::new(bytes)),
            trusts: true,
            remembers: !args.degraded,
            kept: Mutex::default(),
            memory: Semaphore::new(n_permits as usize),
            n_permits,
        }
    }

    /// Reads every file, whatever is remembered of it.
    pub(super) fn distrust(mut self) -> Self {
        self.trusts = false;
        self
    }

    /// Tells what is known to be kept from what must be looked into.
    pub(crate) async fn sort(&self, found: Vec<Found>) -> Vec<Task> {
        let states: Vec<FileState> = found.iter().filter_map(Found::state).cloned().collect();
        let mut known = match self.there() {
            // Variants that were asked for may not be there.
            Some(there) if self.trusts && self.transforms.is_empty() && !states.is_empty() => {
                // A catalog that cannot be read says so when it is to be written.
                there.known_files(&states).await.unwrap_or_default().into_iter()
            }
            _ => Vec::new().into_iter(),
        };
        let task = |found: Found| {
            let image = found.state().and_then(|_| known.next()).flatten();
            match image {
                Some(image) if self.is_enough(&image) => {
                    let (path, bytes) = (found.path().to_owned(), found.bytes());
                    let became = match self.target {
                        Target::Stores(_) => Became::AlreadyThere { image, variants: Vec::new() },
                        Target::Nowhere(..) => Became::IsThere(image.digest),
                    };
                    Task::Known(Box::new(Outcome { path, bytes, became }))
                }
                _ => Task::Open(found),
            }
        };
        found.into_iter().map(task).collect()
    }

    /// What becomes of what was found; and, when it failed for a reason that may pass, the same once more.
    pub(crate) async fn take(self: Arc<Self>, found: Found) -> (Outcome, Option<Found>) {
        let again = found.again();
        match found {
            Found::File { path, bytes, .. } => {
                let (became, passes) = match self.file(&path, bytes).await {
                    Ok(became) => (became, false),
                    Err(error) => {
                        let kind = error
                            .downcast_ref::<portreto_store::Error>()
                            .map(portreto_store::Error::kind);
                        let passes = matches!(
                            kind,
                            Some(
                                ErrorKind::TooFewStores
                                    | ErrorKind::Catalog
                                    | ErrorKind::Unreadable
                            )
                        );
                        (Became::Failed(one_line(error.as_ref())), passes)
                    }
                };
                (Outcome { path, bytes, became }, again.filter(|_| passes))
            }
            Found::Skipped { path, why } => {
                (Outcome { path, bytes: 0, became: Became::Skipped(why.to_owned()) }, None)
            }
            Found::Failed { path, error } => {
                let became = Became::Failed(one_line(error.as_ref()));
                (Outcome { path, bytes: 0, became }, None)
            }
        }
    }

    /// Writes down which files are known to be kept by now: when they are many, or in the end. What cannot
    /// be written down is only looked into once more.
    pub(crate) async fn remember(&self, in_the_end: bool) {
        let kept = {
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() < REMEMBERED_TOGETHER && !in_the_end {
                return;
            }
            std::mem::take(&mut *kept)
        };
        if let Target::Stores(portreto) = &self.target {
            let _ = portreto.remember_files(&kept).await;
        }
    }

    fn there(&self) -> Option<&Portreto> {
        match &self.target {
            Target::Stores(portreto) => Some(portreto),
            Target::Nowhere(there, _) => there.as_ref(),
        }
    }

    /// Whether nothing is to be done about an image that is there.
    fn is_enough(&self, image: &Image) -> bool {
        self.labels.is_subset(&image.labels)
            && (self.look == Look::Later || image.fingerprint.is_some())
    }

    async fn file(&self, path: &Path, bytes: u64) -> Result<Became> {
        let n_permits = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX);
        let _memory = self.memory.acquire_many(n_permits.min(self.n_permits)).await?;
        let Some((checked, state)) = self.read(path.to_owned()).await? else {
            return Ok(Became::Skipped(Became::NOT_A_PICTURE.to_owned()));
        };
        match &self.target {
            Target::Stores(portreto) => {
                if let Some(pace) = &self.pace {
                    pace.pass(2 * bytes).await;
                }
                let added = portreto.add_checked(checked, self.look).await?;
                if let Some(state) = state.filter(|_| self.remembers) {
                    let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
                    kept.push((state, added.image.id));
                }
                Ok(became(added, &self.transforms))
            }
            Target::Nowhere(there, seen) => {
                Ok(would_become(there.as_ref(), seen, checked.digest()).await?)
            }
        }
    }

    /// Reads and checks a file, once, where blocking is allowed; none when it is no picture.
    async fn read(&self, path: PathBuf) -> Result<Option<(Checked, Option<FileState>)>> {
        let (limits, labels) = (self.limits, self.labels.clone());
        let (transforms, keep_damaged) = (self.transforms.clone(), self.keep_damaged);
        let work = move || {
            let Content::Picture(bytes, state) = read(&path, &limits)? else { return Ok(None) };
            let upload = portreto_store::Upload {
                bytes: bytes.into(),
                name: path
                    .file_name()
                    .map(|name| path_text(Path::new(name)).into_owned())
                    .unwrap_or_default(),
                labels,
                owner: String::new(),
                transforms,
                keep_damaged,
            };
            match upload.check(&limits) {
                Err(error) if error.kind() == ErrorKind::NotAnImage => Ok(None),
                checked => Ok(Some((checked?, state))),
            }
        };
        task::spawn_blocking(work).await?
    }
}

async fn would_become(
    there: Option<&Portreto>,
    seen: &Mutex<HashSet<Digest>>,
    digest: Digest,
) -> portreto_store::Result<Became> {
    let is_there = match there {
        Some(portreto) => portreto.image_of("", &digest).await?.is_some(),
        None => false,
    };
    let is_new = seen.lock().unwrap_or_else(PoisonError::into_inner).insert(digest);
    Ok(if is_new && !is_there { Became::WouldAdd(digest) } else { Became::IsThere(digest) })
}

fn became(added: Added, transforms: &[Transform]) -> Became {
    let variants = transforms.iter().map(ToString::to_string).zip(added.variants).collect();
    if added.already_there {
        Became::AlreadyThere { image: added.image, variants }
    } else {
        Became::Added { image: added.image, variants }
    }
}
