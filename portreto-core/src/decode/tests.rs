mod conformance;
mod every_format;

use std::{path::Path, sync::LazyLock};

use image::{
    GenericImageView,
    ImageFormat::{Bmp, Gif, Qoi, Tiff, WebP},
    RgbImage,
};
use portreto_samples::{self as samples, JpegOptions, PngColor, PngDepth};

use super::*;
use crate::error::{Error, ErrorKind};

fn opened(bytes: &[u8]) -> DynamicImage {
    decode(bytes, &Limits::default()).unwrap().image
}

fn refused(bytes: &[u8]) -> Error {
    decode(bytes, &Limits::default()).map(|decoded| decoded.image).unwrap_err()
}

/// Drawn once for all tests.
fn set() -> &'static [samples::Sample] {
    static SET: LazyLock<Vec<samples::Sample>> = LazyLock::new(samples::all);
    &SET
}

fn sample(name: &str) -> &'static [u8] {
    &set().iter().find(|sample| sample.name == name).unwrap().bytes
}

/// The largest and the mean difference of samples.
fn differences(a: &RgbImage, b: &RgbImage) -> (u8, f64) {
    assert_eq!(a.dimensions(), b.dimensions());
    let pairs = || a.as_raw().iter().zip(b.as_raw()).map(|(a, b)| a.abs_diff(*b));
    let sum: f64 = pairs().map(f64::from).sum();
    (pairs().max().unwrap_or(0), sum / a.as_raw().len() as f64)
}

#[test]
fn every_sample_opens_with_the_size_and_kind_that_its_headers_tell() {
    for sample in set() {
        let image = opened(&sample.bytes);
        let info = probe::probe(&sample.bytes, &Limits::default()).unwrap();
        assert_eq!(image.dimensions(), (info.width, info.height), "{}", sample.name);
        let color = image.color();
        assert_eq!(color.has_alpha(), info.has_alpha, "{}", sample.name);
        assert!(matches!(color.bytes_per_pixel() / color.channel_count(), 1 | 2));
        assert_eq!(color.bytes_per_pixel() / color.channel_count() == 2, info.bits == 16);
        assert_eq!(
            color.has_color(),
            !["gray.jpg", "gray-alpha.png", "one-bit.png"].contains(&sample.name)
        );
    }
}

#[test]
fn lossless_samples_open_to_the_pixels_that_were_drawn() {
    assert_eq!(opened(sample("rgb.png")).into_rgb8(), samples::chart(480, 360));
    assert_eq!(opened(sample("chart.bmp")).into_rgb8(), samples::chart(200, 150));
    assert_eq!(opened(sample("chart.tiff")).into_rgb8(), samples::chart(240, 180));
    assert_eq!(opened(sample("soft-alpha.png")).into_rgba8(), samples::soft_disc(400, 400));
    assert_eq!(opened(sample("soft-alpha.qoi")).into_rgba8(), samples::soft_disc(160, 160));
    assert_eq!(opened(sample("alpha.webp")).into_rgba8(), samples::soft_disc(320, 320));
    let DynamicImage::ImageRgb16(deep) = opened(sample("deep.png")) else {
        panic!("16 bits are kept")
    };
    assert_eq!(deep.get_pixel(511, 1).0, [65_535, 0, 65_535 / 16 + 512]);
}

#[test]
fn lossy_samples_open_to_nearly_what_was_drawn() {
    for (name, width, height) in [("landscape.jpg", 2000, 1500), ("progressive.jpg", 1200, 800)] {
        let (_, mean) =
            differences(&opened(sample(name)).into_rgb8(), &samples::chart(width, height));
        assert!(mean < 3.0, "{name}: {mean}");
    }
    // The first frame of three, quantized.
    let (_, mean) = {
        let mut expected = DynamicImage::from(samples::chart(160, 120));
        image::imageops::overlay(&mut expected, &samples::soft_disc(60, 60), 10, 30);
        differences(&opened(sample("animated.gif")).into_rgb8(), &expected.into_rgb8())
    };
    assert!(mean < 6.0, "{mean}");
}

#[test]
fn all_eight_orientations_open_upright() {
    let upright = samples::chart(48, 32);
    for orientation in 1..=8 {
        let exact = opened(&samples::png_with_orientation(orientation, 48, 32)).into_rgb8();
        assert_eq!(exact, upright, "orientation {orientation}");
    }
    let first = opened(sample("orientation-1.jpg")).into_rgb8();
    for orientation in 2..=8 {
        let name = format!("orientation-{orientation}.jpg");
        let (most, mean) = differences(&opened(sample(&name)).into_rgb8(), &first);
        // The coefficients of a turned block are quantized in another order, and rounded apart.
        assert!(most <= 40 && mean < 1.0, "{name}: {most}, {mean}");
    }
}

/// Color type, depth, packed samples of 4 × 1 pixels, palette, `tRNS`, and what comes out.
#[test]
fn png_in_every_color_type_and_depth() {
    use PngColor::{Grayscale, GrayscaleAlpha, Indexed, Rgb, Rgba};
    use PngDepth::{Eight, Four, One, Sixteen, Two};
    type Row<'a> = (PngColor, PngDepth, &'a [u8], Option<&'a [u8]>, Option<&'a [u8]>, DynamicImage);
    fn made<P: image::Pixel>(samples: &[P::Subpixel]) -> DynamicImage
    where
        DynamicImage: From<image::ImageBuffer<P, Vec<P::Subpixel>>>,
    {
        image::ImageBuffer::<P, _>::from_raw(4, 1, samples.to_vec()).unwrap().into()
    }
    let wide: Vec<u16> = (0..16).map(|i| i * 4000 + 7).collect();
    let big: Vec<u8> = wide.iter().flat_map(|sample| sample.to_be_bytes()).collect();
    let narrow: Vec<u8> = (0..16).map(|i| i * 16 + 3).collect();
    let colors: Vec<u8> = (0..12).map(|i| i * 20).collect();
    #[rustfmt::skip]
    let rows: Vec<Row> = vec![
        (Grayscale, One, &[0b1010_0000], None, None, made::<image::Luma<u8>>(&[255, 0, 255, 0])),
        (Grayscale, Two, &[0b0001_1011], None, None, made::<image::Luma<u8>>(&[0, 85, 170, 255])),
        (Grayscale, Four, &[0x07, 0x8F], None, None, made::<image::Luma<u8>>(&[0, 119, 136, 255])),
        (Grayscale, Eight, &narrow[..4], None, None, made::<image::Luma<u8>>(&narrow[..4])),
        (Grayscale, Sixteen, &big[..8], None, None, made::<image::Luma<u16>>(&wide[..4])),
        (Grayscale, Eight, &[9, 8, 9, 7], None, Some(&[0, 9]),
            made::<image::LumaA<u8>>(&[9, 0, 8, 255, 9, 0, 7, 255])),
        (GrayscaleAlpha, Eight, &narrow[..8], None, None, made::<image::LumaA<u8>>(&narrow[..8])),
        (GrayscaleAlpha, Sixteen, &big[..16], None, None, made::<image::LumaA<u16>>(&wide[..8])),
        (Rgb, Eight, &narrow[..12], None, None, made::<image::Rgb<u8>>(&narrow[..12])),
        (Rgb, Sixteen, &big[..24], None, None, made::<image::Rgb<u16>>(&wide[..12])),
        (Rgba, Eight, &narrow, None, None, made::<image::Rgba<u8>>(&narrow)),
        (Rgba, Sixteen, &big, None, None, made::<image::Rgba<u16>>(&wide)),
        (Indexed, One, &[0b0110_0000], Some(&colors[..6]), None,
            made::<image::Rgb<u8>>(&[0, 20, 40, 60, 80, 100, 60, 80, 100, 0, 20, 40])),
        (Indexed, Two, &[0b0001_1011], Some(&colors), None, made::<image::Rgb<u8>>(&colors)),
        (Indexed, Four, &[0x01, 0x23], Some(&colors), None, made::<image::Rgb<u8>>(&colors)),
        (Indexed, Eight, &[0, 1, 2, 3], Some(&colors), None, made::<image::Rgb<u8>>(&colors)),
        (Indexed, Eight, &[1, 0, 1, 0], Some(&colors[..6]), Some(&[77]),
            made::<image::Rgba<u8>>(&[60, 80, 100, 255, 0, 20, 40, 77, 60, 80, 100, 255, 0, 20, 40, 77])),
    ];
    for (color, depth, packed, palette, alpha, expected) in rows {
        let file = samples::png((4, 1), color, depth, packed, palette, alpha);
        assert_eq!(opened(&file), expected, "{color:?} {depth:?} {alpha:?}");
    }
}

/// `pbm(5)`, `pgm(5)` and `ppm(5)` of Netpbm: samples reach from 0 to the maximum that the header names.
#[test]
fn pnm_of_every_kind_and_maximum() {
    let gray = |samples: &[u8]| {
        DynamicImage::from(image::GrayImage::from_raw(3, 2, samples.to_vec()).unwrap())
    };
    let wide = |samples: &[u16]| {
        let pixels = image::ImageBuffer::from_raw(1, 1, samples.to_vec()).unwrap();
        DynamicImage::ImageRgb16(pixels)
    };
    let bits = gray(&[255, 0, 0, 0, 255, 255]);
    let grays = gray(&[0, 17, 34, 255, 238, 221]);
    for (file, expected) in [
        (&b"P1 # a bit is 1 where it is black\n3 2 011 1 0\n0"[..], bits.clone()),
        (b"P4\n3\n2\n\x7F\x80", bits),
        (b"P2 3 2 15\n0 1 2\n15 14 13\n", grays.clone()),
        (b"P5 3 2 15 \0\x01\x02\x0F\x0E\x0D", grays),
        (b"P3\r\n#\r\n1 1\r\n65535\r\n1 258 65535\r\n", wide(&[1, 258, 65535])),
        (b"P6 1 1 65535\n\0\x01\x01\x02\xFF\xFF", wide(&[1, 258, 65535])),
        // 65535 / 1023 = 64.06.
        (b"P6 1 1 1023\n\0\x01\x01\x02\x03\xFF", wide(&[64, 16528, 65535])),
        (
            b"P6 3 1 255 and then some",
            RgbImage::from_raw(3, 1, b"and then ".to_vec()).unwrap().into(),
        ),
    ] {
        assert_eq!(opened(file), expected, "{}", file.escape_ascii());
    }
    for (file, kind) in [
        (&b"P5 3 2 15 \0\x01\x02\x0F\x0E"[..], ErrorKind::Damaged),
        (b"P2 3 2 15 0 1 2 15 14", ErrorKind::Damaged),
        (b"P2 1 1 15 x", ErrorKind::Damaged),
        (b"P1 3 2 011 1 0", ErrorKind::Damaged),
        (b"P5 3 2 0 ", ErrorKind::Damaged),
        (b"P5 3 2 70000 ", ErrorKind::Damaged),
        (b"P4 3 0 ", ErrorKind::Damaged),
        (b"P4 30000 30000 ", ErrorKind::LimitExceeded),
        (b"P4 5000000000 1 ", ErrorKind::Damaged),
        (b"P7\nWIDTH 1\nHEIGHT 1\nDEPTH 1\nMAXVAL 255\nENDHDR\n\0", ErrorKind::NotAnImage),
    ] {
        assert_eq!(refused(file).kind(), kind, "{}", file.escape_ascii());
    }
}

fn with_profile(
    color: PngColor,
    depth: PngDepth,
    samples: &[u8],
    pixels: u32,
    profile: &[u8],
) -> Vec<u8> {
    let content = [b"p\0\0".to_vec(), fdeflate::compress_to_vec(profile)].concat();
    samples::with_chunk(
        &samples::png((pixels, 1), color, depth, samples, None, None),
        *b"iCCP",
        &content,
    )
}

/// IEC 61966-2-1.
fn linear(sample: f64) -> f64 {
    if sample <= 0.040_45 { sample / 12.92 } else { ((sample + 0.055) / 1.055).powf(2.4) }
}

fn curved(light: f64) -> f64 {
    let light = light.clamp(0.0, 1.0);
    if light <= 0.003_130_8 { light * 12.92 } else { 1.055 * light.powf(1.0 / 2.4) - 0.055 }
}

/// Display P3 to sRGB in linear light, both with the D65 white: the product of the two matrices that CSS
/// Color Module Level 4, section 18, gives for them.
const P3_TO_SRGB: [[f64; 3]; 3] = [
    [1.224_940_176, -0.224_940_176, 0.0],
    [-0.042_056_955, 1.042_056_955, 0.0],
    [-0.019_637_555, -0.078_636_046, 1.098_273_600],
];

#[test]
fn display_p3_becomes_srgb_by_the_published_matrix() {
    let colors: [[u8; 3]; 6] = [
        [255, 0, 0],
        [200, 120, 90],
        [40, 180, 60],
        [128, 128, 128],
        [10, 20, 30],
        [250, 240, 230],
    ];
    let expected = |color: [u8; 3]| {
        let light = color.map(|sample| linear(f64::from(sample) / 255.0));
        P3_TO_SRGB.map(|row| curved(row.iter().zip(light).map(|(a, b)| a * b).sum()))
    };
    let profile = samples::display_p3_profile();
    let eight = with_profile(PngColor::Rgb, PngDepth::Eight, &colors.concat(), 6, &profile);
    let deep: Vec<u8> = colors.concat().iter().flat_map(|sample| [*sample; 2]).collect();
    let sixteen = with_profile(PngColor::Rgb, PngDepth::Sixteen, &deep, 6, &profile);
    let (eight, sixteen) = (opened(&eight).into_rgb8(), opened(&sixteen));
    assert!(matches!(sixteen, DynamicImage::ImageRgb16(_)));
    let sixteen = sixteen.into_rgb16();
    for (x, color) in (0..).zip(colors) {
        for channel in 0..3 {
            let wanted = expected(color)[channel];
            let got = f64::from(eight.get_pixel(x, 0)[channel]) / 255.0;
            assert!((got - wanted).abs() < 1.5 / 255.0, "{color:?}: {got} {wanted}");
            let got = f64::from(sixteen.get_pixel(x, 0)[channel]) / 65_535.0;
            assert!((got - wanted).abs() < 0.5 / 255.0, "{color:?} deep: {got} {wanted}");
        }
    }
}

#[test]
fn alpha_is_no_color() {
    let colors = [[200, 120, 90, 255], [200, 120, 90, 7], [1, 2, 3, 0]].concat();
    let file =
        with_profile(PngColor::Rgba, PngDepth::Eight, &colors, 3, &samples::display_p3_profile());
    let image = opened(&file).into_rgba8();
    assert_eq!([0, 1, 2].map(|x| image.get_pixel(x, 0)[3]), [255, 7, 0]);
    assert_eq!(image.get_pixel(0, 0).0[..3], image.get_pixel(1, 0).0[..3]);
    assert_ne!(image.get_pixel(0, 0).0[..3], [200, 120, 90]);
}

#[test]
fn gray_profiles_change_the_curve_and_gray_stays_gray() {
    let ramp: Vec<u8> = (0..=255).collect();
    let profile = samples::gray_profile(1.0);
    let image = opened(&with_profile(PngColor::Grayscale, PngDepth::Eight, &ramp, 256, &profile));
    let DynamicImage::ImageLuma8(image) = image else { panic!("gray stays gray") };
    for (x, pixel) in image.pixels().enumerate() {
        let wanted = curved(x as f64 / 255.0) * 255.0;
        assert!((f64::from(pixel[0]) - wanted).abs() < 1.5, "{x}: {} {wanted}", pixel[0]);
    }
    // A gray picture with the profile of a screen.
    let p3 = samples::display_p3_profile();
    let image = opened(&with_profile(PngColor::Grayscale, PngDepth::Eight, &ramp, 256, &p3));
    let DynamicImage::ImageLuma8(image) = image else { panic!("gray stays gray") };
    assert!(image.as_raw().iter().zip(&ramp).all(|(a, b)| a.abs_diff(*b) <= 1));
}

#[test]
fn profiles_that_say_nothing_or_nonsense_change_nothing() {
    let picture = samples::chart(64, 48);
    let plain = samples::jpeg(&picture, JpegOptions::default());
    let bare = opened(&plain);
    let gray = samples::gray_profile(1.0);
    let p3 = samples::display_p3_profile();
    for profile in [&samples::srgb_profile()[..], b"nonsense", &p3[..200], &gray] {
        assert_eq!(opened(&samples::with_icc(&plain, profile)), bare);
    }
    let swapped = opened(&samples::with_icc(&plain, &samples::swapped_rgb_profile())).into_rgb8();
    let (most, _) = differences(&swapped, &bare.to_rgb8());
    assert!(most > 100, "a profile that says something is heard");
}

#[test]
fn inks_become_colors() {
    // White, the three inks, two of them together, black ink, and half of everything.
    let inks: [[u8; 4]; 7] = [
        [0, 0, 0, 0],
        [255, 0, 0, 0],
        [0, 255, 0, 0],
        [0, 0, 255, 0],
        [255, 255, 0, 0],
        [0, 0, 0, 255],
        [128, 128, 128, 128],
    ];
    let colors: [[u8; 3]; 7] = [
        [255, 255, 255],
        [0, 255, 255],
        [255, 0, 255],
        [255, 255, 0],
        [0, 0, 255],
        [0, 0, 0],
        [63, 63, 63],
    ];
    for (ink, color) in inks.into_iter().zip(colors) {
        let block = ink.repeat(64);
        for file in [samples::cmyk_jpeg(&block, 8, 8), samples::ycck_jpeg(&block, 8, 8)] {
            let image = opened(&file).into_rgb8();
            for pixel in image.pixels() {
                let near = pixel.0.iter().zip(color).all(|(a, b)| a.abs_diff(b) <= 4);
                assert!(near, "{ink:?}: {pixel:?}, not {color:?}");
            }
        }
    }
}

#[test]
fn channels_in_scans_of_their_own_keep_their_colors() {
    let picture = samples::chart(100, 75);
    for subsampled in [false, true] {
        let options = JpegOptions { subsampled, ..Default::default() };
        let together = opened(&samples::jpeg(&picture, options)).into_rgb8();
        let apart = opened(&samples::jpeg_in_split_scans(&picture, options)).into_rgb8();
        let (_, mean) = differences(&together, &apart);
        assert!(mean < 1.0, "subsampled {subsampled}: {mean}");
    }
}

#[test]
fn scans_without_end_are_refused() {
    let file = samples::jpeg(
        &samples::chart(16, 16),
        JpegOptions { progressive: true, ..Default::default() },
    );
    let last = file.windows(2).rposition(|pair| pair == [0xFF, 0xDA]).unwrap();
    let scan = &file[last..file.len() - 2];
    let crowded = [&file[..last], &scan.repeat(3_000), &file[file.len() - 2..]].concat();
    let error = refused(&crowded);
    assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{error}");
}

#[test]
fn extreme_shapes_open() {
    assert_eq!(opened(sample("pixel.png")).into_rgb8().get_pixel(0, 0).0, [200, 30, 90]);
    let wide = samples::gray_jpeg(&image::GrayImage::new(65_500, 1), 80);
    assert_eq!(opened(&wide).dimensions(), (65_500, 1));
    let tall = samples::png(
        (1, 65_500),
        PngColor::Grayscale,
        PngDepth::Eight,
        &vec![0; 65_500],
        None,
        None,
    );
    assert_eq!(opened(&tall).dimensions(), (1, 65_500));
}

#[test]
fn bombs_cost_nothing() {
    assert_eq!(refused(&samples::png_bomb()).kind(), ErrorKind::LimitExceeded);
    assert_eq!(refused(&samples::gif_claiming(65_535, 65_535)).kind(), ErrorKind::LimitExceeded);
    let claim = samples::progressive_jpeg_claiming(65_500, 65_500);
    assert_eq!(refused(&claim).kind(), ErrorKind::LimitExceeded);
    // The profile is 400 MB: it is dropped, and the picture opens.
    let image = opened(&samples::png_icc_bomb()).into_rgb8();
    assert_eq!(image.get_pixel(0, 0).0, [1, 2, 3]);
    // Within the limit of pixels, but not of memory.
    let limits = Limits { memory_bytes: 1 << 20, ..Limits::default() };
    let error = decode(&samples::png_claiming(2_000, 2_000), &limits).unwrap_err();
    assert_eq!(
        error.to_string(),
        "memory needed in bytes is 8000000, above the limit memory_bytes = 1048576"
    );
}

#[test]
fn what_is_cut_off_is_damaged() {
    for sample in set() {
        // TIFF keeps its directory behind its pixels or before, BMP may lack its padding.
        // Of an animation the first frame is all that is needed.
        let end = sample.bytes.len() * if sample.name == "animated.gif" { 2 } else { 9 } / 10;
        let error = refused(&sample.bytes[..end]);
        assert_eq!(error.kind(), ErrorKind::Damaged, "{}: {error}", sample.name);
    }
}

/// Truncated and mutated files of every format: an error or a picture within the limits, never a panic.
#[test]
fn damaged_files_are_errors_or_pictures() {
    let limits = Limits { pixels: 1 << 20, memory_bytes: 64 << 20, ..Limits::default() };
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = move |below: usize| {
        // Marsaglia's xorshift64 (2003).
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let small = small_files();
    for (name, bytes) in &small {
        let check = |bytes: &[u8]| match decode(bytes, &limits) {
            Ok(Decoded { image, .. }) => {
                assert!(image.width() * image.height() <= 1 << 20, "{name}");
            }
            Err(error) => assert_ne!(error.kind(), ErrorKind::Internal, "{name}: {error}"),
        };
        for length in (0..bytes.len()).step_by(bytes.len() / 60 + 1) {
            check(&bytes[..length]);
        }
        for _ in 0..200 {
            let mut mutated = bytes.clone();
            for _ in 0..=random(4) {
                // Headers are where the harm is done.
                let span = if random(2) == 0 { bytes.len().min(120) } else { bytes.len() };
                mutated[random(span)] = random(256) as u8;
            }
            check(&mutated);
        }
    }
}

fn small_files() -> Vec<(String, Vec<u8>)> {
    let chart = samples::chart(40, 30);
    let mut files: Vec<(String, Vec<u8>)> = set()
        .iter()
        .filter(|sample| sample.bytes.len() < 3_000)
        .map(|sample| (sample.name.to_owned(), sample.bytes.clone()))
        .collect();
    for (progressive, subsampled) in [(false, true), (true, true), (true, false)] {
        let options = JpegOptions { progressive, subsampled, quality: 80 };
        let file = samples::jpeg(&chart, options);
        files.push((
            format!("{options:?}"),
            samples::with_icc(&file, &samples::display_p3_profile()),
        ));
    }
    files.push(("orientation".into(), samples::jpeg_with_orientation(6, 40, 30)));
    let inks = DynamicImage::from(chart.clone()).into_rgba8();
    files.push(("cmyk".into(), samples::cmyk_jpeg(inks.as_raw(), 40, 30)));
    files.push(("ycck".into(), samples::ycck_jpeg(inks.as_raw(), 40, 30)));
    files.push(("png".into(), samples::png_with_orientation(5, 40, 30)));
    for format in [Bmp, Gif, Qoi, Tiff, WebP] {
        let mut bytes = std::io::Cursor::new(Vec::new());
        DynamicImage::from(chart.clone()).write_to(&mut bytes, format).unwrap();
        files.push((format!("{format:?}"), bytes.into_inner()));
    }
    files
}

/// `PORTRETO_PHOTOS=DIR cargo test -p portreto-core --lib photos -- --ignored --nocapture`
#[test]
#[ignore = "needs a directory of photos, named by PORTRETO_PHOTOS"]
fn photos_open() {
    fn visit(directory: &Path, visited: &mut u32) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(&path, visited);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            match decode(&bytes, &Limits::default()) {
                Ok(Decoded { image, .. }) => {
                    let info = probe::probe(&bytes, &Limits::default()).unwrap();
                    println!("{}: {info:?}", path.display());
                    assert_eq!(image.dimensions(), (info.width, info.height));
                    assert!(info.is_complete);
                    *visited += 1;
                }
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::NotAnImage, "{}: {error}", path.display());
                }
            }
        }
    }
    let mut visited = 0;
    visit(Path::new(&std::env::var_os("PORTRETO_PHOTOS").unwrap()), &mut visited);
    println!("{visited} photos");
    assert!(visited > 0);
}

/// A picture in another format.
fn written(picture: &DynamicImage, format: image::ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

#[test]
fn pictures_of_other_makers_are_read() {
    let chart = samples::chart(40, 30);
    let disc = DynamicImage::from(samples::soft_disc(40, 30));
    let chart = DynamicImage::from(chart);
    let light = |image: &DynamicImage| {
        // Light of sRGB, by its definition (IEC 61966-2-1).
        let mut image = image.to_rgba32f();
        for pixel in image.pixels_mut() {
            let alpha = pixel.0[3];
            for sample in &mut pixel.0[..3] {
                *sample = crate::light::to_linear(f64::from(*sample)) as f32 * alpha;
            }
        }
        DynamicImage::from(image)
    };
    let rows = [
        (Format::Tga, written(&chart, image::ImageFormat::Tga), &chart, 0),
        (Format::Tga, written(&disc, image::ImageFormat::Tga), &disc, 0),
        (Format::Ico, written(&disc, image::ImageFormat::Ico), &disc, 0),
        // Nine bits of mantissa for the brightest of three.
        (
            Format::Hdr,
            written(&light(&chart).into_rgb32f().into(), image::ImageFormat::Hdr),
            &chart,
            9,
        ),
        (
            Format::Exr,
            written(&light(&chart).into_rgb32f().into(), image::ImageFormat::OpenExr),
            &chart,
            1,
        ),
    ];
    for (format, bytes, expected, tolerance) in rows {
        let decoded = decode(&bytes, &Limits::default()).unwrap();
        assert_eq!(probe::probe(&bytes, &Limits::default()).unwrap().format, format);
        let (found, expected) = (decoded.image.to_rgba8(), expected.to_rgba8());
        let worst = found.iter().zip(expected.iter()).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(worst <= Some(tolerance), "{format}: {worst:?}");
    }
}
