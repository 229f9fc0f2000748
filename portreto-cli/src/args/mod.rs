//! What was typed. What it means is decided in [`command`](crate::command).

mod bench;
mod catalog;
mod check;
mod common;
mod completions;
mod config;
mod dupes;
mod events;
mod files;
mod get;
mod info;
mod ls;
mod pace;
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
mod transform_text;
mod upload;
mod watch;
mod worker;

use clap::{
    Parser, Subcommand,
    builder::{Styles, styling::AnsiColor},
};

pub(crate) use self::{
    bench::Bench,
    catalog::{Catalog, CatalogCommand},
    check::Check,
    common::{Bytes, Common, Moment},
    completions::Completions,
    config::Config,
    dupes::Dupes,
    events::{Events, EventsCommand},
    files::Files,
    get::{Get, Target},
    info::Info,
    ls::Ls,
    pace::Pace,
    palette::Palette,
    rebuild::Rebuild,
    repair::Repair,
    rm::Rm,
    scrub::Scrub,
    serve::Serve,
    sign::Sign,
    stats::Stats,
    store::{Store, StoreCommand},
    transform::{Operations, Transform},
    transform_text::TransformText,
    upload::{Intake, Upload},
    watch::Watch,
    worker::Worker,
};

/// Keep a directory of photos in two stores, transformed on the way.
///
/// Portreto takes in images in bulk, transforms them, keeps every one in two different stores out of
/// however many there are, and gives them back whatever single thing has failed. With no configuration at
/// all it works: a home in the platform's data directory, with a catalog and two stores in it.
#[derive(Debug, Parser)]
#[command(name = "portreto", version, max_term_width = 100, styles = STYLES)]
#[command(after_long_help = EXAMPLES, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// One subcommand, one file.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Upload(Upload),
    Check(Check),
    Watch(Watch),
    Ls(Ls),
    Info(Info),
    Get(Get),
    Rm(Rm),
    Dupes(Dupes),
    Transform(Box<Transform>),
    Palette(Palette),
    Store(Store),
    Catalog(Catalog),
    Scrub(Scrub),
    Repair(Repair),
    Rebuild(Rebuild),
    Stats(Stats),
    Bench(Bench),
    Config(Config),
    Serve(Serve),
    Sign(Sign),
    Worker(Worker),
    Events(Events),
    Completions(Completions),
}

const EXAMPLES: &str = "\
Examples:
  portreto upload ~/Photos --transform resize:320x320:inside,jpg
  portreto ls --since 7d
  portreto get 1f3c9a20 -o restored/
  portreto scrub && echo both copies are good

Exit codes:
  0  all done
  1  some items failed, or scrub found faults
  2  wrong usage, or nothing could start
  130  interrupted";

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_explains_itself_with_an_example() {
        for command in Cli::command().get_subcommands() {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            assert!(!about.is_empty() && !about.contains('\n'), "{}", command.get_name());
            let help = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Example"), "{} has no example", command.get_name());
        }
    }
}
