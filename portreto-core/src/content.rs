//! What is to be seen on a picture: which part of it to keep, and whether it is drawn.
//!
//! For the part, a miniature of the picture is looked at, in whole numbers, so that every machine chooses the same part.

mod attention;
mod drawing;
mod entropy;

use image::{DynamicImage, RgbaImage};

pub(crate) use self::drawing::is_drawing;
use crate::{
    error::Result,
    geometry::SourceBox,
    limits::Limits,
    resample::{Resampling, resample},
    transform::{Filter, Gravity},
};

/// Longer side of the miniature, pixels: people and letters of a size to be kept can still be told there.
const MINIATURE: u32 = 128;

/// The gravity that keeps the best `kept` pixels (width and height, perhaps fractional) of `image`: a point when `gravity` is by content, else
/// itself.
pub(crate) fn settle(
    gravity: Gravity,
    image: &DynamicImage,
    kept: (f64, f64),
    limits: &Limits,
) -> Result<Gravity> {
    let choose: fn(&Miniature, (u32, u32)) -> (u32, u32) = match gravity {
        Gravity::Attention => attention::choose,
        Gravity::Entropy => entropy::choose,
        elsewhere => return Ok(elsewhere),
    };
    let miniature = Miniature::of(image, limits)?;
    let size = miniature.0.dimensions();
    let scaled = |kept: f64, of: u32, size: u32| {
        let kept = (kept * f64::from(size) / f64::from(of)).round();
        (kept as u32).clamp(1, size)
    };
    let kept = (scaled(kept.0, image.width(), size.0), scaled(kept.1, image.height(), size.1));
    let at = choose(&miniature, kept);
    Ok(Gravity::from_thousandths(middle(at.0, kept.0, size.0), middle(at.1, kept.1, size.1)))
}

/// The middle of `kept` pixels that begin `at`, in thousandths of `size`; an edge stays an edge.
fn middle(at: u32, kept: u32, size: u32) -> u32 {
    match at {
        // Where the middle is between two pixels, either will do.
        _ if (2 * at + kept).abs_diff(size) <= 1 => 500,
        0 => 0,
        at if at + kept == size => 1000,
        at => (2 * at + kept) * 500 / size,
    }
}

/// A picture of at most [`MINIATURE`] pixels a side.
struct Miniature(RgbaImage);

impl Miniature {
    fn of(image: &DynamicImage, limits: &Limits) -> Result<Self> {
        let (width, height) = (image.width(), image.height());
        let longer = width.max(height);
        if longer <= MINIATURE {
            return Ok(Self(image.to_rgba8()));
        }
        let side = |side: u32| {
            let side = u64::from(side) * u64::from(MINIATURE) + u64::from(longer) / 2;
            ((side / u64::from(longer)) as u32).max(1)
        };
        let whole = SourceBox { left: 0.0, top: 0.0, width: width.into(), height: height.into() };
        let how = Resampling { filter: Filter::Bilinear, linear: false };
        let small = resample(image, whole, (side(width), side(height)), how, limits)?;
        Ok(Self(small.to_rgba8()))
    }

    /// Red, green and blue of a pixel as they show on black; a place outside counts as the nearest inside.
    fn color(&self, x: i32, y: i32) -> [i32; 3] {
        let (width, height) = self.0.dimensions();
        let x = x.clamp(0, width as i32 - 1) as u32;
        let y = y.clamp(0, height as i32 - 1) as u32;
        let [red, green, blue, alpha] = self.0.get_pixel(x, y).0.map(i32::from);
        [red, green, blue].map(|sample| sample * alpha / 255)
    }

    /// ITU-R BT.709 luma, 0 to 255.
    fn luma(&self, x: i32, y: i32) -> i32 {
        let [red, green, blue] = self.color(x, y);
        (2126 * red + 7152 * green + 722 * blue + 5000) / 10000
    }
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;

    /// A dull gray slope with something at (`x`, `y`).
    fn scene(
        width: u32,
        height: u32,
        (left, top): (u32, u32),
        thing: impl Fn(u32, u32) -> [u8; 3],
    ) -> DynamicImage {
        RgbImage::from_fn(width, height, |x, y| {
            if (left..left + 40).contains(&x) && (top..top + 40).contains(&y) {
                return Rgb(thing(x, y));
            }
            Rgb([(100 + x * 20 / width) as u8; 3])
        })
        .into()
    }

    fn kept(image: &DynamicImage, gravity: Gravity, kept: (u32, u32)) -> (u32, u32) {
        let size = (f64::from(kept.0), f64::from(kept.1));
        let settled = settle(gravity, image, size, &Limits::default()).unwrap();
        settled.place((image.width(), image.height()), kept)
    }

    #[test]
    fn what_stands_out_is_kept_whole_and_near_the_middle() {
        let skin = |_: u32, _: u32| [224_u8, 172, 138];
        let noise = |x: u32, y: u32| {
            [((x * 7919) ^ (y * 104_729)).wrapping_mul(2_654_435_761).to_be_bytes()[0]; 3]
        };
        let red = |_: u32, _: u32| [230_u8, 20, 20];
        for (gravity, thing) in [
            (Gravity::Attention, &skin as &dyn Fn(u32, u32) -> [u8; 3]),
            (Gravity::Attention, &red),
            (Gravity::Attention, &noise),
            (Gravity::Entropy, &noise),
        ] {
            for at in [(10, 60), (150, 60), (340, 60), (300, 150), (200, 0)] {
                let image = scene(400, 200, at, thing);
                let (left, top) = kept(&image, gravity, (100, 100));
                let inside = left <= at.0
                    && at.0 + 40 <= left + 100
                    && top <= at.1
                    && at.1 + 40 <= top + 100;
                assert!(inside, "{gravity}: {at:?} is not within 100x100 at {left}x{top}");
            }
        }
    }

    #[test]
    fn nothing_to_see_is_kept_from_the_middle_by_attention() {
        let gray = DynamicImage::from(RgbImage::from_pixel(300, 100, Rgb([120; 3])));
        assert_eq!(kept(&gray, Gravity::Attention, (100, 100)), (100, 0));
    }

    #[test]
    fn all_of_a_picture_is_kept_where_it_is() {
        let image = scene(90, 50, (0, 0), |_, _| [255, 0, 0]);
        for gravity in [Gravity::Attention, Gravity::Entropy] {
            assert_eq!(kept(&image, gravity, (90, 50)), (0, 0));
        }
        assert_eq!(kept(&image, Gravity::Attention, (40, 50)), (0, 0));
        let settled = settle(Gravity::North, &image, (4.0, 4.0), &Limits::default()).unwrap();
        assert_eq!(settled, Gravity::North);
    }
}
