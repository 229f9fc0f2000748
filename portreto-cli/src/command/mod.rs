//! What each command means: calls of the facade, and their results shown.

mod bench;
mod catalog;
mod check;
mod completions;
mod config;
mod dupes;
mod events;
mod get;
mod info;
mod ls;
mod palette;
mod rebuild;
mod repair;
mod rm;
mod scrub;
mod serve;
mod sign;
mod stats;
mod store;
mod transform;
mod upload;
mod worker;

use anyhow::Result;

use crate::{args::Command, context::Context, exit::Exit};

pub(crate) use self::completions::completions;

/// Does what was asked.
///
/// # Errors
///
/// When it could not start, or could not go on.
pub(crate) async fn run(command: Command, context: &mut Context) -> Result<Exit> {
    match command {
        Command::Upload(args) => upload::upload(args, context).await,
        Command::Watch(args) => upload::watch(args, context).await,
        Command::Check(args) => check::check(args, context).await,
        Command::Ls(args) => ls::ls(args, context).await,
        Command::Info(args) => info::info(&args, context).await,
        Command::Get(args) => get::get(args, context).await,
        Command::Rm(args) => rm::rm(&args, context).await,
        Command::Dupes(args) => dupes::dupes(&args, context).await,
        Command::Transform(args) => transform::transform(*args, context).await,
        Command::Palette(args) => palette::palette(args, context).await,
        Command::Catalog(args) => catalog::catalog(args.command, context).await,
        Command::Store(args) => store::store(args.command, context).await,
        Command::Scrub(args) => scrub::scrub(&args, context).await,
        Command::Repair(args) => repair::repair(&args, context).await,
        Command::Rebuild(args) => rebuild::rebuild(&args, context).await,
        Command::Stats(args) => stats::stats(&args, context).await,
        Command::Bench(args) => bench::bench(&args, context).await,
        Command::Config(args) => config::config(&args, context),
        Command::Serve(args) => serve::serve(&args, context).await,
        Command::Sign(args) => sign::sign(&args, context),
        Command::Worker(args) => worker::worker(&args, context).await,
        Command::Events(args) => events::events(args, context).await,
        Command::Completions(args) => completions(&args, &mut context.data),
    }
}
