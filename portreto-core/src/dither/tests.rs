//! Golden pictures, the plain definition as oracle, and what must hold for any picture.

use image::{GrayImage, Luma, RgbImage};
use proptest::{collection::vec, prelude::*, sample::select};

use self::options::{options, palette};
use super::*;
use crate::transform::{Color, Strength, gray_color};

mod families;
mod golden;
mod imagemagick;
mod libdither;
pub(crate) mod options;

fn indexed(image: impl Into<DynamicImage>, options: &Dither) -> Indexed {
    match dither(&image.into(), options, &Limits::default()).unwrap() {
        Picture::Indexed(indexed) => indexed,
        Picture::Direct(_) => panic!("more than 256 colors"),
    }
}

fn direct_of(image: impl Into<DynamicImage>, options: &Dither) -> DynamicImage {
    match dither(&image.into(), options, &Limits::default()).unwrap() {
        Picture::Direct(image) => image,
        Picture::Indexed(_) => panic!("at most 256 colors"),
    }
}

fn flat(gray: u8, side: u32) -> GrayImage {
    GrayImage::from_pixel(side, side, Luma([gray]))
}

/// The mean of a dithered gray picture, of 255.
fn mean(indexed: &Indexed) -> f64 {
    let sum: u64 =
        indexed.indices().iter().map(|&at| u64::from(indexed.palette[at as usize][0])).sum();
    sum as f64 / indexed.indices().len() as f64
}

const DIFFUSIONS: usize = 17;

#[test]
fn flat_grays_keep_their_tone() {
    for &algorithm in &Algorithm::ALL[..DIFFUSIONS] {
        if matches!(algorithm, Algorithm::Atkinson | Algorithm::Pigeon) {
            continue; // Drop a part of the error on purpose.
        }
        for serpentine in [false, true] {
            let options = Dither::new(algorithm).serpentine(serpentine);
            for gray in (4..=251).step_by(19) {
                let bias = mean(&indexed(flat(gray, 256), &options)) - f64::from(gray);
                assert!(bias.abs() < 1.0, "{algorithm} {serpentine}: {gray} is off by {bias}");
            }
        }
    }
}

#[test]
fn atkinson_makes_what_is_nearly_white_white() {
    let options = Dither::new(Algorithm::Atkinson);
    let nearly_white = mean(&indexed(flat(250, 64), &options));
    assert!(nearly_white > 254.9, "{nearly_white}");
    let middle = mean(&indexed(flat(128, 64), &options));
    assert!((middle - 128.0).abs() < 2.0, "{middle}");
}

#[test]
fn ordered_dither_lights_exactly_its_share_of_every_tile() {
    for (algorithm, side) in
        [(Algorithm::Bayer2, 2), (Algorithm::Bayer8, 8), (Algorithm::Bayer64, 64)]
    {
        for gray in 0..=255_u8 {
            let lit = indexed(flat(gray, side), &Dither::new(algorithm)).indices();
            let lit = lit.into_iter().map(u32::from).sum::<u32>();
            // Thresholds (2t + 1) / 2n below gray / 255: t < n · gray / 255 − 1/2, to the nearest.
            let n = side * side;
            let expected = (2 * n * u32::from(gray) + 255 - 1) / 510;
            assert!(
                lit.abs_diff(expected) <= u32::from(n * u32::from(gray) % 255 != 0),
                "{algorithm} {gray}"
            );
            assert_eq!((gray == 0, gray == 255), (lit == 0 && gray == 0, lit == n && gray == 255));
        }
    }
}

#[test]
fn bayer_of_a_picture_is_what_the_matrix_says() {
    let picture = crate::transform::grayed(&portreto_samples::chart(160, 120).into()).into_luma8();
    let expected = portreto_samples::checked_by_bayer(&picture);
    let found = indexed(picture, &Dither::new(Algorithm::Bayer8)).to_direct().into_luma8();
    assert!(found == expected);
}

#[test]
fn linear_light_keeps_the_light() {
    // sRGB 188 is half of white's light, and 73 % of its value.
    for (linear, expected) in [(false, 188.0), (true, 128.0)] {
        let options = Dither::new(Algorithm::FloydSteinberg).linear(linear);
        let mean = mean(&indexed(flat(188, 128), &options));
        assert!((mean - expected).abs() < 1.5, "{linear}: {mean}");
    }
}

#[test]
fn without_strength_every_algorithm_is_a_threshold() {
    let gradient = GrayImage::from_fn(256, 4, |x, _| Luma([x as u8]));
    let plain = indexed(gradient.clone(), &Dither::new(Algorithm::Threshold).levels(5).unwrap());
    for &algorithm in Algorithm::ALL {
        if matches!(algorithm.family(), Family::Otsu | Family::Mixing) {
            continue; // Have no strength.
        }
        let none = Strength::from_thousandths(0).unwrap();
        let options = Dither::new(algorithm).levels(5).unwrap().strength(none);
        assert_eq!(indexed(gradient.clone(), &options), plain, "{algorithm}");
    }
}

#[test]
fn levels_make_a_ramp_or_a_cube() {
    let gray = indexed(flat(100, 4), &Dither::new(Algorithm::Bayer4).levels(4).unwrap());
    assert_eq!(gray.palette, [0, 85, 170, 255].map(|gray| [gray, gray, gray, 255]));
    let color = RgbImage::from_pixel(4, 4, image::Rgb([255, 0, 51]));
    let cube = indexed(color.clone(), &Dither::new(Algorithm::Threshold).levels(6).unwrap());
    assert_eq!(cube.palette.len(), 216);
    assert!(cube.indices().iter().all(|&at| cube.palette[at as usize] == [255, 0, 51, 255]));
    let more = direct_of(color, &Dither::new(Algorithm::Threshold).levels(16).unwrap());
    assert_eq!(more.into_rgb8().get_pixel(0, 0).0, [255, 0, 51]);
}

#[test]
fn what_is_less_than_half_opaque_becomes_one_transparent_color() {
    let image = RgbaImage::from_fn(8, 8, |x, _| image::Rgba([200, 100, 50, (x * 32) as u8]));
    let result =
        indexed(image.clone(), &Dither::new(Algorithm::Stucki).palette("ega".parse().unwrap()));
    assert_eq!((result.palette.len(), result.palette[16]), (17, TRANSPARENT));
    let row = result.indices()[..8].iter().map(|&at| at == 16).collect::<Vec<_>>();
    assert_eq!(row, [true, true, true, true, false, false, false, false]);
    // 256 colors and one more cannot be indexed.
    let colors = (0..=255).map(|red| Color::opaque(red, 1, 2)).collect();
    let options = Dither::new(Algorithm::Stucki).palette(Palette::custom(colors).unwrap());
    let result = direct_of(image, &options).into_rgba8();
    assert_eq!((result.get_pixel(0, 0).0, result.get_pixel(7, 0).0[3]), (TRANSPARENT, 255));
    let gray = image::GrayAlphaImage::from_pixel(3, 3, image::LumaA([9, 0]));
    let ramp = direct_of(gray, &Dither::new(Algorithm::Fan).levels(256).unwrap());
    assert_eq!(ramp.color(), image::ColorType::La8);
}

#[test]
fn a_gray_palette_sees_luma() {
    let color = RgbImage::from_fn(32, 32, |x, y| image::Rgb([x as u8 * 8, y as u8 * 8, 90]));
    let luma = crate::transform::grayed(&color.clone().into());
    let options = Dither::new(Algorithm::Burkes).palette("black-white".parse().unwrap());
    assert_eq!(indexed(color, &options), indexed(luma.clone(), &options));
    assert_eq!(indexed(luma.clone(), &options), indexed(luma, &Dither::new(Algorithm::Burkes)));
}

#[test]
fn a_metric_decides_what_is_nearest_to_black() {
    // Squares 100, 64 and 81; weighted 2 : 4 : 3 they are 200, 256 and 243.
    let palette: Palette = "0a0000.000800.000009".parse().unwrap();
    let options = Dither::new(Algorithm::Threshold).palette(palette);
    for (metric, nearest) in [(Metric::Rgb, 1), (Metric::Weighted, 0)] {
        let options = options.clone().metric(metric).unwrap();
        assert_eq!(fast(&[0, 0, 0], 1, 3, &options), Some(vec![nearest]), "{metric}");
    }
}

#[test]
fn chosen_colors_leave_an_index_for_what_is_transparent() {
    let image = RgbaImage::from_fn(64, 64, |x, y| {
        image::Rgba([x as u8 * 4, y as u8 * 4, (x * y) as u8, if x == 0 { 0 } else { 255 }])
    });
    let options = Dither::new(Algorithm::Burkes).colors(256).unwrap();
    let result = indexed(image, &options);
    assert_eq!((result.palette.len(), result.palette[255]), (256, TRANSPARENT));
}

#[test]
fn sixteen_bit_samples_of_eight_bit_pictures_give_the_same() {
    let color = DynamicImage::from(RgbImage::from_fn(24, 9, |x, y| {
        image::Rgb([(x * 10) as u8, (y * 28) as u8, (x * y) as u8])
    }));
    let options = Dither::new(Algorithm::Sierra).palette("pico-8".parse().unwrap()).linear(true);
    assert_eq!(indexed(color.to_rgb16(), &options), indexed(color, &options));
}

/// Samples that wander, or jump between the extremes.
fn samples() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 1..600),
        vec(select(vec![0_u8, 1, 127, 128, 129, 254, 255]), 1..600),
        (any::<u8>(), vec(-3_i16..=3, 1..600)).prop_map(|(start, steps)| {
            let wander = steps.into_iter().scan(i16::from(start), |at, step| {
                *at = (*at + step).clamp(0, 255);
                Some(*at as u8)
            });
            wander.collect()
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn the_engine_computes_what_the_plain_definition_says(
        samples in samples(),
        width in 1_u32..40,
        n_channels in 1_usize..=4,
        options in options(),
    ) {
        let fast = fast(&samples, width, n_channels, &options);
        prop_assert_eq!(fast, plain(&samples, width, n_channels, &options));
    }
}

/// A picture of one of several kinds, that `seed` decides: noise, extremes, slopes, blocks.
fn large_picture(width: usize, height: usize, n_channels: usize, seed: u32) -> Vec<u8> {
    let sample = |at: usize| {
        let (x, y) = (at / n_channels % width, at / n_channels / width);
        let random = noise::random(seed, at, 0) as u8;
        match seed % 5 {
            0 => random,
            1 => [0, 1, 127, 128, 254, 255][usize::from(random) % 6],
            2 => (x * 255 / width) as u8,
            3 => ((x + 2 * y + at % n_channels * 60) as u8).saturating_add(random % 8),
            _ => noise::random(seed, x / 16, y / 16) as u8,
        }
    };
    (0..width * height * n_channels).map(sample).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn on_larger_pictures_as_well(
        (width, height) in (1_usize..=200, 1_usize..=200),
        n_channels in 1_usize..=4,
        seed in any::<u32>(),
        options in options(),
    ) {
        let samples = large_picture(width, height, n_channels, seed);
        let fast = fast(&samples, width as u32, n_channels, &options);
        prop_assert!(fast == plain(&samples, width as u32, n_channels, &options));
    }
}

proptest! {
    #[test]
    fn a_threshold_takes_the_nearest_color(samples in vec(any::<[u8; 3]>(), 1..50), palette in palette()) {
        let colors = palette.colors();
        let gray = colors.iter().all(|color| gray_color(color.rgba()) == color.rgba());
        let flat: Vec<u8> = samples.iter().flatten().copied().collect();
        let options = Dither::new(Algorithm::Threshold).palette(palette);
        let codes = fast(&flat, samples.len() as u32, 3, &options).unwrap();
        for (sample, code) in samples.iter().zip(codes) {
            let [red, green, blue] = *sample;
            let luma = gray_color([red, green, blue, 255]);
            let sample = if gray { [luma[0]; 3] } else { *sample };
            let distance = |color: &Color| -> i32 {
                let square = |axis: usize| (i32::from(color.rgba()[axis]) - i32::from(sample[axis])).pow(2);
                (0..3).map(square).sum()
            };
            let nearest = (0..colors.len()).min_by_key(|&at| (distance(&colors[at]), at));
            prop_assert_eq!(nearest, Some(code as usize));
        }
    }

    #[test]
    fn a_serpentine_row_is_the_mirror_of_a_raster_row(
        row in vec(any::<u8>(), 1..60),
        algorithm in select(&Algorithm::ALL[..DIFFUSIONS]),
    ) {
        // A black row gives no error to the one below it, which then stands alone.
        let below_black = |row: &[u8]| [vec![0; row.len()], row.to_vec()].concat();
        let mirrored: Vec<u8> = row.iter().rev().copied().collect();
        let width = row.len() as u32;
        let snake = Dither::new(algorithm).serpentine(true);
        let snake = fast(&below_black(&row), width, 1, &snake).unwrap();
        let raster = fast(&below_black(&mirrored), width, 1, &Dither::new(algorithm)).unwrap();
        prop_assert!(snake[row.len()..].iter().eq(raster[row.len()..].iter().rev()));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_level_and_any_number_of_threads_packs_the_same(
        seed in any::<u64>(),
        (width, height) in (1_u32..=200, 1_u32..=200),
        n_channels in select(vec![1_usize, 3]),
        kind in 0..3_u64,
        options in options(),
    ) {
        let mut state = seed | 1;
        let mut random = || {
            // Marsaglia, "Xorshift RNGs", 2003: any numbers will do.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        let n_samples = u64::from(width * height) * n_channels as u64;
        let sample = |at: u64| match kind {
            0 => random() as u8,
            1 => [0, 255, 128, 127][(random() % 4) as usize],
            _ => ((at / 3 + seed % 256) % 256) as u8,
        };
        let samples: Vec<u8> = (0..n_samples).map(sample).collect();
        let picture = oracle::image(&samples, width, n_channels).unwrap();
        let mut expected = None;
        for level in Level::all() {
            for n_threads in 1..=3 {
                let found = oracle::packed_codes(&picture, &options, level, n_threads);
                if found.is_some() {
                    let expected = expected
                        .get_or_insert_with(|| plain(&samples, width, n_channels, &options));
                    prop_assert!(found == *expected, "{} {n_threads}", level.name());
                }
            }
        }
    }
}
