//! What each operation makes of small pictures, and what holds for all of them.

use image::{ImageBuffer, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use proptest::{collection::vec, prelude::*};

use super::*;
use crate::Digest;

/// One text for each operation that makes new samples, and those that move them.
const EACH: &[&str] = &[
    "resize:5x",
    "resize:9x5:cover:gravity=attention",
    "resize:9x5:cover:gravity=entropy",
    "resize:9x9:contain:background=blur",
    "resize:4x:sharpen",
    "crop:50%x50%",
    "trim",
    "pad:2:background=blur",
    "pad:1.2:background=ff0000",
    "rotate:90",
    "rotate:30",
    "flip:horizontal",
    "grayscale",
    "adjust:brightness=1.1:contrast=0.9:saturation=1.5:hue=20:gamma=1.2",
    "tint:704214",
    "blur:1",
    "blur:9",
    "sharpen",
    "sharpen:sigma=1:threshold=0.01",
    "round:3",
    "round:50%:background=00ff00",
    "caption:x:size=8",
];

/// A picture of numbered pixels, 4 × 4, as PGM.
const NUMBERED: &[u8] =
    b"P5 4 4 255 \x00\x01\x02\x03\x10\x11\x12\x13\x20\x21\x22\x23\x30\x31\x32\x33";

fn pgm(text: &str) -> Vec<u8> {
    let result = rendered(NUMBERED, &format!("{text},pgm"));
    let n_pixels = result.width as usize * result.height as usize;
    result.bytes[result.bytes.len() - n_pixels..].to_vec()
}

#[test]
fn each_pixel_goes_where_it_should() {
    for (text, expected) in [
        ("crop:50%x50%@50%x25%", &[0x12, 0x13, 0x22, 0x23][..]),
        ("crop:25%x25%", &[0x11]),
        ("crop:2x1:gravity=0.75x0.63", &[0x22, 0x23]),
        ("crop:1x1:gravity=southwest", &[0x30]),
        ("crop:9x1@3x1", &[0x13]),
        ("resize:1x4:cover:gravity=west", &[0x00, 0x10, 0x20, 0x30]),
        ("resize:1x4:cover:gravity=east", &[0x03, 0x13, 0x23, 0x33]),
        ("resize:2x4:cover:gravity=0.75x0.5", &[2, 3, 0x12, 0x13, 0x22, 0x23, 0x32, 0x33]),
        ("crop:2x1@0x0,resize:2x3:contain:gravity=south:background=090909", &[9, 9, 9, 9, 0, 1]),
        ("crop:2x1@0x0,pad:1.0.0.1:background=ffffff", &[255, 255, 255, 255, 0, 1]),
        ("crop:2x2@1x1,rotate:90", &[0x21, 0x11, 0x22, 0x12]),
        ("crop:2x2@1x1,rotate:270", &[0x12, 0x22, 0x11, 0x21]),
        ("crop:2x2@1x1,flip:vertical", &[0x21, 0x22, 0x11, 0x12]),
        ("crop:3x1@0x0,trim:tolerance=0", &[1, 2]),
        ("crop:3x1@0x0,trim:tolerance=1", &[2]),
        ("crop:3x1@0x0,trim", &[0, 1, 2]),
        ("crop:2x1@2x3,adjust:brightness=2", &[0x64, 0x66]),
        ("crop:1x1@3x3,adjust:contrast=0", &[128]),
        ("crop:1x1@3x3,adjust:gamma=2", &[114]),
        ("crop:1x1@0x0,blur:20", &[0]),
    ] {
        assert_eq!(pgm(text), expected, "{text}");
    }
}

#[test]
fn every_operation_keeps_sixteen_bits_and_eight() {
    let wide = ImageBuffer::from_fn(12, 8, |x, y| {
        Rgba([x as u16 * 5000, y as u16 * 8000, 30_001, 65_535 - x as u16 * 3000])
    });
    let wide = DynamicImage::ImageRgba16(wide);
    for image in [
        wide.clone(),
        wide.to_rgb16().into(),
        wide.to_luma_alpha16().into(),
        wide.to_luma16().into(),
        wide.to_rgba8().into(),
        wide.to_luma8().into(),
    ] {
        let channel_bits = 8 * image.color().bytes_per_pixel() / image.color().channel_count();
        let original = png_of(image);
        for text in EACH {
            let result = rendered(&original, &format!("{text},png"));
            let info = probe(&result.bytes, &Limits::default()).unwrap();
            assert_eq!(info.bits, channel_bits, "{text}");
        }
    }
}

#[test]
fn every_operation_is_the_same_on_any_number_of_threads() {
    let photo = photo();
    for text in EACH {
        let on = |n_threads| {
            let pool = ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
            pool.install(|| rendered(&photo, &format!("resize:60x,{text},qoi")).bytes)
        };
        assert!(on(1) == on(3), "{text}");
    }
}

#[test]
fn memory_and_size_are_bounded_for_every_operation() {
    let photo = photo();
    let small = Limits { width: 350, height: 350, ..Limits::default() };
    for text in [
        "rotate:45",
        "pad:50",
        "pad:50:background=blur",
        "resize:401x",
        "resize:300x300:contain:dpr=2",
    ] {
        let error = render(&photo, &text.parse().unwrap(), &small).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{text}");
    }
    // What decoding takes, and not much more.
    let small = Limits { memory_bytes: 450_000, ..Limits::default() };
    for text in
        ["blur:2", "rotate:5", "adjust:gamma=2", "sharpen:sigma=2", "round:5", "tint:704214"]
    {
        let error = render(&photo, &text.parse().unwrap(), &small).unwrap_err();
        assert!(error.to_string().contains("memory_bytes"), "{text}: {error}");
    }
}

#[test]
fn watermarks_lie_where_they_should() {
    let mut assets = Assets::new();
    let dot = png_of(RgbaImage::from_pixel(2, 1, Rgba([255, 255, 255, 128])));
    let dot = assets.add(&dot, &Limits::default()).unwrap();
    let marked = |options: &str| {
        let text = format!("watermark:{dot}{options},pgm").parse().unwrap();
        let original = b"P5 4 3 255 \0\0\0\0\0\0\0\0\0\0\0\0";
        let result = render_with(original, &text, &Limits::default(), &assets).unwrap();
        let samples = &result.bytes[result.bytes.len() - 12..];
        let line = |row: &[u8]| row.iter().map(|s| char::from(b'0' + s / 32)).collect::<String>();
        samples.chunks(4).map(line).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(marked(":margin=0"), "0000 0000 0044");
    assert_eq!(marked(":margin=1:gravity=north"), "0000 0440 0000");
    assert_eq!(marked(":margin=0:gravity=center:opacity=0.5"), "0000 0220 0000");
    assert_eq!(marked(":margin=0:gravity=northwest:scale=1"), "4444 4444 0000");
    assert_eq!(marked(":margin=1:gravity=northwest:tile"), "0000 0440 0000");
    let missing = format!("watermark:{}", Digest::of(b"")).parse().unwrap();
    let error = render_with(NUMBERED, &missing, &Limits::default(), &assets).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidTransform);
    assert!(error.to_string().contains("not among the pictures at hand"), "{error}");
    assert!(assets.add(b"no picture", &Limits::default()).is_err());
}

#[test]
fn captions_are_written_in_their_corner() {
    let black = png_of(RgbImage::new(120, 60));
    let written = |options: &str| {
        let result = rendered(&black, &format!("caption:Hi{options},png"));
        decode(&result.bytes, &Limits::default()).unwrap().image.into_rgb8()
    };
    let ink = |image: &RgbImage, color: [u8; 3]| {
        let places = image.enumerate_pixels().filter(|(.., pixel)| pixel.0 == color);
        places.map(|(x, y, _)| (x, y)).collect::<Vec<_>>()
    };
    let corner = ink(&written(""), [255; 3]);
    assert!(
        corner.len() > 20 && corner.iter().all(|(x, y)| *x > 80 && *x < 110 && *y > 20 && *y < 50)
    );
    let top = ink(&written(":gravity=northwest:color=ff0000:margin=0"), [255, 0, 0]);
    assert!(top.len() > 20 && top.iter().all(|(x, y)| *x < 30 && *y < 24));
    let boxed = ink(&written(":background=0000ff:gravity=center"), [0, 0, 255]);
    assert!(boxed.len() > 200);
    let error = render(&black, &"caption:{time}".parse().unwrap(), &Limits::default()).unwrap_err();
    assert_eq!(error.to_string(), "caption has {time}, which has no value here");
}

fn colors() -> impl Strategy<Value = RgbImage> {
    (1..8_u32, 1..8_u32, vec(any::<u8>(), 192)).prop_map(|(width, height, samples)| {
        let samples = samples[..(width * height * 3) as usize].to_vec();
        RgbImage::from_raw(width, height, samples).unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn moves_that_undo_each_other_are_nothing(image in colors()) {
        let original = png_of(image);
        let same = rendered(&original, "ppm").bytes;
        for text in [
            "flip:horizontal,flip:horizontal",
            "flip:vertical,flip:vertical",
            "rotate:90,rotate:90,rotate:90,rotate:90",
            "rotate:90,rotate:-90",
            "flip:vertical,flip:horizontal,rotate:180",
            "tint:704214:strength=0",
            "flatten:background=102030",
            "crop:100x100:percent",
        ] {
            prop_assert_eq!(&rendered(&original, &format!("{text},ppm")).bytes, &same, "{}", text);
        }
    }

    #[test]
    fn more_is_more(image in colors(), value in any::<u8>()) {
        let samples = |text: &str| {
            let bytes = rendered(&png_of(image.clone()), &format!("{text},png")).bytes;
            decode(&bytes, &Limits::default()).unwrap().image.into_rgb8()
        };
        let (same, bright, dark) = (samples("flatten"), samples("adjust:brightness=1.3"), samples("adjust:gamma=0.7"));
        for ((same, bright), dark) in same.iter().zip(bright.iter()).zip(dark.iter()) {
            prop_assert!(bright >= same && dark <= same);
        }
        let gray = samples("adjust:saturation=0");
        prop_assert!(gray.pixels().all(|pixel| pixel.0[0] == pixel.0[1] && pixel.0[1] == pixel.0[2]));
        // Grays have no hue and no saturation.
        let gray = png_of(RgbImage::from_pixel(1, 1, Rgb([value; 3])));
        prop_assert_eq!(rendered(&gray, "adjust:hue=77:saturation=3,png"), rendered(&gray, "png"));
    }

    #[test]
    fn tints_keep_luma(image in colors(), color in any::<[u8; 3]>()) {
        let text = format!("tint:{:02x}{:02x}{:02x}", color[0], color[1], color[2]);
        let wide = DynamicImage::from(image).to_rgb16();
        let original = png_of(DynamicImage::ImageRgb16(wide));
        let luma = |text: &str| {
            let bytes = rendered(&original, text).bytes;
            let image = decode(&bytes, &Limits::default()).unwrap().image;
            image.into_luma16().pixels().map(|Luma([luma])| *luma).collect::<Vec<_>>()
        };
        let (before, after) = (luma("grayscale,png"), luma(&format!("{text},grayscale,png")));
        for (before, after) in before.iter().zip(after) {
            prop_assert!(before.abs_diff(after) <= 2, "{} and {}", before, after);
        }
    }

    #[test]
    fn a_blur_keeps_the_mean(image in colors(), sigma in 1..4_u32) {
        // In the middle of a flat picture, so that nothing goes out over the edges.
        let big = RgbImage::from_fn(64, 64, |x, y| {
            let inside = (24..24 + image.width()).contains(&x) && (24..24 + image.height()).contains(&y);
            if inside { *image.get_pixel(x - 24, y - 24) } else { Rgb([90; 3]) }
        });
        let mean = |image: &RgbImage| image.iter().map(|sample| f64::from(*sample)).sum::<f64>() / 12_288.0;
        let bytes = rendered(&png_of(big.clone()), &format!("blur:{sigma},png")).bytes;
        let blurred = decode(&bytes, &Limits::default()).unwrap().image.into_rgb8();
        prop_assert!((mean(&big) - mean(&blurred)).abs() < 0.3);
    }
}
