//! JPEG, with all four channels of print files kept.
//!
//! [`fast`] reads nearly everything. [`plain`] is the second opinion: it reads what the first cannot, and
//! files whose channels come in scans of their own, which the first silently turns into false colors. [`scaled`] gives
//! less than all, faster.

mod fast;
mod plain;
pub(super) mod scaled;

use image::{DynamicImage, GrayImage, RgbImage};

use super::{Inks, Stored, contradiction, inks};
use crate::{
    error::{Error, ErrorKind, Result},
    format::Format,
    limits::Limits,
    probe::{Headers, damaged},
};

/// Scans of a progressive file; encoders write about ten, and each costs a walk over all blocks.
const MOST_SCANS: u32 = 100;

pub(super) fn decode(bytes: &[u8], headers: &Headers<'_>, limits: &Limits) -> Result<Stored> {
    if !headers.is_complete {
        return Err(damaged(Format::Jpeg, "it ends before its picture does"));
    }
    if headers.jpeg_scans > MOST_SCANS {
        let count = headers.jpeg_scans;
        let message = format!("the jpg file has {count} scans, above the limit of {MOST_SCANS}");
        return Err(Error::new(ErrorKind::LimitExceeded, message));
    }
    if headers.bits != 8 {
        let message = format!("jpg files of {} bits a sample cannot be read", headers.bits);
        return Err(Error::new(ErrorKind::Unsupported, message));
    }
    let samples = if headers.jpeg_split_scans {
        plain::decode(bytes, headers, limits)
    } else {
        fast::decode(bytes, headers)
            .or_else(|fault| plain::decode(bytes, headers, limits).map_err(|_| fault))
    }?;
    // Each decoder checked the number of its samples.
    let (width, height) = (headers.width, headers.height);
    let image = match samples {
        Samples::Gray(gray) => GrayImage::from_raw(width, height, gray).map(DynamicImage::from),
        Samples::Rgb(rgb) => RgbImage::from_raw(width, height, rgb).map(DynamicImage::from),
        Samples::Cmyk(samples) => return Ok(stored_inks(samples, headers)),
        Samples::Ycck(mut samples) => {
            inks::from_ycck(&mut samples);
            return Ok(stored_inks(samples, headers));
        }
    };
    image.map(Stored::Direct).ok_or_else(|| contradiction(headers))
}

/// The channels of an ordinary picture, at the scales that `wanted` need.
///
/// None for everything else: damage, inks, RGB, unusual coding.
pub(super) fn decode_scaled(
    bytes: &[u8],
    headers: &Headers<'_>,
    wanted: &[scaled::Detail],
    limits: &Limits,
) -> Option<Vec<scaled::Channel>> {
    let is_usual = headers.is_complete
        && headers.jpeg_scans <= MOST_SCANS
        && headers.bits == 8
        && matches!(headers.channels, 1 | 3)
        // Adobe Technical Note 5116: transform 0 is RGB.
        && (headers.channels == 1 || headers.jpeg_adobe != Some(0));
    if !is_usual {
        return None;
    }
    scaled::decode(bytes, wanted, limits.memory_bytes)
}

/// What a decoder gives: channels as the file means them, interleaved.
enum Samples {
    Gray(Vec<u8>),
    Rgb(Vec<u8>),
    Cmyk(Vec<u8>),
    Ycck(Vec<u8>),
}

/// Adobe writes 255 for no ink; who does not sign as Adobe means 255 for full ink.
fn stored_inks(mut samples: Vec<u8>, headers: &Headers<'_>) -> Stored {
    if headers.jpeg_adobe.is_some() {
        for sample in &mut samples {
            *sample = 255 - *sample;
        }
    }
    Stored::Inks(Inks { width: headers.width, height: headers.height, samples })
}

fn unsupported(headers: &Headers<'_>) -> Error {
    let message = format!("jpg files of {} channels cannot be read", headers.channels);
    Error::new(ErrorKind::Unsupported, message)
}
