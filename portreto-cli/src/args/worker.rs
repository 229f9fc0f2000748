use clap::Args;
use portreto_server::SinksFlag;

/// Make variants that were asked for of the server, and bring events to sinks, until stopped
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Worker {
    /// Jobs to run at the same time
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) jobs: u32,
    #[command(flatten)]
    pub(crate) sinks: SinksFlag,
}

const EXAMPLES: &str = "\
Example:
  portreto worker --jobs 4";
