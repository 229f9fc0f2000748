use std::path::PathBuf;

use clap::{Args, value_parser};

use super::{TransformText, transform_text::preset};

/// Keep files and directories of images in two stores
///
/// Walks the directories (hidden files are passed over), keeps every image in two stores and makes the
/// variants asked for. What is there already is not uploaded again, so an upload that was interrupted is
/// resumed by running it again. Files that are no images are skipped; one bad file does not stop the rest.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Upload {
    /// Files and directories
    #[arg(required_unless_present = "files_from", value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// Read more paths from a file, one a line; - for stdin
    #[arg(long, value_name = "FILE")]
    pub(crate) files_from: Option<PathBuf>,

    /// Make this variant of each image as well
    ///
    /// Make this variant of each image as well; may be given several times. See `portreto transform --help`
    /// for the text of transforms.
    #[arg(short, long = "transform", value_name = "TEXT")]
    pub(crate) transforms: Vec<TransformText>,

    /// Make the variant of this preset of the configuration as well; may be given several times
    #[arg(long = "preset", value_name = "NAME", value_parser = preset)]
    pub(crate) presets: Vec<TransformText>,

    /// Put this label on each image
    #[arg(short, long = "label", value_name = "LABEL")]
    pub(crate) labels: Vec<String>,

    /// Take only what matches this glob
    ///
    /// Take only files that match this glob; may be given several times. A glob without / is compared with
    /// the name, any other with the path below the directory that was given.
    #[arg(long, value_name = "GLOB")]
    pub(crate) include: Vec<String>,

    /// Leave out what matches this glob
    ///
    /// Leave out files and directories that match this glob; may be given several times.
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,

    /// Follow symbolic links within directories
    #[arg(long)]
    pub(crate) follow: bool,

    /// Decode each picture at once, to see what it shows
    ///
    /// Decode each picture before it is acknowledged, for its placeholders and for what tells pictures that look
    /// alike. Without this `dupes` looks at those that were never looked at, and `info` at the ones it shows.
    #[arg(long)]
    pub(crate) look: bool,

    /// Files in flight at once [default: 16 a core]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=1024))]
    pub(crate) concurrency: Option<u16>,

    /// Keep pictures that are cut off as well
    ///
    /// Keep pictures whose data ends before it should as they are. Without this they fail, so that no half of
    /// a photo is taken for the photo.
    #[arg(long)]
    pub(crate) keep_damaged: bool,

    /// Say what would happen and do nothing
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,

    /// Print one JSON object for each file, and a summary
    #[arg(long)]
    pub(crate) json: bool,
}

const EXAMPLES: &str = "\
Examples:
  portreto upload ~/Photos
  portreto upload ~/Photos --label holiday --exclude '*.png'
  portreto upload scan.tiff -t resize:320x320:inside,jpg -t dither:floyd-steinberg,png
  find . -name '*.jpg' -newer last | portreto upload --files-from - --json";
