use clap::Args;

use super::Moment;

/// List the images, oldest first
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Ls {
    /// Only images with this label; all of them when given several times
    #[arg(short, long = "label", value_name = "LABEL")]
    pub(crate) labels: Vec<String>,

    /// Only images whose name contains this, in any case
    #[arg(long, value_name = "TEXT")]
    pub(crate) name: Option<String>,

    /// Only images first uploaded at or after this
    ///
    /// Only images first uploaded at or after this: a date, a date and time, or a while ago such as 7d or 12h.
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<Moment>,

    /// Only images first uploaded before this
    #[arg(long, value_name = "WHEN")]
    pub(crate) until: Option<Moment>,

    /// Show whole ids and digests, media types and labels
    #[arg(long)]
    pub(crate) long: bool,

    /// Print one JSON object for each image
    ///
    /// Print one JSON object for each image: id, digest, name, media_type, width, height, bytes, labels,
    /// created; and fingerprint and metadata, where they are known.
    #[arg(long, conflicts_with = "long")]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  portreto ls --label holiday --since 2026-05-01
  portreto ls --json | jq -r 'select(.width > 4000) | .id'";
