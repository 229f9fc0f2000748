//! PNG through the `png` crate: palettes and small depths expanded, 16 bits kept, text skipped.

use std::io::Cursor;

use image::{DynamicImage, ImageBuffer};
use png::{BitDepth, ColorType, Decoder, DecodingError, Transformations};

use super::{Stored, contradiction};
use crate::{
    error::{Error, ErrorKind, Result},
    probe::Headers,
};

/// What the decoder may take beside the samples: rows and chunks.
const WORKSPACE_BYTES: usize = 64 << 20;

/// The picture of `IDAT`, which is the still that an animation shows where animations are not.
pub(super) fn decode(bytes: &[u8], headers: &Headers<'_>) -> Result<Stored> {
    let limits = png::Limits { bytes: WORKSPACE_BYTES };
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(Transformations::EXPAND);
    // The profile is read from the headers, with a bound of its own; nobody asks for the text.
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_ignore_text_chunk(true);
    let mut reader = decoder.read_info().map_err(fault)?;
    let (width, height) = reader.info().size();
    let size =
        reader.output_buffer_size().filter(|_| (width, height) == (headers.width, headers.height));
    let mut samples = vec![0; size.ok_or_else(|| contradiction(headers))?];
    let frame = reader.next_frame(&mut samples).map_err(fault)?;
    samples.truncate(frame.buffer_size());

    let image = match frame.bit_depth {
        BitDepth::Sixteen => {
            let samples: Vec<u16> =
                samples.as_chunks::<2>().0.iter().copied().map(u16::from_be_bytes).collect();
            match frame.color_type {
                ColorType::Grayscale => {
                    ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLuma16)
                }
                ColorType::GrayscaleAlpha => {
                    ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLumaA16)
                }
                ColorType::Rgb => {
                    ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgb16)
                }
                ColorType::Rgba => {
                    ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgba16)
                }
                ColorType::Indexed => None,
            }
        }
        _ => match frame.color_type {
            ColorType::Grayscale => {
                ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLuma8)
            }
            ColorType::GrayscaleAlpha => {
                ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLumaA8)
            }
            ColorType::Rgb => {
                ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgb8)
            }
            ColorType::Rgba => {
                ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgba8)
            }
            ColorType::Indexed => None,
        },
    };
    image.map(Stored::Direct).ok_or_else(|| contradiction(headers))
}

fn fault(error: DecodingError) -> Error {
    let (kind, message) = match &error {
        DecodingError::LimitsExceeded => {
            (ErrorKind::LimitExceeded, "decoding the png file exceeds the limits")
        }
        DecodingError::IoError(io) if io.kind() == std::io::ErrorKind::UnexpectedEof => {
            (ErrorKind::Damaged, "the png file ends early")
        }
        _ => (ErrorKind::Damaged, "the png file is damaged"),
    };
    Error::new(kind, message).with_source(error)
}
