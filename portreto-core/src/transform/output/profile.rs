//! Which colors the samples of a result stand for.

use crate::transform::word::words;

words! {
    /// The color space of a result. Colors that an operation names, and watermarks, are taken as samples of it.
    #[derive(Default)]
    pub enum Profile: "profile" {
        /// sRGB (IEC 61966-2-1), which needs no profile: what every viewer takes a picture for that says nothing.
        #[default]
        Srgb = "srgb",
        /// Display P3 (SMPTE EG 432-1 with the curve of sRGB): more of the reds and greens of cameras and screens of today. The
        /// profile is embedded.
        DisplayP3 = "display-p3",
        /// The RGB space that the original says, its profile embedded; sRGB when it says none, and for gray and CMYK.
        Original = "original",
    }
}

impl Profile {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it so")]
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
