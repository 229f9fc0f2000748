use image::{Rgb, Rgba, RgbaImage, imageops};
use portreto_samples::{JpegOptions, chart, jpeg, jpeg_with_orientation, soft_disc};

use super::*;
use crate::{
    encode::{Attached, Encoding, encode},
    format::Format,
    picture::Picture,
    render,
};

fn png(image: impl Into<DynamicImage>) -> Vec<u8> {
    let picture = Picture::Direct(image.into());
    encode(&picture, Format::Png, Encoding::default(), &Attached::default()).unwrap()
}

fn print(bytes: &[u8]) -> Fingerprint {
    fingerprint(bytes, &Limits::default()).unwrap()
}

/// Pictures of every proportion, with and without alpha; each side at most 100 pixels.
fn pictures() -> Vec<RgbaImage> {
    let mut pictures: Vec<RgbaImage> =
        [(100, 75), (60, 100), (100, 100), (99, 10), (1, 1), (3, 100)]
            .map(|(width, height)| DynamicImage::from(chart(width, height)).into_rgba8())
            .to_vec();
    pictures.extend([(90, 60), (60, 90), (50, 50)].map(|(w, h)| soft_disc(w, h)));
    pictures.push(RgbaImage::new(20, 30));
    pictures.push(RgbaImage::from_pixel(30, 20, Rgba([200, 30, 90, 255])));
    // Noise, made of a seed that is here.
    let mut state = 0x9E37_79B9_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    pictures.push(RgbaImage::from_fn(40, 70, |_, _| Rgba([noise(), noise(), noise(), noise()])));
    pictures
}

/// The numbers in a hash: one for each of its fields; waves without height as 0.
fn thumb_hash_fields(hash: &[u8]) -> Vec<u32> {
    let byte = |at: usize| u32::from(hash[at]);
    let header = byte(0) | byte(1) << 8 | byte(2) << 16;
    let shape = byte(3) | byte(4) << 8;
    let (has_alpha, is_landscape) = (header >> 23 == 1, shape >> 15 == 1);
    let mut fields = vec![
        header & 63,
        header >> 6 & 63,
        header >> 12 & 63,
        header >> 23,
        shape & 7,
        shape >> 15,
    ];
    let most = if has_alpha { 5 } else { 7 };
    let (lx, ly) = if is_landscape { (most, shape & 7) } else { (shape & 7, most) };
    let mut channels = vec![
        (header >> 18 & 31, lx.max(3), ly.max(3)),
        (shape >> 3 & 63, 3, 3),
        (shape >> 9 & 63, 3, 3),
    ];
    if has_alpha {
        fields.push(byte(5) & 15);
        channels.push((byte(5) >> 4, 5, 5));
    }
    let start = if has_alpha { 6 } else { 5 };
    let mut waves = hash[start..].iter().flat_map(|byte| [byte & 15, byte >> 4]);
    for (scale, nx, ny) in channels {
        fields.push(scale);
        let n = (0..ny).map(|y| (0..nx).filter(|x| x * ny < nx * (ny - y)).count()).sum::<usize>();
        let own = waves.by_ref().take(n - 1);
        fields.extend(own.map(|wave| if scale == 0 { 0 } else { wave.into() }));
    }
    fields
}

/// The same of the other kind.
fn blur_hash_fields(hash: &str) -> Vec<u32> {
    let digits =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";
    let number = |text: &str| {
        text.chars().fold(0, |number, sign| number * 83 + digits.find(sign).unwrap() as u32)
    };
    let mean = number(&hash[2..6]);
    let mut fields =
        vec![number(&hash[..1]), number(&hash[1..2]), mean >> 16, mean >> 8 & 255, mean & 255];
    for place in (6..hash.len()).step_by(2) {
        let wave = number(&hash[place..place + 2]);
        fields.extend([wave / 361, wave / 19 % 19, wave % 19]);
    }
    fields
}

/// Fails unless all numbers are the same but for rounding: single precision, or a half more or less.
fn assert_near(own: &[u32], reference: &[u32], what: &str) {
    assert_eq!(own.len(), reference.len(), "{what}");
    let worst = own.iter().zip(reference).map(|(a, b)| a.abs_diff(*b)).max();
    assert!(worst <= Some(1), "{what}: {own:?} {reference:?}");
}

#[test]
fn thumb_hashes_are_those_of_the_reference() {
    for picture in pictures() {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let reference = thumbhash::rgba_to_thumb_hash(width, height, &picture);
        let own = thumb_hash::bytes(&picture);
        assert_eq!(own.len(), reference.len());
        let what = format!("{width}x{height}");
        assert_near(&thumb_hash_fields(&own), &thumb_hash_fields(&reference), &what);
    }
}

#[test]
fn thumb_hashes_are_written_as_everyone_does() {
    for (bytes, written) in [
        (&b""[..], ""),
        (b"f", "Zg=="),
        (b"fo", "Zm8="),
        (b"foo", "Zm9v"),
        (b"foob\xFF", "Zm9vYv8="),
    ] {
        assert_eq!(thumb_hash::text(bytes), written);
    }
}

#[test]
fn blur_hashes_are_those_of_the_reference() {
    for picture in pictures() {
        let (width, height) = picture.dimensions();
        let seen = on_white(&picture.into()).into_rgb8();
        let rgba = DynamicImage::from(seen.clone()).into_rgba8();
        let (nx, ny) = if width >= height { (4, 3) } else { (3, 4) };
        let reference = blurhash::encode(nx, ny, width, height, &rgba).unwrap();
        let own = blur_hash::text(&seen);
        // The crate of that name adds a half before it rounds, where the reference cuts off.
        let what = format!("{width}x{height}");
        assert_near(&blur_hash_fields(&own), &blur_hash_fields(&reference), &what);
        assert!(blurhash::decode(&own, 32, 32, 1.0).is_ok());
    }
}

#[test]
fn the_dominant_color_is_the_one_of_which_there_is_most() {
    let red = Rgba([200, 10, 10, 255]);
    let blue = Rgba([10, 10, 200, 255]);
    let split = |n: u32| RgbaImage::from_fn(10, 10, |x, _| if x < n { red } else { blue });
    assert_eq!(dominant::color(&split(6)).unwrap().rgba(), red.0);
    assert_eq!(dominant::color(&split(4)).unwrap().rgba(), blue.0);
    // Two shades on the sides of a cell's edge are one color, and outweigh a third.
    let shades = RgbaImage::from_fn(10, 10, |x, _| match x {
        0..3 => Rgba([127, 127, 127, 255]),
        3..6 => Rgba([129, 129, 129, 255]),
        _ => blue,
    });
    assert_eq!(dominant::color(&shades).unwrap().rgba(), [128, 128, 128, 255]);
    // What cannot be seen does not count.
    let mut hidden = split(9);
    hidden.pixels_mut().filter(|pixel| **pixel == red).for_each(|pixel| pixel.0[3] = 10);
    assert_eq!(dominant::color(&hidden).unwrap().rgba(), blue.0);
    assert_eq!(dominant::color(&RgbaImage::new(3, 3)), None);
}

/// A scene that is like no other: waves of light by a seed, the long ones higher, as in photos (D. Field, 1987).
fn scene(seed: u32) -> RgbImage {
    let mut state = seed;
    let mut random = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 8) / f64::from(1 << 24)
    };
    let waves: Vec<[f64; 4]> = (0..60)
        .map(|_| {
            let (fx, fy) = (random() * 12.0 - 6.0, random() * 6.0);
            [fx, fy, random(), 0.4 / (1.0 + libm::hypot(fx, fy))]
        })
        .collect();
    RgbImage::from_fn(320, 240, |x, y| {
        let (x, y) = (f64::from(x) / 320.0, f64::from(y) / 240.0);
        let height = |[fx, fy, at, height]: &[f64; 4]| {
            height * libm::cos(std::f64::consts::TAU * (fx * x + fy * y + at))
        };
        let light = 0.5 + 0.35 * waves.iter().map(height).sum::<f64>();
        let gray = (light.clamp(0.0, 1.0) * 215.0) as u8 + 20;
        Rgb([gray, gray / 2 + 60, 255 - gray / 4])
    })
}

/// What becomes of a picture on its way through other programs.
fn versions(picture: &RgbImage) -> Vec<(&'static str, Vec<u8>)> {
    let resized = |w, h| imageops::resize(picture, w, h, imageops::FilterType::Triangle);
    let at = |quality, progressive| JpegOptions { quality, progressive, subsampled: true };
    vec![
        ("as it is", png(picture.clone())),
        ("half the size", png(resized(160, 120))),
        ("a thumbnail", png(resized(64, 48))),
        ("enlarged", png(resized(640, 480))),
        ("squeezed", png(resized(300, 300))),
        ("quality 75", jpeg(picture, at(75, false))),
        ("quality 20", jpeg(picture, at(20, true))),
        ("brighter", png(imageops::brighten(picture, 25))),
        ("darker", png(imageops::brighten(picture, -25))),
        ("more contrast", png(imageops::contrast(picture, 20.0))),
        ("gray", png(DynamicImage::from(picture.clone()).into_luma8())),
        ("blurred", png(imageops::blur(picture, 1.5))),
    ]
}

fn hash(bytes: &[u8]) -> PerceptualHash {
    print(bytes).perceptual.unwrap()
}

/// The largest distance of a picture to its own versions, and the smallest of two pictures.
fn distances(scenes: &[(String, RgbImage)]) -> (u32, u32) {
    let firsts: Vec<_> = scenes.iter().map(|(_, scene)| hash(&png(scene.clone()))).collect();
    let (mut own, mut others) = (0, 64);
    for ((name, scene), first) in scenes.iter().zip(&firsts) {
        for (version, bytes) in versions(scene) {
            let distance = first.distance(hash(&bytes));
            if distance > 4 {
                println!("{name}, {version}: {distance}");
            }
            own = own.max(distance);
        }
    }
    for (place, a) in firsts.iter().enumerate() {
        others = firsts[place + 1..].iter().map(|b| a.distance(*b)).fold(others, u32::min);
    }
    (own, others)
}

#[test]
fn pictures_that_look_alike_are_near_and_others_are_far() {
    let scenes = (1..=20).map(|seed| (format!("scene {seed}"), scene(seed)));
    let scenes: Vec<_> = scenes.chain([("chart".to_owned(), chart(320, 240))]).collect();
    let (own, others) = distances(&scenes);
    assert!(own <= PerceptualHash::ALIKE && others > 12, "{own} {others}");
}

/// `PORTRETO_PHOTOS=DIR cargo test -p portreto-core --lib photos_are_alike -- --ignored --nocapture`
#[test]
#[ignore = "needs a directory of photos, named by PORTRETO_PHOTOS"]
fn photos_are_alike() {
    let directory = std::env::var("PORTRETO_PHOTOS").unwrap();
    let mut scenes = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let Ok(bytes) = std::fs::read(&path) else { continue };
        let text = "resize:640x640,png".parse().unwrap();
        let Ok(small) = render(&bytes, &text, &Limits::default()) else { continue };
        let image = image::load_from_memory(&small.bytes).unwrap().into_rgb8();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // What becomes of it by way of the command and at the camera's size is the same picture.
        let distance = hash(&bytes).distance(hash(&small.bytes));
        assert!(distance <= 4, "{name}: {distance}");
        scenes.push((name, image));
    }
    let (own, others) = distances(&scenes);
    // A photo of the night, of which darkening leaves little, may be far from what is left.
    println!("{} photos: own {own}, others {others}", scenes.len());
    assert!(others > PerceptualHash::ALIKE);
}

#[test]
fn what_shows_nothing_is_like_nothing() {
    for value in [0, 127, 255] {
        let flat = RgbImage::from_pixel(200, 100, Rgb([value; 3]));
        assert_eq!(print(&png(flat.clone())).perceptual, None);
        assert_eq!(print(&jpeg(&flat, JpegOptions::default())).perceptual, None);
    }
    // Rounding is not seen either; a slope of ten levels is.
    let slope =
        |levels: u32| RgbImage::from_fn(64, 64, |x, _| Rgb([100 + (x * levels / 64) as u8; 3]));
    assert_eq!(print(&png(slope(2))).perceptual, None);
    assert!(print(&png(slope(20))).perceptual.is_some());
}

#[test]
fn it_is_taken_of_the_picture_as_shown() {
    let upright = print(&png(chart(320, 240)));
    for orientation in 2..=8 {
        let turned = print(&jpeg_with_orientation(orientation, 320, 240));
        let distance = upright.perceptual.unwrap().distance(turned.perceptual.unwrap());
        assert!(distance <= 4, "{orientation}: {distance}");
    }
}

#[test]
fn a_scaled_decode_gives_nearly_the_same_as_a_full_one() {
    let large = chart(1600, 1200);
    let scaled = print(&jpeg(&large, JpegOptions { quality: 95, ..JpegOptions::default() }));
    let full = print(&png(large));
    assert!(scaled.perceptual.unwrap().distance(full.perceptual.unwrap()) <= 4);
}

#[test]
fn it_is_the_same_on_every_machine() {
    // Pinned: an engine that gives others must say so, since hashes are compared with those in catalogs.
    let print = print(&png(chart(320, 240)));
    let text = serde_json::to_string(&print).unwrap();
    assert_eq!(
        text,
        r#"{"thumbhash":"oecJJYSDWHiOl4hBhweLW3ZghGoF","blurhash":"LOGSG#D*xat3x|W?NG%259IUkDfk","color":"8d90b0","perceptual":"36d41761a8e3095f"}"#
    );
    let again: Fingerprint = serde_json::from_str(&text).unwrap();
    assert_eq!(again, print);
}

#[test]
fn what_is_damaged_has_none() {
    let whole = png(chart(64, 64));
    assert!(fingerprint(&whole[..whole.len() / 2], &Limits::default()).is_err());
    assert!("12".parse::<PerceptualHash>().is_err());
    assert!("+f00ff00ff00ff00".parse::<PerceptualHash>().is_err());
}
