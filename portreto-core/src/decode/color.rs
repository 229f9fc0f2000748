//! Embedded ICC profiles to sRGB, by `moxcms`.
//!
//! A profile that is broken, of another color space than its picture, or of a kind that is not understood
//! is ignored: the picture is then taken for sRGB, as viewers do. So is a profile that changes no sample
//! by more than one level of 256, which is what the many spellings of sRGB itself do.
//!
//! Determinism: `moxcms` is built without its SIMD paths, which the CPU would choose between, and computes
//! pixels in fixed point. Its tables are made in floating point, with fused multiplication where the target
//! has it (`aarch64`, or `x86-64` built for it), so a sample may differ by one level between targets.

use image::{DynamicImage, GrayImage, ImageBuffer, Luma, Pixel, Rgb};
use moxcms::{
    ColorProfile, DataColorSpace, Layout, RenderingIntent, TransformExecutor, TransformOptions,
};

use super::Inks;
use crate::transform::Profile;

/// `image`, whose own profile is `own`, in the space that is wanted, and the profile to embed with it.
pub(super) fn converted(
    image: DynamicImage,
    own: Option<&[u8]>,
    wanted: Profile,
) -> (DynamicImage, Option<Vec<u8>>) {
    // Gray is the same in all of them, but for its curve.
    if !image.color().has_color() || wanted == Profile::Srgb {
        return (
            match own {
                Some(own) => to_srgb(image, own),
                None => image,
            },
            None,
        );
    }
    let source = own.and_then(|own| ColorProfile::new_from_slice(own).ok());
    let source = source.filter(|source| source.color_space == DataColorSpace::Rgb);
    if wanted == Profile::Original {
        return (image, source.and(own).map(<[u8]>::to_vec));
    }
    let source = source.unwrap_or_else(ColorProfile::new_srgb);
    (rgb(image, &source, &display_p3()), display_p3_bytes())
}

fn display_p3() -> ColorProfile {
    let mut profile = ColorProfile::new_display_p3();
    // moxcms says the primaries of digital cinema there, whose white is another.
    profile.cicp = None;
    profile
}

fn display_p3_bytes() -> Option<Vec<u8>> {
    let mut bytes = display_p3().encode().ok()?;
    // When it was made (ICC.1:2022, section 7.2.10): always the same moment.
    bytes.get_mut(24..36)?.copy_from_slice(&[0x07, 0xEA, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0]);
    Some(bytes)
}

/// `image` in sRGB; gray stays gray, and alpha stays as it is.
pub(super) fn to_srgb(image: DynamicImage, profile: &[u8]) -> DynamicImage {
    let Ok(profile) = ColorProfile::new_from_slice(profile) else { return image };
    let is_gray = !image.color().has_color();
    match profile.color_space {
        DataColorSpace::Gray if is_gray => gray(image, &profile),
        DataColorSpace::Rgb if is_gray => gray_by_rgb(image, &profile),
        DataColorSpace::Rgb => rgb(image, &profile, &ColorProfile::new_srgb()),
        _ => image,
    }
}

/// `image` with the primaries of ITU-R BT.2020 and the curve of sRGB, in sRGB.
pub(super) fn from_bt2020(image: DynamicImage) -> DynamicImage {
    let mut profile = ColorProfile::new_bt2020();
    let srgb = ColorProfile::new_srgb();
    profile.red_trc.clone_from(&srgb.red_trc);
    profile.green_trc.clone_from(&srgb.green_trc);
    profile.blue_trc.clone_from(&srgb.blue_trc);
    rgb(image, &profile, &srgb)
}

/// `image` of Display P3 in sRGB.
pub(super) fn from_p3(image: DynamicImage) -> DynamicImage {
    rgb(image, &ColorProfile::new_display_p3(), &ColorProfile::new_srgb())
}

/// RGB of `inks` by the profile of the press; none when the profile cannot be used.
pub(super) fn inks_to_srgb(inks: &Inks, profile: &[u8]) -> Option<Vec<u8>> {
    let profile = ColorProfile::new_from_slice(profile).ok()?;
    if profile.color_space != DataColorSpace::Cmyk {
        return None;
    }
    let srgb = ColorProfile::new_srgb();
    // Four inks go by the name of the layout of four channels.
    let transform =
        profile.create_transform_8bit(Layout::Rgba, &srgb, Layout::Rgb, options()).ok()?;
    let mut rgb = vec![0; inks.samples.len() / 4 * 3];
    let row = inks.width as usize;
    for (from, to) in inks.samples.chunks(row * 4).zip(rgb.chunks_mut(row * 3)) {
        transform.transform(from, to).ok()?;
    }
    Some(rgb)
}

fn rgb(image: DynamicImage, profile: &ColorProfile, target: &ColorProfile) -> DynamicImage {
    let eight = |layout| profile.create_transform_8bit(layout, target, layout, options()).ok();
    let sixteen = |layout| profile.create_transform_16bit(layout, target, layout, options()).ok();
    match eight(Layout::Rgb) {
        Some(transform) if !changes_nothing(&*transform, &cube()) => {}
        _ => return image,
    }
    match image {
        DynamicImage::ImageRgb8(pixels) => through(pixels, eight(Layout::Rgb)).into(),
        DynamicImage::ImageRgba8(pixels) => through(pixels, eight(Layout::Rgba)).into(),
        DynamicImage::ImageRgb16(pixels) => through(pixels, sixteen(Layout::Rgb)).into(),
        DynamicImage::ImageRgba16(pixels) => through(pixels, sixteen(Layout::Rgba)).into(),
        other => other,
    }
}

fn gray(image: DynamicImage, profile: &ColorProfile) -> DynamicImage {
    // Gray with the curve of sRGB.
    let srgb = ColorProfile::new_srgb();
    let mut target = ColorProfile::new_gray_with_gamma(1.0);
    target.gray_trc = srgb.red_trc;
    let eight = |layout| profile.create_transform_8bit(layout, &target, layout, options()).ok();
    let sixteen = |layout| profile.create_transform_16bit(layout, &target, layout, options()).ok();
    let ramp: Vec<u8> = (0..=255).collect();
    match eight(Layout::Gray) {
        Some(transform) if !changes_nothing(&*transform, &ramp) => {}
        _ => return image,
    }
    match image {
        DynamicImage::ImageLuma8(pixels) => through(pixels, eight(Layout::Gray)).into(),
        DynamicImage::ImageLumaA8(pixels) => through(pixels, eight(Layout::GrayAlpha)).into(),
        DynamicImage::ImageLuma16(pixels) => through(pixels, sixteen(Layout::Gray)).into(),
        DynamicImage::ImageLumaA16(pixels) => through(pixels, sixteen(Layout::GrayAlpha)).into(),
        other => other,
    }
}

/// Gray pictures with the profile of an RGB device exist: what the device shows for equal samples is
/// gray again, and its green is the best witness of it.
fn gray_by_rgb(image: DynamicImage, profile: &ColorProfile) -> DynamicImage {
    match image {
        DynamicImage::ImageLuma8(pixels) => {
            let gray: Vec<u8> = (0..=255).collect();
            let ramp = ImageBuffer::from_fn(256, 1, |x, _| Rgb([gray[x as usize]; 3]));
            let shown = rgb(ramp.into(), profile, &ColorProfile::new_srgb()).into_rgb8();
            let mut pixels: GrayImage = pixels;
            for Luma([sample]) in pixels.pixels_mut() {
                *sample = shown.get_pixel(u32::from(*sample), 0)[1];
            }
            pixels.into()
        }
        other => other,
    }
}

/// `pixels` by `transform`, row by row; as they are without one.
fn through<P: Pixel>(
    mut pixels: ImageBuffer<P, Vec<P::Subpixel>>,
    transform: Option<std::sync::Arc<impl TransformExecutor<P::Subpixel> + ?Sized>>,
) -> ImageBuffer<P, Vec<P::Subpixel>>
where
    P::Subpixel: Default,
{
    let Some(transform) = transform else { return pixels };
    let samples = pixels.width() as usize * usize::from(P::CHANNEL_COUNT);
    let mut converted = vec![P::Subpixel::default(); samples];
    for row in pixels.chunks_mut(samples) {
        // Fails on rows of unequal length only.
        if transform.transform(row, &mut converted).is_ok() {
            row.copy_from_slice(&converted);
        }
    }
    pixels
}

/// Whether `transform` leaves all of `samples` within one level of where they were.
fn changes_nothing(transform: &(impl TransformExecutor<u8> + ?Sized), samples: &[u8]) -> bool {
    let mut converted = vec![0; samples.len()];
    transform.transform(samples, &mut converted).is_ok()
        && samples.iter().zip(&converted).all(|(a, b)| a.abs_diff(*b) <= 1)
}

/// Colors on a grid of 18 steps a channel.
fn cube() -> Vec<u8> {
    let step = || (0..=255).step_by(15);
    step().flat_map(|r| step().flat_map(move |g| step().flat_map(move |b| [r, g, b]))).collect()
}

fn options() -> TransformOptions {
    TransformOptions {
        rendering_intent: RenderingIntent::Perceptual,
        prefer_fixed_point: true,
        ..TransformOptions::default()
    }
}
