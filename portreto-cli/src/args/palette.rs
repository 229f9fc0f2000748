use std::path::PathBuf;

use clap::Args;
use portreto_core::transform::Quantizer;

/// Choose one palette for many images
///
/// Looks at every image in IN and chooses the colors that suit all of them together. Without -o they are printed, one
/// rrggbb a line. `transform --palette OUT` then dithers any image to them.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Palette {
    /// Files and directories
    #[arg(required = true, value_name = "IN")]
    pub(crate) inputs: Vec<PathBuf>,

    /// How many colors at most, 2 to 256
    #[arg(long, value_name = "N")]
    pub(crate) colors: u16,

    /// File to write: .gpl, .hex, .act or .pal
    #[arg(short, long, value_name = "OUT")]
    pub(crate) output: Option<PathBuf>,

    /// How colors are chosen: wu, k-means, median-cut or octree [default: wu]
    #[arg(long, value_name = "NAME")]
    pub(crate) quantizer: Option<Quantizer>,

    /// Overwrite the file if it is there
    #[arg(short, long)]
    pub(crate) force: bool,

    /// Take only what matches this glob
    #[arg(long, value_name = "GLOB")]
    pub(crate) include: Vec<String>,

    /// Leave out what matches this glob
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,

    /// Follow symbolic links within directories
    #[arg(long)]
    pub(crate) follow: bool,
}

const EXAMPLES: &str = "\
Examples:
  portreto palette ~/Photos --colors 64 -o photos.gpl
  portreto palette frames/ --colors 16 --quantizer k-means -o frames.hex
  portreto transform frames/ -o out/ --dither floyd-steinberg --palette frames.hex";
