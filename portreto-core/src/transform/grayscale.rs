//! `grayscale`: luma only.

use super::text::Element;
use crate::error::Result;

pub(super) const NAME: &str = "grayscale";

pub(super) fn parse(mut element: Element<'_>) -> Result<()> {
    element.end()
}
