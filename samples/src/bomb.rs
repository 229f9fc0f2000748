//! Small files that claim, or inflate to, far more than they are.

use std::io::Write;

use crate::{PngColor, PngDepth, png_chunk, with_chunk};

/// A PNG of 50,000 × 50,000 black pixels, whole and correct: some 300 KB that become 312 MB of samples.
///
/// # Panics
///
/// Never: a vector takes every byte.
#[must_use]
pub fn png_bomb() -> Vec<u8> {
    zeros(50_000, 50_000, PngDepth::One)
}

/// A PNG of `width` × `height` gray pixels in its header, and of no pixels in truth.
#[must_use]
pub fn png_claiming(width: u32, height: u32) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1A\n".to_vec();
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
    file.extend(png_chunk(*b"IHDR", &header));
    // An empty deflate stream: header, one final stored block of no bytes, Adler-32 of nothing.
    file.extend(png_chunk(*b"IDAT", &[0x78, 0x01, 1, 0, 0, 0xFF, 0xFF, 0, 0, 0, 1]));
    file.extend(png_chunk(*b"IEND", &[]));
    file
}

/// A PNG of one pixel with an ICC profile that inflates to 400 MB.
///
/// # Panics
///
/// Never: its parts are made here.
#[must_use]
pub fn png_icc_bomb() -> Vec<u8> {
    // The image data of a PNG without filters is the deflate stream that is wanted.
    let zeros = zeros(19_999, 20_000, PngDepth::Eight);
    let profile = [b"bomb\0\0".to_vec(), chunks(&zeros, *b"IDAT")].concat();
    let pixel = crate::png((1, 1), PngColor::Rgb, PngDepth::Eight, &[1, 2, 3], None, None);
    with_chunk(&pixel, *b"iCCP", &profile)
}

/// A GIF of 35 bytes that claims `width` × `height` pixels.
#[must_use]
pub fn gif_claiming(width: u16, height: u16) -> Vec<u8> {
    let size = [width.to_le_bytes(), height.to_le_bytes()].concat();
    let mut file = b"GIF89a".to_vec();
    file.extend(&size);
    file.extend([0x80, 0, 0, 0, 0, 0, 255, 255, 255]); // two colors
    file.extend([0x2C, 0, 0, 0, 0]);
    file.extend(&size);
    // Code size 2: clear, one pixel, end of information.
    file.extend([0, 2, 2, 0x44, 0x01, 0, 0x3B]);
    file
}

/// A baseline JPEG that claims `width` × `height` pixels and ends in its first scan.
#[must_use]
pub fn jpeg_claiming(width: u16, height: u16) -> Vec<u8> {
    claiming(false, width, height)
}

/// A progressive JPEG that claims `width` × `height` pixels and ends in its first scan.
#[must_use]
pub fn progressive_jpeg_claiming(width: u16, height: u16) -> Vec<u8> {
    claiming(true, width, height)
}

fn claiming(progressive: bool, width: u16, height: u16) -> Vec<u8> {
    let options = crate::JpegOptions { progressive, ..Default::default() };
    let mut file = crate::jpeg(&crate::chart(64, 64), options);
    let frame = [0xFF, if progressive { 0xC2 } else { 0xC0 }];
    let at = file.windows(2).position(|pair| pair == frame).expect("a frame header");
    file[at + 5..at + 7].copy_from_slice(&height.to_be_bytes());
    file[at + 7..at + 9].copy_from_slice(&width.to_be_bytes());
    file
}

fn zeros(width: u32, height: u32, depth: PngDepth) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(PngColor::Grayscale);
    encoder.set_depth(depth);
    encoder.set_deflate_compression(png::DeflateCompression::Level(6));
    encoder.set_filter(png::Filter::NoFilter);
    let mut writer = encoder.write_header().expect("a valid header");
    let mut stream = writer.stream_writer().expect("a vector takes every byte");
    let row = vec![0; (width as usize * depth as usize).div_ceil(8)];
    for _ in 0..height {
        stream.write_all(&row).expect("a vector takes every byte");
    }
    stream.finish().expect("all rows were written");
    drop(writer);
    file
}

/// The contents of all chunks of one name, joined.
fn chunks(png: &[u8], name: [u8; 4]) -> Vec<u8> {
    let (mut rest, mut contents) = (&png[8..], Vec::new());
    while let [a, b, c, d, after @ ..] = rest {
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        if after[..4] == name {
            contents.extend(&after[4..4 + length]);
        }
        rest = &after[length + 8..];
    }
    contents
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_files_inflate_to_what_they_promise() {
        let file = png_bomb();
        assert!(file.len() < 500_000, "{}", file.len());
        let mut reader = png::Decoder::new(std::io::Cursor::new(&file)).read_info().unwrap();
        assert_eq!(reader.info().size(), (50_000, 50_000));
        let mut rows = 0;
        while let Some(row) = reader.next_row().unwrap() {
            assert!(row.data().iter().all(|&byte| byte == 0));
            rows += 1;
        }
        assert_eq!(rows, 50_000);

        let file = png_icc_bomb();
        assert!(file.len() < 1_000_000);
        let limits = png::Limits { bytes: 500_000_000 };
        let decoder = png::Decoder::new_with_limits(std::io::Cursor::new(&file), limits);
        let reader = decoder.read_info().unwrap();
        assert_eq!(reader.info().icc_profile.as_ref().unwrap().len(), 400_000_000);

        assert_eq!(gif_claiming(65_535, 65_535).len(), 35);
    }
}
