//! What a file says about its picture beside the pixels: when, where, with what and by whom it was made; and what of it is
//! kept in variants.
//!
//! Metadata that is broken is as good as none: it never keeps a picture from being read.

mod exif;
mod facts;
mod keep;
mod taken;
#[cfg(test)]
mod tests;
mod xmp;

pub use self::facts::{Location, Metadata, metadata};
pub(crate) use self::{
    exif::{Block, Field, Fields, tag},
    keep::{copyright_of, kept},
};
