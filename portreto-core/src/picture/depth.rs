//! Palette indices of fewer than eight bits, several to a byte.
//!
//! The leftmost pixel stands in the highest bits and a row begins on a byte, as in PNG (third edition, 7.2),
//! BMP, PBM and the memory of most displays. What a row's last byte has left over is 0.

/// Bits of one palette index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Depth {
    One = 1,
    Two = 2,
    Four = 4,
    Eight = 8,
}

impl Depth {
    /// The smallest that can tell `n_colors` apart, of which there are at most 256.
    pub(crate) const fn holding(n_colors: usize) -> Self {
        match n_colors {
            0..=2 => Self::One,
            3..=4 => Self::Two,
            5..=16 => Self::Four,
            _ => Self::Eight,
        }
    }

    pub(crate) const fn bits(self) -> usize {
        self as usize
    }

    /// Bytes of a row of `width` pixels.
    pub(crate) const fn row_bytes(self, width: u32) -> usize {
        (width as usize * self.bits()).div_ceil(8)
    }

    /// Fills `row` with `indices`, each of which fits.
    pub(crate) fn pack(self, indices: &[u8], row: &mut [u8]) {
        match self {
            // A factor moves each index to its place in the highest byte; no two of the products overlap.
            Self::One => pack(indices, row, |eight: [u8; 8]| {
                (u64::from_le_bytes(eight).wrapping_mul(0x8040_2010_0804_0201) >> 56) as u8
            }),
            Self::Two => pack(indices, row, |four: [u8; 4]| {
                (u32::from_le_bytes(four).wrapping_mul(1 << 30 | 1 << 20 | 1 << 10 | 1) >> 24) as u8
            }),
            Self::Four => pack(indices, row, |[left, right]| left << 4 | right),
            Self::Eight => row.copy_from_slice(indices),
        }
    }

    /// Fills `indices` with those of `row`, which has as many.
    pub(crate) fn unpack(self, row: &[u8], indices: &mut [u8]) {
        match self {
            Self::One => unpack(row, indices, |byte| {
                [7, 6, 5, 4, 3, 2, 1, 0].map(|below: u8| byte >> below & 1)
            }),
            Self::Two => {
                unpack(row, indices, |byte| [6, 4, 2, 0].map(|below: u8| byte >> below & 3));
            }
            Self::Four => unpack(row, indices, |byte| [byte >> 4, byte & 15]),
            Self::Eight => indices.copy_from_slice(row),
        }
    }
}

fn pack<const N: usize>(indices: &[u8], row: &mut [u8], byte_of: impl Fn([u8; N]) -> u8) {
    let (whole, rest) = indices.as_chunks::<N>();
    let (bytes, last) = row.split_at_mut(whole.len());
    for (byte, indices) in bytes.iter_mut().zip(whole) {
        *byte = byte_of(*indices);
    }
    if let Some(byte) = last.first_mut() {
        let mut padded = [0; N];
        padded[..rest.len()].copy_from_slice(rest);
        *byte = byte_of(padded);
    }
}

fn unpack<const N: usize>(row: &[u8], indices: &mut [u8], indices_of: impl Fn(u8) -> [u8; N]) {
    let (whole, rest) = indices.as_chunks_mut::<N>();
    let (bytes, last) = row.split_at(whole.len());
    for (byte, indices) in bytes.iter().zip(whole) {
        *indices = indices_of(*byte);
    }
    if let Some(byte) = last.first() {
        rest.copy_from_slice(&indices_of(*byte)[..rest.len()]);
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*, sample::select};

    use super::*;

    const DEPTHS: [Depth; 4] = [Depth::One, Depth::Two, Depth::Four, Depth::Eight];

    #[test]
    fn the_left_pixel_stands_in_the_high_bits_and_the_rest_is_zero() {
        for (depth, indices, bytes) in [
            (Depth::One, &[1, 0, 0, 0, 0, 0, 1, 1, 0, 1][..], &[0b1000_0011, 0b0100_0000][..]),
            (Depth::Two, &[3, 0, 2, 1, 1], &[0b11_00_10_01, 0b01_00_00_00]),
            (Depth::Four, &[0xA, 1, 0xF], &[0xA1, 0xF0]),
            (Depth::Eight, &[200, 7], &[200, 7]),
        ] {
            let mut row = vec![0xFF; bytes.len()];
            depth.pack(indices, &mut row);
            assert_eq!(row, bytes, "{depth:?}");
            assert_eq!(depth.row_bytes(indices.len() as u32), bytes.len());
        }
    }

    #[test]
    fn as_many_bits_as_the_colors_need() {
        for n_colors in 1..=256_usize {
            let fits = |depth: &&Depth| n_colors <= 1 << depth.bits();
            assert_eq!(Some(&Depth::holding(n_colors)), DEPTHS.iter().find(fits), "{n_colors}");
        }
    }

    proptest! {
        #[test]
        fn packing_keeps_every_index(depth in select(&DEPTHS[..]), mut indices in vec(any::<u8>(), 1..70)) {
            for index in &mut indices {
                *index = (u32::from(*index) % (1 << depth.bits())) as u8;
            }
            let mut row = vec![0xFF; depth.row_bytes(indices.len() as u32)];
            depth.pack(&indices, &mut row);
            // What a slow reader of bits finds.
            let bit = |at: usize| u32::from(row[at / 8] >> (7 - at % 8) & 1);
            let slow = |at: usize| (0..depth.bits()).fold(0, |index, next| index << 1 | bit(at * depth.bits() + next));
            for (at, index) in indices.iter().enumerate() {
                prop_assert_eq!(slow(at), u32::from(*index));
            }
            prop_assert!((indices.len() * depth.bits()..row.len() * 8).all(|at| bit(at) == 0));
            let mut back = vec![0xFF; indices.len()];
            depth.unpack(&row, &mut back);
            prop_assert_eq!(back, indices);
        }
    }
}
