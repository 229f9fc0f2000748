//! The headers of JPEG XL (ISO/IEC 18181-1, annex D), as its decoder reads them.

use std::borrow::Cow;

use image::metadata::Orientation;
use jxl_oxide::{AllocTracker, InitializeResult, JxlImage, JxlThreadPool, image::ImageMetadata};

use super::{Headers, Icc, damaged};
use crate::{error::Result, format::Format};

/// What headers may take: the lists of sections of a picture as large as limits can say.
const HEADER_BYTES: usize = 256 << 20;

/// Beyond this no section is listed: no limits allow so large a picture.
const MOST_PIXELS: u64 = 1 << 32;

/// The bytes are handed over in pieces of this size, until the headers are there.
const PIECE_BYTES: usize = 4096;

/// Opens a picture of which the decoder may take `memory_bytes`; its sections are listed, not decoded.
///
/// None when the file ends before its headers do, or is damaged.
pub(crate) fn open(bytes: &[u8], memory_bytes: usize) -> Option<JxlImage> {
    let mut unread = JxlImage::builder()
        .pool(JxlThreadPool::none())
        .alloc_tracker(AllocTracker::with_limit(memory_bytes))
        .build_uninit();
    let (mut at, mut end) = (0, 0);
    let mut image = loop {
        if end == bytes.len() {
            return None;
        }
        end = bytes.len().min(end + PIECE_BYTES);
        at += unread.feed_bytes(&bytes[at..end]).ok()?;
        match unread.try_init().ok()? {
            InitializeResult::NeedMoreData(same) => unread = same,
            InitializeResult::Initialized(image) => break image,
        }
    };
    let size = &image.image_header().size;
    if u64::from(size.width) * u64::from(size.height) <= MOST_PIXELS {
        // What is damaged behind the headers is found out by who decodes it.
        let _ = image.feed_bytes(&bytes[at..]);
        let _ = image.finalize();
    }
    Some(image)
}

pub(super) fn headers(bytes: &[u8]) -> Result<Headers<'_>> {
    let image = open(bytes, HEADER_BYTES)
        .ok_or_else(|| damaged(Format::Jxl, "its headers are cut off or contradict themselves"))?;
    let metadata = &image.image_header().metadata;
    let has_alpha = metadata.alpha().is_some();
    let is_gray = metadata.grayscale();
    let frames = if metadata.animation.is_some() { image.num_loaded_keyframes() } else { 1 };
    let bits = metadata.bit_depth.bits_per_sample().clamp(1, 32) as u8;
    Ok(Headers {
        format: Format::Jxl,
        // The decoder turns it.
        width: image.width(),
        height: image.height(),
        orientation: Orientation::NoTransforms,
        has_alpha,
        bits,
        frames: u32::try_from(frames).unwrap_or(u32::MAX).max(1),
        icc: profile(&image, metadata),
        channels: if is_gray { 1 } else { 3 } + u8::from(has_alpha),
        // Floating point numbers or integers of 4 bytes for each channel, at three stages.
        workspace: 48,
        plays: 1,
        exif: None,
        xmp: None,
        jpeg_adobe: None,
        jpeg_split_scans: false,
        jpeg_scans: 0,
        is_complete: image.is_loading_done(),
    })
}

/// Colors that the decoder knows it converts; a profile it leaves to us. Those of XYB are always known.
fn profile<'a>(image: &JxlImage, metadata: &ImageMetadata) -> Option<Icc<'a>> {
    if metadata.xyb_encoded {
        return None;
    }
    image.original_icc().map(|profile| Icc::Plain(Cow::Owned(profile.to_vec())))
}
