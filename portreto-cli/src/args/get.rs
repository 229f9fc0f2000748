use std::{convert::Infallible, path::PathBuf, str::FromStr};

use clap::Args;

use super::{TransformText, transform_text::preset};

/// Write images, or variants of them, to files
///
/// Each file gets the image's name. Two images of the same name become two files, the second with a part
/// of its id. A file that is there with the same bytes is left alone; another one is overwritten only with
/// --force.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Get {
    /// Ids, or the beginnings or ends of ids
    #[arg(required_unless_present_any = ["all", "labels"], value_name = "ID")]
    pub(crate) ids: Vec<String>,

    /// Every image
    #[arg(long, conflicts_with = "ids")]
    pub(crate) all: bool,

    /// Every image with this label; with all of them when given several times
    #[arg(short, long = "label", value_name = "LABEL", conflicts_with = "ids")]
    pub(crate) labels: Vec<String>,

    /// Directory to write to; - for stdout
    #[arg(short, long, value_name = "DIR", default_value = ".")]
    pub(crate) output: Target,

    /// Write this variant instead of the original
    ///
    /// Write this variant instead of the original; it is made and kept if it is not there. See
    /// `portreto transform --help` for the text of transforms.
    #[arg(short, long, value_name = "TEXT")]
    pub(crate) transform: Option<TransformText>,

    /// Write the variant that this preset of the configuration makes
    #[arg(long, value_name = "NAME", conflicts_with = "transform", value_parser = preset)]
    pub(crate) preset: Option<TransformText>,

    /// Overwrite files that are there
    #[arg(short, long)]
    pub(crate) force: bool,

    /// Print one JSON object for each image
    #[arg(long)]
    pub(crate) json: bool,
}

/// Where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    /// `-`
    Stdout,
    /// A directory.
    Directory(PathBuf),
}

impl FromStr for Target {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "-" => Self::Stdout,
            directory => Self::Directory(directory.into()),
        })
    }
}

const EXAMPLES: &str = "\
Examples:
  portreto get 1f3c9a20
  portreto get --all -o restored/
  portreto get 1f3c9a20 -t resize:800x,webp -o - > small.webp";
