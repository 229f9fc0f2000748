use image::{DynamicImage, RgbImage};
use portreto_samples::{JpegOptions, chart, display_p3_profile, gray_profile, jpeg, with_icc};

use super::*;
use crate::probe::Icc;

const CARRIERS: [&str; 4] = ["jpg:quality=100", "png", "webp:lossless", "tiff"];

fn icc(bytes: &[u8]) -> Option<Vec<u8>> {
    let headers = probe::headers(bytes, &Limits::default()).unwrap();
    headers.icc.as_ref().and_then(Icc::bytes).map(Cow::into_owned)
}

/// As a viewer shows it that knows profiles.
fn shown(bytes: &[u8]) -> RgbImage {
    decode(bytes, &Limits::default()).unwrap().image.into_rgb8()
}

/// The samples of a file, whatever they mean.
fn stored(bytes: &[u8]) -> RgbImage {
    let headers = probe::headers(bytes, &Limits::default()).unwrap();
    let decoded = decode_all(bytes, &headers, Profile::Original, &Limits::default()).unwrap();
    decoded.image.into_rgb8()
}

fn apart(a: &RgbImage, b: &RgbImage) -> u8 {
    assert_eq!(a.dimensions(), b.dimensions());
    a.iter().zip(b.iter()).map(|(a, b)| a.abs_diff(*b)).max().unwrap()
}

/// A chart whose colors are meant in Display P3.
fn wide() -> Vec<u8> {
    let options = JpegOptions { quality: 100, subsampled: false, ..JpegOptions::default() };
    with_icc(&jpeg(&chart(120, 80), options), &display_p3_profile())
}

#[test]
fn the_profile_of_the_original_is_kept_with_its_samples() {
    let original = wide();
    for carrier in CARRIERS {
        let made = rendered(&original, &format!("{carrier}:profile=original")).bytes;
        assert_eq!(icc(&made), Some(display_p3_profile()), "{carrier}");
        assert!(apart(&stored(&made), &stored(&original)) <= 4, "{carrier}");
        let made = rendered(&original, carrier).bytes;
        assert_eq!(icc(&made), None, "{carrier}");
        assert!(apart(&shown(&made), &shown(&original)) <= 4, "{carrier}");
    }
    // The same for what is shrunk while it is decoded.
    let small = rendered(&original, "resize:20x,png:profile=original").bytes;
    assert_eq!(icc(&small), Some(display_p3_profile()));
    let same = rendered(&original, "resize:20x,png").bytes;
    assert!(apart(&shown(&small), &shown(&same)) <= 2);
}

#[test]
fn display_p3_shows_the_same_colors_by_other_samples() {
    let plain = jpeg(&chart(120, 80), JpegOptions::default());
    for carrier in CARRIERS {
        let made = rendered(&plain, &format!("{carrier}:profile=display-p3")).bytes;
        assert!(icc(&made).is_some(), "{carrier}");
        // Rounded to 8 bits there and back, which is most where a sample is nearly 0; by JPEG in YCbCr, too.
        let (after, before) = (shown(&made), shown(&plain));
        let mean =
            after.iter().zip(before.iter()).map(|(a, b)| u32::from(a.abs_diff(*b))).sum::<u32>()
                / before.len() as u32;
        assert!(mean <= 1, "{carrier}: {mean}");
        assert!(
            carrier.starts_with("jpg") || apart(&after, &before) <= 16,
            "{carrier}: {}",
            apart(&after, &before)
        );
        assert!(apart(&stored(&made), &shown(&plain)) > 10, "{carrier}");
        // Nothing is lost of what is in that space already.
        let kept = rendered(&wide(), &format!("{carrier}:profile=display-p3")).bytes;
        assert!(apart(&stored(&kept), &stored(&wide())) <= 4, "{carrier}");
    }
    // Pure red of Display P3 is beyond sRGB, and stays what it is.
    let red = DynamicImage::from(RgbImage::from_pixel(9, 9, image::Rgb([255, 0, 0])));
    let icc = Some(display_p3_profile());
    let attached = Attached { icc, ..Attached::default() };
    let red = encode(&red_picture(red), Format::Png, Encoding::default(), &attached).unwrap();
    let kept = rendered(&red, "resize:3x,png:profile=display-p3").bytes;
    assert_eq!(stored(&kept).get_pixel(1, 1).0, [255, 0, 0]);
}

fn red_picture(image: DynamicImage) -> Picture {
    Picture::Direct(image)
}

#[test]
fn gray_has_no_profile_of_rgb() {
    let gray = DynamicImage::from(chart(60, 40)).into_luma8();
    let gray = with_icc(&portreto_samples::gray_jpeg(&gray, 90), &gray_profile(1.8));
    for text in ["png:profile=original", "png:profile=display-p3"] {
        let made = rendered(&gray, text).bytes;
        assert_eq!(icc(&made), None, "{text}");
        assert!(made == rendered(&gray, "png").bytes, "{text}");
    }
    // A gray result of an RGB original is written as RGB, as far as its grays are not those of sRGB.
    let made = rendered(&wide(), "grayscale,png:profile=original").bytes;
    assert_eq!(icc(&made), Some(display_p3_profile()));
    assert!(decode(&made, &Limits::default()).unwrap().image.color().has_color());
    let made = rendered(&wide(), "grayscale,png:profile=display-p3").bytes;
    assert_eq!(icc(&made), None);
    let made = rendered(&wide(), "dither:atkinson,png:profile=original").bytes;
    assert_eq!(icc(&made), Some(display_p3_profile()));
}

#[test]
fn many_at_once_are_as_each_alone() {
    let texts = [
        "png",
        "png:profile=original",
        "jpg:profile=display-p3",
        "resize:20x,webp:profile=original",
        "resize:20x",
    ];
    let transforms: Vec<Transform> = texts.iter().map(|text| text.parse().unwrap()).collect();
    let original = wide();
    let many = render_many(&original, &transforms, &Limits::default());
    for (text, many) in texts.iter().zip(many) {
        assert!(many.unwrap() == rendered(&original, text), "{text}");
    }
}

#[test]
fn a_format_that_cannot_say_its_colors_is_refused() {
    let bmp = rendered(&wide(), "bmp").bytes;
    let make = |text: &str| render(&bmp, &text.parse().unwrap(), &Limits::default());
    assert!(make("same:profile=original").is_ok(), "it says none");
    let error = make("same:profile=display-p3").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidTransform);
    assert!(error.to_string().contains("profile=srgb"), "{error}");
}

#[test]
fn the_profile_that_is_written_is_pinned() {
    let made = rendered(&wide(), "png:profile=display-p3").bytes;
    let digest = crate::Digest::of(&icc(&made).unwrap()).to_string();
    assert_eq!(&digest[..16], "e346fdac8f06aad1");
}
