//! Exif blocks, and pictures stored the way a turned camera stores them.

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
