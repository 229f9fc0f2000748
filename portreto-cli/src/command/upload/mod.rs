//! `portreto upload`

mod intake;
mod outcome;
mod summary;

use std::{
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, Result, bail};
use futures::{Stream, StreamExt, stream};
use tokio::{sync::mpsc, task};

use self::{
    intake::Intake,
    outcome::{Became, Outcome},
    summary::Summary,
};
use crate::{
    args::Upload,
    context::Context,
    exit::Exit,
    files::{Found, Walk},
    output::{Progress, escape, path_text},
};

pub(super) async fn upload(args: Upload, context: &mut Context) -> Result<Exit> {
    let mut paths = args.paths.clone();
    if let Some(list) = &args.files_from {
        paths.extend(read_list(list)?);
    }
    if !paths.is_empty() && !paths.iter().any(|path| path.exists()) {
        let names = paths.iter().map(|path| path_text(path)).collect::<Vec<_>>().join(", ");
        bail!("there is nothing at {names}");
    }
    let walk = Walk::new(paths).follow(args.follow).globs(&args.include, &args.exclude)?;
    let presets = context.settings.presets();
    let typed = args.transforms.iter().chain(&args.presets);
    let transforms = typed.map(|text| text.read(presets)).collect::<Result<Vec<_>, _>>()?;
    let intake = Arc::new(if args.dry_run {
        Intake::dry_run(&args, transforms, context).await?
    } else {
        let portreto = context.open_or_create().await?;
        Intake::new(portreto, &args, transforms, context.settings.limits())
    });

    let interrupt = context.interrupt.clone();
    interrupt.finish_in_flight();
    let progress = context.progress();
    if progress.is_visible() {
        count(walk.clone(), progress.clone());
    }
    let outcomes = found(walk)
        .take_until(interrupt.asked())
        .map(|found| on_any_core(Arc::clone(&intake), found))
        .buffer_unordered(context.settings.concurrency());
    let mut outcomes = std::pin::pin!(outcomes);

    let mut summary = Summary::new();
    while let Some(outcome) = outcomes.next().await {
        progress.done(outcome.bytes);
        show(&outcome, args.json, context, &progress)?;
        summary.add(&outcome);
    }
    progress.clear();
    if args.json {
        context.data.json(&summary)?;
    }
    let is_interrupted = interrupt.is_asked();
    summary.tell(&context.talk, args.dry_run, is_interrupted, args.json);
    if is_interrupted {
        return Ok(Exit::Interrupted);
    }
    Ok(Exit::after(summary.n_failed()))
}

/// Takes a file in on any core. Should it bring the task down, the file has failed and the others go on.
async fn on_any_core(intake: Arc<Intake>, found: Found) -> Outcome {
    let (path, bytes) = (found.path().to_owned(), found.bytes());
    match task::spawn(intake.take(found)).await {
        Ok(outcome) => outcome,
        Err(_) => {
            Outcome { path, bytes, became: Became::Failed("the program failed on it".into()) }
        }
    }
}

/// Shows what became of a file at once: what was shown as added is kept, whatever happens next.
fn show(outcome: &Outcome, json: bool, context: &mut Context, progress: &Progress) -> Result<()> {
    if json {
        context.data.json(outcome)?;
    } else {
        // With a bar on the same screen a line for each file would only scroll by.
        let is_on_screen = progress.is_visible() && context.data.is_terminal();
        if let Some(id) = outcome.short_id()
            && !is_on_screen
            && !context.talk.is_quiet()
        {
            let path = path_text(&outcome.path);
            context.data.line(format_args!("{} {id} {}", outcome.status(), escape(&path)))?;
        }
        if let Some(why) = outcome.surprise() {
            context.talk.warning(format!("skipped {}: {why}", path_text(&outcome.path)));
        }
    }
    context.data.flush()?;
    Ok(())
}

/// What is found, as it is found: the directories are read on a thread of their own.
fn found(walk: Walk) -> impl Stream<Item = Found> {
    let (sender, receiver) = mpsc::channel(64);
    task::spawn_blocking(move || {
        for found in walk.iter() {
            if sender.blocking_send(found).is_err() {
                break;
            }
        }
    });
    stream::unfold(receiver, |mut receiver| async {
        receiver.recv().await.map(|found| (found, receiver))
    })
}

/// Walks ahead, so that the bar knows how much there is.
fn count(walk: Walk, progress: Progress) {
    task::spawn_blocking(move || {
        for found in walk.iter() {
            match found {
                Found::File { bytes, .. } => progress.expect(bytes),
                _ => progress.expect(0),
            }
        }
    });
}

/// Paths, one a line.
fn read_list(list: &Path) -> Result<Vec<PathBuf>> {
    let cannot = || format!("cannot read the list {}", path_text(list));
    let reader: Box<dyn BufRead> = if list == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(std::fs::File::open(list).with_context(cannot)?))
    };
    let mut paths = Vec::new();
    for line in reader.split(b'\n') {
        let mut line = line.with_context(cannot)?;
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        if !line.is_empty() {
            paths.push(path_of(line).with_context(cannot)?);
        }
    }
    Ok(paths)
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "the twin for other systems can fail")]
fn path_of(line: Vec<u8>) -> Result<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    Ok(std::ffi::OsString::from_vec(line).into())
}

#[cfg(not(unix))]
fn path_of(line: Vec<u8>) -> Result<PathBuf> {
    Ok(String::from_utf8(line).context("a path is not UTF-8")?.into())
}
