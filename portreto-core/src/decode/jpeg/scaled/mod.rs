//! A JPEG decoded to an eighth, a quarter or half its size, without the work of the full size.
//!
//! An eighth of a picture is the mean of each block, a quarter needs 4 of its 64 coefficients, a half 16. Every
//! symbol of the file must still be read to find the next, but what is not wanted is passed over, several
//! symbols at a time; and the transforms are small ([`inverse`]). Channels come out apart, each at a scale that
//! is enough for what is wanted of it.
//!
//! What cannot be read here (damage; arithmetic coding, 12 bits, inks, RGB) is none of this room's business:
//! the answer is none, and the full decoders judge.
//!
//! ```text
//! segments ─► frame, huffman ─► bits ─► sequential | progressive ─► inverse ─► channel
//! ```

mod bits;
mod channel;
mod frame;
mod huffman;
mod inverse;
mod pass;
mod progressive;
mod scans;
mod segments;
mod sequential;
#[cfg(test)]
mod tests;
mod zigzag;

pub(crate) use self::channel::Channel;

/// How many samples for each pixel of the file are enough, across and down; of luma, and of color.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Detail {
    pub(crate) luma: (f64, f64),
    pub(crate) color: (f64, f64),
}

impl Detail {
    /// Samples that stand for a block, across and down (1, 2, 4 or 8), so that a channel of `density` is as
    /// detailed as is wanted, or as it can be.
    pub(crate) fn side(self, is_luma: bool, density: (f64, f64)) -> usize {
        let wanted = if is_luma { self.luma } else { self.color };
        let is_enough = |side: &usize| {
            let scale = *side as f64 / 8.0;
            let (across, down) = (density.0 * scale, density.1 * scale);
            across >= wanted.0.min(density.0) && down >= wanted.1.min(density.1)
        };
        [1, 2, 4].into_iter().find(is_enough).unwrap_or(8)
    }
}

/// The channels of a picture, gray or `YCbCr`, in the order of the file; each with the planes that `wanted` need.
///
/// None when the file is damaged or unusual, or when it takes more than `memory_bytes`.
pub(crate) fn decode(bytes: &[u8], wanted: &[Detail], memory_bytes: u64) -> Option<Vec<Channel>> {
    scans::read(bytes, wanted, memory_bytes)
}
