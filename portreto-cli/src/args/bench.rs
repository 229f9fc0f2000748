use clap::{Args, value_parser};

use super::Bytes;

/// Measure how fast the stores are
///
/// Puts, gets, asks for and deletes blobs of noise in each store, then in two as images are kept ("all"): calls and bytes a
/// second, and the milliseconds within which 50, 95 and 99 of 100 calls had an answer. Nothing stays behind. Exit code 1 when
/// calls failed.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Bench {
    /// Blobs of each kind of call
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = value_parser!(u32).range(1..=100_000))]
    pub(crate) count: u32,

    /// Their length, bytes, with k or M behind it; 16Mi at most
    #[arg(long, value_name = "BYTES", default_value = "100k")]
    pub(crate) size: Bytes,

    /// Calls under way at once
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = value_parser!(u16).range(1..=1024))]
    pub(crate) concurrency: u16,

    /// Print one JSON object for each store and kind of call
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Example:
  portreto bench --size 4M --count 50";
