//! Files that are cut off: every length of every kind of file.

use std::{io::Cursor, sync::LazyLock};

use image::{DynamicImage, ImageFormat};
use portreto_samples::{self as samples, JpegOptions, PngColor, PngDepth};

use super::told;
use crate::{
    error::ErrorKind,
    limits::Limits,
    probe::{headers, probe},
};

fn written(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A chunk of a RIFF file.
fn chunk(name: &[u8], content: &[u8]) -> Vec<u8> {
    let padding = &[0][..content.len() % 2];
    [name, &(content.len() as u32).to_le_bytes()[..], content, padding].concat()
}

fn webp(chunks: &[Vec<u8>]) -> Vec<u8> {
    chunk(b"RIFF", &[&b"WEBP"[..], &chunks.concat()].concat())
}

/// Still and moving pictures in the extended container.
fn extended_webp() -> [Vec<u8>; 2] {
    let plain = written(samples::soft_disc(15, 11), ImageFormat::WebP);
    let picture = plain[12..].to_vec();
    let header = |flags| chunk(b"VP8X", &[flags, 0, 0, 0, 14, 0, 0, 10, 0, 0]);
    let exif = chunk(b"EXIF", &[&samples::exif_with_orientation(3)[..], &[0]].concat());
    let frame = [&[0, 0, 0, 0, 0, 0, 14, 0, 0, 10, 0, 0, 100, 0, 0, 0][..], &picture].concat();
    let frame = chunk(b"ANMF", &frame);
    let animation = chunk(b"ANIM", &[0; 6]);
    [webp(&[header(0x18), picture, exif]), webp(&[header(0x12), animation, frame.clone(), frame])]
}

/// A picture of 4 × 2 pixels in two colors, run-length encoded.
fn rle_bmp() -> Vec<u8> {
    let runs = [4, 1, 0, 0, 2, 0, 2, 1, 0, 1];
    let start: u32 = 14 + 40 + 8;
    let mut file = b"BM".to_vec();
    for field in [start + runs.len() as u32, 0, start, 40, 4, 2, 8 << 16 | 1, 1] {
        file.extend(field.to_le_bytes());
    }
    for field in [runs.len() as u32, 0, 0, 2, 2, 0, 0x00FF_FFFF] {
        file.extend(field.to_le_bytes());
    }
    file.extend(runs);
    file
}

/// Where a second picture of a TIFF hangs.
#[derive(Clone, Copy, PartialEq)]
enum Second {
    /// After the first.
    Next,
    /// Below the first.
    Below,
    /// After the first, and the first after it.
    Circle,
}

/// Two gray pictures of 4 × 4 pixels in two strips each, the pixels behind their directory.
fn tiff(is_little_endian: bool, word: usize, second: Second) -> Vec<u8> {
    let put = |number: usize, length: usize| -> Vec<u8> {
        let mut bytes = number.to_le_bytes()[..length].to_vec();
        if !is_little_endian {
            bytes.reverse();
        }
        bytes
    };
    let is_wide = word == 8;
    let (head, count_bytes) = if is_wide { (16, 8) } else { (8, 2) };
    let directory_bytes = count_bytes + 10 * (4 + 2 * word) + word;
    let picture_bytes = directory_bytes + 4 * word + 16;

    let mut file = if is_little_endian { b"II".to_vec() } else { b"MM".to_vec() };
    file.extend(put(if is_wide { 43 } else { 42 }, 2));
    if is_wide {
        file.extend([put(8, 2), put(0, 2)].concat());
    }
    file.extend(put(head, word));
    for picture in 0..2 {
        let start = head + picture * picture_bytes;
        let other = head + picture_bytes;
        let arrays = start + directory_bytes;
        let strips = arrays + 4 * word;
        let long = if is_wide { 16 } else { 4 };
        file.extend(put(10, count_bytes));
        for (tag, kind, count, value, value_bytes) in [
            (256, 3, 1, 4, 2),
            (257, 3, 1, 4, 2),
            (258, 3, 1, 8, 2),
            (259, 3, 1, 1, 2),
            (262, 3, 1, 1, 2),
            (273, long, 2, arrays, word),
            (277, 3, 1, 1, 2),
            (278, 3, 1, 2, 2),
            (279, long, 2, arrays + 2 * word, word),
            if second == Second::Below && picture == 0 {
                (330, long, 1, other, word)
            } else {
                // Of a kind that nobody knows, with a count that would not fit.
                (65_000, 99, 0xFFFF_FFFF, 0xFFFF_FFFF, word)
            },
        ] {
            file.extend([put(tag, 2), put(kind, 2), put(count, word)].concat());
            let mut value = put(value, value_bytes);
            value.resize(word, 0);
            file.extend(value);
        }
        file.extend(match (second, picture) {
            (Second::Next | Second::Circle, 0) => put(other, word),
            (Second::Circle, _) => put(head, word),
            _ => put(0, word),
        });
        file.extend([strips, strips + 8, 8, 8].map(|value| put(value, word)).concat());
        file.extend([0, 80, 160, 240].repeat(4));
    }
    file
}

/// Six pixels: a run of four, and two as they are.
fn rle_tga() -> Vec<u8> {
    let header = [0, 0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 2, 0, 24, 0];
    [&header[..], &[0x83, 1, 2, 3], &[0x01, 4, 5, 6, 7, 8, 9]].concat()
}

/// Every kind of file that this crate reads, by name.
static FILES: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| {
    let chart = samples::chart(40, 30);
    let disc = samples::soft_disc(30, 30);
    let progressive = JpegOptions { progressive: true, ..Default::default() };
    let plain = samples::jpeg(&chart, JpegOptions::default());
    let inks = DynamicImage::from(chart.clone()).into_rgba8();
    // The thumbnail's own end is not the file's.
    let thumbnail = [&samples::exif_with_orientation(6)[..], &plain].concat();
    let colors = Some(&[0, 0, 0, 255, 255, 255][..]);
    let palette = samples::png((2, 1), PngColor::Indexed, PngDepth::One, &[0x40], colors, None);
    let [still, moving] = extended_webp();
    let gray = DynamicImage::from(chart.clone()).into_luma8();
    let light = DynamicImage::from(chart.clone()).into_rgb32f();
    let soft_light = DynamicImage::from(disc.clone()).into_rgba32f();
    let mut files = vec![
        ("jpg", plain.clone()),
        ("progressive jpg", samples::jpeg(&chart, progressive)),
        ("jpg in split scans", samples::jpeg_in_split_scans(&chart, JpegOptions::default())),
        ("jpg with a thumbnail", samples::with_exif(&plain, &thumbnail)),
        ("gray jpg", samples::gray_jpeg(&DynamicImage::from(chart.clone()).into_luma8(), 80)),
        ("cmyk jpg", samples::cmyk_jpeg(inks.as_raw(), 40, 30)),
        ("png", written(disc.clone(), ImageFormat::Png)),
        ("palette png", samples::with_chunk(&palette, *b"tEXt", b"Comment\0two pixels")),
        ("gif", written(disc.clone(), ImageFormat::Gif)),
        ("webp", written(disc.clone(), ImageFormat::WebP)),
        ("extended webp", still),
        ("animated webp", moving),
        ("bmp", written(chart.clone(), ImageFormat::Bmp)),
        ("gray bmp", written(DynamicImage::from(chart.clone()).into_luma8(), ImageFormat::Bmp)),
        ("bmp with alpha", written(disc.clone(), ImageFormat::Bmp)),
        ("run-length bmp", rle_bmp()),
        ("tiff", written(chart.clone(), ImageFormat::Tiff)),
        ("big-endian tiff", tiff(false, 4, Second::Next)),
        ("big tiff", tiff(true, 8, Second::Next)),
        ("tiff with sub-directories", tiff(true, 4, Second::Below)),
        ("big-endian big tiff with sub-directories", tiff(false, 8, Second::Below)),
        ("qoi", written(disc.clone(), ImageFormat::Qoi)),
        ("opaque qoi", written(chart.clone(), ImageFormat::Qoi)),
        ("ico", written(disc.clone(), ImageFormat::Ico)),
        ("tga", written(chart.clone(), ImageFormat::Tga)),
        ("tga of light and dark", written(gray.clone(), ImageFormat::Tga)),
        ("run-length tga", rle_tga()),
        ("hdr", written(light.clone(), ImageFormat::Hdr)),
        ("hdr of the older code", b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 2 +X 3\n\x10\x20\x30\x80\x01\x01\x01\x02\x11\x20\x30\x80\x11\x21\x30\x80\x11\x22\x30\x80".to_vec()),
        ("exr", written(light, ImageFormat::OpenExr)),
        ("exr with alpha", written(soft_light, ImageFormat::OpenExr)),
        ("binary pbm", b"P4\n# bits\n9 2\n\x00\x80\xFF\x00".to_vec()),
        ("plain pbm", b"P1 # bits\n3 2 011 1 0\n0".to_vec()),
        ("binary pgm", b"P5 3 2\n#\n15\n\x00\x01\x02\x0F\x0E\x0D".to_vec()),
        ("plain pgm", b"P2 3 2 255\n0 1 2\n255 14 13\n".to_vec()),
        ("wide binary pgm", b"P5 1 2 1023\n\x00\x01\x03\xFF".to_vec()),
        ("binary ppm", b"P6\r\n1\t2 255 \x00\x01\x02\x0F\x0E\x0D".to_vec()),
        ("plain ppm", b"P3\n1 2 1000\n0 1 2\n1000 14 13 ".to_vec()),
        ("wide binary ppm", b"P6 1 1 65535\n\x00\x01\x00\x02\xFF\xFF".to_vec()),
    ]
    .into_iter()
    .map(|(name, bytes)| (name.to_owned(), bytes))
    .collect::<Vec<_>>();
    files.extend(samples::all().into_iter().map(|sample| (sample.name.to_owned(), sample.bytes)));
    files
});

#[test]
fn a_file_is_complete_when_nothing_is_cut_off_and_whatever_follows_it() {
    for (name, bytes) in FILES.iter() {
        assert!(told(bytes).is_complete, "{name}");
        for rest in [&b"\0"[..], b"\xFF\xD9 and more", bytes] {
            assert!(told(&[bytes, rest].concat()).is_complete, "{name} and {rest:?}");
        }
        // All lengths of small files; of large ones some, and those at the end.
        let step = if bytes.len() < 8_000 { 1 } else { bytes.len() / 200 };
        let last = bytes.len().saturating_sub(40).max(1)..bytes.len();
        for length in (1..bytes.len()).step_by(step).chain(last) {
            match probe(&bytes[..length], &Limits::default()) {
                Ok(info) => {
                    assert!(!info.is_complete, "{name} cut at {length} of {}", bytes.len());
                }
                Err(error) => assert!(
                    matches!(error.kind(), ErrorKind::NotAnImage | ErrorKind::Damaged),
                    "{name} cut at {length}: {error}"
                ),
            }
        }
    }
}

#[test]
fn the_headers_of_a_cut_file_tell_the_same() {
    for (name, bytes) in FILES.iter() {
        let whole = told(bytes);
        let cut = probe(&bytes[..bytes.len() - 1], &Limits::default());
        // The written TIFF has its directory at the end.
        if name.ends_with("tiff") && cut.is_err() {
            continue;
        }
        let mut cut = cut.unwrap();
        cut.is_complete = true;
        assert_eq!(cut, whole, "{name}");
    }
}

/// An empty file that was once filled, as after a download that stopped: right length, zeros at the end.
#[test]
fn a_tail_of_zeros_is_no_end() {
    for (name, bytes) in FILES.iter() {
        // Where the structure is lengths alone, zeros fill it as well as anything.
        let lengths = ["webp", "bmp", "tiff", "binary", "ico", "tga", "exr", "older"];
        if lengths.iter().any(|format| name.contains(format)) {
            continue;
        }
        let mut zeroed = bytes.clone();
        // The headers of the smallest stay.
        let from = zeroed.len().saturating_sub(40).max(10);
        zeroed[from..].fill(0);
        match probe(&zeroed, &Limits::default()) {
            Ok(info) => assert!(!info.is_complete, "{name}"),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Damaged, "{name}: {error}"),
        }
    }
}

#[test]
fn scans_are_counted_to_the_end_of_a_jpeg() {
    let options = JpegOptions { progressive: true, ..Default::default() };
    let bytes = samples::jpeg(&samples::chart(120, 90), options);
    let scans = |bytes: &[u8]| headers(bytes, &Limits::default()).unwrap().jpeg_scans;
    assert_eq!(scans(&bytes), 12, "four for each channel");
    assert_eq!(scans(&[&bytes[..], &bytes].concat()), 12, "another picture follows");
    assert_eq!(scans(&samples::jpeg(&samples::chart(120, 90), JpegOptions::default())), 1);
}

#[test]
fn directories_in_a_circle_have_no_end() {
    for word in [4, 8] {
        assert!(!told(&tiff(true, word, Second::Circle)).is_complete);
    }
}

/// It costs nothing to read, so nothing but its price ends the walk.
#[test]
fn an_empty_directory_that_leads_to_itself_has_no_end() {
    let itself_at_6 = b"II*\0\x06\0\0\0\x06\0\0\0\0";
    assert_eq!(probe(itself_at_6, &Limits::default()).unwrap_err().kind(), ErrorKind::Damaged);
}

#[test]
fn a_container_without_a_picture_is_not_complete() {
    let header = chunk(b"VP8X", &[0, 0, 0, 0, 14, 0, 0, 10, 0, 0]);
    assert!(!told(&webp(&[header])).is_complete);
}
