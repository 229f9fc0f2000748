use clap::Args;

/// Make it two good copies of everything again
///
/// Copies what is missing, sets corrupt bytes aside (it does not destroy them), moves what is misplaced, and removes
/// what nothing refers to. The last good copy of anything is never removed. Exit code 0 when all is well
/// afterwards, 1 when something could not be repaired.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Repair {
    /// Do only what stores owe since they were away, without looking for more
    #[arg(long, conflicts_with = "fast")]
    pub(crate) owed: bool,

    /// Look at names and sizes only, without reading the bytes
    #[arg(long)]
    pub(crate) fast: bool,

    /// Print the report as a JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Example:
  portreto repair && portreto scrub";
