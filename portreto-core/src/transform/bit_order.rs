//! Which end of a byte the leftmost of its pixels has.

use super::word::words;

words! {
    /// Where the leftmost of several pixels in a byte stands.
    ///
    /// An index itself is never turned around: of 4 bits, 1 is `0001` in either half of the byte.
    #[derive(Default)]
    pub enum BitOrder: "bit order" {
        /// In the highest bits, as in PNG and in most displays.
        #[default]
        Msb = "msb",
        /// In the lowest bits.
        Lsb = "lsb",
    }
}
