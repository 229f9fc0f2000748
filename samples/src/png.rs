//! PNG files in every color type and bit depth.

use image::DynamicImage;
pub use png::{BitDepth as PngDepth, ColorType as PngColor};

use crate::{chart, exif_with_orientation, turn_away};

/// A PNG of `samples` as they are: rows packed to bytes, 16-bit samples big-endian; `palette` and `alpha`
/// are the contents of `PLTE` and `tRNS`.
///
/// # Panics
///
/// Panics when the parts do not make a PNG.
#[must_use]
pub fn png(
    (width, height): (u32, u32),
    color: PngColor,
    depth: PngDepth,
    samples: &[u8],
    palette: Option<&[u8]>,
    alpha: Option<&[u8]>,
) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(color);
    encoder.set_depth(depth);
    if let Some(palette) = palette {
        encoder.set_palette(palette);
    }
    if let Some(alpha) = alpha {
        encoder.set_trns(alpha);
    }
    let mut writer = encoder.write_header().expect("a valid header");
    writer.write_image_data(samples).expect("samples of the whole picture");
    writer.finish().expect("a vector takes every byte");
    bytes
}

/// A PNG of [`chart`] that is stored turned and says so in its `eXIf` chunk: whoever obeys `orientation`,
/// 1 to 8, shows the chart upright, `width` × `height`.
#[must_use]
pub fn png_with_orientation(orientation: u8, width: u32, height: u32) -> Vec<u8> {
    let stored = turn_away(DynamicImage::from(chart(width, height)), orientation).into_rgb8();
    let file =
        png(stored.dimensions(), PngColor::Rgb, PngDepth::Eight, stored.as_raw(), None, None);
    with_chunk(&file, *b"eXIf", &exif_with_orientation(orientation))
}

/// `png` with one more chunk, right after its header.
#[must_use]
pub fn with_chunk(png: &[u8], name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let (header, rest) = png.split_at(33);
    [header, &png_chunk(name, content), rest].concat()
}

/// A chunk with its length and check sum.
///
/// # Panics
///
/// Panics above 4 GiB.
#[must_use]
pub fn png_chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).expect("below 4 GiB");
    let mut chunk = length.to_be_bytes().to_vec();
    chunk.extend(name);
    chunk.extend(content);
    let sum = crc32(&chunk[4..]);
    chunk.extend(sum.to_be_bytes());
    chunk
}

/// CRC-32 as in PNG, third edition, annex D; bit by bit, since the samples are small.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { 0xEDB8_8320 ^ crc >> 1 } else { crc >> 1 };
        }
    }
    !crc
}
