use clap::Args;

/// Count images, variants and bytes
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Stats {
    /// Print the totals as a JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Example:
  portreto stats --json | jq .images";
