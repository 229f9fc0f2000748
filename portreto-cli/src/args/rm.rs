use clap::Args;

/// Delete images for ever
///
/// Deleted stays deleted, also when a store is away while it happens. The bytes are removed by `repair`
/// once the grace period is over and nothing else refers to them.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Rm {
    /// Ids, or the beginnings or ends of ids
    #[arg(required = true, value_name = "ID")]
    pub(crate) ids: Vec<String>,

    /// Print one JSON object for each image
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Example:
  portreto rm 1f3c9a20 77b01c4e";
