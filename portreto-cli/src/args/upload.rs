use clap::{Args, value_parser};

use super::{Bytes, Files, TransformText, transform_text::preset};

/// How files are taken in.
#[derive(Debug, Clone, Args)]
pub(crate) struct Intake {
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

    /// Do not decode the pictures now: faster, no placeholders yet
    ///
    /// Each picture is decoded once, small, for its placeholders and for what tells pictures that look alike. With
    /// this, uploading is faster: `dupes` looks later at those that were never looked at, and `info` at the ones it
    /// shows.
    #[arg(long)]
    pub(crate) no_look: bool,

    /// Keep pictures that are cut off as well
    ///
    /// Keep pictures whose data ends before it should as they are. Without this they fail, so that no half of
    /// a photo is taken for the photo.
    #[arg(long)]
    pub(crate) keep_damaged: bool,

    /// Files in flight at once [default: 128 a core, 512 at most]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=1024))]
    pub(crate) concurrency: Option<u16>,

    /// At most so many bytes a second into the stores, both copies counted
    ///
    /// At most so many bytes a second into the stores, both copies counted: a number, with k, M or G (powers of
    /// 1000) or Ki, Mi, Gi (of 1024) behind it. A file goes at once; the next one waits for its time.
    #[arg(long, value_name = "BYTES")]
    pub(crate) bwlimit: Option<Bytes>,

    /// Try files that failed because of a store or the catalog so often again
    ///
    /// Try files that failed because of a store or the catalog so often again, when the others are done, waiting
    /// longer each time.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = value_parser!(u32).range(..=20))]
    pub(crate) retries: u32,

    /// Take images although only one store answers
    ///
    /// Without this, an image that fewer than two stores take is not acknowledged. With it one copy is enough: until
    /// `portreto repair` has made the second, the image is lost with that one store.
    #[arg(long)]
    pub(crate) degraded: bool,
}

/// Keep files and directories of images in two stores
///
/// Walks the directories (hidden files are passed over), keeps every image in two stores and makes the
/// variants asked for. What is there already is not uploaded again, so an upload that was interrupted is
/// resumed by running it again. Files that are no images are skipped; one bad file does not stop the rest.
///
/// Files that were found kept before are not read again as long as the file system says the same of them
/// (device, inode, length, and the times of content and entry), their images were not deleted, and the stores
/// are the same and all there. --checksum trusts none of that.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Upload {
    #[command(flatten)]
    pub(crate) files: Files,

    #[command(flatten)]
    pub(crate) intake: Intake,

    /// Say what would happen and do nothing
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,

    /// Read every file again, and ask both stores for every image
    ///
    /// Read every file again, whatever was remembered of it, and ask both stores for every image; what one has
    /// lost is put back.
    #[arg(long)]
    pub(crate) checksum: bool,

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
