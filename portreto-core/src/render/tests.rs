use image::DynamicImage;
use portreto_samples::{JpegOptions, chart, jpeg, jpeg_with_orientation, soft_disc};
use rayon::ThreadPoolBuilder;

mod animation;
mod metadata;
mod operations;
mod profile;

use super::*;
use crate::{
    ErrorKind,
    decode::decode,
    encode::{Attached, Encoding},
    probe,
};

const TRANSFORMS: &[&str] = &[
    "same",
    "resize:160x",
    "resize:100x100:cover:gravity=northeast:linear,webp:quality=70",
    "resize:90x90:contain:background=102030,flip:horizontal,png",
    "resize:64x,dither:floyd-steinberg,png",
    "grayscale,dither:jarvis-judice-ninke:levels=4:serpentine",
    "rotate:90,dither:bayer-8:palette=ega,gif",
    "crop:50x40@10x20,dither:atkinson:palette=web-safe:linear:strength=0.9,bmp",
];

fn transforms() -> Vec<Transform> {
    TRANSFORMS.iter().map(|text| text.parse().unwrap()).collect()
}

fn photo() -> Vec<u8> {
    jpeg(&chart(320, 240), JpegOptions::default())
}

fn png_of(image: impl Into<DynamicImage>) -> Vec<u8> {
    let picture = Picture::Direct(image.into());
    encode(&picture, Format::Png, Encoding::default(), &Attached::default()).unwrap()
}

fn rendered(original: &[u8], text: &str) -> Rendered {
    render(original, &text.parse().unwrap(), &Limits::default()).unwrap()
}

#[test]
fn any_number_of_threads_makes_the_same_bytes() {
    let photo = photo();
    let on = |n_threads| -> Vec<Vec<u8>> {
        let pool = ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        let many = pool.install(|| render_many(&photo, &transforms(), &Limits::default()));
        many.into_iter().map(|rendered| rendered.unwrap().bytes).collect()
    };
    let one = on(1);
    assert_eq!(on(2), one);
    assert_eq!(on(8), one);
    for (text, bytes) in TRANSFORMS.iter().zip(one) {
        assert!(rendered(&photo, text).bytes == bytes, "{text}: alone and among others");
    }
}

#[test]
fn a_result_is_what_it_says_it_is() {
    let photo = photo();
    for (text, (format, width, height)) in TRANSFORMS.iter().zip([
        (Format::Jpeg, 320, 240),
        (Format::Jpeg, 160, 120),
        (Format::WebP, 100, 100),
        (Format::Png, 90, 90),
        (Format::Png, 64, 48),
        (Format::Png, 320, 240),
        (Format::Gif, 240, 320),
        (Format::Bmp, 50, 40),
    ]) {
        let result = rendered(&photo, text);
        assert_eq!((result.format, result.width, result.height), (format, width, height), "{text}");
        let info = probe(&result.bytes, &Limits::default()).unwrap();
        assert_eq!((info.format, info.width, info.height), (format, width, height), "{text}");
    }
}

#[test]
fn thumbnails_of_every_orientation_are_upright_and_alike() {
    let thumbnail = |orientation| {
        let original = jpeg_with_orientation(orientation, 160, 120);
        let result = rendered(&original, "resize:40x30:fill,png");
        decode(&result.bytes, &Limits::default()).unwrap().image.into_rgb8()
    };
    let upright = thumbnail(1);
    for orientation in 2..=8 {
        let other = thumbnail(orientation);
        let sum: u64 =
            upright.iter().zip(other.iter()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
        let mean = sum as f64 / upright.len() as f64;
        assert!(mean < 3.0, "orientation {orientation} differs by {mean} of 255 in the mean");
    }
}

#[test]
fn the_format_is_kept_unless_the_result_would_lose_by_it() {
    let disc = png_of(soft_disc(40, 40));
    assert_eq!(rendered(&disc, "resize:20x").format, Format::Png);
    assert_eq!(rendered(&photo(), "resize:20x20:contain").format, Format::Png);
    assert_eq!(rendered(&photo(), "resize:20x20:contain:background=ffffff").format, Format::Jpeg);
    let gif = rendered(&disc, "gif").bytes;
    assert_eq!(rendered(&gif, "resize:20x").format, Format::Png);
    assert_eq!(rendered(&photo(), "dither:atkinson").format, Format::Png);
    assert_eq!(rendered(&photo(), "dither:atkinson,jpg").format, Format::Jpeg);
}

#[test]
fn a_dithered_png_holds_exactly_the_palette() {
    let bytes = rendered(&photo(), "resize:64x,dither:stucki:palette=gameboy").bytes;
    let image = decode(&bytes, &Limits::default()).unwrap().image.into_rgb8();
    let used: std::collections::HashSet<_> = image.pixels().map(|pixel| pixel.0).collect();
    let greens = [[0x0F, 0x38, 0x0F], [0x30, 0x62, 0x30], [0x8B, 0xAC, 0x0F], [0x9B, 0xBC, 0x0F]];
    assert_eq!(used, greens.into_iter().collect());
}

#[test]
fn what_comes_after_a_dither_moves_its_indices() {
    let photo = photo();
    for (dither, n_colors) in [
        ("dither:floyd-steinberg:palette=black-white", 2),
        ("dither:atkinson:palette=gameboy", 4),
        ("dither:bayer-4:palette=eink-7", 7),
        ("dither:burkes:levels=4", 64),
    ] {
        // Sides that end within a byte.
        let text = |rest: &str| format!("crop:37x21@9x5,{dither}{rest}");
        let open =
            |text: &str| decode(&rendered(&photo, text).bytes, &Limits::default()).unwrap().image;
        let plain = open(&text(",png"));
        for (moves, expected) in [
            (",rotate:90", plain.rotate90()),
            (",rotate:180", plain.rotate180()),
            (",rotate:270,flip:horizontal", plain.rotate270().fliph()),
            (",flip:vertical", plain.flipv()),
            (",crop:13x9@3x4", plain.crop_imm(3, 4, 13, 9)),
        ] {
            for format in ["png", "bmp", "gif", "ppm"] {
                let moved = open(&text(&format!("{moves},{format}"))).into_rgb8();
                assert_eq!(moved, expected.to_rgb8(), "{dither}{moves},{format}");
            }
            // One byte a pixel is what the others pack.
            let wide = rendered(&photo, &text(&format!("{moves},raw:bits=8")));
            let packed = rendered(&photo, &text(&format!("{moves},raw"))).bytes;
            let depth = crate::picture::Depth::holding(n_colors);
            let rows = wide.bytes.chunks(wide.width as usize).flat_map(|indices| {
                let mut row = vec![0; depth.row_bytes(wide.width)];
                depth.pack(indices, &mut row);
                row
            });
            assert!(rows.eq(packed), "{dither}{moves}");
        }
        let gray = open(&text(",grayscale,png")).into_luma8();
        assert_eq!(DynamicImage::from(gray), crate::transform::grayed(&plain));
    }
}

#[test]
fn netpbm_formats_are_kept_while_they_can_hold_the_result() {
    for (original, text, format) in [
        (&b"P6 2 1 255 abcdef"[..], "resize:1x", Format::Ppm),
        (b"P6 2 1 255 abcdef", "grayscale", Format::Ppm),
        (b"P5 2 1 255 ab", "rotate:90", Format::Pgm),
        (b"P5 2 1 255 ab", "resize:3x3:contain:background=ff0000", Format::Png),
        (b"P5 2 1 255 ab", "resize:3x3:contain:background=ff000000", Format::Png),
        (b"P4 2 1 \x80", "resize:1x", Format::Png),
        (b"P4 2 1 \x80", "pbm", Format::Pbm),
        (b"P5 2 1 255 ab", "dither:atkinson", Format::Png),
    ] {
        assert_eq!(rendered(original, text).format, format, "{text}");
    }
    assert_eq!(rendered(b"P1 2 1 1 0 ", "pbm").bytes, b"P4\n2 1\n\x80");
}

#[test]
fn raw_and_pbm_need_a_dither() {
    let photo = photo();
    let fails = |text: &str| {
        let error = render(&photo, &text.parse().unwrap(), &Limits::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidTransform, "{text}");
        error.to_string()
    };
    for text in ["raw", "dither:atkinson,resize:20x,raw", "dither:atkinson:levels=16,raw"] {
        assert!(fails(text).contains("dither it last"), "{text}");
    }
    for text in ["pbm", "dither:atkinson,pbm", "grayscale,dither:atkinson:levels=3,pbm"] {
        assert!(fails(text).contains("grayscale,dither:atkinson,pbm"), "{text}");
    }
    assert_eq!(rendered(&photo, "grayscale,dither:atkinson,pbm").bytes.len(), 11 + 40 * 240);
    assert_eq!(
        fails("dither:atkinson:palette=eink-7,raw:bits=2"),
        "raw bits is 2, but the picture has 7 colors, which need 4"
    );
}

#[test]
fn what_does_not_fit_is_an_error_that_says_so() {
    let photo = photo();
    let fails = |text: &str| {
        let transform = text.parse().unwrap();
        render(&photo, &transform, &Limits::default()).unwrap_err()
    };
    let error = fails("crop:5x5@320x0");
    assert_eq!(error.kind(), ErrorKind::InvalidTransform);
    assert_eq!(error.to_string(), "crop begins at 320x0, outside the picture of 320x240 pixels");
    assert_eq!(fails("resize:60000x60000:fill").kind(), ErrorKind::LimitExceeded);
    assert_eq!(fails("resize:4000000000x").kind(), ErrorKind::LimitExceeded);
    let many = render_many(b"not a picture", &transforms(), &Limits::default());
    assert_eq!(many.len(), TRANSFORMS.len());
    assert!(many.iter().all(|one| one.as_ref().unwrap_err().kind() == ErrorKind::NotAnImage));
}
