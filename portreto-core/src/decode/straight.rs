//! Colors that were multiplied by alpha, divided by it.

use image::DynamicImage;

/// Makes the alpha of `image` straight; without alpha it stays as it is.
pub(super) fn straight(image: &mut DynamicImage) {
    let n_channels = usize::from(image.color().channel_count());
    match image {
        DynamicImage::ImageLumaA8(pixels) => divide_all(pixels, n_channels),
        DynamicImage::ImageRgba8(pixels) => divide_all(pixels, n_channels),
        DynamicImage::ImageLumaA16(pixels) => divide_all(pixels, n_channels),
        DynamicImage::ImageRgba16(pixels) => divide_all(pixels, n_channels),
        _ => {}
    }
}

/// A sample of 8 or 16 bits.
trait Sample: Copy + Into<u32> {
    const LARGEST: u32;

    fn of(value: u32) -> Self;
}

impl Sample for u8 {
    const LARGEST: u32 = 255;

    fn of(value: u32) -> Self {
        value as Self
    }
}

impl Sample for u16 {
    const LARGEST: u32 = 65_535;

    fn of(value: u32) -> Self {
        value as Self
    }
}

fn divide_all<S: Sample>(samples: &mut [S], n_channels: usize) {
    for pixel in samples.chunks_exact_mut(n_channels) {
        let Some((alpha, colors)) = pixel.split_last_mut() else { continue };
        let alpha: u32 = (*alpha).into();
        if alpha == 0 || alpha == S::LARGEST {
            continue;
        }
        for sample in colors {
            let light = u64::from((*sample).into()) * u64::from(S::LARGEST);
            let rounded = (light + u64::from(alpha / 2)) / u64::from(alpha);
            *sample = S::of(rounded.min(S::LARGEST.into()) as u32);
        }
    }
}
