//! Where the ICC profile of a file lies.

use std::borrow::Cow;

/// The largest profile that is used; printers' profiles are 1 to 3 MB, and a PNG can claim any size.
const LARGEST_BYTES: usize = 16 << 20;

/// An embedded ICC profile, untouched.
#[derive(Debug, Clone)]
pub(crate) enum Icc<'a> {
    /// In one piece.
    Plain(Cow<'a, [u8]>),
    /// In pieces, in order.
    Parts(Vec<&'a [u8]>),
    /// A zlib stream.
    Deflated(&'a [u8]),
}

impl Icc<'_> {
    /// The profile; none when it is damaged or too large to be one.
    pub(crate) fn bytes(&self) -> Option<Cow<'_, [u8]>> {
        let bytes = match self {
            Self::Plain(bytes) => Cow::Borrowed(bytes.as_ref()),
            Self::Parts(parts) => Cow::Owned(parts.concat()),
            Self::Deflated(stream) => {
                Cow::Owned(fdeflate::decompress_to_vec_bounded(stream, LARGEST_BYTES).ok()?)
            }
        };
        (bytes.len() <= LARGEST_BYTES).then_some(bytes)
    }
}
