use clap::{Args, value_parser};

use super::Files;

/// Check that every picture in a directory is safely kept
///
/// Tells of every picture whether it is catalogued and its original and record are in two stores. Exit code 0 when all are
/// and 1 when not; nothing is changed. Files that are no pictures are counted, not held against the directory unless
/// --strict is given; hidden files are passed over, as `upload` does.
///
/// Without options, files that were found kept before are not read again as long as the file system says the same of
/// them, and the stores are asked for names and lengths. --checksum reads the files, --bytes reads every copy.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
#[command(mut_arg("paths", |arg| arg.value_name("DIR")))]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) files: Files,

    /// Read every file, whatever was remembered of it
    #[arg(long)]
    pub(crate) checksum: bool,

    /// Read every copy in every store and check its bytes
    #[arg(long)]
    pub(crate) bytes: bool,

    /// Hold files that are no pictures, or are passed over, against the directory
    #[arg(long)]
    pub(crate) strict: bool,

    /// Files in flight at once [default: 64 a core, 256 at most]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=1024))]
    pub(crate) concurrency: Option<u16>,

    /// Print one JSON object for each file, and a summary
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  portreto check /media/card && echo the card can be formatted
  portreto check ~/Photos --checksum --bytes --json";
