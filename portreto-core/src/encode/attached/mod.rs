//! What a file carries beside its pixels, put into the file that an encoder has made.

mod jpeg;
mod png;
mod tiff;
mod webp;

use std::borrow::Cow;

use crate::format::Format;

/// What a file says about its picture.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Attached {
    /// An ICC profile.
    pub(crate) icc: Option<Vec<u8>>,
    /// An Exif block, without any prefix.
    pub(crate) exif: Option<Vec<u8>>,
    /// An XMP packet.
    pub(crate) xmp: Option<Vec<u8>>,
}

impl Attached {
    /// Formats that carry what is attached.
    pub(crate) const FORMATS: &[Format] = &[Format::Jpeg, Format::Png, Format::WebP, Format::Tiff];

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// `file` with what is attached; a format that cannot carry it stays as it is.
    pub(crate) fn put_into(&self, file: Vec<u8>, format: Format) -> Vec<u8> {
        if self.is_empty() {
            return file;
        }
        let put = match format {
            Format::Jpeg => jpeg::put(&file, self),
            Format::Png => png::put(&file, self),
            Format::WebP => webp::put(&file, self),
            Format::Tiff => tiff::put(&file, self),
            _ => None,
        };
        // They are our own files, and have room for it.
        put.unwrap_or(file)
    }
}

/// `file` with `insertion` at a place.
fn inserted(file: &[u8], at: usize, insertion: &[u8]) -> Option<Vec<u8>> {
    Some([file.get(..at)?, insertion, file.get(at..)?].concat())
}

/// As much of an Exif block as has room in `most` bytes: all of it, or whose picture it is, or nothing.
fn exif_within(exif: &[u8], most: usize) -> Option<Cow<'_, [u8]>> {
    if exif.len() <= most {
        return Some(exif.into());
    }
    let small = crate::metadata::copyright_of(exif)?;
    (small.len() <= most).then_some(small.into())
}
