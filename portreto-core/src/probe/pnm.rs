//! The headers of PBM, PGM and PPM ("Netpbm format", J. Poskanzer, `pbm(5)`, `pgm(5)`, `ppm(5)`,
//! netpbm.sourceforge.net/doc/pbm.html), binary and plain.

use std::io::Cursor;

use image::{
    ColorType, ImageDecoder,
    codecs::pnm::{PnmDecoder, PnmHeader, PnmSubtype, SampleEncoding},
};

use super::{Headers, decoder, from_image};
use crate::{error::Result, format::Format};

pub(super) fn headers(format: Format, bytes: &[u8]) -> Result<Headers<'_>> {
    let opened = PnmDecoder::new(Cursor::new(bytes)).map_err(|error| from_image(format, error))?;
    let sample_bytes = match opened.color_type() {
        ColorType::L16 | ColorType::Rgb16 => 2,
        _ => 1,
    };
    let (cursor, header) = opened.into_inner();
    let raster = bytes.get(cursor.position() as usize..).unwrap_or_default();
    let is_complete = is_complete(&header, sample_bytes, raster);
    decoder::headers(format, PnmDecoder::new(Cursor::new(bytes)), is_complete)
}

/// Whether the raster that follows the header has all its samples. Others may follow: a file can hold several pictures.
fn is_complete(header: &PnmHeader, sample_bytes: u64, raster: &[u8]) -> bool {
    let (width, height) = (u64::from(header.width()), u64::from(header.height()));
    let (encoding, row_bytes, row_samples) = match header.subtype() {
        // Rows of bits are padded to whole bytes.
        PnmSubtype::Bitmap(encoding) => (encoding, width.div_ceil(8), width),
        PnmSubtype::Graymap(encoding) => (encoding, width * sample_bytes, width),
        PnmSubtype::Pixmap(encoding) => (encoding, 3 * width * sample_bytes, 3 * width),
        PnmSubtype::ArbitraryMap => return false,
    };
    let (n_bytes, n_samples) =
        (row_bytes.saturating_mul(height), row_samples.saturating_mul(height));
    match (encoding, header.subtype()) {
        (SampleEncoding::Binary, _) => raster.len() as u64 >= n_bytes,
        // Plain bits need no space between them.
        (SampleEncoding::Ascii, PnmSubtype::Bitmap(_)) => {
            let n_bits = raster.iter().filter(|byte| matches!(byte, b'0' | b'1')).count();
            n_bits as u64 >= n_samples
        }
        // "Each pixel in the raster has white space before and after it": the last one, too. Without it nobody knows
        // whether digits are missing.
        (SampleEncoding::Ascii, _) => {
            let ends = raster.windows(2).filter(|two| two[0].is_ascii_digit() && is_space(two[1]));
            ends.count() as u64 >= n_samples
        }
    }
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}
