use fast_image_resize::CpuExtensions;
use image::{GrayAlphaImage, GrayImage, Luma, LumaA, Rgb, RgbImage, Rgba, RgbaImage};
use proptest::prelude::*;

use super::*;

fn whole(image: &DynamicImage) -> SourceBox {
    SourceBox { left: 0.0, top: 0.0, width: image.width().into(), height: image.height().into() }
}

fn resampled(image: impl Into<DynamicImage>, size: (u32, u32), how: Resampling) -> DynamicImage {
    let image = image.into();
    resample(&image, whole(&image), size, how, &Limits::default()).unwrap()
}

const LANCZOS: Resampling = Resampling { filter: Filter::Lanczos3, linear: false };
const LINEAR: Resampling = Resampling { filter: Filter::Lanczos3, linear: true };

/// A picture with every kind of edge, in any color type.
fn busy(color: ColorType) -> DynamicImage {
    let image = DynamicImage::from(RgbaImage::from_fn(67, 53, |x, y| {
        let wave = (x * x + 3 * y * y) as u8;
        Rgba([wave, (x * 4) as u8, if (x + y) % 7 < 3 { 255 } else { 0 }, (y * 5) as u8 ^ wave])
    }));
    match color {
        ColorType::L8 => image.into_luma8().into(),
        ColorType::La8 => image.into_luma_alpha8().into(),
        ColorType::Rgb8 => image.into_rgb8().into(),
        ColorType::L16 => image.into_luma16().into(),
        ColorType::La16 => image.into_luma_alpha16().into(),
        ColorType::Rgb16 => image.into_rgb16().into(),
        ColorType::Rgba16 => image.into_rgba16().into(),
        _ => image,
    }
}

const COLORS: [ColorType; 8] = [
    ColorType::L8,
    ColorType::La8,
    ColorType::Rgb8,
    ColorType::Rgba8,
    ColorType::L16,
    ColorType::La16,
    ColorType::Rgb16,
    ColorType::Rgba16,
];

#[test]
fn the_color_type_stays_and_flat_pictures_stay_flat() {
    for color in COLORS {
        assert_eq!(resampled(busy(color), (20, 31), LINEAR).color(), color);
    }
    for linear in [false, true] {
        for &filter in Filter::ALL {
            let flat = RgbImage::from_pixel(33, 21, Rgb([7, 130, 250]));
            let result = resampled(flat, (10, 40), Resampling { filter, linear }).into_rgb8();
            assert!(result.pixels().all(|pixel| pixel.0 == [7, 130, 250]), "{filter} {linear}");
        }
    }
}

#[test]
fn what_is_transparent_lends_no_color() {
    // A red disc on transparent black: a straight average would darken its rim.
    let disc = RgbaImage::from_fn(64, 64, |x, y| {
        let inside = (x as i32 - 32).pow(2) + (y as i32 - 32).pow(2) < 600;
        Rgba(if inside { [255, 0, 0, 255] } else { [0, 0, 0, 0] })
    });
    for how in [LANCZOS, LINEAR] {
        let small = resampled(disc.clone(), (16, 16), how).into_rgba8();
        let seen: Vec<_> = small.pixels().filter(|pixel| pixel.0[3] > 8).collect();
        assert!(seen.iter().any(|pixel| pixel.0[3] < 200), "the rim is soft");
        assert!(seen.iter().all(|pixel| pixel.0[0] >= 253 && pixel.0[1] == 0), "{seen:?}");
    }
    let gray = GrayAlphaImage::from_fn(8, 8, |x, _| {
        LumaA([if x < 4 { 200 } else { 0 }, if x < 4 { 255 } else { 0 }])
    });
    let small = resampled(gray, (4, 4), Resampling { filter: Filter::Bilinear, linear: false });
    let small = small.into_luma_alpha8();
    assert!(
        small.pixels().filter(|pixel| pixel.0[1] > 8).all(|pixel| pixel.0[0].abs_diff(200) <= 1)
    );
}

#[test]
fn linear_light_keeps_the_brightness_of_fine_stripes() {
    let stripes = GrayImage::from_fn(64, 64, |x, _| Luma([if x % 2 == 0 { 255 } else { 0 }]));
    let middle = |how| resampled(stripes.clone(), (16, 16), how).into_luma8().get_pixel(8, 8).0[0];
    // Half the light is sRGB 188; half the value is 128.
    assert!(middle(LANCZOS).abs_diff(128) <= 2, "{}", middle(LANCZOS));
    assert!(middle(LINEAR).abs_diff(188) <= 2, "{}", middle(LINEAR));
}

#[test]
fn nearest_makes_no_new_colors() {
    let image = busy(ColorType::Rgba8);
    let result =
        resampled(image.clone(), (91, 20), Resampling { filter: Filter::Nearest, linear: true });
    let image = image.into_rgba8();
    let known: std::collections::HashSet<_> = image.pixels().collect();
    assert!(result.into_rgba8().pixels().all(|pixel| known.contains(pixel)));
}

#[test]
fn a_result_beyond_the_limits_is_refused_before_it_is_made() {
    let image = DynamicImage::from(GrayImage::new(10, 10));
    let mut limits = Limits::default();
    let error = resample(&image, whole(&image), (70_000, 1), LANCZOS, &limits).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    limits.memory_bytes = 1000;
    let error = resample(&image, whole(&image), (100, 100), LANCZOS, &limits).unwrap_err();
    assert!(error.to_string().contains("memory_bytes = 1000"), "{error}");
}

/// The levels of the CPU at hand, the plain one first.
fn extensions() -> Vec<CpuExtensions> {
    #[cfg(target_arch = "x86_64")]
    let all = vec![CpuExtensions::None, CpuExtensions::Sse4_1, CpuExtensions::Avx2];
    #[cfg(target_arch = "aarch64")]
    let all = vec![CpuExtensions::None, CpuExtensions::Neon];
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let all = vec![CpuExtensions::None];
    all.into_iter().filter(CpuExtensions::is_supported).collect()
}

#[expect(unsafe_code, reason = "the resizer lets its CPU level be chosen by an unsafe call only")]
fn resampled_on(
    level: CpuExtensions,
    image: &DynamicImage,
    size: (u32, u32),
    how: Resampling,
) -> DynamicImage {
    let mut resizer = Resizer::new();
    // SAFETY: `extensions` lists levels that this CPU supports.
    unsafe { resizer.set_cpu_extensions(level) };
    resample_with(&mut resizer, image, whole(image), size, how).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_cpu_gives_the_same_bytes(
        color in proptest::sample::select(&COLORS[..]),
        size in (1_u32..150, 1_u32..150),
        filter in proptest::sample::select(Filter::ALL),
        linear: bool,
    ) {
        let image = busy(color);
        let how = Resampling { filter, linear };
        let plain = resampled_on(CpuExtensions::None, &image, size, how);
        for level in extensions() {
            prop_assert!(resampled_on(level, &image, size, how) == plain, "{:?}", level);
        }
    }
}
