//! `portreto upload`

mod intake;
mod outcome;
mod pace;
mod summary;
mod watch;

use std::{collections::HashSet, path::PathBuf, sync::Arc, time::Duration};

use anyhow::Result;
use futures::{Stream, StreamExt, future, stream};
use portreto_core::Transform;
use tokio::task;

pub(super) use self::watch::watch;
use self::{
    intake::{Intake, Task},
    outcome::{Became, Outcome},
    summary::Summary,
};
use crate::{
    args::{self, Upload},
    context::Context,
    exit::Exit,
    files::{Found, Sources},
    output::{Progress, escape, path_text},
};

/// How many failed files are remembered to be tried again; more have failed at once.
const MAX_AGAIN: usize = 10_000;
/// How long a store has to recover before the files that it failed are tried again; twice as long each time.
const BEFORE_AGAIN: Duration = Duration::from_millis(500);

pub(super) async fn upload(args: Upload, context: &mut Context) -> Result<Exit> {
    let sources = Sources::new(&args.files)?;
    let transforms = transforms(&args.intake, context)?;
    let intake = if args.dry_run {
        Intake::dry_run(&args.intake, transforms, context).await?
    } else {
        let portreto = context.open_or_create(args.intake.degraded).await?;
        Intake::new(portreto, &args.intake, transforms, context.settings.limits())
    };
    let intake = Arc::new(if args.checksum { intake.distrust() } else { intake });

    context.interrupt.finish_in_flight();
    let progress = context.progress();
    if progress.is_visible() {
        sources.count(&progress);
    }
    let mut run = Run::new(intake, progress, args.json);
    let mut again = run.all(sources.stream(), args.intake.retries > 0, context).await?;
    let mut pause = BEFORE_AGAIN;
    for left in (0..args.intake.retries).rev() {
        if again.is_empty() || context.interrupt.is_asked() {
            break;
        }
        future::select(
            Box::pin(tokio::time::sleep(pause)),
            Box::pin(context.interrupt.clone().asked_owned()),
        )
        .await;
        pause *= 2;
        let found = again.into_iter().map(|(found, _)| found).collect();
        again = run.all(stream::iter([found]), left > 0, context).await?;
    }
    for (_, outcome) in again {
        run.tell(&outcome, context)?;
    }
    run.intake.remember(true).await;
    run.progress.clear();
    if args.json {
        context.data.json(&run.summary)?;
    }
    if !args.dry_run {
        context.tell_of_debts().await;
    }
    let is_interrupted = context.interrupt.is_asked();
    run.summary.tell(&context.talk, args.dry_run, is_interrupted, args.json);
    if is_interrupted {
        return Ok(Exit::Interrupted);
    }
    Ok(Exit::after(run.summary.n_failed()))
}

/// The transforms and presets that were typed.
fn transforms(args: &args::Intake, context: &Context) -> Result<Vec<Transform>> {
    let presets = context.settings.presets();
    let typed = args.transforms.iter().chain(&args.presets);
    typed.map(|text| text.read(presets).map_err(Into::into)).collect()
}

struct Run {
    intake: Arc<Intake>,
    progress: Progress,
    json: bool,
    /// Whether to tell of files that are known to be kept.
    tells_known: bool,
    /// What was told to be no picture or to have failed, when those that are known are not told of.
    refused: HashSet<PathBuf>,
    summary: Summary,
}

impl Run {
    fn new(intake: Arc<Intake>, progress: Progress, json: bool) -> Self {
        let (refused, summary) = (HashSet::new(), Summary::new());
        Self { intake, progress, json, tells_known: true, refused, summary }
    }

    /// Takes in all that is found. When `may_fail`, gives the files that should be tried again instead of
    /// telling that they failed.
    async fn all(
        &mut self,
        found: impl Stream<Item = Vec<Found>>,
        may_fail: bool,
        context: &mut Context,
    ) -> Result<Vec<(Found, Outcome)>> {
        let interrupt = context.interrupt.clone();
        let intake = Arc::clone(&self.intake);
        let (intake, tells_known) = (&intake, self.tells_known);
        let outcomes = found
            .take_until(interrupt.asked())
            .then(|found| intake.sort(found))
            .flat_map(stream::iter)
            .filter(|task| future::ready(tells_known || !matches!(task, Task::Known(_))))
            .map(|task| async {
                match task {
                    Task::Known(outcome) => (*outcome, None),
                    Task::Open(found) => on_any_core(Arc::clone(intake), found).await,
                }
            })
            .buffer_unordered(context.settings.concurrency());
        let mut outcomes = std::pin::pin!(outcomes);
        let mut again = Vec::new();
        while let Some((outcome, once_more)) = outcomes.next().await {
            if let Some(found) = once_more
                && may_fail
                && again.len() < MAX_AGAIN
                && !interrupt.is_asked()
            {
                again.push((found, outcome));
                continue;
            }
            self.tell(&outcome, context)?;
            self.intake.remember(false).await;
        }
        Ok(again)
    }

    fn tell(&mut self, outcome: &Outcome, context: &mut Context) -> Result<()> {
        self.progress.done(outcome.bytes);
        show(outcome, self.json, context, &self.progress)?;
        self.summary.add(outcome);
        if !self.tells_known && matches!(outcome.became, Became::Skipped(_) | Became::Failed(_)) {
            self.refused.insert(outcome.path.clone());
        }
        Ok(())
    }
}

/// Takes a file in on any core. Should it bring the task down, the file has failed and the others go on.
async fn on_any_core(intake: Arc<Intake>, found: Found) -> (Outcome, Option<Found>) {
    let (path, bytes) = (found.path().to_owned(), found.bytes());
    task::spawn(intake.take(found)).await.unwrap_or_else(|_| {
        let became = Became::Failed("the program failed on it".into());
        (Outcome { path, bytes, became }, None)
    })
}

/// Shows what became of a file at once: what was shown as added is kept, whatever happens next.
fn show(outcome: &Outcome, json: bool, context: &mut Context, progress: &Progress) -> Result<()> {
    context.talk.log(outcome.log_line());
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
