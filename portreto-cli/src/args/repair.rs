use clap::Args;

use super::Pace;

/// Make it two good copies of everything again
///
/// Copies what is missing, sets corrupt bytes aside (it does not destroy them), moves what is misplaced, and removes
/// what nothing refers to. The last good copy of anything is never removed. Exit code 0 when all is well
/// afterwards, 1 when something could not be repaired.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Repair {
    /// Do only what stores owe since they were away, without looking for more
    #[arg(long, conflicts_with_all = ["fast", "since", "rate"])]
    pub(crate) owed: bool,

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
  portreto repair && portreto scrub
  portreto repair --since 30d --rate 50M";
