mod complete;

use portreto_samples::{self as samples, PngColor, PngDepth};

use super::*;

fn told(bytes: &[u8]) -> Info {
    probe(bytes, &Limits::default()).unwrap()
}

fn refused(bytes: &[u8]) -> Error {
    probe(bytes, &Limits::default()).unwrap_err()
}

/// Name, size as shown, orientation, alpha, bits, ICC, frames.
type Row = (&'static str, u32, u32, u8, bool, u8, bool, u32);

const SET: [Row; 25] = [
    ("landscape.jpg", 2000, 1500, 1, false, 8, false, 1),
    ("progressive.jpg", 1200, 800, 1, false, 8, false, 1),
    ("gray.jpg", 900, 600, 1, false, 8, false, 1),
    ("display-p3.jpg", 640, 480, 1, false, 8, true, 1),
    ("cmyk.jpg", 320, 240, 1, false, 8, false, 1),
    ("orientation-1.jpg", 480, 320, 1, false, 8, false, 1),
    ("orientation-2.jpg", 480, 320, 2, false, 8, false, 1),
    ("orientation-3.jpg", 480, 320, 3, false, 8, false, 1),
    ("orientation-4.jpg", 480, 320, 4, false, 8, false, 1),
    ("orientation-5.jpg", 480, 320, 5, false, 8, false, 1),
    ("orientation-6.jpg", 480, 320, 6, false, 8, false, 1),
    ("orientation-7.jpg", 480, 320, 7, false, 8, false, 1),
    ("orientation-8.jpg", 480, 320, 8, false, 8, false, 1),
    ("rgb.png", 480, 360, 1, false, 8, false, 1),
    ("soft-alpha.png", 400, 400, 1, true, 8, false, 1),
    ("palette.png", 400, 300, 1, false, 8, false, 1),
    ("deep.png", 512, 64, 1, false, 16, false, 1),
    ("gray-alpha.png", 240, 240, 1, true, 8, false, 1),
    ("one-bit.png", 480, 320, 1, false, 1, false, 1),
    ("pixel.png", 1, 1, 1, false, 8, false, 1),
    ("alpha.webp", 320, 320, 1, true, 8, false, 1),
    ("animated.gif", 160, 120, 1, false, 8, false, 3),
    ("chart.bmp", 200, 150, 1, false, 8, false, 1),
    ("chart.tiff", 240, 180, 1, false, 8, false, 1),
    ("soft-alpha.qoi", 160, 160, 1, true, 8, false, 1),
];

#[test]
fn tells_what_each_sample_is() {
    let set = samples::all();
    assert_eq!(set.len(), SET.len());
    for sample in set {
        let info = told(&sample.bytes);
        let row = *SET.iter().find(|row| row.0 == sample.name).unwrap();
        let Info { width, height, orientation, has_alpha, bits, has_icc, frames, format, .. } =
            info;
        assert_eq!(
            (sample.name, width, height, orientation, has_alpha, bits, has_icc, frames),
            row
        );
        assert!(sample.name.ends_with(format.extension()), "{}", sample.name);
    }
}

#[test]
fn reads_what_hides_in_png_chunks() {
    let palette = samples::png(
        (2, 1),
        PngColor::Indexed,
        PngDepth::One,
        &[0x40],
        Some(&[0, 0, 0, 255, 255, 255]),
        Some(&[0]),
    );
    assert!(told(&palette).has_alpha, "tRNS");
    assert_eq!(told(&palette).bits, 1);

    assert_eq!(told(&samples::png_with_orientation(7, 40, 30)).orientation, 7);
    let animated = samples::with_chunk(&palette, *b"acTL", &[0, 0, 0, 9, 0, 0, 0, 0]);
    assert_eq!(told(&animated).frames, 9);
    assert!(told(&animated).is_animated());
    let crowded = samples::with_chunk(&palette, *b"acTL", &[1, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(refused(&crowded).kind(), ErrorKind::LimitExceeded);
}

#[test]
fn an_exif_block_that_is_broken_or_says_nonsense_is_as_good_as_none() {
    let plain = samples::jpeg(&samples::chart(16, 8), samples::JpegOptions::default());
    for block in [&b""[..], b"II", b"MM\0*\xFF\xFF\xFF\xFF", &samples::exif_with_orientation(9)] {
        assert_eq!(told(&samples::with_exif(&plain, block)).orientation, 1, "{block:?}");
    }
}

#[test]
fn what_is_no_picture_says_so() {
    assert_eq!(refused(b"").to_string(), "the file is empty");
    for text in [
        &b"holiday plans"[..],
        b"BMW, the car of my neighbor",
        b"II",
        b"GIF",
        b"\0",
        b"BM",
        b"P5",
        b"P4\n",
        b"P7\nWIDTH 1",
        b"P1 stands for",
        b"P6 is here",
        b"PPM 3 4",
    ] {
        let error = refused(text);
        assert_eq!(error.kind(), ErrorKind::NotAnImage);
        assert_eq!(
            error.to_string(),
            "not a picture in a known format (jpg, png, webp, gif, bmp, tiff, qoi, pbm, pgm, ppm, \
             ico, tga, hdr, exr, avif, jxl)"
        );
    }
}

#[test]
fn claims_beyond_the_limits_are_refused_by_name() {
    let claims = [
        ("png", samples::png_claiming(50_000, 50_000)),
        ("gif", samples::gif_claiming(65_535, 65_535)),
        ("jpg", samples::jpeg_claiming(65_500, 65_500)),
        ("progressive jpg", samples::progressive_jpeg_claiming(65_500, 65_500)),
    ];
    for (name, bytes) in claims {
        let error = refused(&bytes);
        assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{name}");
        assert!(error.to_string().contains("limit pixels = 100000000"), "{name}: {error}");
    }
    let limits = Limits { input_bytes: 100, ..Limits::default() };
    let error = probe(&[0; 101], &limits).unwrap_err();
    assert!(error.to_string().contains("input_bytes = 100"), "{error}");
    assert_eq!(told(&samples::png_claiming(65_500, 1)).width, 65_500);
    assert_eq!(refused(&samples::png_claiming(0, 1)).kind(), ErrorKind::Damaged);
}

#[test]
fn headers_that_are_cut_off_are_damaged_at_every_length() {
    for sample in samples::all() {
        let info = told(&sample.bytes);
        for length in (1..200.min(sample.bytes.len())).chain([sample.bytes.len() / 2]) {
            match probe(&sample.bytes[..length], &Limits::default()) {
                Ok(cut) => {
                    assert_eq!(
                        (cut.width, cut.height),
                        (info.width, info.height),
                        "{}",
                        sample.name
                    );
                }
                Err(error) => assert!(
                    matches!(error.kind(), ErrorKind::NotAnImage | ErrorKind::Damaged),
                    "{} at {length}: {error}",
                    sample.name
                ),
            }
        }
    }
}
