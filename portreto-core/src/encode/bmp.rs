//! Windows bitmaps: 24 bits a pixel, gray as a palette of 256, and palettes of 1, 4 or 8 bits.
//!
//! The headers of palettes are written here, because the `image` crate's encoder writes no pixels of less than a byte.
//! Their fields: "Bitmap Storage", "BITMAPFILEHEADER", "BITMAPINFOHEADER" and "RGBQUAD", Microsoft,
//! learn.microsoft.com/windows/win32/gdi/bitmap-storage.

use image::{DynamicImage, codecs::bmp::BmpEncoder};

use super::samples;
use crate::{
    error::Result,
    format::Format,
    picture::{Depth, Indexed},
    transform::text::invalid,
};

pub(super) fn encode(image: &DynamicImage) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    samples::write(&samples::on_white(image), Format::Bmp, BmpEncoder::new(&mut bytes))?;
    Ok(bytes)
}

const FILE_HEADER_BYTES: usize = 14;
const INFO_HEADER_BYTES: usize = 40;

pub(super) fn encode_indexed(picture: &Indexed) -> Result<Vec<u8>> {
    // Two bits a pixel are known to Windows CE alone.
    let depth = if picture.depth == Depth::Two { Depth::Four } else { picture.depth };
    let picture = picture.deepened(depth);
    let row_bytes = picture.row_bytes();
    let padding = &[0; 3][..row_bytes.next_multiple_of(4) - row_bytes];

    let n_colors = picture.palette.len();
    let start = FILE_HEADER_BYTES + INFO_HEADER_BYTES + 4 * n_colors;
    let pixel_bytes = (row_bytes + padding.len()) * picture.height as usize;
    let Ok(file_bytes) = u32::try_from(start + pixel_bytes) else {
        return Err(invalid("bmp files cannot have 4 GiB or more; resize the picture"));
    };

    let mut bytes = Vec::with_capacity(start + pixel_bytes);
    bytes.extend_from_slice(b"BM");
    let mut fields =
        |fields: &[u32]| bytes.extend(fields.iter().flat_map(|field| field.to_le_bytes()));
    fields(&[file_bytes, 0, start as u32]);
    // One plane; no compression; as many pixels a meter as one likes; all colors matter.
    let planes_and_bits = 1 | (depth.bits() as u32) << 16;
    fields(&[INFO_HEADER_BYTES as u32, picture.width, picture.height, planes_and_bits]);
    fields(&[0, pixel_bytes as u32, 0, 0, n_colors as u32, 0]);
    for color in &picture.palette {
        let [red, green, blue] = samples::color_on_white(*color);
        bytes.extend([blue, green, red, 0]);
    }
    // From the bottom up.
    for row in picture.rows().rev() {
        bytes.extend_from_slice(row);
        bytes.extend_from_slice(padding);
    }
    Ok(bytes)
}
