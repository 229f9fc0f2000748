//! Exif blocks (CIPA DC-008-2024, "Exif 3.0"): the directories of a TIFF (revision 6.0, section 2) without its picture.
//!
//! A block that is kept whole is changed where it must be, and nowhere else: the notes of camera makers hold offsets that
//! count from the start of the block, and would mean something else in one that was put together anew.

mod block;
mod fields;
#[cfg(test)]
mod tests;
mod upright;

pub(crate) use self::{
    block::Block,
    fields::{Field, Fields},
};

/// Blocks that are larger are none: cameras write 64 KiB at most, which is all that JPEG has room for.
pub(crate) const TOO_LARGE: usize = 1 << 20;

/// Tags that are looked at or changed.
pub(crate) mod tag {
    pub(crate) const WIDTH: u16 = 0x0100;
    pub(crate) const HEIGHT: u16 = 0x0101;
    pub(crate) const DESCRIPTION: u16 = 0x010E;
    pub(crate) const MAKE: u16 = 0x010F;
    pub(crate) const MODEL: u16 = 0x0110;
    pub(crate) const STRIPS: u16 = 0x0111;
    pub(crate) const ORIENTATION: u16 = 0x0112;
    pub(crate) const STRIP_BYTES: u16 = 0x0117;
    pub(crate) const SOFTWARE: u16 = 0x0131;
    pub(crate) const DATE: u16 = 0x0132;
    pub(crate) const ARTIST: u16 = 0x013B;
    pub(crate) const HOST: u16 = 0x013C;
    pub(crate) const THUMBNAIL: u16 = 0x0201;
    pub(crate) const THUMBNAIL_BYTES: u16 = 0x0202;
    /// ISO 16684-3, section 4.8.
    pub(crate) const XMP: u16 = 0x02BC;
    pub(crate) const COPYRIGHT: u16 = 0x8298;
    pub(crate) const EXIF: u16 = 0x8769;
    /// ICC.1:2022, annex B.3.
    pub(crate) const ICC: u16 = 0x8773;
    pub(crate) const GPS: u16 = 0x8825;
    pub(crate) const PIXELS_ACROSS: u16 = 0xA002;
    pub(crate) const PIXELS_DOWN: u16 = 0xA003;
    pub(crate) const INTEROPERABILITY: u16 = 0xA005;
}
