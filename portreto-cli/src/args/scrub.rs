use clap::Args;

/// Check every copy of everything; change nothing
///
/// Reads every copy in every store, and names what is missing, corrupt, misplaced, surplus or orphaned. Exit code
/// 0 when all is well, 1 when not.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Scrub {
    /// Look at names and sizes only, without reading the bytes
    #[arg(long)]
    pub(crate) fast: bool,

    /// Print the report as a JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Example:
  portreto scrub || portreto repair";
