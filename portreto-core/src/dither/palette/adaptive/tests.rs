//! What must hold for every way to choose colors.

use std::collections::BTreeSet;

use image::{GrayImage, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use portreto_samples::chart;
use proptest::{collection::vec, prelude::*, sample::select};

use super::*;

fn colors(image: impl Into<DynamicImage>, n_colors: usize, how: Quantizer) -> Vec<[u8; 3]> {
    how.colors(&histogram(&image.into()), n_colors)
}

fn histogram(image: &DynamicImage) -> Histogram {
    let mut histogram = Histogram::default();
    histogram.add(image);
    histogram
}

/// Mean squared distance of each pixel to its nearest color, in OKLab, of 2^28.
fn error(image: &DynamicImage, colors: &[[u8; 3]]) -> f64 {
    let samples = histogram(image).samples();
    let n: u64 = samples.iter().map(|sample| sample.n).sum();
    k_means::error(&samples, colors) as f64 / n as f64
}

#[test]
fn more_colors_are_closer_and_never_too_many() {
    let picture = DynamicImage::from(chart(320, 240));
    for &how in Quantizer::ALL {
        let mut last = f64::INFINITY;
        for n in [1, 2, 4, 8, 16, 32, 64, 128, 256] {
            let colors = colors(picture.clone(), n, how);
            let distinct: BTreeSet<_> = colors.iter().collect();
            assert!(!colors.is_empty() && colors.len() == distinct.len() && colors.len() <= n);
            assert!(colors.len() * 8 > n, "{how}: {} of {n}", colors.len());
            let error = error(&picture, &colors);
            assert!(error < last, "{how}: {error} with {n} colors, {last} before");
            last = error;
        }
    }
}

#[test]
fn the_ways_keep_their_order() {
    let picture = DynamicImage::from(chart(320, 240));
    for n in [4, 16, 64, 256] {
        let error = |how| error(&picture, &colors(picture.clone(), n, how));
        let (wu, k_means) = (error(Quantizer::Wu), error(Quantizer::KMeans));
        assert!(k_means <= wu, "{n}: {k_means} above {wu}");
        // With 256 colors for this drawn chart, which has hardly more, chance decides between the others.
        for coarse in [Quantizer::MedianCut, Quantizer::Octree] {
            assert!(n == 256 || wu < error(coarse), "{coarse} {n}");
        }
    }
}

#[test]
fn few_colors_come_back_exactly() {
    let two = RgbImage::from_fn(40, 30, |x, y| {
        if (x * y) % 7 == 0 { Rgb([1, 2, 3]) } else { Rgb([250, 128, 0]) }
    });
    let many = RgbImage::from_fn(16, 16, |x, y| Rgb([x as u8 * 16, y as u8 * 16, 77]));
    for &how in Quantizer::ALL {
        assert_eq!(colors(two.clone(), 2, how), [[1, 2, 3], [250, 128, 0]], "{how}");
        assert_eq!(colors(two.clone(), 256, how).len(), 2, "{how}");
        assert_eq!(colors(many.clone(), 256, how).len(), 256, "{how}");
        assert!(colors(many.clone(), 255, how).len() <= 255, "{how}");
    }
}

#[test]
fn a_gray_picture_gets_grays_however_it_is_stored() {
    let gray = GrayImage::from_fn(64, 64, |x, y| Luma([(x * 3 + y) as u8]));
    let rgb = DynamicImage::from(gray.clone()).to_rgb8();
    for &how in Quantizer::ALL {
        for n in [2, 5, 16] {
            let palette = colors(gray.clone(), n, how);
            assert!(
                palette.iter().all(|[red, green, blue]| red == green && green == blue),
                "{how}"
            );
            assert!(palette.len() > n / 2, "{how}: {palette:?}");
            assert_eq!(colors(rgb.clone(), n, how), palette, "{how}");
        }
    }
}

#[test]
fn what_is_transparent_does_not_count() {
    let picture = RgbaImage::from_fn(32, 32, |x, y| match x {
        0..8 => Rgba([x as u8, y as u8, 200, 127]),
        _ => Rgba([10, if y < 16 { 20 } else { 90 }, 30, 128]),
    });
    assert_eq!(colors(picture.clone(), 8, Quantizer::Wu), [[10, 20, 30], [10, 90, 30]]);
    assert!(histogram(&picture.into()).has_holes());
    let nothing = RgbaImage::new(3, 3);
    assert_eq!(colors(nothing, 8, Quantizer::KMeans), [[0, 0, 0]], "something must be there");
}

#[test]
fn sixteen_bits_and_alpha_do_not_change_the_choice() {
    let picture = DynamicImage::from(chart(100, 80));
    for &how in Quantizer::ALL {
        let expected = colors(picture.clone(), 20, how);
        assert_eq!(colors(picture.to_rgb16(), 20, how), expected, "{how}");
        assert_eq!(colors(picture.to_rgba8(), 20, how), expected, "{how}");
        assert_eq!(colors(picture.to_rgba16(), 20, how), expected, "{how}");
    }
}

#[test]
fn one_palette_serves_many_pictures_in_any_order() {
    let png = |color: [u8; 3]| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        let picture = RgbImage::from_pixel(5, 5, Rgb(color));
        picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        bytes.into_inner()
    };
    let pictures = [png([255, 0, 0]), png([0, 0, 255]), png([0, 255, 0])];
    let mut forward = PaletteBuilder::new();
    let mut backward = PaletteBuilder::new();
    for (one, other) in pictures.iter().zip(pictures.iter().rev()) {
        forward.add(one, &Limits::default()).unwrap();
        backward.add(other, &Limits::default()).unwrap();
    }
    assert!(forward.add(b"no picture", &Limits::default()).is_err());
    let palette = forward.finish(16, Quantizer::Wu).unwrap();
    assert_eq!(palette.to_string(), "0000ff.ff0000.00ff00");
    assert_eq!(backward.finish(16, Quantizer::Wu).unwrap(), palette);
    for (n, says) in [(1, "number of colors is 1"), (257, "257")] {
        let error = forward.finish(n, Quantizer::Wu).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    let mut one = PaletteBuilder::new();
    one.add(&pictures[0], &Limits::default()).unwrap();
    assert!(one.finish(2, Quantizer::Wu).unwrap_err().to_string().contains("1 colors"));
}

proptest! {
    #[test]
    fn any_pixels_give_a_palette_that_holds_them(
        pixels in vec(any::<[u8; 3]>(), 1..400),
        grid in select(vec![1_u8, 64, 128]),
        n in 1_usize..=256,
        how in select(Quantizer::ALL),
    ) {
        let pixels: Vec<u8> = pixels.iter().flatten().map(|sample| sample / grid * grid).collect();
        let image = RgbImage::from_raw((pixels.len() / 3) as u32, 1, pixels).unwrap();
        let distinct: BTreeSet<_> = image.pixels().map(|pixel| pixel.0).collect();
        let found: BTreeSet<_> = colors(image.clone(), n, how).into_iter().collect();
        prop_assert!(!found.is_empty() && found.len() <= n);
        if distinct.len() <= n.min(256) {
            prop_assert_eq!(found, distinct);
        }
        let mut reversed: Vec<_> = image.pixels().copied().collect();
        reversed.reverse();
        let reversed = RgbImage::from_fn(image.width(), 1, |x, _| reversed[x as usize]);
        prop_assert_eq!(colors(reversed, n, how), colors(image, n, how), "the order of pixels");
    }
}
