//! Through `zune-jpeg`.

use zune_core::{bytestream::ZCursor, colorspace::ColorSpace, options::DecoderOptions};
use zune_jpeg::{JpegDecoder, errors::DecodeErrors};

use super::{MOST_SCANS, Samples, contradiction, unsupported};
use crate::{
    error::{Error, ErrorKind, Result},
    probe::Headers,
};

pub(super) fn decode(bytes: &[u8], headers: &Headers<'_>) -> Result<Samples> {
    // The size was checked against the limits before. Lenient, since cameras break the standard in ways
    // that do no harm (stray bytes between segments, for one).
    let options = DecoderOptions::default()
        .set_strict_mode(false)
        .set_max_width(usize::MAX)
        .set_max_height(usize::MAX)
        .jpeg_set_max_scans(MOST_SCANS as usize);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(fault)?;
    let wanted = match decoder.input_colorspace() {
        Some(ColorSpace::Luma) => ColorSpace::Luma,
        Some(ColorSpace::YCbCr | ColorSpace::RGB) => ColorSpace::RGB,
        Some(four @ (ColorSpace::CMYK | ColorSpace::YCCK)) => four,
        _ => return Err(unsupported(headers)),
    };
    decoder.set_options(options.jpeg_set_out_colorspace(wanted));

    let (width, height) = (headers.width as usize, headers.height as usize);
    let expected = width * height * wanted.num_components();
    let agreed = decoder.dimensions() == Some((width, height));
    if !agreed || decoder.output_buffer_size() != Some(expected) {
        return Err(contradiction(headers));
    }
    let mut samples = vec![0; expected];
    decoder.decode_into(&mut samples).map_err(fault)?;
    Ok(match wanted {
        ColorSpace::Luma => Samples::Gray(samples),
        ColorSpace::CMYK => Samples::Cmyk(samples),
        ColorSpace::YCCK => Samples::Ycck(samples),
        _ => Samples::Rgb(samples),
    })
}

fn fault(error: DecodeErrors) -> Error {
    let (kind, message) = match &error {
        DecodeErrors::Unsupported(_) => {
            (ErrorKind::Unsupported, "this kind of jpg file cannot be read")
        }
        DecodeErrors::ExhaustedData => (ErrorKind::Damaged, "the jpg file ends early"),
        _ => (ErrorKind::Damaged, "the jpg file is damaged"),
    };
    Error::new(kind, message).with_source(error)
}
