//! One file into the stores.

use std::{
    collections::{BTreeSet, HashSet},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Result;
use portreto_core::{Digest, Limits, Transform};
use portreto_store::{Added, Checked, ErrorKind, Look, Portreto};
use tokio::{sync::Semaphore, task};

use super::outcome::{Became, Outcome};
use crate::{
    args::Upload,
    context::Context,
    files::{Content, Found, read},
    output::{one_line, path_text},
};

/// Takes files in.
pub(super) struct Intake {
    target: Target,
    transforms: Vec<Transform>,
    labels: BTreeSet<String>,
    keep_damaged: bool,
    look: Look,
    limits: Limits,
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

/// How many bytes of files may be in flight together, if one file alone may not have more.
const IN_FLIGHT_BYTES: u64 = 512 << 20;

impl Intake {
    /// Takes files into the stores.
    pub(super) fn new(
        portreto: Portreto,
        args: &Upload,
        transforms: Vec<Transform>,
        limits: Limits,
    ) -> Self {
        Self::with(Target::Stores(portreto), args, transforms, limits)
    }

    /// Only says what would happen. Makes no home.
    pub(super) async fn dry_run(
        args: &Upload,
        transforms: Vec<Transform>,
        context: &mut Context,
    ) -> Result<Self> {
        let there = context.open_if_there().await?;
        if there.is_none() {
            let home = path_text(context.settings.home());
            context.talk.note(format!("a new home would be made in {home}"));
        }
        Ok(Self::with(
            Target::Nowhere(there, Mutex::default()),
            args,
            transforms,
            context.settings.limits(),
        ))
    }

    fn with(target: Target, args: &Upload, transforms: Vec<Transform>, limits: Limits) -> Self {
        let kib = limits.input_bytes.max(IN_FLIGHT_BYTES) / 1024;
        let n_permits = u32::try_from(kib).unwrap_or(u32::MAX).min(Semaphore::MAX_PERMITS as u32);
        Self {
            target,
            transforms,
            labels: args.labels.iter().cloned().collect(),
            keep_damaged: args.keep_damaged,
            look: if args.look { Look::AtOnce } else { Look::Later },
            limits,
            memory: Semaphore::new(n_permits as usize),
            n_permits,
        }
    }

    /// What becomes of what was found.
    pub(super) async fn take(self: Arc<Self>, found: Found) -> Outcome {
        match found {
            Found::File { path, bytes, .. } => {
                let became = match self.file(&path, bytes).await {
                    Ok(became) => became,
                    Err(error) => Became::Failed(one_line(error.as_ref())),
                };
                Outcome { path, bytes, became }
            }
            Found::Skipped { path, why } => {
                Outcome { path, bytes: 0, became: Became::Skipped(why.to_owned()) }
            }
            Found::Failed { path, error } => {
                Outcome { path, bytes: 0, became: Became::Failed(one_line(error.as_ref())) }
            }
        }
    }

    async fn file(&self, path: &Path, bytes: u64) -> Result<Became> {
        let n_permits = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX);
        let _memory = self.memory.acquire_many(n_permits.min(self.n_permits)).await?;
        let checked = match self.read(path.to_owned()).await? {
            Some(checked) => checked?,
            None => return Ok(Became::Skipped(Became::NOT_A_PICTURE.to_owned())),
        };
        Ok(match &self.target {
            Target::Stores(portreto) => {
                became(portreto.add_checked(checked, self.look).await?, &self.transforms)
            }
            Target::Nowhere(there, seen) => {
                would_become(there.as_ref(), seen, checked.digest()).await?
            }
        })
    }

    /// Reads and checks a file, once, where blocking is allowed; none when it is no picture.
    async fn read(&self, path: PathBuf) -> Result<Option<portreto_store::Result<Checked>>> {
        let (limits, labels) = (self.limits, self.labels.clone());
        let (transforms, keep_damaged) = (self.transforms.clone(), self.keep_damaged);
        let work = move || {
            let Content::Picture(bytes) = read(&path, &limits)? else { return Ok(None) };
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
                checked => Ok(Some(checked)),
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
