//! Bytes to upright sRGB pixels.
//!
//! The steps, each in its room: headers and limits (`probe`), samples as stored ([`jpeg`], [`png`],
//! [`others`]), color ([`color`], [`inks`]), orientation.
//!
//! Strictness: a picture that is cut off is an error, although decoders could paint the missing part
//! gray: nobody should find out years later that half a photo was kept. What is sound of a file must
//! still open: metadata and profiles that are broken are ignored, and so is whatever follows the picture.
//!
//! A decoder that panics on what is in a file has found damage: see `contained`. Only AV1's cannot be held so, whose interface
//! is that of a C library.
//!
//! Determinism: every decoder used computes in integers, but that of [`jxl`]. `zune-jpeg` chooses AVX2 or plain code by the CPU;
//! built each way, it gave the same pixels on 43 sound and 1,012 damaged files. For color see [`color`].

mod color;
mod frames;
mod heif;
mod inks;
mod jpeg;
mod jxl;
mod others;
mod png;
mod reduced;
mod straight;
#[cfg(test)]
mod tests;
mod tone;

pub(crate) use self::{
    frames::{Frame, Frames},
    jpeg::scaled::{Channel, Detail},
    reduced::Reduced,
};

use image::DynamicImage;

use crate::{
    error::Result,
    format::Format,
    limits::Limits,
    probe::{self, Headers, contained, damaged},
    transform::Profile,
};

/// A decoded file.
#[derive(Debug)]
pub(crate) struct Decoded {
    /// Upright, straight alpha, 8 or 16 bits a sample.
    pub(crate) image: DynamicImage,
    /// The profile of its samples; none for sRGB.
    pub(crate) icc: Option<Vec<u8>>,
}

/// Decodes a picture: Exif orientation applied, embedded ICC profile converted to sRGB.
///
/// Of an animation, the first frame on its canvas. Samples stay gray if they were stored so, and keep 16
/// bits. Size and memory are checked before anything is allocated for the pixels.
pub(crate) fn decode(bytes: &[u8], limits: &Limits) -> Result<Decoded> {
    let headers = probe::headers(bytes, limits)?;
    decode_all(bytes, &headers, Profile::Srgb, limits)
}

/// The same, of a file whose headers have been read, in the color space that is wanted.
pub(crate) fn decode_all(
    bytes: &[u8],
    headers: &Headers<'_>,
    wanted: Profile,
    limits: &Limits,
) -> Result<Decoded> {
    limits.check_memory(headers.memory_bytes())?;
    contained(headers.format, || {
        let stored = match headers.format {
            Format::Jpeg => jpeg::decode(bytes, headers, limits)?,
            Format::Png => png::decode(bytes, headers)?,
            Format::Avif | Format::Heic => heif::decode(bytes, headers, limits)?,
            Format::Jxl => jxl::decode(bytes, headers, limits)?,
            _ => others::decode(bytes, headers, limits)?,
        };
        let profile = headers.icc.as_ref().and_then(probe::Icc::bytes);
        let (mut image, icc) = match stored {
            Stored::Direct(image) => color::converted(image, profile.as_deref(), wanted),
            Stored::Inks(inks) => {
                let image = inks::to_srgb(&inks, profile.as_deref());
                color::converted(image.ok_or_else(|| contradiction(headers))?, None, wanted)
            }
        };
        image.apply_orientation(headers.orientation);
        Ok(Decoded { image, icc })
    })
}

/// Planes of a JPEG with `sides` samples across and down for each block (1, 2, 4 or 8), for the fuzzer: width, height and
/// samples of each, channel by channel.
#[must_use]
pub fn scaled_jpeg(
    bytes: &[u8],
    sides: &[u8],
    memory_bytes: u64,
) -> Option<Vec<(usize, usize, Vec<u8>)>> {
    let detail = |&side: &u8| {
        let part = f64::from(side) / 8.0;
        Detail { luma: (part, part), color: (part, part) }
    };
    let wanted: Vec<_> = sides.iter().map(detail).collect();
    let channels = jpeg::scaled::decode(bytes, &wanted, memory_bytes)?;
    let planes = channels.into_iter().flat_map(|channel| channel.planes);
    Some(planes.map(|plane| (plane.width, plane.height, plane.samples)).collect())
}

/// Samples as the file holds them: not yet upright, in the file's own colors.
enum Stored {
    /// Gray or RGB.
    Direct(DynamicImage),
    /// Cyan, magenta, yellow, black.
    Inks(Inks),
}

/// Four bytes a pixel, 255 for full ink.
struct Inks {
    width: u32,
    height: u32,
    samples: Vec<u8>,
}

/// Samples that came out in another number than the headers announced.
fn contradiction(headers: &Headers<'_>) -> crate::error::Error {
    damaged(headers.format, "its headers contradict its picture")
}
