//! JPEG files as cameras, scanners and press houses write them.

use image::{DynamicImage, GrayImage, RgbImage};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use crate::{chart, exif_with_orientation, turn_away};

/// How a JPEG is written.
#[derive(Debug, Clone, Copy)]
pub struct JpegOptions {
    /// 1 to 100.
    pub quality: u8,
    /// Several scans, from coarse to fine.
    pub progressive: bool,
    /// 4:2:0 instead of 4:4:4.
    pub subsampled: bool,
}

impl Default for JpegOptions {
    fn default() -> Self {
        Self { quality: 88, progressive: false, subsampled: true }
    }
}

/// `picture` as JPEG: baseline with its channels interleaved, as cameras write it, or progressive.
#[must_use]
pub fn jpeg(picture: &RgbImage, options: JpegOptions) -> Vec<u8> {
    written(picture, options, false)
}

/// The same as [`jpeg`], but with each channel in a scan of its own, which the standard allows.
#[must_use]
pub fn jpeg_in_split_scans(picture: &RgbImage, options: JpegOptions) -> Vec<u8> {
    written(picture, options, true)
}

/// `picture` as a JPEG of one component.
#[must_use]
pub fn gray_jpeg(picture: &GrayImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = Encoder::new(&mut bytes, quality);
    encode(encoder, picture.as_raw(), picture.dimensions(), ColorType::Luma);
    bytes
}

/// Cyan, magenta, yellow, black (255 = full ink) as Adobe writes them: inverted, with an `Adobe` segment.
#[must_use]
pub fn cmyk_jpeg(ink: &[u8], width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(Encoder::new(&mut bytes, 95), ink, (width, height), ColorType::Cmyk);
    bytes
}

/// The same as [`cmyk_jpeg`], stored as YCCK.
#[must_use]
pub fn ycck_jpeg(ink: &[u8], width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode(Encoder::new(&mut bytes, 95), ink, (width, height), ColorType::CmykAsYcck);
    bytes
}

/// A 4:4:4 JPEG of [`chart`] that is stored turned and says so in its Exif block: whoever obeys
/// `orientation`, 1 to 8, shows the chart upright, `width` × `height`.
#[must_use]
pub fn jpeg_with_orientation(orientation: u8, width: u32, height: u32) -> Vec<u8> {
    let stored = turn_away(DynamicImage::from(chart(width, height)), orientation).into_rgb8();
    let options = JpegOptions { quality: 92, subsampled: false, progressive: false };
    with_exif(&jpeg(&stored, options), &exif_with_orientation(orientation))
}

/// `jpeg` with an Exif block as its first segment.
#[must_use]
pub fn with_exif(jpeg: &[u8], exif: &[u8]) -> Vec<u8> {
    with_segments(jpeg, 0xE1, [[b"Exif\0\0", exif].concat()])
}

/// `jpeg` with an embedded ICC profile, in as many segments as it needs.
///
/// # Panics
///
/// Panics when the profile is larger than 255 segments hold.
#[must_use]
pub fn with_icc(jpeg: &[u8], profile: &[u8]) -> Vec<u8> {
    let parts = profile.chunks(65_519);
    let count = u8::try_from(parts.len()).expect("at most 255 segments");
    let segment =
        |(part, number): (&[u8], u8)| [b"ICC_PROFILE\0", &[number, count][..], part].concat();
    with_segments(jpeg, 0xE2, parts.zip(1..).map(segment))
}

fn with_segments(jpeg: &[u8], marker: u8, segments: impl IntoIterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut bytes = jpeg[..2].to_vec();
    for segment in segments {
        let length = u16::try_from(segment.len() + 2).expect("a segment is below 64 KiB");
        bytes.extend([0xFF, marker]);
        bytes.extend(length.to_be_bytes());
        bytes.extend(segment);
    }
    bytes.extend(&jpeg[2..]);
    bytes
}

fn written(picture: &RgbImage, options: JpegOptions, split: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, options.quality);
    encoder.set_progressive(options.progressive);
    // With tables of its own the encoder writes a scan for each channel.
    encoder.set_optimized_huffman_tables(split);
    encoder.set_sampling_factor(if options.subsampled {
        SamplingFactor::F_2_2
    } else {
        SamplingFactor::F_1_1
    });
    encode(encoder, picture.as_raw(), picture.dimensions(), ColorType::Rgb);
    bytes
}

fn encode(encoder: Encoder<&mut Vec<u8>>, samples: &[u8], size: (u32, u32), color: ColorType) {
    let side = |pixels| u16::try_from(pixels).expect("at most 65535 pixels a side");
    encoder.encode(samples, side(size.0), side(size.1), color).expect("a vector takes every byte");
}
