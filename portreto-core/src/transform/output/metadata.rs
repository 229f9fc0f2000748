//! What a file says of its picture beside the pixels.

use crate::transform::word::words;

words! {
    /// What is kept of the original's metadata. Whatever it is, the picture is stored upright and says so.
    #[derive(Default)]
    pub enum MetadataPolicy: "metadata" {
        /// Nothing: neither where it was made, nor when, nor by whom.
        #[default]
        Strip = "strip",
        /// The Exif fields `Artist` and `Copyright`, and nothing else.
        Copyright = "copyright",
        /// The Exif block and the XMP packet, also the place where the picture was made. The small picture in them is
        /// dropped, and sizes are those of the result.
        All = "all",
    }
}

impl MetadataPolicy {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it so")]
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
