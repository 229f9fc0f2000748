//! `portreto transform`

mod budget;
mod order;
mod outcome;
mod overlay;
mod palette;
mod plan;
mod rows;
mod text;
mod work;

use std::{path::Path, sync::Arc};

use anyhow::{Context as _, Result, bail};
use portreto_core::Format;
use tokio::{sync::mpsc, task};

use self::{
    order::InOrder,
    outcome::{Became, Outcome, Summary},
    plan::{Plan, Target},
    work::Work,
};
use crate::{
    args::Transform,
    context::Context,
    exit::Exit,
    files::{Existing, Walk},
    output::{escape, one_line, path_text},
};

pub(super) async fn transform(args: Transform, context: &mut Context) -> Result<Exit> {
    let walk = Walk::new(args.inputs.clone())
        .follow(args.follow)
        .globs(&args.include, &args.exclude)?
        .prune(&args.output);
    let output = args.output.clone();
    let target = Target::of(&args.inputs, output)?;
    let typed = text::transforms(&args.operations, context.settings.presets(), target.format())?;
    let (suffixes, transforms): (Vec<_>, Vec<_>) = typed.into_iter().unzip();
    let transforms = transforms
        .into_iter()
        .map(|transform| with_format_of(&target, transform))
        .collect::<Result<Vec<_>>>()?;
    // All differ in their sizes alone.
    let transform = transforms[0].clone();
    let assets = overlay::assets(&args.operations, &transforms, &context.settings.limits())?;
    let plan =
        { task::spawn_blocking(move || Plan::new(&walk, &target, &transform, &suffixes)).await?? };

    let mut summary = Summary::default();
    for outcome in plan.idle {
        show(&outcome, args.json, context)?;
        summary.add(&outcome);
    }
    context.interrupt.finish_in_flight();
    let progress = context.progress();
    plan.jobs.iter().for_each(|job| progress.expect(job.bytes));

    let (sender, mut outcomes) = mpsc::unbounded_channel();
    if args.dry_run {
        for (place, job) in plan.jobs.into_iter().enumerate() {
            drop(sender.send((place, Outcome::planned(job).collect())));
        }
        drop(sender);
    } else {
        let work = Arc::new(Work {
            jobs: plan.jobs,
            transforms,
            assets,
            limits: context.settings.limits(),
            existing: if args.force { Existing::Replace } else { Existing::Keep },
            interrupt: context.interrupt.clone(),
            n_threads: context.settings.threads(),
        });
        task::spawn_blocking(move || {
            work.run(|place, outcomes| drop(sender.send((place, outcomes))));
        });
    }
    let mut order = InOrder::new();
    let mut tell = |outcomes: Vec<Outcome>, context: &mut Context| {
        outcomes.iter().try_for_each(|outcome| {
            summary.add(outcome);
            show(outcome, args.json, context)
        })
    };
    while let Some((place, outcomes)) = outcomes.recv().await {
        progress.done(outcomes.iter().map(|outcome| outcome.bytes).sum());
        order.take(place, outcomes).try_for_each(|outcomes| tell(outcomes, context))?;
    }
    order.rest().try_for_each(|outcomes| tell(outcomes, context))?;
    progress.clear();
    if args.json {
        context.data.json(&summary)?;
    }
    summary.tell(&context.talk, args.dry_run);
    if context.interrupt.is_asked() {
        return Ok(Exit::Interrupted);
    }
    Ok(Exit::after(summary.failed))
}

/// `-o small.webp` asks for WebP, unless the transform asks for something itself.
fn with_format_of(
    target: &Target,
    transform: portreto_core::Transform,
) -> Result<portreto_core::Transform> {
    let Some(promised) = target.format() else { return Ok(transform) };
    let asked = transform.output_format();
    match asked.format() {
        Some(format) if promised != format => {
            bail!("the output's name promises {promised}, but the transform makes {format}")
        }
        None if asked.by_content().is_some() => {
            bail!(
                "the output's name promises {promised}, but the content decides with auto; leave the extension off"
            )
        }
        _ => Ok(transform.output(asked.in_format(promised)?)),
    }
}

fn show(outcome: &Outcome, json: bool, context: &mut Context) -> Result<()> {
    let input = path_text(&outcome.input);
    if json {
        context.data.json(outcome)?;
    } else if let (Some(output), false) = (&outcome.output, context.talk.is_quiet()) {
        let line =
            format!("{} {} -> {}", outcome.status(), escape(&input), escape(&path_text(output)));
        context.data.line(line)?;
    }
    match &outcome.became {
        Became::Failed(error) if !json => context.talk.error(&anyhow::anyhow!("{input}: {error}")),
        Became::Skipped(why) if !json && promises_picture(&outcome.input) => {
            context.talk.warning(format!("skipped {input}: {why}, although its name promises one"));
        }
        _ => {}
    }
    context.data.flush().context("cannot write to stdout")?;
    Ok(())
}

fn promises_picture(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.and_then(Format::from_extension).is_some_and(Format::is_read)
}

/// An error as the text of an outcome.
fn failed(error: &anyhow::Error) -> Became {
    Became::Failed(one_line(error.as_ref()))
}
