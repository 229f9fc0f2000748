//! Small pictures whose pixels can be told beforehand, and what holds for all.

use image::{ImageBuffer, Luma, LumaA, Rgba, RgbaImage};
use proptest::{collection::vec, prelude::*, sample::select};

use super::*;
use crate::transform::{Filter, Milli};

fn limits() -> Limits {
    Limits::default()
}

/// A gray surface of 16 bits.
fn gray(width: u32, height: u32, samples: Vec<u16>) -> Surface {
    let image = ImageBuffer::<Luma<u16>, _>::from_raw(width, height, samples).unwrap();
    Surface::multiplied(&image.into(), 0, &limits()).unwrap()
}

fn impulse(size: u32) -> Surface {
    let mut surface = gray(size, size, vec![0; (size * size) as usize]);
    let middle = surface.samples.len() / 2;
    surface.samples[middle] = 65535;
    surface
}

/// `L`, `La`, `Rgb` or `Rgba` of 8 or 16 bits, at most 12 × 12.
fn image() -> impl Strategy<Value = DynamicImage> {
    (1..12_u32, 1..12_u32, 0..8_usize, vec(any::<u16>(), 12 * 12 * 4)).prop_map(
        |(width, height, kind, samples)| {
            let rgba = ImageBuffer::<Rgba<u16>, _>::from_raw(
                width,
                height,
                samples[..(width * height * 4) as usize].to_vec(),
            );
            let wide = DynamicImage::ImageRgba16(rgba.unwrap());
            match kind {
                0 => wide.to_luma8().into(),
                1 => wide.to_luma_alpha8().into(),
                2 => wide.to_rgb8().into(),
                3 => wide.to_rgba8().into(),
                4 => wide.to_luma16().into(),
                5 => wide.to_luma_alpha16().into(),
                6 => wide.to_rgb16().into(),
                _ => wide,
            }
        },
    )
}

/// A Gaussian blur in floating point, from its definition, out to eight sigmas.
fn exact_blur(surface: &Surface, sigma: f64) -> Vec<f64> {
    let (width, height) = (surface.width as i64, surface.height as i64);
    let reach = (8.0 * sigma).ceil() as i64;
    let weights: Vec<f64> =
        (-reach..=reach).map(|x| (-0.5 * (x as f64 / sigma).powi(2)).exp()).collect();
    let sum: f64 = weights.iter().sum();
    let pass = |from: &[f64], step: (i64, i64)| -> Vec<f64> {
        let at = |x: i64, y: i64| {
            from[(y.clamp(0, height - 1) * width + x.clamp(0, width - 1)) as usize]
        };
        (0..width * height)
            .map(|i| {
                let (x, y) = (i % width, i / width);
                let terms = (-reach..=reach).zip(&weights);
                terms.map(|(k, weight)| at(x + k * step.0, y + k * step.1) * weight).sum::<f64>()
                    / sum
            })
            .collect()
    };
    let samples: Vec<f64> = surface.samples.iter().map(|&sample| f64::from(sample)).collect();
    pass(&pass(&samples, (1, 0)), (0, 1))
}

#[test]
fn blurs_are_close_to_the_gaussian() {
    // Of a step and of noise, the two extremes of what blurring meets; in samples of 65535.
    let (width, height) = (90_u32, 40_u32);
    let step = |i: u32| if i % width < 40 { 0 } else { 65535 };
    let noise = |i: u32| (i.wrapping_mul(2_654_435_761) >> 16) as u16;
    for (sigma, most) in [
        (300, 200.0),
        (500, 200.0),
        (1200, 240.0),
        (3000, 240.0),
        (7999, 240.0),
        (8000, 490.0),
        (12_500, 490.0),
        (30_000, 490.0),
    ] {
        for (name, samples) in [
            ("step", (0..width * height).map(step).collect::<Vec<u16>>()),
            ("noise", (0..width * height).map(noise).collect()),
        ] {
            let mut surface = gray(width, height, samples);
            let exact = exact_blur(&surface, f64::from(sigma) / 1000.0);
            surface.blur(Milli(sigma));
            let worst = surface.samples.iter().zip(&exact).map(|(&a, b)| (f64::from(a) - b).abs());
            let worst = worst.fold(0.0, f64::max);
            assert!(worst < most, "{name}, sigma {sigma} thousandths: off by {worst} of 65535");
        }
    }
}

#[test]
fn a_blurred_point_is_symmetric_and_keeps_its_light() {
    for sigma in [500, 1000, 2500, 9000] {
        let mut surface = impulse(121);
        surface.blur(Milli(sigma));
        let at = |x: usize, y: usize| surface.samples[y * 121 + x];
        for y in 0..121 {
            for x in 0..121 {
                assert_eq!(at(x, y), at(120 - x, y));
                assert_eq!(at(x, y), at(x, 120 - y));
                assert!(at(x, y).abs_diff(at(y, x)) <= 1);
            }
        }
        if sigma < 3000 {
            let sum: u64 = surface.samples.iter().map(|&sample| u64::from(sample)).sum();
            assert!(sum.abs_diff(65535) < 400, "sigma {sigma}: {sum} of 65535");
        }
    }
}

#[test]
fn the_mild_mask_is_the_published_one() {
    // 32 and eight times -1, of 24, around a dot of 240 on 0 and of 0 on 240.
    let mut dot = gray(3, 3, vec![0, 0, 0, 0, 240, 0, 0, 0, 0]);
    dot.sharpen_mildly();
    assert_eq!(dot.samples, [0, 0, 0, 0, 320, 0, 0, 0, 0]);
    let mut hole = gray(3, 3, vec![240, 240, 240, 240, 0, 240, 240, 240, 240]);
    hole.sharpen_mildly();
    // Eight times 240 would be -80; a corner sees the hole once.
    assert_eq!(hole.samples, [250, 250, 250, 250, 0, 250, 250, 250, 250]);
}

#[test]
fn unsharp_masks_leave_flat_parts_and_small_differences_alone() {
    let slope: Vec<u16> = (0..64).map(|x| 30_000 + x * 10).collect();
    let mut surface = gray(64, 1, slope.clone());
    surface.sharpen(Milli(1000), Milli(5000), Milli(10));
    assert_eq!(surface.samples, slope);
    let step: Vec<u16> = (0..64).map(|x| if x < 32 { 20_000 } else { 40_000 }).collect();
    let mut surface = gray(64, 1, step.clone());
    surface.sharpen(Milli(1000), Milli::ONE, Milli::ZERO);
    assert_eq!(surface.samples[..20], step[..20]);
    assert!(surface.samples[31] < 15_000 && surface.samples[32] > 45_000, "an edge gets steeper");
}

#[test]
fn transparent_pixels_lend_no_color() {
    let image = RgbaImage::from_fn(21, 21, |x, _| {
        if x < 10 { Rgba([255, 0, 255, 0]) } else { Rgba([0, 100, 0, 255]) }
    });
    let check = |surface: Surface, what: &str| {
        for pixel in
            surface.into_image().unwrap().into_rgba8().pixels().filter(|pixel| pixel.0[3] > 0)
        {
            let [red, green, blue, _] = pixel.0;
            assert!(red == 0 && blue == 0 && green.abs_diff(100) < 30, "{what}: {pixel:?}");
        }
    };
    let surface = Surface::multiplied(&image.into(), 0, &limits()).unwrap();
    let mut blurred = surface.clone();
    blurred.blur(Milli(2000));
    check(blurred, "blur");
    let mut blurred = surface.clone();
    blurred.blur(Milli(9000));
    check(blurred, "boxes");
    let turned = surface.clone().turned(
        Milli(33_000),
        Color::TRANSPARENT_WHITE,
        Filter::Bilinear,
        &limits(),
    );
    check(turned.unwrap(), "turn");
    let mut sharp = surface;
    sharp.sharpen_mildly();
    let image = sharp.into_image().unwrap().into_rgba8();
    assert!(image.pixels().all(|pixel| pixel.0[3] == 0 || pixel.0[0] == 0));
}

#[test]
fn quarter_circles_are_round() {
    let white = gray(9, 9, vec![65535; 81]).round_corners(4);
    let text: Vec<String> = white
        .samples
        .chunks(18)
        .map(|row| {
            row.chunks(2)
                .map(|pixel| char::from(b"0123456789"[(usize::from(pixel[1]) * 9 + 32767) / 65535]))
                .collect()
        })
        .collect();
    assert_eq!(
        text,
        [
            "016999610",
            "189999981",
            "699999996",
            "999999999",
            "999999999",
            "999999999",
            "699999996",
            "189999981",
            "016999610",
        ]
    );
    // The area of what is left: the square less (4 - pi) r².
    let area: f64 = white.samples.chunks(2).map(|pixel| f64::from(pixel[1]) / 65535.0).sum();
    assert!((area - (81.0 - (4.0 - std::f64::consts::PI) * 16.0)).abs() < 0.1, "{area}");
}

#[test]
fn one_over_the_other_is_porter_and_duffs() {
    let below = RgbaImage::from_pixel(3, 1, Rgba([200, 0, 0, 255]));
    let above = RgbaImage::from_pixel(2, 1, Rgba([0, 100, 0, 128]));
    let of = |image: RgbaImage| Surface::multiplied(&image.into(), 0, &limits()).unwrap();
    let laid = of(below.clone()).lay_over(of(above.clone()), (1, 0), Milli::ONE);
    let laid = laid.into_image().unwrap().into_rgba8();
    assert_eq!(laid.as_raw()[..], [200, 0, 0, 255, 100, 50, 0, 255, 100, 50, 0, 255]);
    let outside = of(below).lay_over(of(above), (-1, 5), Milli::ONE).into_image().unwrap();
    assert_eq!(outside.into_rgba8().as_raw()[..4], [200, 0, 0, 255]);
    let half = gray(1, 1, vec![0]).lay_over(gray(1, 1, vec![60_000]), (0, 0), Milli(500));
    assert_eq!(half.samples, [30_000], "gray stays gray and opaque");
}

#[test]
fn flattening_mixes_by_alpha() {
    let image = ImageBuffer::<LumaA<u8>, _>::from_raw(3, 1, vec![0, 255, 0, 128, 7, 0]).unwrap();
    let surface = Surface::multiplied(&image.into(), 0, &limits()).unwrap();
    let white = surface.clone().lay_on(Color::WHITE).into_image().unwrap();
    assert_eq!(white.into_luma8().into_raw(), [0, 127, 255]);
    let red = surface.lay_on(Color::opaque(255, 0, 0)).into_image().unwrap();
    assert_eq!(red.into_rgb8().into_raw(), [0, 0, 0, 127, 0, 0, 255, 0, 0]);
}

#[test]
fn a_turned_slope_is_the_slope_seen_at_an_angle() {
    // Interpolation of any kind is exact on a plane; turned about its middle, the plane's direction turns.
    let (width, height) = (60_u32, 40_u32);
    let slope = |x: f64, y: f64| 30_000.0 + 200.0 * (x - 29.5) + 100.0 * (y - 19.5);
    let samples =
        (0..height).flat_map(|y| (0..width).map(move |x| slope(x.into(), y.into()) as u16));
    let surface = gray(width, height, samples.collect());
    for degrees in [1, 10, 37, 45, 133, 200, 300] {
        for filter in [Filter::Bilinear, Filter::CatmullRom, Filter::Mitchell] {
            let turned =
                surface.clone().turned(Milli(degrees * 1000), Color::WHITE, filter, &limits());
            let turned = turned.unwrap();
            let (sine, cosine) = f64::from(degrees).to_radians().sin_cos();
            // 10 pixels around the middle are inside of the picture at any angle.
            let middle = (turned.width as f64 / 2.0, turned.height as f64 / 2.0);
            for y in 0..turned.height {
                for x in 0..turned.width {
                    let (dx, dy) = (x as f64 + 0.5 - middle.0, y as f64 + 0.5 - middle.1);
                    if dx * dx + dy * dy > 100.0 {
                        continue;
                    }
                    let expected =
                        slope(29.5 + cosine * dx + sine * dy, 19.5 + cosine * dy - sine * dx);
                    let found = f64::from(turned.samples[y * turned.width + x]);
                    // A 512th of a pixel each way, and rounding.
                    assert!(
                        (found - expected).abs() < 3.0,
                        "{degrees} {filter}: {found}, not {expected}"
                    );
                }
            }
        }
    }
}

#[test]
fn canvases_hold_the_turned_picture() {
    let size = |degrees, width, height| {
        let turned = gray(width, height, vec![0; (width * height) as usize]);
        let turned =
            turned.turned(Milli(degrees), Color::WHITE, Filter::Nearest, &limits()).unwrap();
        (turned.width, turned.height)
    };
    assert_eq!(size(45_000, 10, 10), (15, 15));
    assert_eq!(size(30_000, 100, 50), (112, 94));
    assert_eq!(size(179_999, 7, 3), (7, 3));
    let huge = gray(1, 1000, vec![0; 1000]);
    let mut small = limits();
    small.width = 900;
    let refused = huge.turned(Milli(89_000), Color::WHITE, Filter::Nearest, &small);
    assert!(refused.unwrap_err().to_string().contains("width = 900"));
}

#[test]
fn memory_is_checked_before_it_is_taken() {
    let image = DynamicImage::new_rgba8(100, 100);
    let mut small = limits();
    small.memory_bytes = 200_000;
    assert!(
        Surface::multiplied(&image, 1, &small).is_ok_and(|surface| surface.samples.len() == 40_000)
    );
    assert!(
        Surface::multiplied(&image, 2, &small).unwrap_err().to_string().contains("memory_bytes")
    );
}

proptest! {
    #[test]
    fn pictures_come_out_as_they_went_in(image in image()) {
        let straight = Surface::straight(&image, 0, &limits()).unwrap().into_image().unwrap();
        prop_assert_eq!(&straight, &image);
        let back = Surface::multiplied(&image, 0, &limits()).unwrap().into_image().unwrap();
        prop_assert_eq!(back.color(), image.color());
        if image.color().has_alpha() {
            let alpha = |image: &DynamicImage| {
                image.to_rgba16().pixels().map(|pixel| pixel.0[3]).collect::<Vec<_>>()
            };
            prop_assert_eq!(alpha(&back), alpha(&image));
        } else {
            prop_assert_eq!(back, image);
        }
    }

    #[test]
    fn four_right_angles_by_interpolation_are_nothing(image in image(), n in 1..4_u32, filter in select(vec![Filter::Nearest, Filter::Bilinear, Filter::CatmullRom])) {
        // The free turn at right angles, where the exact one can be compared with.
        let surface = Surface::multiplied(&image, 0, &limits()).unwrap();
        let turned = surface.clone().turned(Milli(n * 90_000), Color::WHITE, filter, &limits()).unwrap();
        let exact = match n {
            1 => image.rotate90(),
            2 => image.rotate180(),
            _ => image.rotate270(),
        };
        prop_assert_eq!(turned, Surface::multiplied(&exact, 0, &limits()).unwrap());
    }

    #[test]
    fn flat_pictures_stay_flat(value: u16, alpha: u16, sigma in 300..40_000_u32) {
        let image = ImageBuffer::from_pixel(13, 9, LumaA([value, alpha]));
        let flat = Surface::multiplied(&image.into(), 0, &limits()).unwrap();
        let mut blurred = flat.clone();
        blurred.blur(Milli(sigma));
        prop_assert_eq!(&blurred, &flat);
        let mut sharp = flat.clone();
        sharp.sharpen_mildly();
        prop_assert_eq!(&sharp, &flat);
        sharp.sharpen(Milli(sigma), Milli(3000), Milli::ZERO);
        prop_assert_eq!(&sharp, &flat);
    }

    #[test]
    fn blurs_stay_between_the_darkest_and_the_brightest(image in image(), sigma in 300..20_000_u32) {
        let surface = Surface::multiplied(&image, 0, &limits()).unwrap();
        let mut blurred = surface.clone();
        blurred.blur(Milli(sigma));
        for channel in 0..surface.n_channels {
            let of = |surface: &Surface| {
                let samples: Vec<u16> = surface.samples.iter().skip(channel).step_by(surface.n_channels).copied().collect();
                (*samples.iter().min().unwrap(), *samples.iter().max().unwrap())
            };
            let ((least, most), (blurred_least, blurred_most)) = (of(&surface), of(&blurred));
            prop_assert!(least <= blurred_least && blurred_most <= most);
        }
    }
}
