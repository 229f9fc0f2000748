use image::{DynamicImage, GrayImage, ImageBuffer, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use portreto_samples as drawn;

use super::*;
use crate::{
    Digest, decode::decode, limits::Limits, picture::Indexed, probe::headers, transform::BitOrder,
};

mod palettes;
mod pnm;
mod raw;

const LOSSLESS: Encoding = Encoding { lossless: true, ..USUAL };
const USUAL: Encoding = Encoding {
    target: None,
    quality: None,
    lossless: false,
    effort: None,
    subsampling: None,
    progressive: false,
    compression: None,
    optimize: false,
    layout: Layout { depth: None, order: BitOrder::Msb, invert: false },
};

fn encoded(picture: &Picture, format: Format, how: Encoding) -> Vec<u8> {
    encode(picture, format, how, &Attached::default()).unwrap()
}

fn reopened(bytes: &[u8]) -> DynamicImage {
    decode(bytes, &Limits::default()).unwrap().image
}

fn mean_difference(a: &DynamicImage, b: &DynamicImage) -> f64 {
    let (a, b) = (a.to_rgba8(), b.to_rgba8());
    assert_eq!(a.dimensions(), b.dimensions());
    let sum: u64 = a.as_raw().iter().zip(b.as_raw()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.as_raw().len() as f64
}

/// The same drawing in each kind of samples there is; 16-bit samples use their low bits.
fn kinds() -> Vec<DynamicImage> {
    let disc = DynamicImage::from(drawn::soft_disc(37, 29));
    let chart = DynamicImage::from(drawn::chart(37, 29));
    let low_bits = |sample: u16, at: usize| sample ^ (at as u16 & 0xFF);
    let deepen = |image: DynamicImage| -> DynamicImage {
        match image {
            DynamicImage::ImageLuma16(mut p) => {
                p.iter_mut().enumerate().for_each(|(at, s)| *s = low_bits(*s, at));
                p.into()
            }
            DynamicImage::ImageRgba16(mut p) => {
                p.iter_mut().enumerate().for_each(|(at, s)| *s = low_bits(*s, at));
                p.into()
            }
            other => other,
        }
    };
    vec![
        chart.to_luma8().into(),
        disc.to_luma_alpha8().into(),
        chart.clone(),
        disc.clone(),
        deepen(chart.to_luma16().into()),
        disc.to_luma_alpha16().into(),
        chart.to_rgb16().into(),
        deepen(disc.to_rgba16().into()),
    ]
}

#[test]
fn lossless_formats_give_back_every_sample_that_they_can_hold() {
    for image in kinds() {
        let color = image.color();
        let picture = Picture::Direct(image.clone());
        let back = |format| reopened(&encoded(&picture, format, LOSSLESS));

        assert_eq!(back(Format::Png), image, "png {color:?}");
        let jxl = if color.has_alpha() { samples::eight_bits(&image) } else { image.clone() };
        assert!(back(Format::Jxl) == jxl, "jxl {color:?}");

        let tiff: DynamicImage = match &image {
            DynamicImage::ImageLumaA8(_) => image.to_rgba8().into(),
            DynamicImage::ImageLumaA16(_) => image.to_rgba16().into(),
            other => other.clone(),
        };
        assert_eq!(back(Format::Tiff), tiff, "tiff {color:?}");

        let eight: DynamicImage =
            if color.has_alpha() { image.to_rgba8().into() } else { image.to_rgb8().into() };
        assert_eq!(back(Format::Qoi), eight, "qoi {color:?}");
        assert_eq!(back(Format::WebP), eight, "webp {color:?}");

        let white = on_white(&image);
        assert_eq!(back(Format::Bmp).into_rgb8(), white.into_rgb8(), "bmp {color:?}");
    }
}

#[test]
fn sixteen_bits_become_the_nearest_eight() {
    let all: Vec<u16> = (0..=u16::MAX).collect();
    let image = ImageBuffer::<Luma<u16>, _>::from_raw(256, 256, all).unwrap();
    let eight = samples::eight_bits(&image.into()).into_luma8();
    for (sample, pixel) in eight.pixels().enumerate() {
        assert_eq!(u64::from(pixel[0]), (sample as f64 / 257.0).round() as u64, "{sample}");
    }
}

#[test]
fn what_has_no_alpha_lies_on_white() {
    for (pixel, expected) in [
        ([10, 20, 30, 255], [10, 20, 30]),
        ([255, 0, 255, 0], [255, 255, 255]),
        ([0, 100, 200, 128], [127, 177, 227]),
        ([0, 0, 0, 1], [254, 254, 254]),
    ] {
        let image = DynamicImage::from(RgbaImage::from_pixel(16, 16, Rgba(pixel)));
        assert_eq!(on_white(&image).into_rgb8().get_pixel(3, 3).0, expected);
        let how = Encoding { quality: Some(100), ..USUAL };
        let jpeg = reopened(&encoded(&Picture::Direct(image), Format::Jpeg, how)).into_rgb8();
        let near = jpeg.get_pixel(8, 8).0.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 2);
        assert!(near, "{pixel:?}");
    }
}

#[test]
fn gif_keeps_up_to_256_colors_and_quantizes_more() {
    let few = RgbImage::from_fn(40, 40, |x, y| Rgb([x as u8 / 3 * 18, y as u8 / 3 * 19, 7]));
    let bytes = encoded(&Picture::Direct(few.clone().into()), Format::Gif, USUAL);
    assert_eq!(reopened(&bytes).into_rgb8(), few);

    let many = DynamicImage::from(drawn::chart(160, 120));
    let bytes = encoded(&Picture::Direct(many.clone()), Format::Gif, USUAL);
    let mean = mean_difference(&reopened(&bytes), &many);
    assert!(mean < 3.0, "{mean}");

    // What is opaque stays opaque, whatever color hides in what is not.
    let disc = drawn::soft_disc(120, 120);
    let bytes = encoded(&Picture::Direct(disc.clone().into()), Format::Gif, USUAL);
    let image = reopened(&bytes).into_rgba8();
    for (drawn, shown) in disc.pixels().zip(image.pixels()) {
        assert_eq!(shown[3] == 255, drawn[3] >= 128);
    }
}

#[test]
fn jpeg_is_near_and_gray_stays_gray_and_channels_stay_together() {
    let chart = DynamicImage::from(drawn::chart(200, 150));
    let mut sizes = Vec::new();
    for quality in [1, 30, 60, 80, 90, 100] {
        let how = Encoding { quality: Some(quality), ..USUAL };
        let bytes = encoded(&Picture::Direct(chart.clone()), Format::Jpeg, how);
        let limits = Limits::default();
        let headers = headers(&bytes, &limits).unwrap();
        assert!(!headers.jpeg_split_scans);
        assert_eq!(headers.channels, 3);
        if quality >= 60 {
            let mean = mean_difference(&reopened(&bytes), &chart);
            assert!(mean < 4.0, "quality {quality}: {mean}");
        }
        sizes.push(bytes.len());
    }
    assert!(sizes.is_sorted(), "{sizes:?}");
    let default = encoded(&Picture::Direct(chart.clone()), Format::Jpeg, USUAL);
    assert_eq!(default.len(), sizes[3], "80 is the default");

    let gray = Picture::Direct(chart.to_luma8().into());
    let bytes = encoded(&gray, Format::Jpeg, USUAL);
    assert!(matches!(reopened(&bytes), DynamicImage::ImageLuma8(_)));
}

#[test]
fn lossy_webp_is_near_and_keeps_alpha() {
    for image in [drawn::chart(200, 150).into(), DynamicImage::from(drawn::soft_disc(200, 150))] {
        let encode = |quality| {
            let how = Encoding { quality, ..USUAL };
            encoded(&Picture::Direct(image.clone()), Format::WebP, how)
        };
        assert_eq!(encode(None), encode(Some(80)), "80 is the default");
        assert!(encode(Some(30)).len() < encode(Some(80)).len());
        let back = reopened(&encode(None));
        assert_eq!(back.color(), image.color());
        // The color of pixels that do not show is anyone's.
        let mean = mean_difference(&on_white(&back), &on_white(&image));
        assert!(mean < 5.0, "{mean}");
    }
}

#[test]
fn sides_that_a_format_cannot_say_are_refused_with_advice() {
    for (format, longest) in [(Format::WebP, 16_383), (Format::Jpeg, 65_535), (Format::Gif, 65_535)]
    {
        let fits = Picture::Direct(GrayImage::new(longest, 1).into());
        let bytes = encoded(&fits, format, USUAL);
        assert_eq!(headers(&bytes, &Limits::default()).unwrap().width, longest);
        let exceeds = Picture::Direct(GrayImage::new(1, longest + 1).into());
        let error = encode(&exceeds, format, USUAL, &Attached::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidTransform);
        let expected = format!(
            "{format} files cannot be larger than {longest} pixels a side, and the picture is 1x{}; \
             resize it or choose another format",
            longest + 1
        );
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn avif_is_near_keeps_alpha_and_knows_no_threads() {
    for image in [drawn::chart(160, 120).into(), DynamicImage::from(drawn::soft_disc(160, 120))] {
        let picture = Picture::Direct(image.clone());
        let encode = |quality| encoded(&picture, Format::Avif, Encoding { quality, ..USUAL });
        assert_eq!(encode(None), encode(Some(80)), "80 is the default");
        assert!(encode(Some(30)).len() < encode(Some(80)).len());
        for n_threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
            assert_eq!(pool.install(|| encode(None)), encode(None), "{n_threads} threads");
        }
        let back = reopened(&encode(None));
        assert_eq!(back.color(), image.color());
        let mean = mean_difference(&on_white(&back), &on_white(&image));
        assert!(mean < 5.0, "{mean}");
        // Ten bits keep more than eight.
        let deep = Picture::Direct(image.to_rgb16().into());
        let back = reopened(&encoded(&deep, Format::Avif, USUAL));
        assert!(matches!(back, DynamicImage::ImageRgb16(_)));
    }
}

/// Noise, flat areas and slopes of any small size, through a coder of someone else's and a decoder of yet another's.
#[test]
fn jxl_gives_back_every_sample_of_any_picture() {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = move || {
        // Marsaglia's xorshift64 (2003).
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for case in 0..300 {
        let (width, height) = (2 + (random() % 300) as u32, 2 + (random() % 40) as u32);
        let (kind, step) = (random() % 4, random() % 97);
        let mut sample = |at: u64| match kind {
            0 => random() as u16,
            1 => (at / 7 * step * 31) as u16,
            2 => {
                if random() % 50 == 0 {
                    random() as u16
                } else {
                    0xABCD
                }
            }
            _ => (at * step) as u16,
        };
        let mut deep =
            |n: u32| (0..u64::from(width * height * n)).map(&mut sample).collect::<Vec<_>>();
        let image = match case % 4 {
            0 => ImageBuffer::from_raw(width, height, deep(1)).map(DynamicImage::ImageLuma16),
            1 => ImageBuffer::from_raw(width, height, deep(2)).map(DynamicImage::ImageLumaA16),
            2 => ImageBuffer::from_raw(width, height, deep(3)).map(DynamicImage::ImageRgb16),
            _ => ImageBuffer::from_raw(width, height, deep(4)).map(DynamicImage::ImageRgba16),
        };
        let image = image.unwrap();
        for image in [samples::eight_bits(&image), image] {
            let back = reopened(&encoded(&Picture::Direct(image.clone()), Format::Jxl, USUAL));
            let kept = if image.color().has_alpha() { samples::eight_bits(&image) } else { image };
            assert!(back == kept, "case {case}: {width} x {height}, kind {kind}");
        }
    }
}

#[test]
fn a_single_pixel_is_a_picture_in_every_format() {
    let image = DynamicImage::from(RgbImage::from_pixel(1, 1, Rgb([250, 250, 250])));
    let both = |format: &Format| format.is_read() && format.is_written();
    for format in Format::ALL.into_iter().filter(both) {
        if format == Format::Jxl {
            let error =
                encode(&Picture::Direct(image.clone()), format, USUAL, &Attached::default())
                    .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidTransform);
            continue;
        }
        let gray = if format == Format::Pbm { 255 } else { 250 };
        let expected = DynamicImage::from(RgbImage::from_pixel(1, 1, Rgb([gray; 3])));
        for how in [USUAL, LOSSLESS] {
            let back = reopened(&encoded(&Picture::Direct(image.clone()), format, how));
            assert!(mean_difference(&back, &expected) < 2.0, "{format}");
        }
        let one = Indexed::new(1, 1, vec![[250, 250, 250, 255]]);
        let back = reopened(&encoded(&Picture::Indexed(one), format, LOSSLESS));
        assert!(mean_difference(&back, &expected) < 2.0, "{format} indexed");
    }
}

/// The bytes of version 3 of the engine. Where they change, by a new codec or a new choice, variants that
/// were kept are no longer what would be made: raise `ENGINE_VERSION` together with these.
#[test]
fn the_bytes_are_those_of_this_engine_version() {
    assert_eq!(crate::ENGINE_VERSION, 3);
    let chart = drawn::chart(96, 64);
    let (colors, indices) = drawn::posterized(&chart, 4);
    let palette = colors.into_iter().map(|[r, g, b]| [r, g, b, 255]).collect();
    let chart = Picture::Direct(chart.into());
    let poster = Picture::Indexed(Indexed::from_indices(96, 64, palette, &indices));
    let disc = Picture::Direct(drawn::soft_disc(96, 64).into());
    let lossy = USUAL;
    let rows = [
        ("jpg", &chart, Format::Jpeg, lossy, "c6683301df95d482"),
        ("jpg of alpha", &disc, Format::Jpeg, lossy, "cfba38d44c26255c"),
        ("png", &chart, Format::Png, lossy, "e84c7ddb481f0cb3"),
        ("png of a palette", &poster, Format::Png, lossy, "f2041760ab8faecb"),
        ("webp", &chart, Format::WebP, lossy, "7a1e8db0a8bba543"),
        ("webp of alpha", &disc, Format::WebP, lossy, "397410ca827eaea4"),
        ("webp lossless", &disc, Format::WebP, LOSSLESS, "503b70a883c9b4a4"),
        ("gif", &chart, Format::Gif, lossy, "0dbbf6f684a85b8a"),
        ("bmp", &chart, Format::Bmp, lossy, "ad40615d3c97c651"),
        ("tiff", &chart, Format::Tiff, lossy, "f69fc78ca0e0c72f"),
        ("qoi", &disc, Format::Qoi, lossy, "5d30fe2d28c9cc8f"),
        ("gif of a palette", &poster, Format::Gif, lossy, "c7d383f8c3240ea6"),
        ("bmp of a palette", &poster, Format::Bmp, lossy, "e060258185e12afa"),
        ("pgm of a palette", &poster, Format::Pgm, lossy, "bbfe5e817d20c84a"),
        ("pgm of alpha", &disc, Format::Pgm, lossy, "6a16703a5405db2f"),
        ("ppm", &chart, Format::Ppm, lossy, "c30aeccb4c469b7b"),
        ("avif", &chart, Format::Avif, lossy, "b49a576f4d8ec2cf"),
        ("avif of alpha", &disc, Format::Avif, lossy, "8a562161e30db18f"),
        ("jxl", &disc, Format::Jxl, lossy, "07e1468842839ba4"),
        ("raw", &poster, Format::Raw, lossy, "dcd270a36d6bec59"),
    ];
    let found: Vec<_> = rows
        .iter()
        .map(|(name, picture, format, how, _)| {
            (*name, Digest::of(&encoded(picture, *format, *how)).to_string()[..16].to_owned())
        })
        .collect();
    let expected: Vec<_> = rows.iter().map(|row| (row.0, row.4.to_owned())).collect();
    assert_eq!(found, expected);
}
