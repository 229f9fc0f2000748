use image::{
    Delay, DynamicImage, Frame, Rgba, RgbaImage,
    codecs::gif::{GifEncoder, Repeat},
};
use portreto_samples::chart;

use super::*;
use crate::decode::Frames;

const N_FRAMES: u32 = 5;

/// A square that moves on white.
fn original() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    encoder.set_repeat(Repeat::Finite(2)).unwrap();
    for number in 0..N_FRAMES {
        let mut canvas = RgbaImage::from_pixel(60, 40, Rgba([255; 4]));
        for (x, y) in (0..10).flat_map(|y| (0..10).map(move |x| (x, y))) {
            canvas.put_pixel(8 + number * 9 + x, 12 + y, Rgba([200, 0, 30, 255]));
        }
        let delay = Delay::from_numer_denom_ms(50 + 10 * number, 1);
        encoder.encode_frame(Frame::from_parts(canvas, 0, 0, delay)).unwrap();
    }
    drop(encoder);
    bytes
}

fn frames(bytes: &[u8]) -> Vec<(RgbaImage, u32)> {
    let headers = probe::headers(bytes, &Limits::default()).unwrap();
    let frames = Frames::new(bytes, &headers, &Limits::default()).unwrap();
    frames
        .map(|frame| frame.unwrap())
        .map(|frame| (frame.image.into_rgba8(), frame.delay))
        .collect()
}

#[test]
fn every_frame_goes_through_the_same_steps() {
    let original = original();
    let steps = "crop:50x30@5x5,resize:25x,grayscale,pad:2:background=000000";
    for format in ["webp:lossless", "gif"] {
        let made = rendered(&original, &format!("{steps},{format}"));
        assert_eq!((made.width, made.height, made.frames), (29, 19, N_FRAMES));
        let info = probe(&made.bytes, &Limits::default()).unwrap();
        assert_eq!((info.frames, info.is_complete), (N_FRAMES, true));
        assert_eq!(probe::headers(&made.bytes, &Limits::default()).unwrap().plays, 3);
        for ((before, delay), (after, kept_delay)) in
            frames(&original).iter().zip(frames(&made.bytes))
        {
            let alone = rendered(&png_of(before.clone()), &format!("{steps},png"));
            let alone = decode(&alone.bytes, &Limits::default()).unwrap().image.into_rgba8();
            // `image-webp` rounds down what is laid over.
            let differs = after.iter().zip(alone.iter()).any(|(a, b)| a.abs_diff(*b) > 1);
            assert!(!differs, "{format}");
            assert_eq!(kept_delay, *delay, "{format}");
        }
    }
}

#[test]
fn the_format_says_whether_it_stays_an_animation() {
    let original = original();
    for (text, format, n_frames) in [
        ("same", Format::Gif, N_FRAMES),
        ("resize:30x", Format::Gif, N_FRAMES),
        ("resize:30x,webp", Format::WebP, N_FRAMES),
        ("dither:bayer-4:palette=cga,gif", Format::Gif, N_FRAMES),
        ("resize:30x,webp:still", Format::WebP, 1),
        ("gif:still", Format::Gif, 1),
        ("same:still", Format::Png, 1),
        ("png", Format::Png, 1),
        ("jpg", Format::Jpeg, 1),
    ] {
        let made = rendered(&original, text);
        assert_eq!((made.format, made.frames), (format, n_frames), "{text}");
    }
    let first = frames(&original).swap_remove(0).0;
    let still = decode(&rendered(&original, "png").bytes, &Limits::default()).unwrap();
    assert!(still.image.into_rgba8() == first);
}

#[test]
fn what_is_cut_off_does_not_jump_about() {
    let original = original();
    for text in ["trim,webp:lossless", "crop:20x20:gravity=attention,webp:lossless"] {
        let made = rendered(&original, text);
        let (first, _) = &frames(&made.bytes)[0];
        // The square of the first frame is found, and the others are cut in the same place, where it has moved on.
        assert!(first.pixels().any(|pixel| pixel[0] == 200), "{text}");
        assert_eq!(made.frames, N_FRAMES, "{text}");
    }
    assert_eq!(rendered(&original, "trim").width, 10);
}

#[test]
fn many_at_once_are_as_each_alone_on_any_number_of_threads() {
    let original = original();
    let texts = ["resize:30x", "png", "resize:20x,webp", "resize:9x9:cover,gif:still", "trim,gif"];
    let transforms: Vec<Transform> = texts.iter().map(|text| text.parse().unwrap()).collect();
    for n_threads in [1, 2, 7] {
        let pool = ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        let many = pool.install(|| render_many(&original, &transforms, &Limits::default()));
        for (text, many) in texts.iter().zip(many) {
            assert!(many.unwrap() == rendered(&original, text), "{text} on {n_threads} threads");
        }
    }
}

#[test]
fn animations_are_bounded() {
    let original = original();
    let animation_pixels = u64::from(60 * 40 * N_FRAMES);
    let mut limits = Limits { animation_pixels, ..Limits::default() };
    let make = |text: &str, limits: &Limits| render(&original, &text.parse().unwrap(), limits);
    assert!(make("same", &limits).is_ok());
    let error = make("resize:61x41:fill", &limits).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    assert!(error.to_string().contains("animation_pixels = 12000"), "{error}");
    limits.animation_pixels -= 1;
    assert_eq!(make("same", &limits).unwrap_err().kind(), ErrorKind::LimitExceeded);
    assert!(make("png", &limits).is_ok(), "one frame is no animation");
    let many = render_many(&original, &["same".parse().unwrap(), "png".parse().unwrap()], &limits);
    assert_eq!([many[0].is_ok(), many[1].is_ok()], [false, true]);
}

#[test]
fn an_animation_that_is_cut_off_is_an_error() {
    let original = original();
    for length in [original.len() - 20, original.len() / 2] {
        let error = render(&original[..length], &"same".parse().unwrap(), &Limits::default());
        // Half of it may be one frame, which is a picture that is cut off.
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Damaged, "{length}");
    }
}

#[test]
fn photos_move_as_well() {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    for number in 0..3 {
        let photo = DynamicImage::from(chart(80, 60)).huerotate(40 * number);
        encoder.encode_frame(Frame::new(photo.into_rgba8())).unwrap();
    }
    drop(encoder);
    let made = rendered(&bytes, "resize:40x,webp:quality=60");
    assert_eq!(frames(&made.bytes).len(), 3);
}
