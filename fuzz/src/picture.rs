//! Any bytes as a picture: an answer within the limits, never a panic; and what comes out can be read.

use portreto_core::{ErrorKind, Format, Limits, Transform, probe, render};

/// The first bytes of each format, so that none has to be guessed.
const MAGIC: [(Format, &[u8]); 17] = [
    (Format::Jpeg, b"\xFF\xD8\xFF\xE0"),
    (Format::Png, b"\x89PNG\r\n\x1A\n"),
    (Format::WebP, b"RIFF\xFF\xFF\0\0WEBP"),
    (Format::Gif, b"GIF89a"),
    (Format::Bmp, b"BM"),
    (Format::Tiff, b"II*\0"),
    (Format::Qoi, b"qoif"),
    (Format::Pbm, b"P1 9 "),
    (Format::Pgm, b"P2 9 "),
    (Format::Ppm, b"P3 9 "),
    (Format::Pbm, b"P4 9 "),
    (Format::Pgm, b"P5 9 "),
    (Format::Ppm, b"P6 9 "),
    (Format::Hdr, b"#?RADIANCE\n"),
    (Format::Exr, b"\x76\x2F\x31\x01\x02\0\0\0"),
    (Format::Avif, b"\0\0\0\x10ftypavif\0\0\0\0"),
    (Format::Jxl, b"\xFF\x0A"),
];

/// Every decoder is followed by some encoder and by some operation.
const TRANSFORMS: [&str; 15] = [
    "resize:40x40:inside,avif",
    "jxl",
    "png",
    "resize:16x16:cover,jpg",
    "webp",
    "dither:floyd-steinberg:levels=2,png",
    "rotate:90,gif",
    "trim,gif:still",
    "grayscale,qoi",
    "resize:20x,dither:bayer-4:levels=3,bmp",
    "flip:vertical,tiff",
    "grayscale,dither:atkinson,rotate:90,pbm",
    "pgm",
    "dither:bayer-2:palette=eink-7,ppm",
    "dither:burkes:palette=gameboy,raw:bits=4:order=lsb:invert",
];

/// Reads `bytes` as a picture of one of `formats`, or of any when none is named, and does something with it: their last byte
/// says what.
///
/// # Panics
///
/// When a promise is broken.
pub fn decode(bytes: &[u8], formats: &[Format]) {
    let Some(&choice) = bytes.last() else { return };
    let transform = TRANSFORMS[usize::from(choice) % TRANSFORMS.len()];
    let is_meant = |format: Format| formats.is_empty() || formats.contains(&format);
    if Format::sniff(bytes).is_some_and(is_meant) {
        check(bytes, transform);
        return;
    }
    let meant: Vec<_> = MAGIC.iter().filter(|(format, _)| is_meant(*format)).collect();
    let (_, magic) = meant[usize::from(choice >> 4) % meant.len()];
    check(&[magic, bytes].concat(), transform);
}

fn check(bytes: &[u8], transform: &str) {
    let mut limits = Limits::default();
    limits.pixels = 1 << 18;
    limits.width = 4_096;
    limits.height = 4_096;
    limits.frames = 10;
    limits.animation_pixels = 1 << 18;
    limits.memory_bytes = 64 << 20;

    let transform: Transform = transform.parse().expect("a valid transform");
    let info = probe(bytes, &limits);
    let rendered = render(bytes, &transform, &limits);
    for kind in [info.as_ref().err(), rendered.as_ref().err()].into_iter().flatten() {
        assert_ne!(kind.kind(), ErrorKind::Internal, "{kind}");
    }
    match (info, rendered) {
        (Ok(info), Ok(rendered)) => {
            assert!(limits.check_size(info.width, info.height).is_ok());
            if !rendered.format.is_read() {
                return;
            }
            let again = probe(&rendered.bytes, &limits).expect("what was made can be read");
            assert_eq!(again.format, rendered.format);
            assert_eq!((again.width, again.height), (rendered.width, rendered.height));
            assert_eq!(again.frames, rendered.frames);
        }
        (Err(error), Ok(_)) => panic!("rendered although probe says: {error}"),
        (_, Err(_)) => {}
    }
}
