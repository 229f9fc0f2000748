use clap::Args;

use super::Pace;

/// Check every copy of everything; change nothing
///
/// Reads every copy in every store, and names what is missing, corrupt, misplaced, surplus or orphaned. Exit code
/// 0 when all is well, 1 when not.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Scrub {
    /// Look at names and sizes only, without reading the bytes
    #[arg(long, conflicts_with = "rate")]
    pub(crate) fast: bool,

    #[command(flatten)]
    pub(crate) pace: Pace,

    /// Print the report as a JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  portreto scrub || portreto repair
  portreto scrub --since 30d";
