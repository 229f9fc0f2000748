//! `portreto check`

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Result;
use futures::{StreamExt, stream};
use portreto_core::{Digest, Limits};
use portreto_store::{Checkup, Depth, Image, ImageId, Portreto};
use serde::Serialize;
use tokio::task;

use crate::{
    args::Check,
    context::Context,
    exit::Exit,
    files::{Content, Found, Sources, read},
    output::{escape, one_line, path_text},
};

/// What was found of one file.
struct Finding {
    path: PathBuf,
    bytes: u64,
    verdict: Verdict,
}

enum Verdict {
    /// Where copies of its original are.
    Kept(ImageId, Digest, Vec<String>),
    /// Why it is not safe.
    NotKept(String),
    /// Why it was not to be kept in the first place.
    Skipped(String),
    /// Why nothing is known.
    Failed(String),
}

#[derive(Serialize)]
struct Line<'a> {
    path: &'a str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<ImageId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<Digest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stores: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

#[derive(Debug, Default, Serialize)]
struct Counts {
    kept: usize,
    not_kept: usize,
    skipped: usize,
    failed: usize,
    /// Bytes of the files that are kept.
    bytes: u64,
}

#[derive(Serialize)]
struct Summary<'a> {
    summary: &'a Counts,
}

struct Checker {
    portreto: Portreto,
    limits: Limits,
    trusts: bool,
    checkup: Checkup,
}

pub(super) async fn check(args: Check, context: &mut Context) -> Result<Exit> {
    let sources = Sources::new(&args.files)?;
    let portreto = context.open().await?;
    let checkup = portreto.checkup(if args.bytes { Depth::Bytes } else { Depth::Names });
    let checker = Arc::new(Checker {
        portreto,
        limits: context.settings.limits(),
        trusts: !args.checksum,
        checkup,
    });
    context.interrupt.finish_in_flight();
    let progress = context.progress();
    if progress.is_visible() {
        sources.count(&progress);
    }
    let interrupt = context.interrupt.clone();
    let findings = sources
        .stream()
        .take_until(interrupt.asked())
        .then(|found| checker.known(found))
        .flat_map(stream::iter)
        .map(|(found, image)| {
            let path = found.path().to_owned();
            let one = task::spawn(Arc::clone(&checker).look(found, image));
            async move {
                one.await.unwrap_or_else(|_| {
                    let verdict = Verdict::Failed("the program failed on it".to_owned());
                    Finding { path, bytes: 0, verdict }
                })
            }
        })
        .buffer_unordered(context.settings.concurrency());
    let mut findings = std::pin::pin!(findings);
    let mut counts = Counts::default();
    while let Some(finding) = findings.next().await {
        progress.done(finding.bytes);
        counts.add(&finding);
        finding.show(&args, context)?;
    }
    progress.clear();
    if args.json {
        context.data.json(&Summary { summary: &counts })?;
    }
    let Counts { kept, not_kept, skipped, failed, .. } = counts;
    context.talk.note(format!(
        "{kept} kept, {not_kept} not kept, {skipped} no pictures or passed over, {failed} failed"
    ));
    if interrupt.is_asked() {
        return Ok(Exit::Interrupted);
    }
    if not_kept > 0 {
        context.talk.hint("portreto upload --checksum keeps what is not kept");
    }
    Ok(Exit::after(not_kept + failed + if args.strict { skipped } else { 0 }))
}

impl Checker {
    /// What was found, with the images that files are known to be.
    async fn known(&self, found: Vec<Found>) -> Vec<(Found, Option<Image>)> {
        let states: Vec<_> = found.iter().filter_map(Found::state).cloned().collect();
        let known = if self.trusts {
            self.portreto.known_files(&states).await.unwrap_or_default()
        } else {
            Vec::new()
        };
        let mut known = known.into_iter();
        let with = |found: Found| {
            let image = found.state().and_then(|_| known.next()).flatten();
            (found, image)
        };
        found.into_iter().map(with).collect()
    }

    async fn look(self: Arc<Self>, found: Found, image: Option<Image>) -> Finding {
        let (path, bytes) = (found.path().to_owned(), found.bytes());
        let verdict = match found {
            Found::File { path, .. } => match self.verdict(&path, image).await {
                Ok(verdict) => verdict,
                Err(error) => Verdict::Failed(one_line(error.as_ref())),
            },
            Found::Skipped { why, .. } => Verdict::Skipped(why.to_owned()),
            Found::Failed { error, .. } => Verdict::Failed(one_line(error.as_ref())),
        };
        Finding { path, bytes, verdict }
    }

    async fn verdict(&self, path: &Path, image: Option<Image>) -> Result<Verdict> {
        let image = if let Some(image) = image {
            image
        } else {
            let (path, limits) = (path.to_owned(), self.limits);
            let digest = move || match read(&path, &limits)? {
                Content::Picture(bytes, _) => anyhow::Ok(Some(Digest::of(&bytes))),
                Content::Other => Ok(None),
            };
            let Some(digest) = task::spawn_blocking(digest).await?? else {
                return Ok(Verdict::Skipped("not a picture".to_owned()));
            };
            let Some(image) = self.portreto.image_of("", &digest).await? else {
                return Ok(Verdict::NotKept("it is not in the catalog".to_owned()));
            };
            image
        };
        let Some(kept) = self.checkup.kept(&image).await? else {
            return Ok(Verdict::NotKept("it is not in the catalog any more".to_owned()));
        };
        if !kept.is_safe() {
            let what = if kept.copies.len() < 2 { "its bytes are" } else { "its record is" };
            let n = kept.copies.len().min(kept.records.len());
            return Ok(Verdict::NotKept(match n {
                0 => format!("{what} in no store that answered"),
                _ => format!("{what} whole in 1 store only"),
            }));
        }
        let stores = kept.copies.iter().map(ToString::to_string).collect();
        Ok(Verdict::Kept(image.id, image.digest, stores))
    }
}

impl Counts {
    fn add(&mut self, finding: &Finding) {
        match finding.verdict {
            Verdict::Kept(..) => {
                self.kept += 1;
                self.bytes += finding.bytes;
            }
            Verdict::NotKept(_) => self.not_kept += 1,
            Verdict::Skipped(_) => self.skipped += 1,
            Verdict::Failed(_) => self.failed += 1,
        }
    }
}

impl Finding {
    /// As JSON always; as text when it is not as it should be.
    fn show(&self, args: &Check, context: &mut Context) -> Result<()> {
        let path = path_text(&self.path);
        let (status, error) = match &self.verdict {
            Verdict::Kept(..) => ("kept", None),
            Verdict::NotKept(why) => ("not-kept", Some(why)),
            Verdict::Skipped(why) => ("skipped", Some(why)),
            Verdict::Failed(why) => ("failed", Some(why)),
        };
        if args.json {
            let (id, digest, stores) = match &self.verdict {
                Verdict::Kept(id, digest, stores) => (Some(*id), Some(*digest), Some(&stores[..])),
                _ => (None, None, None),
            };
            let error = error.map(String::as_str);
            context.data.json(&Line { path: &path, status, id, digest, stores, error })?;
        } else if let Some(why) = error
            && (args.strict || !matches!(self.verdict, Verdict::Skipped(_)))
        {
            context.data.line(format_args!("{status} {}: {}", escape(&path), escape(why)))?;
        }
        Ok(())
    }
}
