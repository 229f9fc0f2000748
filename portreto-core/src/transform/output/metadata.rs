//! What a file says of its picture beside the pixels.

use crate::transform::word::words;

words! {
    /// What is kept of the original's metadata. Whatever it is, the picture is stored upright and says so.
    pub enum MetadataPolicy: "metadata" {
        /// Nothing: neither where it was made, nor when, nor by whom.
        Strip = "strip",
        /// The Exif fields `Artist` and `Copyright`, and nothing else.
        Copyright = "copyright",
        /// The Exif block and the XMP packet, also the place where the picture was made. The small picture in them is
        /// dropped, and sizes are those of the result.
        All = "all",
    }
}

impl MetadataPolicy {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    pub(super) const fn is_strip(&self) -> bool {
        matches!(self, Self::Strip)
    }

    pub(super) const fn strip() -> Self {
        Self::Strip
    }
}
