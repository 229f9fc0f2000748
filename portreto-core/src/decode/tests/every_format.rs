//! Small files of every format, changed in every way that did harm to some reader once.

use image::{DynamicImage, ImageFormat};
use portreto_samples::{self as samples, Av1, AvifSampling, HeifItem, JpegOptions};

use crate::{Transform, error::ErrorKind, format::Format, limits::Limits, probe::probe, render};

/// At least one file of each format that is read.
fn files() -> Vec<(Format, Vec<u8>)> {
    let chart = DynamicImage::from(samples::chart(36, 28));
    let disc = DynamicImage::from(samples::soft_disc(30, 26));
    let by = |image: &DynamicImage, format| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    };
    let png = by(&disc, ImageFormat::Png);
    let ours = |text: &str| {
        let transform: Transform = text.parse().unwrap();
        render(&png, &transform, &Limits::default()).unwrap().bytes
    };
    let color = Av1 {
        width: 36,
        height: 28,
        sampling: AvifSampling::Quarter,
        bits: 10,
        is_full_range: false,
    };
    let planes = [vec![500; 36 * 28], vec![400; 18 * 14], vec![600; 18 * 14]];
    let item = HeifItem {
        kind: *b"av01",
        properties: color.properties(),
        data: color.code(&planes),
        ..Default::default()
    };
    let options = JpegOptions { progressive: true, ..Default::default() };
    let jpeg = samples::jpeg(&chart.to_rgb8(), options);
    vec![
        (Format::Jpeg, samples::with_icc(&jpeg, &samples::display_p3_profile())),
        (Format::Jpeg, samples::gray_jpeg(&chart.to_luma8(), 70)),
        (Format::Png, samples::png_with_orientation(5, 36, 28)),
        (Format::Png, by(&chart.to_rgb16().into(), ImageFormat::Png)),
        (Format::WebP, ours("webp")),
        (Format::WebP, ours("webp:lossless")),
        (Format::Gif, by(&disc, ImageFormat::Gif)),
        (Format::Bmp, by(&chart, ImageFormat::Bmp)),
        (Format::Tiff, by(&chart, ImageFormat::Tiff)),
        (Format::Qoi, ours("qoi")),
        (Format::Pbm, ours("grayscale,dither:bayer-4,pbm")),
        (Format::Pgm, ours("pgm")),
        (Format::Ppm, b"P3 3 2 255 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n".to_vec()),
        (Format::Ico, by(&disc, ImageFormat::Ico)),
        (Format::Tga, by(&chart, ImageFormat::Tga)),
        (Format::Hdr, by(&chart.to_rgb32f().into(), ImageFormat::Hdr)),
        (Format::Exr, by(&chart.to_rgb32f().into(), ImageFormat::OpenExr)),
        (Format::Avif, ours("avif")),
        (Format::Avif, samples::heif(*b"avif", &[item])),
        (Format::Jxl, ours("jxl")),
    ]
}

/// Marsaglia's xorshift64 (2003).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }

    /// A place, rather among the headers than in the pixels.
    fn place(&mut self, length: usize) -> usize {
        let span = if self.below(3) == 0 { length } else { length.min(160) };
        self.below(span)
    }

    fn mutated(&mut self, file: &[u8]) -> Vec<u8> {
        let mut bytes = file.to_vec();
        for _ in 0..=self.below(3) {
            let at = self.place(bytes.len());
            match self.below(7) {
                0 => bytes[at] ^= 1 << self.below(8),
                1 => bytes[at] = self.below(256) as u8,
                // Fields at their extremes.
                2 => fill(&mut bytes, at, &[0xFF; 4]),
                3 => fill(&mut bytes, at, &[0x7F, 0xFF, 0xFF, 0xFF]),
                4 => fill(&mut bytes, at, &[0; 4]),
                // A part of the file somewhere else.
                5 => {
                    let from = self.below(bytes.len());
                    let part = bytes[from..bytes.len().min(from + 1 + self.below(64))].to_vec();
                    bytes.splice(at..at, part);
                }
                _ => bytes.truncate(1 + self.below(bytes.len())),
            }
        }
        bytes
    }
}

fn fill(bytes: &mut [u8], at: usize, value: &[u8]) {
    for (to, from) in bytes[at..].iter_mut().zip(value) {
        *to = *from;
    }
}

#[test]
fn what_is_damaged_is_an_error_or_a_picture_within_the_limits() {
    let files = files();
    // HEIC needs an encoder of its own: its room mutates some.
    for format in
        Format::ALL.into_iter().filter(|format| format.is_read() && *format != Format::Heic)
    {
        assert!(files.iter().any(|(of, _)| *of == format), "a file of {format}");
    }
    let seed = 0x9E37_79B9_7F4A_7C15;
    println!("seed {seed:#x}");
    let mut random = Random(seed);
    let limits = Limits { pixels: 1 << 16, memory_bytes: 8 << 20, frames: 4, ..Limits::default() };
    let transform: Transform = "resize:16x16:fill,png".parse().unwrap();
    for (format, file) in &files {
        let info = probe(file, &limits).unwrap();
        assert_eq!(info.format, *format);
        render(file, &transform, &limits).unwrap_or_else(|error| panic!("{format}: {error}"));
        let mut n_pictures = 0;
        for _ in 0..120 {
            let bytes = random.mutated(file);
            if let Ok(info) = probe(&bytes, &limits) {
                assert!(
                    u64::from(info.width) * u64::from(info.height) <= limits.pixels,
                    "{format}"
                );
            }
            match render(&bytes, &transform, &limits) {
                Ok(rendered) => {
                    assert_eq!((rendered.width, rendered.height), (16, 16), "{format}");
                    n_pictures += 1;
                }
                Err(error) => assert_ne!(error.kind(), ErrorKind::Internal, "{format}: {error}"),
            }
        }
        println!("{format}: {n_pictures} of 120 are still pictures");
    }
}

#[test]
fn claims_of_size_are_refused_at_once() {
    let claim = |file: &[u8], at: usize, value: &[u8]| {
        let mut bytes = file.to_vec();
        bytes[at..at + value.len()].copy_from_slice(value);
        bytes
    };
    let size = samples::heif_size(65_535, 65_535);
    let avif = HeifItem {
        kind: *b"av01",
        properties: vec![size],
        data: vec![0x12, 0],
        ..Default::default()
    };
    let files = files();
    let first = |format| files.iter().find(|file| file.0 == format).unwrap().1.clone();
    let most = 65_535_u16.to_le_bytes();
    let bmp = 30_000_u32.to_le_bytes();
    let exr = first(Format::Exr);
    let window = exr.windows(10).position(|name| name == b"dataWindow").unwrap() + 10 + 1 + 6 + 4;
    for (name, bytes) in [
        ("webp", [&b"RIFF\x1A\0\0\0WEBPVP8X\x0A\0\0\0\0\0\0\0"[..], &[0xFF; 6], &[0; 8]].concat()),
        ("avif", samples::heif(*b"avif", &[avif])),
        // A code stream of 65,536 × 65,536 pixels: no multiple of 8, 18 bits of height, the ratio 1:1.
        ("jxl", [&[0xFF, 0x0A, 0b1111_1100, 0xFF, 0b0001_0111][..], &[0; 40]].concat()),
        ("qoi", claim(&first(Format::Qoi), 4, &[0, 1, 0, 0, 0, 1, 0, 0])),
        ("tga", claim(&first(Format::Tga), 12, &[most, most].concat())),
        ("bmp", claim(&first(Format::Bmp), 18, &[bmp, bmp].concat())),
        ("ppm", b"P6 60000 60000 255\n".to_vec()),
        ("hdr", b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 60000 +X 60000\n".to_vec()),
        ("exr", claim(&exr, window, &[0_u32, 0, 59_999, 59_999].map(u32::to_le_bytes).concat())),
    ] {
        let error = probe(&bytes, &Limits::default()).map(|info| (info.width, info.height));
        let error = error.unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::LimitExceeded | ErrorKind::Damaged),
            "{name}: {error}"
        );
        if !matches!(name, "jxl" | "exr" | "bmp" | "qoi") {
            assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{name}: {error}");
        }
    }
}
