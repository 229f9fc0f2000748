//! The nearest of up to 256 colors by a full search, in the form that multiplies fastest.
//!
//! `|c − p|² = |c|² + |p|² − 2 c·p`, and `|c|²` is the same for every color `p`: what is left is a number for each color
//! and a product of 16-bit numbers. Where values are 64 times 8-bit samples, `32 |p|² − c·p/64` orders the same; it
//! fits 25 bits with sign, which leaves room for 7 bits of the color's place below it: one minimum finds the
//! distance and, among equals, the lowest place.

use super::cells::Cells;
use crate::dither::scale::{HIGHEST, LOWEST, WHITE};

/// Colors ready to be searched.
#[derive(Debug, Clone)]
pub(crate) struct PaletteTable {
    colors: Vec<PackedColor>,
    /// The colors' values, for each channel.
    values: Box<[[i16; 256]; 3]>,
    is_packed: bool,
    cells: Option<Cells>,
}

/// What a value's product with a color starts from, and its factors.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PackedColor {
    pub(crate) start: i32,
    /// Two numbers of 16 bits: that of red is the lower half.
    pub(crate) red_green: i32,
    /// The number of blue in the lower half, zero in the upper.
    pub(crate) blue: i32,
}

// The least and the greatest of `32 p² − c p` for each of three channels, and 7 bits.
const _: () = {
    let (low, high, p) = (LOWEST as i64, HIGHEST as i64, 255_i64);
    assert!((32 * p * p - low * p) * 3 * 128 + 127 < i32::MAX as i64);
    // The least for the greatest value is where its derivative is zero or at the end of the range.
    assert!(high / 64 > p && (32 * p * p - high * p) * 3 * 128 > i32::MIN as i64);
    assert!(WHITE == 64 * 255);
};

impl PaletteTable {
    pub(crate) const PACKED_BITS: u32 = 7;
    /// As many colors are searched at once.
    pub(crate) const PACKED_CODES: usize = 1 << Self::PACKED_BITS;

    /// Colors that are searched sooner than asked for.
    const FEW: usize = 32;

    /// For 1 to 256 colors, each channel from 0 to white, that are to be searched for so many pixels.
    pub(crate) fn new(colors: &[[i32; 3]], n_pixels: usize) -> Self {
        let is_packed = colors.iter().flatten().all(|value| value % 64 == 0);
        let mut values = Box::new([[0; 256]; 3]);
        for (code, color) in colors.iter().enumerate() {
            for channel in 0..3 {
                values[channel][code] = color[channel] as i16;
            }
        }
        let packed = |(code, color): (usize, &[i32; 3])| {
            let square: i32 = color.iter().map(|value| value * value).sum();
            let (start, factors) = if is_packed {
                let codes = Self::PACKED_CODES as i32;
                // `square` is 64² |p|².
                (square / 128 * codes + code as i32 % codes, color.map(|value| -value / 64 * codes))
            } else {
                (square, color.map(|value| -2 * value))
            };
            let [red, green, blue] = factors.map(|factor| factor & 0xFFFF);
            PackedColor { start, red_green: red | green << 16, blue }
        };
        let packed: Vec<PackedColor> = colors.iter().enumerate().map(packed).collect();
        // What the cells cost is worth it for so many searches.
        let is_much = colors.len() > Self::FEW && colors.len() * n_pixels >= 1 << 26;
        let cells = (is_packed && is_much).then(|| Cells::new(colors, &packed, Self::PACKED_CODES));
        Self { colors: packed, values, is_packed, cells }
    }

    /// Which colors need be searched, if that is worth asking: then distances carry places.
    pub(crate) fn cells(&self) -> Option<&Cells> {
        self.cells.as_ref()
    }

    pub(crate) fn colors(&self) -> &[PackedColor] {
        &self.colors
    }

    /// For each channel, the value of each color.
    pub(crate) fn values(&self) -> &[[i16; 256]; 3] {
        &self.values
    }

    /// Whether the lowest bits of sums are places among [`Self::PACKED_CODES`] colors.
    pub(crate) fn is_packed(&self) -> bool {
        self.is_packed
    }

    /// The place of the color nearest to `value`, the first of equals.
    #[inline]
    pub(crate) fn nearest(&self, value: [i16; 3]) -> i16 {
        let distance = |&code: &usize| -> i32 {
            let axis = |channel: usize| {
                let values: &[i16; 256] = &self.values[channel];
                (i32::from(value[channel]) - i32::from(values[code])).pow(2)
            };
            axis(0) + axis(1) + axis(2)
        };
        (0..self.colors.len()).min_by_key(distance).unwrap_or_default() as i16
    }
}
