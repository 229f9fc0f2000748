//! Which pictures look alike.

use std::{fmt, str::FromStr, sync::LazyLock};

use image::GrayImage;

use super::cosines;
use crate::{
    error::{Error, ErrorKind, Result},
    geometry::SourceBox,
    limits::Limits,
    resample::resample_plane,
    transform::{Filter, word::serde_as_text},
};

/// Pixels of the picture along each side.
const SIDE: usize = 32;
/// Frequencies along each side.
const FREQUENCIES: usize = 8;
/// Cosines are whole numbers of this part.
const UNIT: f64 = 16_384.0;
/// The smallest of the largest waves that tell something, in levels of 255: less is the noise of rounding.
const LEAST_LEVELS: i64 = 2;

/// 64 bits that are nearly the same for pictures that look nearly the same.
///
/// The picture as 32 × 32 values of gray, its discrete cosine transform, and of the 8 × 8 lowest frequencies which ones are
/// above their median (C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010, section 3.2.1;
/// N. Krawetz, "Looks Like It", 2011). Brightness, the first of them, is left out: its bit is 0. Sizes, proportions, compression,
/// brightness and contrast hardly change it; crops, turns and mirrors do.
///
/// Text: 16 hexadecimal digits.
///
/// # Examples
///
/// ```
/// use portreto_core::PerceptualHash;
///
/// let a: PerceptualHash = "7f00ff00ff00ff00".parse()?;
/// let b: PerceptualHash = "7f00ff00ff00ff03".parse()?;
/// assert_eq!(a.distance(b), 2);
/// # Ok::<(), portreto_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PerceptualHash(u64);

impl PerceptualHash {
    /// The usual distance within which pictures are taken for the same. Versions of twelve photos (resized, recompressed down
    /// to quality 20, brighter, with more contrast, gray, blurred) were at most 6 from them where nothing was clipped to black, and
    /// the photos 24 from each other. Of 63 bits that fall by chance, one pair of 2 billions is as near.
    pub const ALIKE: u32 = 8;

    /// The largest distance that tells anything: of 63 bits that fall by chance, one pair of 17,000 is as near.
    pub const FARTHEST: u32 = 16;

    /// The hash with these bits.
    #[must_use]
    pub const fn new(bits: u64) -> Self {
        Self(bits)
    }

    /// The bits; those of low frequencies are the high ones.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// In how many bits two differ (R. Hamming, 1950): 0 to 63, about 32 for pictures that have nothing in common.
    #[must_use]
    pub const fn distance(self, other: Self) -> u32 {
        (self.0 ^ other.0).count_ones()
    }

    /// None for a picture of one color.
    pub(super) fn of(gray: &GrayImage, limits: &Limits) -> Result<Option<Self>> {
        let (width, height) = gray.dimensions();
        let all = SourceBox { left: 0.0, top: 0.0, width: width.into(), height: height.into() };
        let size = (SIDE as u32, SIDE as u32);
        let samples = resample_plane(gray, (width, height), all, size, Filter::Bilinear, limits)?;
        Ok(Self::of_samples(&samples))
    }

    fn of_samples(samples: &[u8]) -> Option<Self> {
        let wave = |cosines: &[i64], values: &mut dyn Iterator<Item = i64>| -> i64 {
            values.zip(cosines).map(|(value, cosine)| value * cosine).sum()
        };
        let mut waves = [0; FREQUENCIES * FREQUENCIES];
        for (across, cosines_across) in COSINES.iter().enumerate() {
            let rows = samples.chunks_exact(SIDE);
            let sums: Vec<i64> = rows
                .map(|row| wave(cosines_across, &mut row.iter().map(|&value| value.into())))
                .collect();
            for (down, cosines_down) in COSINES.iter().enumerate() {
                waves[down * FREQUENCIES + across] = wave(cosines_down, &mut sums.iter().copied());
            }
        }
        let mut sorted = waves[1..].to_vec();
        // A wave of one level sums up to a quarter of the pixels, or to half when it goes along one side only.
        let level = (UNIT as i64).pow(2) * (SIDE * SIDE / 4) as i64;
        let is_flat = sorted.iter().all(|wave| wave.abs() < LEAST_LEVELS * level);
        sorted.sort_unstable();
        let median = sorted[sorted.len() / 2];
        let bits = waves[1..].iter().fold(0, |bits, &wave| bits << 1 | u64::from(wave > median));
        (!is_flat).then_some(Self(bits))
    }
}

/// The cosines of each frequency, in [`UNIT`]s.
static COSINES: LazyLock<Vec<Vec<i64>>> = LazyLock::new(|| {
    let whole = |cosine: f64| libm::round(cosine * UNIT) as i64;
    let of = |k| cosines(SIDE as u32, k as u32, 0.5).into_iter().map(whole).collect();
    (0..FREQUENCIES).map(of).collect()
});

impl fmt::Display for PerceptualHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for PerceptualHash {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let is_hash = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        match u64::from_str_radix(text, 16) {
            Ok(bits) if is_hash => Ok(Self(bits)),
            _ => {
                let message = "a perceptual hash has 16 hexadecimal digits";
                Err(Error::new(ErrorKind::InvalidTransform, message))
            }
        }
    }
}

serde_as_text!(PerceptualHash);
