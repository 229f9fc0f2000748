//! From light without bounds to sRGB.
//!
//! A picture whose light stays within 0 to 1 is taken as it is. Others are tone-mapped: E. Reinhard, M. Stark, P. Shirley,
//! J. Ferwerda, "Photographic tone reproduction for digital images", ACM TOG 21 (3), 2002, equations 1, 2 and 4. The
//! geometric mean of the luminance becomes middle gray and the brightest pixel white; colors keep their ratios.

use image::{DynamicImage, ImageBuffer};

use crate::light::srgb_of_linear;

/// The key of a scene that is neither light nor dark (section 3).
const KEY: f64 = 0.18;

/// Keeps the mean above zero where there are black pixels (equation 1).
const DELTA: f64 = 1e-6;

/// Above it is no light that a camera or a renderer means.
const MOST: f32 = 1e9;

/// A picture of light, of floating point samples; straight alpha comes out, and 16 bits a sample.
///
/// None for other pictures.
pub(super) fn map(image: &DynamicImage, is_premultiplied: bool) -> Option<DynamicImage> {
    let (n_channels, samples) = match image {
        DynamicImage::ImageRgb32F(image) => (3, image.as_raw()),
        DynamicImage::ImageRgba32F(image) => (4, image.as_raw()),
        _ => return None,
    };
    let straight = |pixel: &[f32]| -> ([f64; 3], f64) {
        let alpha = pixel.get(3).map_or(1.0, |alpha| f64::from(sound(*alpha).min(1.0)));
        let divisor = if is_premultiplied && alpha > 0.0 { alpha } else { 1.0 };
        (std::array::from_fn(|at| f64::from(sound(pixel[at])) / divisor), alpha)
    };
    let pixels = || samples.chunks_exact(n_channels).map(straight);
    let scale = Scale::of(pixels().map(|(light, _)| light));
    let word = |part: f64| libm::round(part.min(1.0) * 65535.0) as u16;
    let mut words = Vec::with_capacity(samples.len());
    for (light, alpha) in pixels() {
        let factor = scale.factor(luminance(light));
        words.extend(light.map(|light| srgb_of_linear()[word(light * factor) as usize]));
        if n_channels == 4 {
            words.push(word(alpha));
        }
    }
    let (width, height) = (image.width(), image.height());
    if n_channels == 4 {
        ImageBuffer::from_raw(width, height, words).map(DynamicImage::ImageRgba16)
    } else {
        ImageBuffer::from_raw(width, height, words).map(DynamicImage::ImageRgb16)
    }
}

/// A sample that is a number, and not below zero.
fn sound(sample: f32) -> f32 {
    if sample > 0.0 { sample.min(MOST) } else { 0.0 }
}

/// Of light in the primaries of ITU-R BT.709.
fn luminance([red, green, blue]: [f64; 3]) -> f64 {
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

enum Scale {
    /// Within 0 to 1 already.
    Same,
    /// Factor of the luminance, and the square of the least that becomes white.
    Mapped { factor: f64, white: f64 },
}

impl Scale {
    fn of(pixels: impl Iterator<Item = [f64; 3]>) -> Self {
        let (mut greatest, mut brightest, mut sum, mut n_pixels) = (0_f64, 0_f64, 0.0, 0.0);
        for light in pixels {
            let luminance = luminance(light);
            greatest = light.into_iter().fold(greatest, f64::max);
            brightest = brightest.max(luminance);
            sum += libm::log(DELTA + luminance);
            n_pixels += 1.0;
        }
        if greatest <= 1.0 {
            return Self::Same;
        }
        let factor = KEY / libm::exp(sum / n_pixels);
        let white = brightest * factor;
        Self::Mapped { factor, white: white * white }
    }

    /// What a pixel of this luminance is multiplied by.
    fn factor(&self, luminance: f64) -> f64 {
        match self {
            Self::Same => 1.0,
            Self::Mapped { factor, white } => {
                let scaled = luminance * factor;
                factor * (1.0 + scaled / white) / (1.0 + scaled)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use image::{Rgb32FImage, Rgba32FImage};

    use super::*;

    fn words(image: &DynamicImage) -> Vec<u16> {
        match map(image, true).expect("light") {
            DynamicImage::ImageRgb16(image) => image.into_raw(),
            DynamicImage::ImageRgba16(image) => image.into_raw(),
            other => panic!("{:?}", other.color()),
        }
    }

    #[test]
    fn light_within_bounds_is_srgb_of_itself() {
        let samples = vec![0.0, 1.0, 0.5, -3.0, f32::NAN, 0.214_041_14];
        let image = Rgb32FImage::from_raw(2, 1, samples).expect("two pixels");
        let words = words(&image.into());
        assert_eq!((words[0], words[1], words[3], words[4]), (0, 65535, 0, 0));
        // 0.5 is 188 of 255, and 0.21404 is a half.
        assert_eq!((u32::from(words[2]) + 128) / 257, 188);
        assert!(words[5].abs_diff(32768) <= 2, "{}", words[5]);
    }

    #[test]
    fn the_brightest_becomes_white_and_more_light_is_never_darker() {
        let light: Vec<f32> = (0..400).map(|at| 1.05_f32.powi(at) / 1000.0).collect();
        let samples = light.iter().flat_map(|light| [*light; 3]).collect();
        let words = words(&Rgb32FImage::from_raw(400, 1, samples).expect("a row").into());
        assert!(words.is_sorted());
        assert_eq!(*words.last().expect("pixels"), 65535);
        // The geometric mean is pixel 199.5, and 0.18 / 1.18 of light about 0.43 of sRGB.
        let middle = f64::from(words[3 * 199]) / 65535.0;
        assert!((0.41..0.45).contains(&middle), "{middle}");
    }

    #[test]
    fn infinite_light_leaves_the_others_visible() {
        let samples = vec![f32::INFINITY, 1.0, 1.0, 0.5, 0.5, 0.5];
        let words = words(&Rgb32FImage::from_raw(2, 1, samples).expect("two pixels").into());
        assert_eq!(words[0], 65535);
        assert!(words[3] < 65535);
    }

    #[test]
    fn premultiplied_alpha_is_divided_out() {
        let samples = vec![0.25, 0.5, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0];
        let words = words(&Rgba32FImage::from_raw(2, 1, samples).expect("two pixels").into());
        assert_eq!((words[0] + 128) / 257, 188);
        assert_eq!(words[1], 65535);
        assert_eq!((words[3], words[7]), (32768, 0));
    }
}
