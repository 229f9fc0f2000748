use image::{DynamicImage, RgbImage, Rgba, RgbaImage};
use portreto_samples::chart;
use proptest::prelude::*;

use super::*;
use crate::{Limits, decode::Frames, picture::Indexed, probe::headers};

const LOSSLESS: Encoding = Encoding {
    quality: None,
    target: None,
    lossless: true,
    effort: None,
    subsampling: None,
    progressive: false,
    compression: None,
    optimize: false,
    layout: crate::encode::Layout {
        depth: None,
        order: crate::transform::BitOrder::Msb,
        invert: false,
    },
};

fn written(frames: &[Shown], format: Format, plays: u32, how: Encoding) -> Vec<u8> {
    let picture = |image: &RgbaImage| Picture::Direct(image.clone().into());
    let mut animation = Animation::new(&picture(&frames[0].0), format, plays, how).unwrap();
    // Two at a time: what waits for its successor crosses from one call to the next.
    for some in frames.chunks(2) {
        let some = some.iter().map(|(image, delay)| (picture(image), *delay));
        animation.push(some.collect()).unwrap();
    }
    animation.finish().unwrap()
}

fn read(bytes: &[u8]) -> (u32, Vec<Shown>) {
    let headers = headers(bytes, &Limits::default()).unwrap();
    assert!(headers.is_complete);
    let frames = Frames::new(bytes, &headers, &Limits::default()).unwrap();
    let frames = frames.map(|frame| frame.map(|frame| (frame.image.into_rgba8(), frame.delay)));
    (headers.plays, frames.collect::<Result<_, _>>().unwrap())
}

/// What is transparent has no color.
fn plain(frames: &[Shown]) -> Vec<Shown> {
    let mut frames = frames.to_vec();
    for pixel in frames.iter_mut().flat_map(|frame| frame.0.pixels_mut()) {
        if pixel[3] == 0 {
            *pixel = Rgba([0; 4]);
        }
    }
    frames
}

/// A few frames of a few pixels and colors, so that boxes, holes and repetitions come often.
fn scenes(colors: &'static [[u8; 4]]) -> impl Strategy<Value = Vec<Shown>> {
    let side = 1..8_u32;
    (side.clone(), side, 2..7_usize).prop_flat_map(move |(width, height, n_frames)| {
        let pixel = prop_oneof![4 => Just(colors[0]), 1 => proptest::sample::select(colors)];
        let pixels = proptest::collection::vec(pixel, (width * height) as usize);
        let image = pixels
            .prop_map(move |pixels| RgbaImage::from_raw(width, height, pixels.concat()).unwrap());
        proptest::collection::vec((image, (0..300_u32).prop_map(|delay| delay * 10)), n_frames)
    })
}

const SHADES: &[[u8; 4]] =
    &[[9, 8, 7, 255], [0; 4], [255, 0, 0, 255], [0, 0, 0, 255], [1, 2, 3, 255]];
const GLASS: &[[u8; 4]] = &[[9, 8, 7, 255], [0; 4], [255, 0, 0, 128], [0, 0, 0, 255], [1, 2, 3, 1]];

proptest! {
    #[test]
    fn gif_shows_every_frame_as_it_was(frames in scenes(SHADES), plays in 0..4_u32) {
        let bytes = written(&frames, Format::Gif, plays, Encoding::default());
        prop_assert_eq!(read(&bytes), (plays, frames));
    }

    #[test]
    fn lossless_webp_shows_every_frame_as_it_was(frames in scenes(GLASS), plays in 0..4_u32) {
        let bytes = written(&frames, Format::WebP, plays, LOSSLESS);
        let (read_plays, read) = read(&bytes);
        prop_assert_eq!(read_plays, plays);
        prop_assert_eq!(read.len(), frames.len());
        for ((read, read_delay), (frame, delay)) in plain(&read).iter().zip(&plain(&frames)) {
            prop_assert_eq!(read_delay, delay);
            // `image-webp` rounds down what is laid over.
            let differs = read.iter().zip(frame.iter()).any(|(a, b)| a.abs_diff(*b) > 1);
            prop_assert!(!differs, "{:?} and {:?}", read, frame);
        }
        // libwebp does not.
        let theirs = ::webp::AnimDecoder::new(&bytes).decode().unwrap();
        prop_assert_eq!(theirs.loop_count, plays);
        prop_assert_eq!(theirs.len(), frames.len());
        let mut shown_until = 0;
        for (at, (frame, delay)) in frames.iter().enumerate() {
            let their = theirs.get_frame(at).unwrap();
            shown_until += *delay as i32;
            prop_assert_eq!(their.get_time_ms(), shown_until);
            let image = if their.get_layout().is_alpha() {
                RgbaImage::from_raw(frame.width(), frame.height(), their.get_image().to_vec())
            } else {
                let rgb = RgbImage::from_raw(frame.width(), frame.height(), their.get_image().to_vec());
                rgb.map(|rgb| DynamicImage::from(rgb).into_rgba8())
            };
            prop_assert_eq!(plain(&[(image.unwrap(), 0)]), plain(&[(frame.clone(), 0)]));
        }
    }
}

/// A square that moves over a chart.
fn moving(n_frames: u32) -> Vec<Shown> {
    let ground = DynamicImage::from(chart(96, 64)).into_rgba8();
    let frame = |number: u32| {
        let mut image = ground.clone();
        for (x, y) in (0..16).flat_map(|y| (0..16).map(move |x| (x, y))) {
            image.put_pixel(number * 7 + x, 20 + y, Rgba([255, 200, 0, 255]));
        }
        (image, 40)
    };
    (0..n_frames).map(frame).collect()
}

fn psnr(a: &RgbaImage, b: &RgbaImage) -> f64 {
    let squares: u64 = a.iter().zip(b.iter()).map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2)).sum();
    let mean = squares as f64 / a.len() as f64;
    10.0 * (255.0 * 255.0 / mean).log10()
}

#[test]
fn frames_of_many_colors_stay_close() {
    let frames = moving(6);
    // 256 of the chart's thousands of colors; libwebp has quality 80.
    for (format, least) in [(Format::Gif, 30.0), (Format::WebP, 27.0)] {
        let (_, shown) = read(&written(&frames, format, 0, Encoding::default()));
        for ((shown, _), (frame, _)) in shown.iter().zip(&frames) {
            let psnr = psnr(shown, frame);
            assert!(psnr > least, "{format}: {psnr:.1} dB");
        }
    }
}

#[test]
fn what_does_not_change_costs_little() {
    let frames = moving(6);
    for (format, how) in [
        (Format::Gif, Encoding::default()),
        (Format::WebP, Encoding::default()),
        (Format::WebP, LOSSLESS),
    ] {
        let one = written(&frames[..1], format, 0, how).len();
        let six = written(&frames, format, 0, how).len();
        assert!(six < one * 2, "{format}: {one} bytes for one frame, {six} for six");
    }
}

#[test]
fn delays_are_rounded_where_they_end() {
    let frames: Vec<Shown> = moving(6).into_iter().map(|(image, _)| (image, 33)).collect();
    let (_, shown) = read(&written(&frames, Format::Gif, 0, Encoding::default()));
    let delays: Vec<u32> = shown.iter().map(|(_, delay)| *delay).collect();
    // 33, 66, 99, 132, 165 and 198 ms to the nearest 10.
    assert_eq!(delays, [30, 40, 30, 30, 40, 30]);
}

#[test]
fn all_256_colors_of_a_palette_are_kept() {
    let palette: Vec<[u8; 4]> = (0..=255).map(|gray| [gray, gray, 255 - gray, 255]).collect();
    let frame = |turn: u8| {
        let indices: Vec<u8> = (0..=255)
            .map(|index: u8| if index.is_multiple_of(3) { index.wrapping_add(turn) } else { index })
            .collect();
        (Picture::Indexed(Indexed::from_indices(16, 16, palette.clone(), &indices)), 10)
    };
    let frames = vec![frame(0), frame(3), frame(6)];
    let mut animation = Animation::new(&frames[0].0, Format::Gif, 0, Encoding::default()).unwrap();
    animation.push(frames.clone()).unwrap();
    let (_, shown) = read(&animation.finish().unwrap());
    for ((shown, _), (frame, _)) in shown.iter().zip(&frames) {
        assert!(*shown == frame.to_direct().to_rgba8());
    }
}

#[test]
fn frames_of_another_size_are_refused() {
    let picture = |side| Picture::Direct(DynamicImage::new_rgb8(side, 4));
    let mut animation = Animation::new(&picture(4), Format::Gif, 0, Encoding::default()).unwrap();
    let error = animation.push(vec![(picture(4), 1), (picture(5), 1)]).unwrap_err();
    assert!(error.to_string().contains("5x4"), "{error}");
    let error = Animation::new(&picture(4), Format::Png, 0, Encoding::default()).err().unwrap();
    assert!(error.to_string().contains("no animations"), "{error}");
}
