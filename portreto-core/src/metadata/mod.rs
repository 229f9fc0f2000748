//! What a file says about its picture beside the pixels: when, where, with what and by whom it was made.
//!
//! Here is what becomes of it on the way to a variant. Metadata that is broken is as good as none: it never keeps a
//! picture from being read.

mod exif;
mod keep;
mod xmp;

pub(crate) use self::{
    exif::{Block, Field, Fields, tag},
    keep::{copyright_of, kept},
};
