//! What a file is, from its headers alone.
//!
//! The headers of JPEG, PNG, WebP and GIF are walked here, on the bytes that are already in memory:
//! nothing is copied, inflated or allocated, whatever the headers claim. The others have headers
//! of fixed or bounded size, which the `image` crate reads.
//!
//! Each format also tells whether the file goes on to its end: the lengths and markers that it is built of
//! are followed, and what lies between them is passed over.

mod bmp;
mod decoder;
mod exr;
mod fault;
mod fields;
mod gif;
mod hdr;
mod heif;
mod icc;
mod ico;
mod jpeg;
mod jxl;
mod png;
mod pnm;
mod qoi;
#[cfg(test)]
mod tests;
mod tga;
mod tiff;
mod webp;

use image::metadata::Orientation;
use serde::{Deserialize, Serialize};

pub(crate) use self::{
    fault::{contained, damaged, from_image},
    heif::{Heif, Nclx, Tiles, sniff as sniff_heif},
    icc::Icc,
    jxl::open as open_jxl,
};
use crate::{
    error::{Error, ErrorKind, Result},
    format::Format,
    limits::Limits,
};

/// What the headers of a picture say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Info {
    /// The format, by content.
    pub format: Format,
    /// Width as shown, pixels: after the Exif orientation.
    pub width: u32,
    /// Height as shown, pixels: after the Exif orientation.
    pub height: u32,
    /// How the picture is stored, 1 to 8, as in Exif: 1 is upright, 6 is a quarter turn left of it.
    pub orientation: u8,
    /// Whether the file can hold pixels that are not opaque.
    pub has_alpha: bool,
    /// Bits of one sample, or of one palette index, as stored: 1 to 32.
    pub bits: u8,
    /// Whether an ICC profile is embedded; nothing is said about its being sound.
    pub has_icc: bool,
    /// Pictures in the file: 1, or the frames of an animation.
    pub frames: u32,
    /// Whether the file goes on to where its own structure says it ends; pixels are not looked at.
    ///
    /// False for a file that is cut off anywhere, be it by the two bytes of a JPEG's end marker. What
    /// follows the end does not matter, nor does damage that leaves the structure intact.
    pub is_complete: bool,
}

impl Info {
    /// Whether the file is an animation; decoding gives its first frame.
    #[must_use]
    pub fn is_animated(&self) -> bool {
        self.frames > 1
    }

    /// Checks that the file is complete.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Damaged`] when [`Info::is_complete`] is false.
    pub fn check_complete(&self) -> Result<()> {
        if self.is_complete {
            return Ok(());
        }
        let message =
            format!("the {} file is cut off: its data ends before it should", self.format);
        Err(Error::new(ErrorKind::Damaged, message))
    }
}

/// Tells what a file is without decoding its pixels.
///
/// The format is told by content, never by name. Costs no memory to speak of, whatever size the file
/// claims, and microseconds; a JPEG, a QOI or a PNM of
/// plain text is walked to its end, at about a millisecond a megabyte.
///
/// Pixels are not looked at: a file that is cut off behind its headers says so in [`Info::is_complete`],
/// one that is damaged there is found out when it is rendered.
///
/// # Errors
///
/// - [`ErrorKind::NotAnImage`]: the bytes are of no known format, or there are none.
/// - [`ErrorKind::Damaged`]: the headers are cut off, or contradict their format.
/// - [`ErrorKind::LimitExceeded`]: file, width, height, pixels or frames are above `limits`.
/// - [`ErrorKind::Unsupported`]: a TIFF or BMP of a kind that is not read.
///
/// # Examples
///
/// ```
/// use portreto_core::{ErrorKind, Format, Limits, probe};
///
/// // A QOI header: magic, width, height, channels, color space.
/// let file = [&b"qoif"[..], &3u32.to_be_bytes(), &2u32.to_be_bytes(), &[4, 0]].concat();
/// let info = probe(&file, &Limits::default())?;
/// assert_eq!((info.format, info.width, info.height), (Format::Qoi, 3, 2));
///
/// let error = probe(b"dear diary", &Limits::default()).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::NotAnImage);
/// # Ok::<_, portreto_core::Error>(())
/// ```
pub fn probe(bytes: &[u8], limits: &Limits) -> Result<Info> {
    Ok(headers(bytes, limits)?.info())
}

/// The headers of a file that is within `limits`, with what decoding needs of them.
pub(crate) fn headers<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Headers<'a>> {
    limits.check_input_bytes(bytes.len() as u64)?;
    let format = Format::sniff(bytes).ok_or_else(|| not_an_image(bytes))?;
    let headers = contained(format, || match format {
        Format::Jpeg => jpeg::headers(bytes),
        Format::Png => png::headers(bytes),
        Format::WebP => webp::headers(bytes),
        Format::Gif => gif::headers(bytes),
        Format::Bmp => bmp::headers(bytes),
        Format::Tiff => tiff::headers(bytes),
        Format::Qoi => qoi::headers(bytes),
        format @ (Format::Pbm | Format::Pgm | Format::Ppm) => pnm::headers(format, bytes),
        Format::Ico => ico::headers(bytes),
        Format::Tga => tga::headers(bytes),
        Format::Hdr => hdr::headers(bytes),
        Format::Exr => exr::headers(bytes),
        Format::Jxl => jxl::headers(bytes),
        format @ (Format::Avif | Format::Heic) => heif::headers(format, bytes),
        Format::Raw => Err(not_an_image(bytes)),
    })?;
    if headers.width == 0 || headers.height == 0 {
        return Err(damaged(headers.format, "a side is 0 pixels long"));
    }
    limits.check_size(headers.width, headers.height)?;
    limits.check_frames(headers.frames)?;
    Ok(headers)
}

/// Headers as stored, before the orientation is applied.
#[derive(Debug)]
pub(crate) struct Headers<'a> {
    pub(crate) format: Format,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) orientation: Orientation,
    pub(crate) has_alpha: bool,
    pub(crate) bits: u8,
    pub(crate) frames: u32,
    pub(crate) icc: Option<Icc<'a>>,
    /// The first Exif block; of a TIFF, the whole file.
    pub(crate) exif: Option<&'a [u8]>,
    /// The first XMP packet, where it is in one piece.
    pub(crate) xmp: Option<&'a [u8]>,
    /// Channels of the decoded samples, 1 to 4.
    pub(crate) channels: u8,
    /// Bytes that the decoder keeps for each pixel beside the decoded samples.
    pub(crate) workspace: u8,
    /// The color transform that a JPEG's `Adobe` segment names.
    pub(crate) jpeg_adobe: Option<u8>,
    /// A sequential JPEG whose channels come in scans of their own.
    pub(crate) jpeg_split_scans: bool,
    /// Scans of a JPEG.
    pub(crate) jpeg_scans: u32,
    /// How often an animation is shown; 0 is without end.
    pub(crate) plays: u32,
    /// See [`Info::is_complete`].
    pub(crate) is_complete: bool,
}

impl Headers<'_> {
    pub(crate) fn info(&self) -> Info {
        use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
        let lying =
            matches!(self.orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH);
        let (width, height) =
            if lying { (self.height, self.width) } else { (self.width, self.height) };
        Info {
            format: self.format,
            width,
            height,
            orientation: self.orientation.to_exif(),
            has_alpha: self.has_alpha,
            bits: self.bits,
            has_icc: self.icc.is_some(),
            frames: self.frames,
            is_complete: self.is_complete,
        }
    }

    /// Width × height.
    pub(crate) fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// Bytes that decoding takes at its peak: the samples, one copy of them (colors are converted and
    /// quarter turns made from one buffer into another), and what the decoder keeps beside.
    pub(crate) fn memory_bytes(&self) -> u64 {
        let sample = if self.bits > 8 { 2 } else { 1 };
        let pixel = u64::from(self.channels) * sample * 2 + u64::from(self.workspace);
        self.pixels() * pixel
    }
}

fn not_an_image(bytes: &[u8]) -> Error {
    if bytes.is_empty() {
        return Error::new(ErrorKind::NotAnImage, "the file is empty");
    }
    let known = Format::ALL.into_iter().filter(|format| format.is_read()).map(Format::extension);
    let known = known.collect::<Vec<_>>().join(", ");
    Error::new(ErrorKind::NotAnImage, format!("not a picture in a known format ({known})"))
}

/// The orientation in an Exif block; upright when the block says none or is broken, as viewers do.
fn exif_orientation(block: &[u8]) -> Orientation {
    // Some writers of WebP and PNG keep the prefix that only JPEG needs.
    let block = block.strip_prefix(b"Exif\0\0").unwrap_or(block);
    Orientation::from_exif_chunk(block).unwrap_or(Orientation::NoTransforms)
}
