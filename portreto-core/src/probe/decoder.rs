//! Headers of fixed or bounded size, as the decoders of the `image` crate read them.

use std::borrow::Cow;

use image::{ExtendedColorType, ImageDecoder, ImageResult};

use super::{Headers, Icc, from_image};
use crate::{error::Result, format::Format};

/// What a decoder that was opened on the file says of it.
pub(super) fn headers<'a>(
    format: Format,
    decoder: ImageResult<impl ImageDecoder>,
    is_complete: bool,
) -> Result<Headers<'a>> {
    let fault = |error| from_image(format, error);
    let mut decoder = decoder.map_err(fault)?;
    let (width, height) = decoder.dimensions();
    let color = decoder.color_type();
    let original = decoder.original_color_type();
    let bits = original.bits_per_pixel() / u16::from(original.channel_count());
    // Samples of floating point, and inks, are decoded beside what is made of them.
    let inks = matches!(original, ExtendedColorType::Cmyk8 | ExtendedColorType::Cmyk16);
    Ok(Headers {
        format,
        width,
        height,
        orientation: decoder.orientation().map_err(fault)?,
        has_alpha: color.has_alpha(),
        bits: bits as u8,
        frames: 1,
        icc: decoder.icc_profile().map_err(fault)?.map(Cow::Owned).map(Icc::Plain),
        exif: None,
        xmp: None,
        channels: color.channel_count(),
        workspace: if inks || bits > 16 { 16 } else { 0 },
        jpeg_adobe: None,
        jpeg_split_scans: false,
        jpeg_scans: 0,
        plays: 1,
        is_complete,
    })
}
