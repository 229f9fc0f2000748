use clap::Args;
use portreto_core::Digest;

use super::Moment;

/// Sign a direct URL of a picture, for those who have no login
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Sign {
    /// Digest of the original
    pub(crate) digest: Digest,
    /// Transform, a dot, and the extension of a format or `auto`
    #[arg(value_name = "TRANSFORM.EXTENSION")]
    pub(crate) name: String,
    /// When the URL ends; without it, never
    #[arg(long, value_name = "TIME")]
    pub(crate) expires: Option<Moment>,
}

const EXAMPLES: &str = "\
Example:
  portreto sign af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262 resize:320x320.webp";
