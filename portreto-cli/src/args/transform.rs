use std::{num::NonZeroU32, path::PathBuf};

use clap::Args;
use portreto_core::{
    Format,
    transform::{
        Accept, Algorithm, Alpha, Background, BitOrder, Color, Compression, Filter, Fit, Flip,
        Gravity, Levels, MetadataPolicy, Metric, Profile, Quantizer, Rotate, Strength, Subsampling,
    },
};

use super::{TransformText, transform_text::preset};

/// Transform files to files, without any store
///
/// The operations are done in this order: trim, crop, resize, rotate, flip, pad, flatten, grayscale,
/// brightness to gamma, tint, blur, sharpen, round, watermark, caption, dither. For another order, or several of a kind, write the
/// text of a transform: the same text that `upload` and `get` take.
///
/// Of a directory, the tree is kept below OUT. Nothing is written when two inputs would become the same
/// file; a file that is there is overwritten only with --force.
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Transform {
    /// Files and directories
    #[arg(required = true, value_name = "IN")]
    pub(crate) inputs: Vec<PathBuf>,

    /// File to write, or directory to write to
    ///
    /// File to write, when there is one input file and no directory of this name; else the directory to
    /// write to. A name that ends in / is a directory's. The extension of a file decides its format, unless --format
    /// does.
    #[arg(short, long, value_name = "OUT")]
    pub(crate) output: PathBuf,

    /// Overwrite files that are there
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

    /// Say what would happen and do nothing
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,

    /// Print one JSON object for each file, and a summary
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) operations: Operations,
}

/// What to do to each image: one flag for each operation, or a text.
#[derive(Debug, Default, Clone, Args)]
#[command(next_help_heading = "Operations")]
pub(crate) struct Operations {
    /// All of it as one text, such as resize:320x240:cover,webp
    ///
    /// All of it as one text: operations with commas between them, and a format at the end, such as
    /// resize:320x240:cover:gravity=north,rotate:90,webp:quality=80.
    #[arg(short, long, value_name = "TEXT", conflicts_with_all = FLAGS)]
    pub(crate) transform: Option<TransformText>,

    /// What a preset of the configuration says
    ///
    /// What a preset of the configuration says: a text in the table [presets] of portreto.toml. In a text it is
    /// `preset:NAME`.
    #[arg(long, value_name = "NAME", conflicts_with = "transform", conflicts_with_all = FLAGS, value_parser = preset)]
    pub(crate) preset: Option<TransformText>,

    /// Cut off a border of one color, within a tolerance of 255 [default: 10]
    #[arg(long, value_name = "0…255", num_args = 0..=1, require_equals = true, default_missing_value = "10")]
    pub(crate) trim: Option<u8>,

    /// Cut out a box: WxH, or `WxH@XxY` from the left top, in pixels or percent (`50%x50%`)
    #[arg(long, value_name = "WxH[@XxY]", value_parser = size)]
    pub(crate) crop: Option<String>,

    /// Make it another size: WxH, Wx or xH
    #[arg(long, value_name = "WxH", group = "size", value_parser = size)]
    pub(crate) resize: Option<String>,

    /// Make one file for each of these widths, from one reading: N,N,…
    ///
    /// Make one file for each of these widths, from one reading: N,N,…, each with -N behind its name. A name without an
    /// extension gets that of the format.
    #[arg(long, value_name = "N,N…", group = "size", value_delimiter = ',', conflicts_with_all = ["resize", "transform", "preset"])]
    pub(crate) widths: Vec<NonZeroU32>,

    /// How it meets that size: contain, cover, fill, inside, outside [default: inside]
    #[arg(long, requires = "resize")]
    pub(crate) fit: Option<Fit>,

    /// What to keep of it when cropping: center, north, southeast, …, a point as 30%,70%, attention or entropy
    #[arg(long, value_name = "WHERE")]
    pub(crate) gravity: Option<Gravity>,

    /// What fills room that comes up: rrggbb or rrggbbaa; for --fit contain and --pad also blur
    #[arg(long, value_name = "COLOR")]
    pub(crate) background: Option<Background>,

    /// Leave alone what would grow
    #[arg(long, requires = "size")]
    pub(crate) no_enlarge: bool,

    /// Pixels of the display to one of the size, 1 to 8
    #[arg(long, value_name = "N", requires = "size", value_parser = argument)]
    pub(crate) dpr: Option<String>,

    /// How to resample: nearest, bilinear, catmull-rom, mitchell, lanczos3 [default: lanczos3]
    #[arg(long, requires = "size")]
    pub(crate) filter: Option<Filter>,

    /// Turn clockwise, by any angle; -7.5 is to the left
    #[arg(long, value_name = "DEGREES", allow_negative_numbers = true)]
    pub(crate) rotate: Option<Rotate>,

    /// Mirror: horizontal or vertical
    #[arg(long, value_name = "DIRECTION")]
    pub(crate) flip: Option<Flip>,

    /// Put a margin around it, pixels: all sides, or TOP.RIGHT.BOTTOM.LEFT
    #[arg(long, value_name = "PIXELS", value_parser = argument)]
    pub(crate) pad: Option<String>,

    /// Put a color behind what can be seen through [default: ffffff]
    #[arg(long, value_name = "COLOR", num_args = 0..=1, require_equals = true, default_missing_value = "ffffff")]
    pub(crate) flatten: Option<Color>,

    /// Drop the colors
    #[arg(long)]
    pub(crate) grayscale: bool,

    /// Multiply brightness, 0 to 10
    #[arg(long, value_name = "FACTOR", value_parser = argument)]
    pub(crate) brightness: Option<String>,

    /// Multiply contrast, 0 to 10
    #[arg(long, value_name = "FACTOR", value_parser = argument)]
    pub(crate) contrast: Option<String>,

    /// Multiply saturation, 0 (gray) to 10
    #[arg(long, value_name = "FACTOR", value_parser = argument)]
    pub(crate) saturation: Option<String>,

    /// Turn the hues, 0 to 359 degrees
    #[arg(long, value_name = "DEGREES", value_parser = argument)]
    pub(crate) hue: Option<String>,

    /// Brighten the middle tones above 1, darken them below: 0.1 to 10
    #[arg(long, value_name = "FACTOR", value_parser = argument)]
    pub(crate) gamma: Option<String>,

    /// Show it in shades of this color
    #[arg(long, value_name = "COLOR")]
    pub(crate) tint: Option<Color>,

    /// Blur by a Gaussian of so many pixels, 0.3 to 1000
    #[arg(long, value_name = "SIGMA", value_parser = argument)]
    pub(crate) blur: Option<String>,

    /// Sharpen mildly, or by an unsharp mask of so many pixels
    #[arg(long, value_name = "SIGMA", num_args = 0..=1, require_equals = true, default_missing_value = "mild", value_parser = argument)]
    pub(crate) sharpen: Option<String>,

    /// Round the corners off: pixels, or percent as 50%
    #[arg(long, value_name = "RADIUS", value_parser = argument)]
    pub(crate) round: Option<String>,

    /// Lay the picture in this file over it
    ///
    /// Lay the picture in this file over it. Beside --transform or --preset it brings the picture that the text names by its digest.
    #[arg(long, value_name = "FILE")]
    pub(crate) watermark: Option<PathBuf>,

    /// Where the watermark is [default: southeast]
    #[arg(long, value_name = "WHERE", requires = "watermark")]
    pub(crate) watermark_gravity: Option<Gravity>,

    /// Distance of the watermark from the edges, pixels [default: 10]
    #[arg(long, value_name = "PIXELS", requires = "watermark")]
    pub(crate) watermark_margin: Option<u32>,

    /// How much of the watermark shows, 0 to 1 [default: 1]
    #[arg(long, value_name = "0…1", requires = "watermark")]
    pub(crate) watermark_opacity: Option<Strength>,

    /// Size of the watermark as a part of the picture's, 0.001 to 1 [default: its own]
    #[arg(long, value_name = "0…1", requires = "watermark", value_parser = argument)]
    pub(crate) watermark_scale: Option<String>,

    /// Repeat the watermark all over
    #[arg(long, requires = "watermark")]
    pub(crate) watermark_tile: bool,

    /// Write this text over it
    ///
    /// Write this text over it. {name} in it is the file's name without its extension, {time} when the file was last
    /// changed (UTC).
    #[arg(long, value_name = "TEXT")]
    pub(crate) caption: Option<String>,

    /// Where the caption is [default: southeast]
    #[arg(long, value_name = "WHERE", requires = "caption")]
    pub(crate) caption_gravity: Option<Gravity>,

    /// Height of the caption's font, 4 to 1000 pixels [default: 24]
    #[arg(long, value_name = "PIXELS", requires = "caption")]
    pub(crate) caption_size: Option<u32>,

    /// Color of the caption [default: ffffff]
    #[arg(long, value_name = "COLOR", requires = "caption")]
    pub(crate) caption_color: Option<Color>,

    /// Color of a box behind the caption
    #[arg(long, value_name = "COLOR", requires = "caption")]
    pub(crate) caption_background: Option<Color>,

    /// Dither: floyd-steinberg, atkinson, bayer-8, threshold, …
    #[arg(long, value_name = "NAME", value_parser = words::<Algorithm>(Algorithm::ALL.iter().map(|algorithm| algorithm.name())))]
    pub(crate) dither: Option<Algorithm>,

    /// Dither to so many values of each channel, 2 to 256, or R,G,B of them [default: 2]
    #[arg(long, value_name = "N|R,G,B", requires = "dither", conflicts_with = "palette", value_parser = levels)]
    pub(crate) levels: Option<Levels>,

    /// Dither to these colors: a name, a file, or HEX,HEX,…
    ///
    /// Dither to these colors: the name of a palette (such as gameboy or eink-7), a file (.gpl, .hex, .act, .pal,
    /// .aco or .png), or colors as HEX,HEX,…
    #[arg(long, value_name = "NAME|FILE|HEX,HEX…", requires = "dither")]
    pub(crate) palette: Option<String>,

    /// Dither to so many colors that are chosen for each image, 2 to 256
    #[arg(long, value_name = "N", requires = "dither", conflicts_with_all = ["levels", "palette"])]
    pub(crate) colors: Option<u16>,

    /// How colors are chosen: wu, k-means, median-cut or octree [default: wu]
    #[arg(long, value_name = "NAME", requires = "colors")]
    pub(crate) quantizer: Option<Quantizer>,

    /// What makes a color the nearest one: rgb, weighted, oklab or ciede2000 [default: rgb]
    #[arg(long, value_name = "NAME", requires = "dither", conflicts_with = "levels")]
    pub(crate) metric: Option<Metric>,

    /// Dither luma to the palette's colors in their order, black first
    #[arg(long, requires = "dither")]
    pub(crate) recolor: bool,

    /// For --dither ordered: a file of thresholds, row by row
    ///
    /// For --dither ordered: a file of thresholds, row by row: whole numbers with spaces or commas between them, such as 0
    /// to n - 1, or 1 to n, each once.
    #[arg(long, value_name = "FILE", requires = "dither")]
    pub(crate) matrix: Option<PathBuf>,

    /// For --dither kernel: a file of weights, row by row
    ///
    /// For --dither kernel: a file of weights, row by row, with spaces or commas between them: `0 * 7` and `3 5 1`, * at the
    /// pixel. A last row `/ 16` is the divisor, if it is not the sum.
    #[arg(long, value_name = "FILE", requires = "dither")]
    pub(crate) kernel: Option<PathBuf>,

    /// Dither every other row backwards
    #[arg(long, requires = "dither")]
    pub(crate) serpentine: bool,

    /// How much of the error to spread, 0 to 1 [default: 1]
    #[arg(long, value_name = "0…1", requires = "dither")]
    pub(crate) strength: Option<Strength>,

    /// For --dither threshold: where between two levels it goes up, 0 to 1 [default: 0.5]
    #[arg(long, value_name = "0…1", requires = "dither")]
    pub(crate) cutoff: Option<Strength>,

    /// What dithering makes of transparency: threshold, keep, dither [default: threshold]
    #[arg(long, requires = "dither", value_parser = words::<Alpha>(Alpha::ALL.iter().map(|alpha| alpha.name())))]
    pub(crate) alpha: Option<Alpha>,

    /// Which noise, for a dither that has some [default: 0]
    #[arg(long, value_name = "N", requires = "dither")]
    pub(crate) seed: Option<u32>,

    /// Resize and dither light, not sRGB values
    #[arg(long)]
    pub(crate) linear: bool,

    /// Format to write, `same` as it was, or `auto` for what suits the picture [default: by OUT's extension, else same]
    #[arg(long, value_parser = format_name)]
    pub(crate) format: Option<String>,

    /// With `--format auto`: what will be shown besides jpg, png and gif, such as webp
    #[arg(long, value_name = "FORMAT,…")]
    pub(crate) accept: Option<Accept>,

    /// Quality of jpg, webp and avif, 1 to 100, or `auto` for the lowest that looks good
    #[arg(long, value_name = "1…100|auto")]
    pub(crate) quality: Option<String>,

    /// How good `--quality auto` is to look by SSIMULACRA 2: 30 low, 50 medium, 70 high, 90 like the original [default: 70]
    #[arg(long, value_name = "30…95")]
    pub(crate) target: Option<u8>,

    /// Write webp without loss
    #[arg(long, conflicts_with = "quality")]
    pub(crate) lossless: bool,

    /// How long a lossy webp or an avif is worked on: 0 (fast) to 6 (small) [default: 4, avif 2]
    #[arg(long, value_name = "0…6", conflicts_with = "lossless")]
    pub(crate) effort: Option<u8>,

    /// Resolution of color in jpg: 444, 422, 420 or 440 [default: 420 below quality 90]
    #[arg(long, value_name = "NAME", value_parser = words::<Subsampling>(Subsampling::ALL.iter().map(|name| name.name())))]
    pub(crate) subsampling: Option<Subsampling>,

    /// Write a progressive jpg, which shows coarsely when a part of it has come
    #[arg(long)]
    pub(crate) progressive: bool,

    /// How hard png is compressed: fast, balanced, best [default: what suits the samples]
    #[arg(long, value_name = "NAME", value_parser = words::<Compression>(Compression::ALL.iter().map(|name| name.name())))]
    pub(crate) compression: Option<Compression>,

    /// Make the same pixels of jpg or png from fewer bytes, for more time
    #[arg(long)]
    pub(crate) optimize: bool,

    /// What to keep of an image's metadata: strip, copyright or all [default: strip]
    ///
    /// What to keep of an image's metadata, in jpg, png, webp and tiff: strip (nothing), copyright (the artist and the copyright
    /// of its Exif), or all (its Exif and XMP, also where it was made).
    #[arg(long, value_name = "NAME", value_parser = words::<MetadataPolicy>(MetadataPolicy::ALL.iter().map(|name| name.name())))]
    pub(crate) metadata: Option<MetadataPolicy>,

    /// Color space of the result [default: srgb]
    #[arg(long, value_name = "NAME", value_parser = words::<Profile>(Profile::ALL.iter().map(|name| name.name())))]
    pub(crate) profile: Option<Profile>,

    /// Bits of a pixel of raw: 1, 2, 4 or 8 [default: what the palette needs]
    #[arg(long, value_name = "N")]
    pub(crate) bits: Option<u8>,

    /// Where the left pixel of a byte of raw stands: msb or lsb [default: msb]
    #[arg(long, value_name = "msb|lsb")]
    pub(crate) bit_order: Option<BitOrder>,

    /// Turn the bits of raw around
    #[arg(long)]
    pub(crate) invert_bits: bool,

    /// Keep the first frame of an animation only (WebP and GIF stay animations otherwise)
    #[arg(long)]
    pub(crate) still: bool,
}

/// Every flag that says a part of what `--transform` says as a whole.
const FLAGS: [&str; 64] = [
    "trim",
    "crop",
    "resize",
    "fit",
    "gravity",
    "background",
    "no_enlarge",
    "dpr",
    "filter",
    "rotate",
    "flip",
    "pad",
    "flatten",
    "grayscale",
    "brightness",
    "contrast",
    "saturation",
    "hue",
    "gamma",
    "tint",
    "blur",
    "sharpen",
    "round",
    "watermark_gravity",
    "watermark_margin",
    "watermark_opacity",
    "watermark_scale",
    "watermark_tile",
    "caption",
    "caption_gravity",
    "caption_size",
    "caption_color",
    "caption_background",
    "dither",
    "levels",
    "palette",
    "colors",
    "quantizer",
    "metric",
    "recolor",
    "matrix",
    "kernel",
    "serpentine",
    "strength",
    "cutoff",
    "alpha",
    "seed",
    "linear",
    "format",
    "accept",
    "quality",
    "target",
    "lossless",
    "effort",
    "subsampling",
    "progressive",
    "compression",
    "optimize",
    "metadata",
    "profile",
    "bits",
    "bit_order",
    "invert_bits",
    "still",
];

/// The name of a format in transforms.
fn format_name(text: &str) -> Result<String, String> {
    match text {
        "auto" | "same" => Ok(text.to_owned()),
        name => name
            .parse::<Format>()
            .map(|format| format.to_string())
            .map_err(|error| error.to_string()),
    }
}

/// Lets through what can be a size; the grammar of transforms judges it.
fn size(text: &str) -> Result<String, String> {
    if text.bytes().all(|byte| byte.is_ascii_digit() || b"x@%.".contains(&byte)) {
        Ok(text.to_owned())
    } else {
        Err("a size is written 640x480".to_owned())
    }
}

/// Lets through what can be one argument; the grammar of transforms judges it.
fn argument(text: &str) -> Result<String, String> {
    match text.chars().find(|sign| !(sign.is_ascii_alphanumeric() || ".%-".contains(*sign))) {
        None => Ok(text.to_owned()),
        Some(sign) => Err(format!("{sign:?} has no meaning there")),
    }
}

/// Levels as they are typed, with commas.
fn levels(text: &str) -> Result<Levels, portreto_core::Error> {
    text.replace(',', ".").parse()
}

/// The names of a list, so that `--help` and completions show them.
fn words<T>(
    names: impl Iterator<Item = &'static str>,
) -> impl clap::builder::TypedValueParser<Value = T>
where
    T: std::str::FromStr<Err = portreto_core::Error> + Clone + Send + Sync + 'static,
{
    use clap::builder::{PossibleValuesParser, TypedValueParser};
    PossibleValuesParser::new(names).try_map(|name| name.parse::<T>())
}

const EXAMPLES: &str = "\
Examples:
  portreto transform photo.jpg -o small.webp --resize 800x --quality 75
  portreto transform ~/Photos -o thumbnails --resize 320x320 --fit cover --gravity north --format jpg
  portreto transform face.jpg -o face.png --resize 96x96 --fit cover --gravity attention --round 50%
  portreto transform photo.jpg -o photo.webp --widths 320,640,1280 --no-enlarge
  portreto transform photo.jpg -o wide.jpg --resize 1600x900 --fit contain --background blur
  portreto transform ~/Photos -o web --resize 1600x --watermark logo.png --caption \"(c) Ada, {name}\"
  portreto transform photo.jpg -o paper.png --grayscale --dither atkinson --levels 4
  portreto transform photo.jpg -o few.png --dither floyd-steinberg --colors 32 --quantizer k-means
  portreto transform photo.jpg -o panel.raw --dither floyd-steinberg --palette eink-7 --bits 4
  portreto transform scans/ -o out/ -t rotate:90,resize:1200x,dither:floyd-steinberg:palette=gameboy,png";
