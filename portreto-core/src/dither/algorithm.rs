//! The names of the ways to dither.

use crate::transform::word::words;

words! {
    /// A way to dither.
    #[derive(Default)]
    #[non_exhaustive]
    pub enum Algorithm: "dither algorithm" {
        /// Floyd and Steinberg's error diffusion (1976).
        #[default]
        FloydSteinberg = "floyd-steinberg",
        /// The coarse three-tap relative of Floyd–Steinberg.
        FalseFloydSteinberg = "false-floyd-steinberg",
        /// Jarvis, Judice and Ninke's error diffusion (1976): smooth, wide.
        JarvisJudiceNinke = "jarvis-judice-ninke",
        /// Stucki's error diffusion (1981).
        Stucki = "stucki",
        /// Burkes' error diffusion (1988).
        Burkes = "burkes",
        /// Sierra's three-row error diffusion (1989).
        Sierra = "sierra",
        /// Sierra's two-row error diffusion (1990).
        SierraTwoRow = "sierra-two-row",
        /// Sierra's smallest error diffusion (1990).
        SierraLite = "sierra-lite",
        /// Atkinson's error diffusion, which drops a quarter of the error: clear whites and blacks.
        Atkinson = "atkinson",
        /// Stevenson and Arce's error diffusion on a hexagonal grid (1985).
        StevensonArce = "stevenson-arce",
        /// Fan's error diffusion (1993).
        Fan = "fan",
        /// Shiau and Fan's error diffusion, four taps (1994).
        ShiauFan = "shiau-fan",
        /// Shiau and Fan's error diffusion, five taps (1994).
        ShiauFan2 = "shiau-fan-2",
        /// Bayer's ordered dither (1973), 2 × 2.
        Bayer2 = "bayer-2",
        /// Bayer's ordered dither, 4 × 4.
        Bayer4 = "bayer-4",
        /// Bayer's ordered dither, 8 × 8.
        Bayer8 = "bayer-8",
        /// Bayer's ordered dither, 16 × 16.
        Bayer16 = "bayer-16",
        /// Bayer's ordered dither, 32 × 32.
        Bayer32 = "bayer-32",
        /// Bayer's ordered dither, 64 × 64.
        Bayer64 = "bayer-64",
        /// The nearest color, no pattern.
        Threshold = "threshold",
    }
}
