//! `flip:horizontal`: mirrored.

use super::{text::Element, word::words};
use crate::{error::Result, picture::Picture};

words! {
    /// Mirrors the picture. Text: `flip:horizontal` or `flip:vertical`.
    pub enum Flip: "flip" {
        /// Left and right change places.
        Horizontal = "horizontal",
        /// Top and bottom change places.
        Vertical = "vertical",
    }
}

impl Flip {
    pub(super) fn apply(self, picture: &Picture) -> Picture {
        match self {
            Self::Horizontal => picture.flip_horizontal(),
            Self::Vertical => picture.flip_vertical(),
        }
    }

    pub(super) const NAME: &str = "flip";

    pub(super) fn parse(mut element: Element<'_>) -> Result<Self> {
        let flip = element.first("a direction, horizontal or vertical")?.parse()?;
        element.end()?;
        Ok(flip)
    }
}
