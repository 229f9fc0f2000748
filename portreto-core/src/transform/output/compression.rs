//! How long a lossless encoder may look for a smaller file.

use crate::transform::word::words;

words! {
    /// What matters more in a lossless file: that it is made fast, or that it is small. The pixels are the same.
    pub enum Compression: "compression" {
        /// As fast as it goes.
        Fast = "fast",
        /// Zlib's usual level, 6.
        Balanced = "balanced",
        /// Zlib's highest level, 9.
        Best = "best",
    }
}
