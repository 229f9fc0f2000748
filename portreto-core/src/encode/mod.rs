//! Pixels to bytes of a file, one room per format.
//!
//! Determinism: all encoders compute the same on every CPU. `jpeg-encoder` is built without its SIMD paths;
//! libwebp, as it is built here, does not choose by the CPU, and gave the same bytes with and without its
//! SSE2 paths for 14 photos at five qualities; of AVIF its room tells; the others have none.

mod animation;
mod attached;
mod avif;
mod bmp;
mod gif;
mod jpeg;
mod jxl;
mod png;
mod pnm;
mod qoi;
mod raw;
mod riff;
mod samples;
mod target;
#[cfg(test)]
mod tests;
mod tiff;
mod webp;

pub(crate) use self::{animation::Animation, attached::Attached, raw::Layout, samples::on_white};

use std::borrow::Cow;

use image::DynamicImage;

use crate::{
    error::{Error, ErrorKind, Result},
    format::Format,
    picture::Picture,
    transform::{Compression, Subsampling},
};

/// Quality of lossy formats when none is asked for: 80, where artifacts of photos stay below notice.
const QUALITY: u8 = 80;

/// How to encode, where the format leaves a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Encoding {
    /// 1 to 100 for lossy formats; none for the format's default, which is 80.
    pub(crate) quality: Option<u8>,
    /// The least score by SSIMULACRA 2 instead of a quality.
    pub(crate) target: Option<u8>,
    /// Whether a format that can be both (WebP) keeps every sample exactly.
    pub(crate) lossless: bool,
    /// How long a lossy WebP or an AVIF is worked on, 0 to 6; none for 4 and 2.
    pub(crate) effort: Option<u8>,
    /// The resolution of color in JPEG; none for what suits the quality.
    pub(crate) subsampling: Option<Subsampling>,
    /// Whether a JPEG is progressive.
    pub(crate) progressive: bool,
    /// Of PNG; none for what suits the samples.
    pub(crate) compression: Option<Compression>,
    /// Whether a JPEG or PNG is made smaller for more time.
    pub(crate) optimize: bool,
    /// Of raw indices.
    pub(crate) layout: Layout,
}

impl Encoding {
    fn quality(self) -> u8 {
        self.quality.unwrap_or(QUALITY).clamp(1, 100)
    }
}

/// Encodes `picture` as `format`; the same pixels give the same bytes on every machine.
///
/// Formats of 8 bits get 16-bit samples rounded to the nearest. Formats without alpha get the picture on
/// white. Formats without gray get gray as equal red, green and blue. Palettes are kept where the format
/// has them. What is attached goes into formats that carry it.
///
/// | format | what is written |
/// |---|---|
/// | jpg | baseline unless asked, quality 80 unless asked, 4:2:0 below quality 90 and 4:4:4 from there unless asked, gray as gray |
/// | png | as it is, 8 or 16 bits; palettes at the smallest depth, even gray ramps as gray |
/// | webp | lossy, quality 80 unless asked; or lossless |
/// | gif | a palette of up to 256 colors; alpha below 128 is transparent, the rest opaque |
/// | bmp | 8 bits a sample, gray as a palette; palettes at 1, 4 or 8 bits |
/// | tiff | as it is, 8 or 16 bits, uncompressed |
/// | qoi | 8 bits, with or without alpha |
/// | pbm | two colors, of which the darker one is black |
/// | pgm | luma, 8 or 16 bits |
/// | ppm | as it is, 8 or 16 bits |
/// | avif | quality 80 unless asked, 4:4:4, 8 bits, or 10 for pictures of 16 |
/// | jxl | every sample as it is, 8 bits, or 16 where there is no alpha |
/// | raw | the indices of a palette, at the smallest depth unless asked |
///
/// # Errors
///
/// [`ErrorKind::InvalidTransform`] when a side is longer than the format can say, or when the picture has too many colors
/// for it.
pub(crate) fn encode(
    picture: &Picture,
    format: Format,
    how: Encoding,
    attached: &Attached,
) -> Result<Vec<u8>> {
    check_sides(picture, format)?;
    let how = match how.target {
        Some(target) => {
            let quality = Some(target::quality(picture, format, how, target)?);
            Encoding { quality, target: None, ..how }
        }
        None => how,
    };
    let file = pixels(picture, format, how)?;
    Ok(attached.put_into(file, format))
}

/// A file of nothing but pixels.
fn pixels(picture: &Picture, format: Format, how: Encoding) -> Result<Vec<u8>> {
    match format {
        Format::Jpeg => jpeg::encode(&direct(picture), how),
        Format::Png => match picture {
            Picture::Direct(image) => png::encode(image, how),
            Picture::Indexed(indexed) => png::encode_indexed(indexed, how),
        },
        Format::WebP => webp::encode(&direct(picture), how),
        Format::Gif => match picture {
            Picture::Direct(image) => gif::encode(image),
            Picture::Indexed(indexed) => gif::encode_indexed(indexed),
        },
        Format::Bmp => match picture {
            Picture::Direct(image) => bmp::encode(image),
            Picture::Indexed(indexed) => bmp::encode_indexed(indexed),
        },
        Format::Tiff => tiff::encode(&direct(picture)),
        Format::Qoi => qoi::encode(&direct(picture)),
        Format::Pbm => pnm::pbm(picture),
        Format::Pgm => Ok(pnm::pgm(picture)),
        Format::Ppm => Ok(pnm::ppm(picture)),
        Format::Avif => avif::encode(&direct(picture), how),
        Format::Jxl => jxl::encode(&direct(picture)),
        Format::Raw => raw::encode(picture, how.layout),
        Format::Ico | Format::Tga | Format::Hdr | Format::Exr | Format::Heic => {
            Err(read_only(format))
        }
    }
}

/// Whether `format` keeps color at half the resolution, across and down.
pub(crate) fn halves_color(format: Format, how: Encoding) -> bool {
    match format {
        Format::Jpeg => jpeg::halves_color(how),
        // VP8 knows nothing else (RFC 6386, section 2).
        Format::WebP => !how.lossless,
        _ => false,
    }
}

/// The longest side that the header of `format` can say, pixels.
const fn longest_side(format: Format) -> u32 {
    match format {
        Format::Jpeg | Format::Gif | Format::Avif => 65_535,
        Format::WebP => 16_383,
        Format::Png | Format::Bmp => i32::MAX as u32,
        Format::Tiff
        | Format::Qoi
        | Format::Pbm
        | Format::Pgm
        | Format::Ppm
        | Format::Ico
        | Format::Tga
        | Format::Hdr
        | Format::Exr
        | Format::Jxl
        | Format::Heic
        | Format::Raw => u32::MAX,
    }
}

fn check_sides(picture: &Picture, format: Format) -> Result<()> {
    let (width, height) = (picture.width(), picture.height());
    let longest = longest_side(format);
    if width <= longest && height <= longest {
        return Ok(());
    }
    let message = format!(
        "{format} files cannot be larger than {longest} pixels a side, and the picture is \
         {width}x{height}; resize it or choose another format"
    );
    Err(Error::new(ErrorKind::InvalidTransform, message))
}

fn direct(picture: &Picture) -> Cow<'_, DynamicImage> {
    match picture {
        Picture::Direct(image) => Cow::Borrowed(image),
        Picture::Indexed(indexed) => Cow::Owned(indexed.to_direct()),
    }
}

/// That `format` is not written, and which ones are.
pub(crate) fn read_only(format: Format) -> Error {
    let written = Format::ALL.into_iter().filter(|format| format.is_written());
    let written = written.map(Format::extension).collect::<Vec<_>>().join(", ");
    let message = format!("{format} files are only read; one of {written} can be written");
    Error::new(ErrorKind::InvalidTransform, message)
}

/// An encoder failed on pixels that its room had made fit for it.
fn refused(format: Format, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(ErrorKind::Internal, format!("the {format} encoder failed")).with_source(error)
}
