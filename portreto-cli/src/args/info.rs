use clap::Args;

/// Show all that is known of images, and where each copy is
///
/// Reads and checks every copy in every store: of the original, of its record, and of each variant.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Info {
    /// Ids, or the beginnings or ends of ids
    #[arg(required = true, value_name = "ID")]
    pub(crate) ids: Vec<String>,

    /// Print one JSON object for each image
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Example:
  portreto info 1f3c9a20";
