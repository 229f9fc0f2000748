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
        /// Half of the error to the right, half below.
        Simple2d = "simple-2d",
        /// Pigeon's sparse error diffusion (2013), which drops a seventh of the error.
        Pigeon = "pigeon",
        /// Kist's error diffusion along the diagonal.
        Diagonal = "diagonal",
        /// Kist's error diffusion, eleven taps.
        Kist = "kist",
        /// Error diffusion by a kernel of one's own.
        Kernel = "kernel",
        /// Ostromoukhov's error diffusion (2001): weights for each tone, always serpentine.
        Ostromoukhov = "ostromoukhov",
        /// Zhou and Fang's (2003): weights and noise for each tone, always serpentine.
        ZhouFang = "zhou-fang",
        /// Riemersma's dither (1998): errors along a Hilbert curve.
        Riemersma = "riemersma",
        /// Knuth's dot diffusion (1987): errors from class to class.
        Knuth = "knuth",
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
        /// A halftone screen (Ulichney 1987) of one dot in 4 × 4 pixels.
        ClusteredDot4 = "clustered-dot-4",
        /// A halftone screen of one dot in 6 × 6 pixels.
        ClusteredDot6 = "clustered-dot-6",
        /// A halftone screen of one dot in 8 × 8 pixels.
        ClusteredDot8 = "clustered-dot-8",
        /// A halftone screen of one dot in 16 × 16 pixels.
        ClusteredDot16 = "clustered-dot-16",
        /// A halftone screen at 45 degrees, two dots in 4 × 4 pixels.
        ClusteredDot4At45 = "clustered-dot-4-45",
        /// A halftone screen at 45 degrees, two dots in 6 × 6 pixels.
        ClusteredDot6At45 = "clustered-dot-6-45",
        /// A halftone screen at 45 degrees, two dots in 8 × 8 pixels.
        ClusteredDot8At45 = "clustered-dot-8-45",
        /// A halftone screen at 45 degrees, two dots in 16 × 16 pixels.
        ClusteredDot16At45 = "clustered-dot-16-45",
        /// Blue noise by Ulichney's void and cluster (1993), 128 × 128: no grid, no grain.
        BlueNoise = "blue-noise",
        /// The same, 64 × 64.
        BlueNoise64 = "blue-noise-64",
        /// Jimenez' interleaved gradient noise (2014).
        InterleavedGradient = "interleaved-gradient",
        /// Ordered dither by a matrix of one's own.
        Ordered = "ordered",
        /// Yliluoma's first dither (2011): the best pair of colors, mixed by Bayer's pattern.
        Yliluoma1 = "yliluoma-1",
        /// Yliluoma's second dither: the best list of 16 colors, by Bayer's pattern.
        Yliluoma2 = "yliluoma-2",
        /// White noise.
        Random = "random",
        /// Otsu's threshold (1979): the one that parts the picture best.
        Otsu = "otsu",
        /// The nearest color, no pattern.
        Threshold = "threshold",
    }
}

/// What algorithms have in common: which options have a meaning for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// Error diffusion by a kernel.
    Kernel,
    /// Error diffusion with weights that depend on the tone.
    Variable,
    /// Error diffusion of the whole picture at once.
    Whole,
    /// Colors mixed by a pattern.
    Mixing,
    /// Thresholds by place: a pattern or noise.
    Ordered,
    Otsu,
    Threshold,
}

impl Algorithm {
    pub(crate) fn family(self) -> Family {
        match self {
            Self::FloydSteinberg
            | Self::FalseFloydSteinberg
            | Self::JarvisJudiceNinke
            | Self::Stucki
            | Self::Burkes
            | Self::Sierra
            | Self::SierraTwoRow
            | Self::SierraLite
            | Self::Atkinson
            | Self::StevensonArce
            | Self::Fan
            | Self::ShiauFan
            | Self::ShiauFan2
            | Self::Simple2d
            | Self::Pigeon
            | Self::Diagonal
            | Self::Kist
            | Self::Kernel => Family::Kernel,
            Self::Ostromoukhov | Self::ZhouFang => Family::Variable,
            Self::Riemersma | Self::Knuth => Family::Whole,
            Self::Yliluoma1 | Self::Yliluoma2 => Family::Mixing,
            Self::Bayer2
            | Self::Bayer4
            | Self::Bayer8
            | Self::Bayer16
            | Self::Bayer32
            | Self::Bayer64
            | Self::ClusteredDot4
            | Self::ClusteredDot6
            | Self::ClusteredDot8
            | Self::ClusteredDot16
            | Self::ClusteredDot4At45
            | Self::ClusteredDot6At45
            | Self::ClusteredDot8At45
            | Self::ClusteredDot16At45
            | Self::BlueNoise
            | Self::BlueNoise64
            | Self::InterleavedGradient
            | Self::Ordered
            | Self::Random => Family::Ordered,
            Self::Otsu => Family::Otsu,
            Self::Threshold => Family::Threshold,
        }
    }

    /// Whether a seed makes a difference.
    pub(crate) fn has_noise(self) -> bool {
        matches!(self, Self::Random | Self::ZhouFang)
    }

    /// Bytes of memory for each pixel, beside those of the picture and the result.
    pub(crate) fn n_bytes_a_pixel(self) -> u64 {
        // Values of three channels, opacity and codes.
        if self.family() == Family::Whole { 3 * 2 + 1 + 4 } else { 0 }
    }
}
