//! Dithering: few colors that look like many.

mod algorithm;
mod palette;

pub use self::{algorithm::Algorithm, palette::Palette};
