use std::time::Duration;

use clap::Args;

use super::{Bytes, common::length_of_time};

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

    /// Look only at what was not checked in full within this time: 12h, 7d
    ///
    /// Each home is checked in 256 parts, the one checked longest ago first, and remembers when each was. So a scrub that
    /// was interrupted goes on where it was when it is run again with the same time.
    #[arg(long, value_name = "TIME", value_parser = length_of_time)]
    pub(crate) since: Option<Duration>,

    /// At most so many bytes a second from the stores, all copies counted
    ///
    /// At most so many bytes a second from the stores, all copies counted, so that a scrub disturbs nobody: a number, with
    /// k, M or G (powers of 1000) or Ki, Mi, Gi (of 1024) behind it.
    #[arg(long, value_name = "BYTES", conflicts_with = "fast")]
    pub(crate) rate: Option<Bytes>,

    /// Print the report as a JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  portreto scrub || portreto repair
  portreto scrub --since 30d";
