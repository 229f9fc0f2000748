//! How coarsely a JPEG keeps color.

use crate::transform::word::words;

words! {
    /// The resolution at which JPEG keeps color, beside that of brightness.
    ///
    /// Named as broadcasters do, by the samples of color for each row of four pixels.
    pub enum Subsampling: "subsampling" {
        /// Full resolution: for drawings and text in color.
        Full = "444",
        /// Half the columns.
        HalfColumns = "422",
        /// Half the columns and half the rows: a quarter of the samples, of which photos show little.
        Quarter = "420",
        /// Half the rows.
        HalfRows = "440",
    }
}
