//! Exif blocks, and pictures stored the way a turned camera stores them.

use std::io::Cursor;

use exif::{Field, In, Rational, Tag, Value, experimental::Writer};
use image::{DynamicImage, metadata::Orientation};

/// The Exif block (a little-endian TIFF header and one entry) that says `orientation`, 1 to 8.
#[must_use]
pub fn exif_with_orientation(orientation: u8) -> Vec<u8> {
    let mut block = b"II\x2A\0\x08\0\0\0".to_vec();
    block.extend([1, 0]); // one entry:
    block.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0]); // tag 0x0112, one SHORT
    block.extend([orientation, 0, 0, 0]);
    block.extend([0; 4]); // no next directory
    block
}

/// `upright` as it must be stored so that a viewer that obeys `orientation`, 1 to 8, shows it upright.
///
/// # Panics
///
/// Panics when `orientation` is not 1 to 8.
#[must_use]
pub fn turn_away(upright: DynamicImage, orientation: u8) -> DynamicImage {
    // A quarter turn is undone by the opposite one; every other value is its own inverse.
    let inverse = match orientation {
        6 => 8,
        8 => 6,
        own => own,
    };
    let mut stored = upright;
    stored.apply_orientation(Orientation::from_exif(inverse).expect("1 to 8"));
    stored
}

/// What a camera writes: everything that is read, notes of its maker, and a small picture.
///
/// # Panics
///
/// Never: the block is well formed.
#[must_use]
pub fn camera_exif(orientation: u16, is_little_endian: bool) -> Vec<u8> {
    let text = |text: &str| Value::Ascii(vec![text.as_bytes().to_vec()]);
    let part = |num: u32, denom: u32| Rational { num, denom };
    let fields = [
        (Tag::Make, text("Portreto")),
        (Tag::Model, text("Obscura 3")),
        (Tag::Orientation, Value::Short(vec![orientation])),
        (Tag::Artist, text("Ada Example")),
        (Tag::Copyright, text("(c) Ada Example")),
        (Tag::DateTimeOriginal, text("2024:05:06 07:08:09")),
        (Tag::SubSecTimeOriginal, text("25")),
        (Tag::OffsetTimeOriginal, text("+02:00")),
        (Tag::ExposureTime, Value::Rational(vec![part(1, 250)])),
        (Tag::FNumber, Value::Rational(vec![part(28, 10)])),
        (Tag::PhotographicSensitivity, Value::Short(vec![400])),
        (Tag::FocalLength, Value::Rational(vec![part(35, 1)])),
        (Tag::FocalLengthIn35mmFilm, Value::Short(vec![52])),
        (Tag::LensModel, text("Portreto 35mm f/1.4")),
        (Tag::MakerNote, Value::Undefined(b"notes of the maker".to_vec(), 0)),
        (Tag::PixelXDimension, Value::Short(vec![4000])),
        (Tag::PixelYDimension, Value::Long(vec![3000])),
        (Tag::GPSLatitudeRef, text("N")),
        (Tag::GPSLatitude, Value::Rational(vec![part(52, 1), part(30, 1), part(3600, 100)])),
        (Tag::GPSLongitudeRef, text("W")),
        (Tag::GPSLongitude, Value::Rational(vec![part(13, 1), part(15, 1), part(0, 1)])),
        (Tag::GPSAltitudeRef, Value::Byte(vec![0])),
        (Tag::GPSAltitude, Value::Rational(vec![part(345, 10)])),
    ];
    let fields = fields.map(|(tag, value)| Field { tag, ifd_num: In::PRIMARY, value });
    let mut writer = Writer::new();
    for field in &fields {
        writer.push_field(field);
    }
    writer.set_jpeg(b"\xFF\xD8 a small picture \xFF\xD9", In::THUMBNAIL);
    let mut block = Cursor::new(Vec::new());
    writer.write(&mut block, is_little_endian).expect("the fields are well formed");
    block.into_inner()
}
