//! Counts of colors while they are few.

/// So many colors are counted apart.
pub(super) const MOST: usize = 256;

/// Places of the table; a quarter of them used at most.
const SIDE_BITS: u32 = 10;

/// A hash table with open addresses, for at most [`MOST`] colors.
#[derive(Debug, Clone)]
pub(super) struct Exact {
    /// A color and how often it was met, or zero times.
    places: Vec<([u8; 3], u64)>,
    n_colors: usize,
}

impl Default for Exact {
    fn default() -> Self {
        Self { places: vec![([0; 3], 0); 1 << SIDE_BITS], n_colors: 0 }
    }
}

impl Exact {
    /// Counts `n` pixels of a color, unless it is one too many.
    #[inline]
    pub(super) fn add(&mut self, color: [u8; 3], n: u64) -> bool {
        let [red, green, blue] = color.map(u32::from);
        // Knuth, "The Art of Computer Programming", volume 3, 6.4: multiplicative hashing by the golden ratio.
        let hash = (red << 16 | green << 8 | blue).wrapping_mul(0x9E37_79B1) >> (32 - SIDE_BITS);
        let mut at = hash as usize;
        loop {
            let place = &mut self.places[at];
            if place.1 == 0 {
                if self.n_colors == MOST {
                    return false;
                }
                self.n_colors += 1;
                *place = (color, n);
                return true;
            }
            if place.0 == color {
                place.1 += n;
                return true;
            }
            at = (at + 1) % (1 << SIDE_BITS);
        }
    }

    /// Every color with its count, in the order of the colors.
    pub(super) fn counts(&self) -> Vec<([u8; 3], u64)> {
        let mut counts: Vec<_> = self.places.iter().copied().filter(|&(_, n)| n > 0).collect();
        counts.sort_unstable();
        counts
    }
}
