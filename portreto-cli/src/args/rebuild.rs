use clap::Args;

/// Make a new catalog from the stores alone
///
/// For when the catalog is lost: every image comes back with its name, labels and variants. Every
/// store knows of the others.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Rebuild {
    /// Replace a catalog that is there; it is kept beside the new one
    #[arg(short, long)]
    pub(crate) force: bool,

    /// A store to begin with, by URL or directory
    ///
    /// A store to begin with, by URL or directory; may be given several times. The others are found through
    /// it. Default: the two stores in the home.
    #[arg(long = "store", value_name = "URL")]
    pub(crate) stores: Vec<String>,

    /// Print the report as a JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  portreto rebuild
  portreto rebuild --store /mnt/a/portreto";
