use clap::Args;
use portreto_core::PerceptualHash;

/// Find pictures that look alike
///
/// Groups of images that look alike: the same picture in another size, format or quality, brighter or a little edited. Crops,
/// turns and mirrors are others. The same bytes are one image anyhow. Nothing is changed.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Dupes {
    /// How different two may be, 0 to 16 bits of their perceptual hashes
    #[arg(long, value_name = "N", default_value_t = PerceptualHash::ALIKE,
        value_parser = clap::value_parser!(u32).range(0..=i64::from(PerceptualHash::FARTHEST)))]
    pub(crate) distance: u32,

    /// Print one JSON object for each group
    ///
    /// Print one JSON object for each group: `images`, the oldest first, each as `ls --json` prints it and with its `distance`
    /// from the first.
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  portreto dupes
  portreto dupes --distance 0 --json | jq -r '.images[1:][] | .id'";
