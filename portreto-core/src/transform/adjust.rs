//! `adjust`: brightness, contrast, saturation, hue and gamma.

use std::fmt;

use image::DynamicImage;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    milli::Milli,
    text::{Element, invalid},
    word::serde_checked,
};
use crate::{
    error::Result,
    limits::Limits,
    picture::{Indexed, Picture},
    surface::Surface,
};

/// Changes tones and colors, pixel by pixel, as the filter functions of CSS do (W3C Filter Effects Module Level 1).
///
/// Text: `adjust`, then at least one of these, in any order; they are done in this one.
///
/// | option | what it does | range, and what changes nothing |
/// |---|---|---|
/// | `brightness=F` | multiplies every sample | 0 to 10, 1 |
/// | `contrast=F` | spreads samples away from the middle gray | 0 to 10, 1 |
/// | `saturation=F` | 0 is gray, above 1 is more colorful | 0 to 10, 1 |
/// | `hue=DEGREES` | turns the hues, at their luma | 0 to 359.999, 0 |
/// | `gamma=F` | above 1 brightens what is between black and white: `value^(1/F)`, as `ImageMagick` has it | 0.1 to 10, 1 |
///
/// At most three decimals each. All on sRGB values; alpha stays as it is.
///
/// # Examples
///
/// ```
/// use portreto_core::transform::{Adjust, Transform};
///
/// let adjust = Adjust::new().saturation(0.5)?.brightness(1.1)?;
/// assert_eq!(Transform::new().adjust(adjust).to_string(), "adjust:brightness=1.1:saturation=0.5");
/// # Ok::<(), portreto_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct Adjust {
    #[serde(default = "one", skip_serializing_if = "is_one")]
    brightness: Milli,
    #[serde(default = "one", skip_serializing_if = "is_one")]
    contrast: Milli,
    #[serde(default = "one", skip_serializing_if = "is_one")]
    saturation: Milli,
    #[serde(default = "zero", skip_serializing_if = "is_zero")]
    hue: Milli,
    #[serde(default = "one", skip_serializing_if = "is_one")]
    gamma: Milli,
}

const fn one() -> Milli {
    Milli::ONE
}

const fn zero() -> Milli {
    Milli::ZERO
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_one(milli: &Milli) -> bool {
    *milli == one()
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_zero(milli: &Milli) -> bool {
    *milli == zero()
}

impl Default for Adjust {
    fn default() -> Self {
        Self { brightness: one(), contrast: one(), saturation: one(), hue: zero(), gamma: one() }
    }
}

impl Adjust {
    /// Changes nothing yet: a transform needs at least one option.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Multiplies every sample by 0 to 10.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when out of range, or with more than three decimals; so of the others.
    pub fn brightness(self, factor: f64) -> Result<Self> {
        let brightness = Milli::from_f64("adjust brightness", factor)?;
        Self { brightness, ..self }.in_range()
    }

    /// Spreads samples away from the middle gray, 0 to 10 times as far.
    ///
    /// # Errors
    ///
    /// As [`Adjust::brightness`].
    pub fn contrast(self, factor: f64) -> Result<Self> {
        Self { contrast: Milli::from_f64("adjust contrast", factor)?, ..self }.in_range()
    }

    /// Moves colors away from gray, 0 to 10 times as far.
    ///
    /// # Errors
    ///
    /// As [`Adjust::brightness`].
    pub fn saturation(self, factor: f64) -> Result<Self> {
        let saturation = Milli::from_f64("adjust saturation", factor)?;
        Self { saturation, ..self }.in_range()
    }

    /// Turns the hues by 0 to 359.999 degrees.
    ///
    /// # Errors
    ///
    /// As [`Adjust::brightness`].
    pub fn hue(self, degrees: f64) -> Result<Self> {
        Self { hue: Milli::from_f64("adjust hue", degrees)?, ..self }.in_range()
    }

    /// Brightens the middle tones, or darkens them below 1: 0.1 to 10.
    ///
    /// # Errors
    ///
    /// As [`Adjust::brightness`].
    pub fn gamma(self, gamma: f64) -> Result<Self> {
        Self { gamma: Milli::from_f64("adjust gamma", gamma)?, ..self }.in_range()
    }

    pub(super) fn apply(self, picture: &Picture, limits: &Limits) -> Result<Picture> {
        Ok(match picture {
            Picture::Direct(image) => Picture::Direct(self.adjusted(image, limits)?),
            Picture::Indexed(indexed) => {
                // A palette is a picture of its colors.
                let colors = image::RgbaImage::from_fn(indexed.palette.len() as u32, 1, |x, _| {
                    image::Rgba(indexed.palette[x as usize])
                });
                let colors = self.adjusted(&colors.into(), limits)?.into_rgba8();
                let palette = colors.pixels().map(|pixel| pixel.0).collect();
                Picture::Indexed(Indexed { palette, ..indexed.clone() })
            }
        })
    }

    fn adjusted(self, image: &DynamicImage, limits: &Limits) -> Result<DynamicImage> {
        let mut surface = Surface::straight(image, 1, limits)?;
        let (tones, gamma) = (self.tones(), self.curve());
        let matrix = (surface.n_colors() == 3).then(|| self.matrix()).flatten();
        let n_colors = surface.n_colors();
        let n_channels = n_colors + usize::from(surface.has_alpha());
        surface.samples.par_chunks_exact_mut(n_channels).with_min_len(4096).for_each(|pixel| {
            let colors = &mut pixel[..n_colors];
            if let Some(tones) = &tones {
                for sample in &mut *colors {
                    *sample = tones[usize::from(*sample)];
                }
            }
            if let (Some(matrix), &mut [red, green, blue]) = (&matrix, &mut *colors) {
                let from = [red, green, blue].map(i64::from);
                for (sample, row) in colors.iter_mut().zip(matrix) {
                    let sum: i64 = row.iter().zip(from).map(|(weight, value)| weight * value).sum();
                    *sample = ((sum + HALF) >> BITS).clamp(0, 65535) as u16;
                }
            }
            if let Some(gamma) = &gamma {
                for sample in colors {
                    *sample = gamma[usize::from(*sample)];
                }
            }
        });
        surface.into_image()
    }

    /// Brightness and contrast of every sample, each clipped before the next; none when they change nothing.
    fn tones(self) -> Option<Vec<u16>> {
        let (brightness, contrast) = (i64::from(self.brightness.0), i64::from(self.contrast.0));
        let tone = |sample: u16| {
            let bright = ((i64::from(sample) * brightness + 500) / 1000).min(65535);
            // Twice the distance from the middle, which is between two samples.
            let apart = (2 * bright - 65535) * contrast;
            (apart + 65_535_000 + 1000).div_euclid(2000).clamp(0, 65535) as u16
        };
        let changes = self.brightness != one() || self.contrast != one();
        changes.then(|| (0..=u16::MAX).map(tone).collect())
    }

    fn curve(self) -> Option<Vec<u16>> {
        let exponent = 1.0 / self.gamma.to_f64();
        let value = |sample: u16| {
            libm::round(libm::pow(f64::from(sample) / 65535.0, exponent) * 65535.0) as u16
        };
        (self.gamma != one()).then(|| (0..=u16::MAX).map(value).collect())
    }

    /// Saturation, then hue, as one matrix in whole numbers; each row sums to exactly one, so that grays stay.
    fn matrix(self) -> Option<[[i64; 3]; 3]> {
        if self.saturation == one() && self.hue == zero() {
            return None;
        }
        let angle = self.hue.to_f64() * std::f64::consts::PI / 180.0;
        let (saturation, hue) = (saturate(self.saturation.to_f64()), hue_rotate(angle));
        let mut matrix = [[0_i64; 3]; 3];
        for (row, whole) in matrix.iter_mut().enumerate() {
            for (column, weight) in whole.iter_mut().enumerate() {
                let mut sum = 0.0;
                for (between, from) in saturation.iter().enumerate() {
                    sum += hue[row][between] * from[column];
                }
                *weight = libm::round(sum * f64::from(1 << BITS)) as i64;
            }
            whole[row] += (1 << BITS) - whole.iter().sum::<i64>();
        }
        Some(matrix)
    }

    pub(super) const NAME: &str = "adjust";

    pub(super) fn parse(element: Element<'_>) -> Result<Self> {
        let (mut brightness, mut contrast, mut saturation) = (None, None, None);
        let (mut hue, mut gamma) = (None, None);
        for argument in element {
            let slot = match argument.key {
                "brightness" => &mut brightness,
                "contrast" => &mut contrast,
                "saturation" => &mut saturation,
                "hue" => &mut hue,
                "gamma" => &mut gamma,
                _ => {
                    let known = "brightness=, contrast=, saturation=, hue=, gamma=";
                    return Err(argument.unexpected(known));
                }
            };
            argument.once(slot, argument.milli()?)?;
        }
        Self {
            brightness: brightness.unwrap_or(one()),
            contrast: contrast.unwrap_or(one()),
            saturation: saturation.unwrap_or(one()),
            hue: hue.unwrap_or(zero()),
            gamma: gamma.unwrap_or(one()),
        }
        .checked()
    }

    /// Refuses what changes nothing.
    pub(super) fn check(self) -> Result<()> {
        if self == Self::default() {
            let known = "brightness=, contrast=, saturation=, hue= or gamma=";
            return Err(invalid(format!("adjust changes nothing: it needs {known}")));
        }
        Ok(())
    }

    fn checked(self) -> Result<Self> {
        self.check()?;
        self.in_range()
    }

    fn in_range(self) -> Result<Self> {
        self.brightness.within("adjust brightness", 0, 10_000)?;
        self.contrast.within("adjust contrast", 0, 10_000)?;
        self.saturation.within("adjust saturation", 0, 10_000)?;
        self.hue.within("adjust hue", 0, 359_999)?;
        self.gamma.within("adjust gamma", 100, 10_000)?;
        Ok(self)
    }
}

/// Fractional bits of the matrix.
const BITS: u32 = 20;
const HALF: i64 = 1 << (BITS - 1);

/// Filter Effects Module Level 1, section 9.6, `feColorMatrix` of type `saturate`.
fn saturate(s: f64) -> [[f64; 3]; 3] {
    [
        [0.213 + 0.787 * s, 0.715 - 0.715 * s, 0.072 - 0.072 * s],
        [0.213 - 0.213 * s, 0.715 + 0.285 * s, 0.072 - 0.072 * s],
        [0.213 - 0.213 * s, 0.715 - 0.715 * s, 0.072 + 0.928 * s],
    ]
}

/// The same section, type `hueRotate`.
fn hue_rotate(angle: f64) -> [[f64; 3]; 3] {
    let (sine, cosine) = (libm::sin(angle), libm::cos(angle));
    let mixed = |base: f64, with_cosine: f64, with_sine: f64| {
        base + cosine * with_cosine + sine * with_sine
    };
    [
        [mixed(0.213, 0.787, -0.213), mixed(0.715, -0.715, -0.715), mixed(0.072, -0.072, 0.928)],
        [mixed(0.213, -0.213, 0.143), mixed(0.715, 0.285, 0.140), mixed(0.072, -0.072, -0.283)],
        [mixed(0.213, -0.213, -0.787), mixed(0.715, -0.715, 0.715), mixed(0.072, 0.928, 0.072)],
    ]
}

impl fmt::Display for Adjust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::NAME)?;
        for (name, value, nothing) in [
            ("brightness", self.brightness, one()),
            ("contrast", self.contrast, one()),
            ("saturation", self.saturation, one()),
            ("hue", self.hue, zero()),
            ("gamma", self.gamma, one()),
        ] {
            if value != nothing {
                write!(f, ":{name}={value}")?;
            }
        }
        Ok(())
    }
}

serde_checked!(Adjust);
