//! JPEG XL without loss, by `zune-jpegxl`: 16 bits stay where there is no alpha.

use std::borrow::Cow;

use image::DynamicImage;
use zune_core::{bit_depth::BitDepth, colorspace::ColorSpace, options::EncoderOptions};
use zune_jpegxl::JxlSimpleEncoder;

use super::{refused, samples};
use crate::{
    error::{Error, ErrorKind, Result},
    format::Format,
};

/// The shortest side that the encoder can write, pixels.
const SHORTEST: u32 = 2;

pub(super) fn encode(image: &DynamicImage) -> Result<Vec<u8>> {
    let (width, height) = (image.width(), image.height());
    if width < SHORTEST || height < SHORTEST {
        let message = format!(
            "jxl files are written from {SHORTEST} pixels a side on, and the picture is \
             {width}x{height}; choose another format"
        );
        return Err(Error::new(ErrorKind::InvalidTransform, message));
    }
    // Other decoders do not read what the encoder makes of alpha of 16 bits.
    let image = match image {
        DynamicImage::ImageLumaA16(_) | DynamicImage::ImageRgba16(_) => {
            Cow::Owned(samples::eight_bits(image))
        }
        other => Cow::Borrowed(other),
    };
    let color = image.color();
    let space = match (color.has_color(), color.has_alpha()) {
        (false, false) => ColorSpace::Luma,
        (false, true) => ColorSpace::LumaA,
        (true, false) => ColorSpace::RGB,
        (true, true) => ColorSpace::RGBA,
    };
    let is_deep = image.as_flat_samples_u16().is_some();
    let depth = if is_deep { BitDepth::Sixteen } else { BitDepth::Eight };
    let options = EncoderOptions::new(width as usize, height as usize, space, depth);
    let mut bytes = Vec::new();
    // One thread, whatever the machine has.
    JxlSimpleEncoder::new(image.as_bytes(), options.set_num_threads(1))
        .encode(&mut bytes)
        .map_err(|error| refused(Format::Jxl, format!("{error:?}")))?;
    Ok(bytes)
}
