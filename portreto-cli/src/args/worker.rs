use clap::Args;

/// Make variants that were asked for of the server, until stopped
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Worker {
    /// Jobs to run at the same time
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) jobs: u32,
}

const EXAMPLES: &str = "\
Example:
  portreto worker --jobs 4";
