//! HEVC, in builds without the feature `heic`: none.

use super::{Planes, contradiction};
use crate::{
    error::Result,
    limits::Limits,
    probe::{Headers, Heif},
};

/// An error: such files were refused when their headers were read.
pub(super) fn decode(
    _: &Heif<'_>,
    _: u32,
    headers: &Headers<'_>,
    _: &Limits,
) -> Result<Box<dyn Planes>> {
    Err(contradiction(headers))
}
