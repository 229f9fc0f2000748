//! What can be known of a picture from a very small one: what to show until it has come, and which others look like it.
//!
//! One small decode serves all. Cosines and powers are `libm`'s, sums have one order: the same on every machine.

mod alike;
mod blur_hash;
mod dominant;
mod perceptual;
#[cfg(test)]
mod tests;
mod thumb_hash;

use image::{DynamicImage, RgbImage};
use serde::{Deserialize, Serialize};

pub use self::{alike::alike, perceptual::PerceptualHash};
use crate::{
    encode::on_white,
    error::Result,
    limits::Limits,
    render,
    transform::{Color, Filter, Resize, Transform},
};

/// The longest side of the small picture, pixels: the most that `ThumbHash` takes.
const SIDE: u32 = 100;

/// Placeholders of a picture, and what tells others like it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Fingerprint {
    /// `ThumbHash` (E. Wallace, 2023) in base64: a blurred picture with its proportions and alpha, in 5 to 25 bytes.
    pub thumbhash: String,
    /// `BlurHash` (D. Pellotier, Wolt, 2018): a blurred picture, 4 components along its longer side and 3 along the other.
    pub blurhash: String,
    /// The color of which there is most; none when nothing can be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<Color>,
    /// What tells pictures that look alike; none when it is of one color, and so like any other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub perceptual: Option<PerceptualHash>,
}

/// Takes the fingerprint of a picture: of an animation, of its first frame.
///
/// Costs a decode at a small scale: of a JPEG of 12 megapixels about 10 ms, of other formats as much as decoding them. It
/// depends on `bytes` alone, whatever the machine.
///
/// # Errors
///
/// Those of decoding: `NotAnImage`, `Unsupported`, `Damaged`, `LimitExceeded`.
///
/// # Examples
///
/// ```
/// use portreto_core::{Limits, fingerprint};
///
/// // A red pixel.
/// let print = fingerprint(b"P6 1 1 255\n\xFF\x00\x00", &Limits::default())?;
/// assert_eq!(print.color.unwrap().to_string(), "ff0000");
/// assert_eq!(print.perceptual, None);
/// # Ok::<(), portreto_core::Error>(())
/// ```
pub fn fingerprint(bytes: &[u8], limits: &Limits) -> Result<Fingerprint> {
    let small = small(bytes, limits)?;
    let seen = on_white(&small).into_rgb8();
    let rgba = small.into_rgba8();
    Ok(Fingerprint {
        thumbhash: thumb_hash::text(&thumb_hash::bytes(&rgba)),
        blurhash: blur_hash::text(&seen),
        color: dominant::color(&rgba),
        perceptual: perceptual_hash(&seen, limits)?,
    })
}

fn perceptual_hash(seen: &RgbImage, limits: &Limits) -> Result<Option<PerceptualHash>> {
    let gray = DynamicImage::from(seen.clone()).into_luma8();
    PerceptualHash::of(&gray, limits)
}

/// The picture in at most [`SIDE`] × [`SIDE`] pixels.
fn small(bytes: &[u8], limits: &Limits) -> Result<DynamicImage> {
    let resize = Resize::new(SIDE, SIDE)?.no_enlarge(true).filter(Filter::Bilinear);
    render::pixels(bytes, &Transform::new().resize(resize), limits)
}

/// `cos(π · k · (x + shift) / n)` for each x below n.
fn cosines(n: u32, k: u32, shift: f64) -> Vec<f64> {
    let step = std::f64::consts::PI * f64::from(k) / f64::from(n);
    (0..n).map(|x| libm::cos(step * (f64::from(x) + shift))).collect()
}
