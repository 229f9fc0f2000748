//! One picture of HEVC, by libheif and the decoder that it finds: the only place that calls it.
//!
//! libheif sees nothing of a file but one coded picture in a container that is written here ([`envelope`]): turns, grids,
//! alpha and colors are understood by ourselves, and what a damaged container could do to its parser, it cannot. The size
//! that the code claims is read before ([`units`]). HEVC says exactly what comes out, so every decoder gives the same
//! samples.

mod envelope;
mod units;

use std::sync::LazyLock;

use libheif_rs::{ColorSpace, HeifContext, HeifError, HeifErrorCode, Image, LibHeif, Plane};

use self::units::Coded;
use super::{Planes, planes::Shape};
use crate::{
    error::{Error, ErrorKind, Result},
    format::Format,
    limits::Limits,
    probe::{Headers, Heif, Nclx, damaged},
};

/// Loads decoders that are plugins once.
static LIBRARY: LazyLock<LibHeif> = LazyLock::new(LibHeif::new);

/// The picture of a tile, if its size and what it takes are within `limits`.
pub(super) fn decode(
    heif: &Heif<'_>,
    item: u32,
    headers: &Headers<'_>,
    limits: &Limits,
) -> Result<Box<dyn Planes>> {
    let undescribed = || damaged(Format::Heic, "it does not say how its picture is coded");
    let configuration = heif.configuration(item).ok_or_else(undescribed)?;
    let coded = Coded::of(configuration, &heif.code(item)?)?;
    // A tile may be larger than the picture.
    let pixels = u64::from(coded.width) * u64::from(coded.height);
    if pixels > limits.pixels {
        limits.check_size(coded.width, coded.height)?;
    }
    let beyond = pixels.saturating_sub(headers.pixels()) * u64::from(headers.workspace);
    limits.check_memory(headers.memory_bytes() + beyond)?;
    let file = envelope::around(&coded);
    let image = decoded(&file).map_err(refused)?;
    let frame = Frame::of(image).ok_or_else(|| {
        let message = "heic files with this kind of samples cannot be read";
        Error::new(ErrorKind::Unsupported, message)
    })?;
    Ok(Box::new(frame))
}

fn decoded(file: &[u8]) -> std::result::Result<Image, HeifError> {
    let library = &*LIBRARY;
    let mut context = HeifContext::read_from_bytes(file)?;
    // On the thread that asks.
    context.set_max_decoding_threads(0);
    let handle = context.primary_image_handle()?;
    library.decode(&handle, ColorSpace::Undefined, None)
}

fn refused(error: HeifError) -> Error {
    use HeifErrorCode::{PluginLoadingError, UnsupportedFeature, UnsupportedFileType, UsageError};
    let (kind, message) = match error.code {
        UnsupportedFeature | UnsupportedFileType | PluginLoadingError | UsageError => {
            let message =
                "libheif cannot decode this heic file's picture; is its plugin for HEVC installed?";
            (ErrorKind::Unsupported, message)
        }
        HeifErrorCode::MemoryAllocationError => {
            (ErrorKind::LimitExceeded, "the heic file's picture is larger than libheif allows")
        }
        _ => (ErrorKind::Damaged, "the heic file is damaged: its picture cannot be decoded"),
    };
    Error::new(kind, message).with_source(error)
}

/// Decoded planes, in the memory of libheif.
struct Frame {
    image: Image,
    shape: Shape,
}

impl Frame {
    /// None for planes that are not those of luma and colors, or not as long as they should be.
    fn of(image: Image) -> Option<Self> {
        let planes = image.planes();
        let luma = planes.y?;
        let (width, height, bits) = (luma.width, luma.height, luma.bits_per_pixel);
        let colors = planes.cb.zip(planes.cr);
        let (is_gray, halves_width, halves_height) = match &colors {
            None => (true, false, false),
            Some((blue, _)) => (false, blue.width < width, blue.height < height),
        };
        let halved = |side: u32, is_halved: bool| if is_halved { side.div_ceil(2) } else { side };
        let sides = (halved(width, halves_width), halved(height, halves_height));
        let is_sound = |plane: &Plane<&[u8]>, sides: (u32, u32)| {
            let sample_bytes = if bits > 8 { 2 } else { 1 };
            (plane.width, plane.height) == sides
                && plane.bits_per_pixel == bits
                && usize::from(plane.storage_bits_per_pixel) == 8 * sample_bytes
                && plane.stride >= plane.width as usize * sample_bytes
        };
        let colors_are_sound =
            colors.is_none_or(|(blue, red)| is_sound(&blue, sides) && is_sound(&red, sides));
        if !matches!(bits, 8..=12) || !is_sound(&luma, (width, height)) || !colors_are_sound {
            return None;
        }
        let nclx = nclx(&image);
        let shape = Shape { width, height, bits, is_gray, halves_width, halves_height, nclx };
        Some(Self { image, shape })
    }
}

impl Planes for Frame {
    fn shape(&self) -> Shape {
        self.shape
    }

    fn copy_row(&self, plane: usize, y: u32, row: &mut [u16]) {
        let planes = self.image.planes();
        let plane = match plane {
            0 => planes.y,
            1 => planes.cb,
            _ => planes.cr,
        };
        let Some(plane) = plane else { return };
        let (width, start) = (plane.width as usize, y as usize * plane.stride);
        let row = &mut row[..width];
        if self.shape.bits == 8 {
            for (to, from) in row.iter_mut().zip(&plane.data[start..start + width]) {
                *to = u16::from(*from);
            }
        } else {
            let (samples, _) = plane.data[start..start + 2 * width].as_chunks::<2>();
            for (to, from) in row.iter_mut().zip(samples) {
                *to = u16::from_ne_bytes(*from);
            }
        }
    }
}

/// What the code says of its colors. Where it says nothing, samples are of full range (ISO/IEC 23000-22, section 7.3.6.4).
fn nclx(image: &Image) -> Nclx {
    let unsaid = Nclx { primaries: 2, transfer: 2, matrix: 2, is_full_range: true };
    let said = image.color_profile_nclx().map(|profile| Nclx {
        primaries: profile.color_primaries() as u16,
        transfer: profile.transfer_characteristics() as u16,
        matrix: profile.matrix_coefficients() as u16,
        is_full_range: profile.full_range_flag() != 0,
    });
    said.filter(|said| (said.primaries, said.transfer, said.matrix) != (2, 2, 2)).unwrap_or(unsaid)
}

#[cfg(test)]
mod tests;
