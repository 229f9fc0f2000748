//! An output, option by option.

use super::{BitOrder, Compression, MetadataPolicy, Output, Profile, Subsampling};
use crate::{error::Result, format::Format};

impl Output {
    /// Sets the quality of a lossy format, 1 (smallest) to 100 (best).
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when the quality is out of range or the format has none.
    pub fn quality(mut self, quality: u8) -> Result<Self> {
        self.quality = Some(quality);
        self.checked()
    }

    /// Finds the lowest quality at which the result has at least this score by SSIMULACRA 2, 30 to 95: 30 is low quality, 50
    /// medium, 70 high, and from 90 on nobody tells it from the original. Pictures above a megapixel are judged
    /// by four parts.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when the score is out of range or the format has no quality.
    pub fn visual_target(mut self, score: u8) -> Result<Self> {
        self.target = Some(score);
        self.checked()
    }

    /// Keeps every sample exactly, in a format that can be lossy or lossless.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when the format is not such a one.
    pub fn lossless(mut self) -> Result<Self> {
        self.lossless = true;
        self.checked()
    }

    /// Sets how long a lossy WebP is worked on, 0 (fast) to 6 (small); 4 unless set.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when the effort is out of range, or the format has none.
    pub fn effort(mut self, effort: u8) -> Result<Self> {
        self.effort = Some(effort);
        self.checked()
    }

    /// Sets the resolution at which a JPEG keeps color.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when the format is not JPEG.
    pub fn subsampling(mut self, subsampling: Subsampling) -> Result<Self> {
        self.subsampling = Some(subsampling);
        self.checked()
    }

    /// Writes a progressive JPEG, which shows coarsely when a part of it has come.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when the format is not JPEG.
    pub fn progressive(mut self) -> Result<Self> {
        self.progressive = true;
        self.checked()
    }

    /// Sets how hard a PNG is compressed.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when the format is not PNG.
    pub fn compression(mut self, compression: Compression) -> Result<Self> {
        self.compression = Some(compression);
        self.checked()
    }

    /// Makes the same pixels of a JPEG or PNG from fewer bytes, for more time.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when the format is another.
    pub fn optimize(mut self) -> Result<Self> {
        self.optimize = true;
        self.checked()
    }

    /// Sets the color space of the result; sRGB unless set.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when the format carries no profile. Rendering fails when the format that is chosen in the end does not.
    pub fn profile(mut self, profile: Profile) -> Result<Self> {
        self.profile = profile;
        self.checked()
    }

    /// Sets what is kept of the original's metadata; nothing unless set.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when the format cannot carry any. Automatic formats carry it where they can.
    pub fn metadata(mut self, policy: MetadataPolicy) -> Result<Self> {
        self.metadata = policy;
        self.checked()
    }

    /// Sets the bits of one raw index: 1, 2, 4 or 8.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when `bits` is something else or the format is not raw. Rendering fails when the palette has more
    /// colors than that.
    pub fn bits(mut self, bits: u8) -> Result<Self> {
        self.bits = Some(bits);
        self.checked()
    }

    /// Sets where the leftmost of several raw pixels in a byte stands.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when the format is not raw.
    pub fn bit_order(mut self, order: BitOrder) -> Result<Self> {
        self.order = order;
        self.checked()
    }

    /// Turns every bit of the raw indices around: 1 is the first of two colors then, and 0 the second.
    ///
    /// What a row has left over of its last byte stays 0.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when the format is not raw.
    pub fn invert(mut self) -> Result<Self> {
        self.invert = true;
        self.checked()
    }

    /// Keeps the first frame of an animation and drops the others.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when the format has no animations.
    pub fn still(mut self) -> Result<Self> {
        self.still = true;
        self.checked()
    }

    /// The same in `format`, where none was said.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when an option has no meaning for the format.
    pub fn in_format(mut self, format: Format) -> Result<Self> {
        if self.format.is_none() && self.auto.is_none() {
            self.format = Some(format);
        }
        self.checked()
    }
}
