//! What a dither makes of transparency.

use crate::transform::word::words;

words! {
    /// What a dither makes of transparency.
    #[derive(Default)]
    #[non_exhaustive]
    pub enum Alpha: "alpha" {
        /// What is less than half opaque becomes one transparent color, the rest opaque.
        #[default]
        Threshold = "threshold",
        /// Colors are dithered as if all were opaque, and alpha stays as it is. The result is not indexed.
        Keep = "keep",
        /// Alpha is dithered to transparent and opaque in the same way as the colors are.
        Dither = "dither",
    }
}
