//! Drawing or photo: which kind of compression suits a picture.

use image::{DynamicImage, GenericImageView as _};

/// Pixels along each side that are looked at.
const GRID: u32 = 256;

/// Percent of the pixels of a drawing that are as their right and lower neighbors: for 12 camera photos at 320 to 5,600 pixels
/// it was 35 at most (skies that are blown out), for screenshots, charts, logos and comics 60 at least.
const FLAT_PERCENT: u32 = 50;

/// Whether a picture is drawn: it has few colors, or large parts of one color each. Photos have noise.
pub(crate) fn is_drawing(image: &DynamicImage) -> bool {
    let (width, height) = image.dimensions();
    if width < 2 || height < 2 {
        return true;
    }
    let (columns, rows) = ((width - 1).min(GRID), (height - 1).min(GRID));
    let place =
        |at: u32, n: u32, side: u32| (u64::from(at) * u64::from(side - 1) / u64::from(n)) as u32;
    let mut n_flat = 0;
    for row in 0..rows {
        let y = place(row, rows, height);
        for column in 0..columns {
            let x = place(column, columns, width);
            let pixel = image.get_pixel(x, y);
            let is_flat = pixel == image.get_pixel(x + 1, y) && pixel == image.get_pixel(x, y + 1);
            n_flat += u32::from(is_flat);
        }
    }
    n_flat * 100 >= columns * rows * FLAT_PERCENT
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, Rgb, RgbImage};
    use portreto_samples::chart;

    use super::*;

    #[test]
    fn charts_are_drawn_and_noise_is_not() {
        // Two boxes on white.
        let drawn = RgbImage::from_fn(300, 200, |x, y| match (x, y) {
            (20..100, 30..90) => Rgb([200, 30, 10]),
            (150..280, 100..180) => Rgb([10, 30, 200]),
            _ => Rgb([255; 3]),
        });
        assert!(is_drawing(&drawn.clone().into()));
        // The same as a sensor sees it: one level of noise is enough.
        let mut state = 1_u32;
        let mut noise = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 30) as u8
        };
        let seen = RgbImage::from_fn(300, 200, |x, y| {
            Rgb(drawn.get_pixel(x, y).0.map(|sample| sample.saturating_sub(noise())))
        });
        assert!(!is_drawing(&seen.into()));
        assert!(is_drawing(&DynamicImage::new_rgb8(1, 1)));
        assert!(is_drawing(&DynamicImage::new_rgba8(2, 900)));
        assert!(!is_drawing(&chart(300, 200).into()), "the chart is soft");
    }
}
