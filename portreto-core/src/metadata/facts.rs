//! What a picture's Exif block says of how it was made.

use ::exif::{Exif, Field, In, Reader, Tag, Value};
use serde::{Deserialize, Serialize};

use super::{Block, Fields, exif::TOO_LARGE, taken};
use crate::{error::Result, format::Format, limits::Limits, probe};

/// The longest text that is kept of a field, characters.
const LONGEST_TEXT: usize = 256;

/// When, where, with what and by whom a picture was made: what of its Exif block can be read and makes sense.
///
/// Times are those of the camera's clock; distances are meters and millimeters, times seconds, angles degrees.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Metadata {
    /// When it was taken, as ISO 8601: `2024-05-06T07:08:09.25+02:00`, without parts that the camera did not write.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken: Option<String>,
    /// Who made the camera.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub make: Option<String>,
    /// The camera's model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The lens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lens: Option<String>,
    /// The sensitivity, ISO.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iso: Option<u32>,
    /// How long it was exposed, seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exposure_seconds: Option<f64>,
    /// The focal length over the width of the aperture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub f_number: Option<f64>,
    /// The focal length, millimeters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub focal_length_mm: Option<f64>,
    /// What it would be for the same view on film of 35 mm.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub focal_length_35mm: Option<u32>,
    /// How the picture is stored, 2 to 8 as in Exif; none when it is upright.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub orientation: Option<u8>,
    /// Where it was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// Who took it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub artist: Option<String>,
    /// Whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copyright: Option<String>,
}

/// A place on the earth, by GPS.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Location {
    /// Degrees, -90 to 90, north positive.
    pub latitude: f64,
    /// Degrees, -180 to 180, east positive.
    pub longitude: f64,
    /// Meters above the sea.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub altitude: Option<f64>,
}

/// What the Exif block of a file says; none when there is no block, or nothing in it that makes sense.
///
/// # Errors
///
/// Those of [`probe`](crate::probe). A block that is broken is none.
///
/// # Examples
///
/// ```
/// use portreto_core::{Limits, metadata};
///
/// assert_eq!(metadata(b"P6 1 1 255\n\xFF\x00\x00", &Limits::default())?, None);
/// # Ok::<(), portreto_core::Error>(())
/// ```
pub fn metadata(bytes: &[u8], limits: &Limits) -> Result<Option<Metadata>> {
    let headers = probe::headers(bytes, limits)?;
    let block = headers.exif.and_then(Block::new);
    let mut found = block.and_then(|block| of_block(&block, headers.format)).unwrap_or_default();
    let orientation = headers.orientation.to_exif();
    found.orientation = (orientation != 1).then_some(orientation);
    Ok((found != Metadata::default()).then_some(found))
}

fn of_block(block: &Block<'_>, format: Format) -> Option<Metadata> {
    // In a TIFF the block is the file, and its pixels are no matter of this.
    let bytes = match format {
        Format::Tiff => Fields::of(block).to_block(),
        _ if block.n_bytes() > TOO_LARGE => return None,
        _ => block.to_vec(),
    };
    let read = Reader::new().continue_on_error(true).read_raw(bytes);
    let exif = Said(read.or_else(|error| error.distill_partial_result(|_| {})).ok()?);
    Some(Metadata {
        taken: exif.taken(),
        make: exif.text(Tag::Make),
        model: exif.text(Tag::Model),
        lens: exif.text(Tag::LensModel),
        iso: exif.whole(Tag::PhotographicSensitivity),
        exposure_seconds: exif.positive(Tag::ExposureTime, 1e9),
        f_number: exif.positive(Tag::FNumber, 1e3),
        focal_length_mm: exif.positive(Tag::FocalLength, 1e3),
        focal_length_35mm: exif.whole(Tag::FocalLengthIn35mmFilm),
        orientation: None,
        location: exif.location(),
        artist: exif.text(Tag::Artist),
        copyright: exif.text(Tag::Copyright),
    })
}

struct Said(Exif);

impl Said {
    fn field(&self, tag: Tag) -> Option<&Field> {
        self.0.get_field(tag, In::PRIMARY)
    }

    /// Text without what would not be seen, if anything is left.
    fn text(&self, tag: Tag) -> Option<String> {
        let Value::Ascii(parts) = &self.field(tag)?.value else { return None };
        let parts = parts.iter().map(|part| String::from_utf8_lossy(part).into_owned());
        let text = parts.collect::<Vec<_>>().join(" ");
        let seen: String = text.chars().filter(|sign| !sign.is_control()).collect();
        let text: String = seen.trim().chars().take(LONGEST_TEXT).collect();
        (!text.is_empty()).then_some(text)
    }

    fn whole(&self, tag: Tag) -> Option<u32> {
        self.field(tag)?.value.get_uint(0).filter(|number| *number > 0)
    }

    /// A positive number, its fraction rounded to one part of `parts`.
    fn positive(&self, tag: Tag, parts: f64) -> Option<f64> {
        let number = self.rational(tag, 0)?;
        let rounded = libm::round(number * parts) / parts;
        (rounded > 0.0).then_some(rounded)
    }

    fn rational(&self, tag: Tag, place: usize) -> Option<f64> {
        let Value::Rational(numbers) = &self.field(tag)?.value else { return None };
        let number = numbers.get(place)?;
        (number.denom > 0).then(|| f64::from(number.num) / f64::from(number.denom))
    }

    fn taken(&self) -> Option<String> {
        let [time, part, offset] = [
            (Tag::DateTimeOriginal, Tag::SubSecTimeOriginal, Tag::OffsetTimeOriginal),
            (Tag::DateTimeDigitized, Tag::SubSecTimeDigitized, Tag::OffsetTimeDigitized),
        ]
        .into_iter()
        .find_map(|(time, part, offset)| {
            Some([Some(self.text(time)?), self.text(part), self.text(offset)])
        })?;
        taken::iso(&time?, part.as_deref(), offset.as_deref())
    }

    fn location(&self) -> Option<Location> {
        let latitude = self.angle(Tag::GPSLatitude, Tag::GPSLatitudeRef, "N", "S", 90.0)?;
        let longitude = self.angle(Tag::GPSLongitude, Tag::GPSLongitudeRef, "E", "W", 180.0)?;
        let is_below = self.field(Tag::GPSAltitudeRef).and_then(|field| match &field.value {
            Value::Byte(bytes) => Some(matches!(bytes.first(), Some(1 | 3))),
            _ => None,
        });
        let sign = if is_below == Some(true) { -1.0 } else { 1.0 };
        let altitude = self.rational(Tag::GPSAltitude, 0);
        let altitude = altitude.map(|meters| libm::round(sign * meters * 1e3) / 1e3);
        Some(Location { latitude, longitude, altitude })
    }

    /// Degrees, minutes and seconds; a camera that does not know where it is may write zeros for all.
    fn angle(&self, tag: Tag, side: Tag, plus: &str, minus: &str, most: f64) -> Option<f64> {
        let part = |place| self.rational(tag, place).unwrap_or(0.0);
        let angle = self.rational(tag, 0)? + part(1) / 60.0 + part(2) / 3600.0;
        let sign = match self.text(side)? {
            side if side == plus => 1.0,
            side if side == minus => -1.0,
            _ => return None,
        };
        // A ten-millionth of a degree is a centimeter.
        (angle <= most).then(|| sign * libm::round(angle * 1e7) / 1e7)
    }
}
