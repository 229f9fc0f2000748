use clap::{Args, Subcommand};

use super::Moment;

/// Show what has happened, and see to where it is told
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(crate) struct Events {
    #[command(subcommand)]
    pub(crate) command: Option<EventsCommand>,

    /// Go on with what happens from now on, until interrupted
    #[arg(short, long)]
    pub(crate) follow: bool,

    /// Only events of this type; `*` at the end for any
    #[arg(short = 't', long = "type", value_name = "TYPE")]
    pub(crate) types: Vec<String>,

    /// Only events of this time or later
    ///
    /// Only events of this time or later: a date, a date and time, or a while ago such as 7d or 12h. Default: all that are
    /// kept, which is 30 days; with --follow those that are to come.
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<Moment>,

    /// Print each as a CloudEvent (JSON)
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EventsCommand {
    /// Show how far each sink is
    Sinks {
        /// Print one JSON object for each sink
        #[arg(long)]
        json: bool,
    },
    /// Send a sink again what it was sent before
    Replay {
        /// The sink
        #[arg(long, value_name = "NAME")]
        sink: String,
        /// From this time on: a date, a date and time, or a while ago such as 7d or 12h
        #[arg(long, value_name = "WHEN")]
        from: Moment,
    },
    /// Show the events that a sink would not have
    Dead {
        /// The sink
        #[arg(long, value_name = "NAME")]
        sink: String,
        /// Print each as a CloudEvent (JSON), with the reason
        #[arg(long)]
        json: bool,
    },
    /// Forget how far a sink was, and what it would not have
    Forget {
        /// The sink
        #[arg(long, value_name = "NAME")]
        sink: String,
    },
}

const EXAMPLES: &str = "\
Examples:
  portreto events --follow --json
  portreto events --since 1d --type 'portreto.image.*'
  portreto events sinks
  portreto events replay --sink hook --from 2026-05-01";
