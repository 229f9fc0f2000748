//! Through `jpeg-decoder`, built without its threads and its SIMD paths.

use jpeg_decoder::{ColorTransform, Decoder, Error as Fault, PixelFormat};

use super::{Samples, contradiction, unsupported};
use crate::{
    error::{Error, ErrorKind, Result},
    limits::Limits,
    probe::Headers,
};

pub(super) fn decode(bytes: &[u8], headers: &Headers<'_>, limits: &Limits) -> Result<Samples> {
    let mut decoder = Decoder::new(bytes);
    decoder
        .set_max_decoding_buffer_size(usize::try_from(limits.memory_bytes).unwrap_or(usize::MAX));
    decoder.read_info().map_err(fault)?;
    let info = decoder.info().ok_or_else(|| contradiction(headers))?;
    if (u32::from(info.width), u32::from(info.height)) != (headers.width, headers.height) {
        return Err(contradiction(headers));
    }
    if info.pixel_format == PixelFormat::CMYK32 {
        decoder.set_color_transform(ColorTransform::None);
    }
    let samples = decoder.decode().map_err(fault)?;
    let pixels = headers.width as usize * headers.height as usize;
    if samples.len() != pixels * info.pixel_format.pixel_bytes() {
        return Err(contradiction(headers));
    }
    match info.pixel_format {
        PixelFormat::L8 => Ok(Samples::Gray(samples)),
        PixelFormat::RGB24 => Ok(Samples::Rgb(samples)),
        // Adobe Technical Note 5116: transform 2 is YCCK.
        PixelFormat::CMYK32 if headers.jpeg_adobe == Some(2) => Ok(Samples::Ycck(samples)),
        PixelFormat::CMYK32 => Ok(Samples::Cmyk(samples)),
        PixelFormat::L16 => Err(unsupported(headers)),
    }
}

fn fault(error: Fault) -> Error {
    let (kind, message) = match &error {
        Fault::Unsupported(_) => (ErrorKind::Unsupported, "this kind of jpg file cannot be read"),
        _ => (ErrorKind::Damaged, "the jpg file is damaged"),
    };
    Error::new(kind, message).with_source(error)
}
