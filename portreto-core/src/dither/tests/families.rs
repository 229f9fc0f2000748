//! What each family of algorithms promises.

use super::*;
use crate::transform::{Alpha, Levels, Matrix, Operation, Transform, Weights};

fn read(text: &str) -> Dither {
    let transform: Transform = format!("dither:{text}").parse().unwrap();
    let [Operation::Dither(options)] = transform.operations() else { panic!("{text}") };
    options.clone()
}

fn lit(gray: u8, width: u32, height: u32, options: &Dither) -> u32 {
    let flat = GrayImage::from_pixel(width, height, Luma([gray]));
    let codes = fast(flat.as_raw(), width, 1, options).unwrap();
    codes.into_iter().sum()
}

#[test]
fn every_map_lights_exactly_its_share_of_a_tile() {
    for (text, side) in [
        ("clustered-dot-4", 4),
        ("clustered-dot-6", 6),
        ("clustered-dot-8-45", 8),
        ("clustered-dot-16-45", 16),
        ("blue-noise-64", 64),
        ("blue-noise", 128),
        ("ordered:matrix=1.3-4.2", 2),
    ] {
        let options = read(text);
        for gray in (0..=255).step_by(5) {
            // Thresholds (2t + 1) / 2n below gray / 255: t < n · gray / 255 − 1/2, to the nearest.
            let n = side * side;
            let expected = (2 * n * u32::from(gray) + 255 - 1) / 510;
            let found = lit(gray, side, side, &options);
            assert!(found.abs_diff(expected) <= 1, "{text} {gray}: {found}, not {expected}");
        }
    }
}

#[test]
fn noise_keeps_the_tone_of_flat_grays() {
    for (text, limit) in [("random", 2.0), ("random:seed=9", 2.0), ("interleaved-gradient", 0.5)] {
        for gray in (4..=251).step_by(13) {
            let mean = f64::from(lit(gray, 256, 256, &read(text))) * 255.0 / 65536.0;
            assert!((mean - f64::from(gray)).abs() < limit, "{text} {gray}: {mean}");
        }
    }
}

#[test]
fn the_seed_decides_the_noise() {
    let gray = vec![100; 4096];
    for name in ["random", "zhou-fang"] {
        let of = |seed: u32| fast(&gray, 64, 1, &read(&format!("{name}:seed={seed}"))).unwrap();
        assert_eq!(of(5), of(5), "{name}");
        assert_ne!(of(5), of(6), "{name}");
        assert_eq!(of(0), fast(&gray, 64, 1, &read(name)).unwrap(), "{name}");
    }
}

#[test]
fn a_matrix_of_ones_own_is_what_bayer_is() {
    let picture: Vec<u8> = (0..=255).cycle().take(4096).collect();
    for (bits, name) in [(1, "bayer-2"), (2, "bayer-4"), (3, "bayer-8")] {
        let rows: Vec<Vec<u16>> = bayer::bayer(bits)
            .chunks_exact(1 << bits)
            .map(|row| row.iter().map(|&rank| rank as u16 + 1).collect())
            .collect();
        let own = Dither::ordered(Matrix::new(&rows).unwrap());
        assert_eq!(fast(&picture, 60, 1, &own), fast(&picture, 60, 1, &read(name)), "{name}");
    }
}

#[test]
fn weights_of_ones_own_are_what_the_table_is() {
    let picture: Vec<u8> =
        (0..4096_usize).map(|at| noise::random(1, at, 0) as u8 / 2 + 60).collect();
    for (weights, name) in [
        ("0.x.7-3.5.1@16", "floyd-steinberg"),
        ("0.0.x.7.5-3.5.7.5.3-1.3.5.3.1@48", "jarvis-judice-ninke"),
        ("0.x.1.1-1.1.1.0-0.1.0.0@8", "atkinson"),
        ("0.0.0.x.0.32.0-12.0.26.0.30.0.16-0.12.0.26.0.12.0-5.0.12.0.12.0.5", "stevenson-arce"),
        ("0.0.0.x.8-1.1.2.4.0", "shiau-fan-2"),
    ] {
        for serpentine in [false, true] {
            let weights: Weights = weights.parse().unwrap();
            let own = Dither::kernel(weights).serpentine(serpentine);
            let table = read(name).serpentine(serpentine);
            assert_eq!(fast(&picture, 61, 1, &own), fast(&picture, 61, 1, &table), "{name}");
        }
    }
}

#[test]
fn a_cutoff_is_a_place_between_two_levels() {
    let ramp: Vec<u8> = (0..=255).collect();
    let codes = fast(&ramp, 256, 1, &read("threshold:cutoff=0.25")).unwrap();
    assert_eq!(codes.iter().position(|&code| code == 1), Some(64));
    let codes = fast(&ramp, 256, 1, &read("threshold:cutoff=0.75:levels=3")).unwrap();
    // 0.75 of the way from 0 to 128, and from 128 to 255.
    let first = |digit| codes.iter().position(|&code| code == digit).unwrap();
    assert_eq!((first(1), first(2)), (97, 224));
}

#[test]
fn otsu_parts_two_heaps_whatever_their_place() {
    let picture: Vec<u8> = (0..4096_u32).map(|at| if at % 3 == 0 { 40 } else { 70 }).collect();
    let codes = fast(&picture, 64, 1, &read("otsu")).unwrap();
    assert!(codes.iter().zip(&picture).all(|(&code, &gray)| (code == 1) == (gray == 70)));
    let reversed = fast(&picture, 64, 1, &read("otsu:palette=ffffff.000000")).unwrap();
    assert!(codes.iter().zip(reversed).all(|(code, reversed)| code + reversed == 1));
}

#[test]
fn channels_can_have_levels_of_their_own() {
    let color = RgbImage::from_pixel(4, 4, image::Rgb([73, 146, 85]));
    let levels = Levels::of_channels([8, 8, 4]).unwrap();
    let options = Dither::new(Algorithm::Threshold).channel_levels(levels);
    let found = indexed(color, &options);
    assert_eq!(found.palette.len(), 256);
    assert_eq!(found.to_direct().into_rgb8().get_pixel(0, 0).0, [73, 146, 85]);
    // A gray picture has three channels then.
    let found = indexed(flat(146, 4), &options);
    assert_eq!(found.to_direct().into_rgb8().get_pixel(0, 0).0, [146, 146, 170]);
}

#[test]
fn recolor_takes_the_palette_in_its_order() {
    let ramp = RgbImage::from_fn(256, 1, |x, _| image::Rgb([x as u8; 3]));
    let found = indexed(ramp, &read("threshold:palette=ff0000.000000.00ff00:recolor"));
    let found = found.to_direct().into_rgb8();
    let of = |x| found.get_pixel(x, 0).0;
    assert_eq!([of(0), of(128), of(255)], [[255, 0, 0], [0, 0, 0], [0, 255, 0]]);
    // Halfway between two steps the lower one is taken.
    assert_eq!(
        [of(64), of(65), of(191), of(192)],
        [[255, 0, 0], [0, 0, 0], [0, 0, 0], [0, 255, 0]]
    );
}

#[test]
fn luma_is_that_of_the_chosen_light() {
    // A blue of full strength: 0.0722 of white's sRGB value, or of its light.
    let blue = RgbImage::from_pixel(128, 128, image::Rgb([0, 0, 255]));
    for text in ["floyd-steinberg:grayscale", "floyd-steinberg:grayscale:linear"] {
        let found = indexed(blue.clone(), &read(text)).to_direct().into_rgb8();
        assert!(found.pixels().all(|pixel| pixel.0[0] == pixel.0[1] && pixel.0[0] == pixel.0[2]));
        let white = found.pixels().filter(|pixel| pixel.0[0] == 255).count() as f64;
        assert!((white / 16384.0 - 0.0722).abs() < 0.006, "{text}: {white}");
    }
    let green = RgbImage::from_pixel(128, 128, image::Rgb([0, 188, 0]));
    for (text, expected) in [
        ("stucki:palette=black-white", 0.7152 * 188.0 / 255.0),
        ("stucki:palette=black-white:linear", 0.7152 * 0.5029),
    ] {
        let found = indexed(green.clone(), &read(text)).to_direct().into_luma8();
        let white = found.pixels().filter(|pixel| pixel.0[0] == 255).count() as f64;
        assert!((white / 16384.0 - expected).abs() < 0.003, "{text}: {white}");
    }
}

#[test]
fn alpha_is_kept_cut_or_dithered() {
    let image = RgbaImage::from_fn(64, 64, |x, _| image::Rgba([100, 100, 100, (x * 4) as u8]));
    let kept = direct_of(image.clone(), &read("floyd-steinberg:alpha=keep")).into_rgba8();
    let opaque = RgbImage::from_pixel(64, 64, image::Rgb([100, 100, 100]));
    let opaque = indexed(opaque, &read("floyd-steinberg")).to_direct().into_rgb8();
    for (x, y, pixel) in kept.enumerate_pixels() {
        let [red, green, blue] = opaque.get_pixel(x, y).0;
        assert_eq!(pixel.0, [red, green, blue, (x * 4) as u8]);
    }
    let gray = image::GrayAlphaImage::from_pixel(8, 8, image::LumaA([100, 77]));
    let kept = direct_of(gray, &read("bayer-4:alpha=keep"));
    assert_eq!(kept.color(), image::ColorType::La8);
    for text in ["bayer-8:alpha=dither", "floyd-steinberg:alpha=dither", "random:alpha=dither"] {
        let found = indexed(image.clone(), &read(text)).to_direct().into_rgba8();
        let visible = found.pixels().filter(|pixel| pixel.0[3] == 255).count() as f64 / 4096.0;
        assert!((visible - 126.0 / 255.0).abs() < 0.02, "{text}: {visible}");
        assert!(found.pixels().all(|pixel| matches!(pixel.0[3], 0 | 255)), "{text}");
    }
    assert_eq!(Dither::new(Algorithm::Fan).alpha(Alpha::Threshold), Dither::new(Algorithm::Fan));
}

#[test]
fn errors_by_tone_or_by_curve_keep_the_tone_of_flat_grays() {
    for text in
        ["ostromoukhov", "zhou-fang", "zhou-fang:seed=3", "riemersma", "ostromoukhov:levels=4"]
    {
        let options = read(text);
        for gray in (4..=251).step_by(13) {
            // Dots begin late at the upper edge; from there on the tone is kept.
            let tall = GrayImage::from_pixel(256, 576, Luma([gray]));
            let dithered = indexed(tall, &options).to_direct().into_luma8();
            let below = &dithered.as_raw()[64 * 256..];
            let mean = below.iter().map(|&gray| f64::from(gray)).sum::<f64>() / below.len() as f64;
            assert!((mean - f64::from(gray)).abs() < 0.3, "{text}: {gray} became {mean}");
        }
    }
    // Two of 64 pixels lose their error, whatever it is.
    for gray in (4..=251).step_by(13) {
        let mean = mean(&indexed(flat(gray, 256), &read("knuth")));
        assert!((mean - f64::from(gray)).abs() < 4.0, "knuth: {gray} became {mean}");
    }
}

#[test]
fn mixed_colors_look_like_the_one_that_is_wanted() {
    let wanted = [100, 150, 200];
    let picture = RgbImage::from_pixel(64, 64, image::Rgb(wanted));
    for (text, limit) in [
        ("yliluoma-1:palette=web-safe", 8.0),
        ("yliluoma-2:palette=web-safe", 4.0),
        ("yliluoma-2:levels=3", 8.0),
    ] {
        let found = indexed(picture.clone(), &read(text)).to_direct().into_rgb8();
        for (channel, wanted) in wanted.into_iter().enumerate() {
            let sum: u64 = found.pixels().map(|pixel| u64::from(pixel.0[channel])).sum();
            let mean = sum as f64 / 4096.0;
            assert!((mean - f64::from(wanted)).abs() < limit, "{text} {channel}: {mean}");
        }
    }
}
