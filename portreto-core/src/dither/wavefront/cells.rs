//! Which colors may be the nearest in each cell of the cube of values: so that few of many need be searched.
//!
//! A color may be the nearest to some value in a cell if the cell's nearest point is no farther from it than the cell's
//! farthest is from some other color. Lanes are searched together, so what they search is what any of their cells
//! wants. Colors that lie close together are wanted together: up to 64 groups of them fit the bits of a word.

use super::palette::PackedColor;
use crate::dither::scale::{HIGHEST, LOWEST, WHITE};

/// Cells along each axis, as a power of two.
pub(crate) const AXIS_BITS: u32 = 5;

/// Values along each axis of a cell, as a power of two.
pub(crate) const CELL_BITS: u32 = RANGE_BITS - AXIS_BITS;

const RANGE_BITS: u32 = 15;
const _: () = assert!(HIGHEST - LOWEST == (1 << RANGE_BITS) - 1);

const N_CELLS: usize = 1 << (3 * AXIS_BITS);

/// Values farther from black to white than this are so rare that their cells need not be told apart.
const RARE: i32 = 2048;

/// The cells, and the colors in groups.
#[derive(Debug, Clone)]
pub(crate) struct Cells {
    /// For each cell, red's place highest: the groups that it wants, the first in the lowest bit.
    wanted: Box<[u64]>,
    colors: Vec<PackedColor>,
    group: usize,
    first_part: u64,
}

impl Cells {
    /// For colors, each from 0 to white, and the same packed: `part` of them at most are searched at once, and the parts are
    /// not mixed.
    pub(crate) fn new(colors: &[[i32; 3]], packed: &[PackedColor], part: usize) -> Self {
        // Groups of 1, 2 or 4, in each part.
        let group = colors.len().div_ceil(64).next_power_of_two();
        let mut order = Vec::with_capacity(colors.len());
        let mut first_part = 0;
        for start in (0..colors.len()).step_by(part) {
            let mut places: Vec<_> = (start..colors.len().min(start + part)).collect();
            halve(colors, group, &mut places);
            // The last group is full; a color that is there twice is still the same color.
            places.resize(places.len().next_multiple_of(group), places[places.len() - 1]);
            order.extend(places);
            if start == 0 {
                first_part = u64::MAX >> (64 - order.len() / group);
            }
        }
        let candidates: Vec<_> = order
            .iter()
            .enumerate()
            .map(|(at, &place)| Candidate { color: colors[place], group: 1 << (at / group) })
            .collect();
        let mut wanted = vec![0; N_CELLS];
        fill(&mut wanted, RANGE_BITS, [0; 3], &candidates);
        let colors = order.iter().map(|&place| packed[place]).collect();
        Self { wanted: wanted.into(), colors, group, first_part }
    }

    /// What any of these cells wants: of the first part, and of the second.
    #[inline(always)]
    pub(crate) fn wanted<const N: usize>(&self, cells: &[u16; N]) -> [u64; 2] {
        let all: &[u64; N_CELLS] = self.wanted.first_chunk().expect("all cells");
        // Four words, which need not wait for each other.
        let mut wanted = [0; 4];
        for four in cells.as_chunks::<4>().0 {
            for (wanted, cell) in wanted.iter_mut().zip(four) {
                *wanted |= all[usize::from(*cell) % N_CELLS];
            }
        }
        let wanted = wanted[0] | wanted[1] | wanted[2] | wanted[3];
        [wanted & self.first_part, wanted & !self.first_part]
    }

    /// The colors of the lowest group that is wanted.
    #[inline(always)]
    pub(crate) fn lowest(&self, wanted: u64) -> &[PackedColor] {
        &self.colors[wanted.trailing_zeros() as usize * self.group..][..self.group]
    }
}

/// A color that may be the nearest, and the bit of its group.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    color: [i32; 3],
    group: u64,
}

/// Fills in what the cells of a cube want, which begins at `corner` and has sides of `2^bits`.
fn fill(wanted: &mut [u64], bits: u32, corner: [u32; 3], candidates: &[Candidate]) {
    let low = corner.map(|at| LOWEST + at as i32);
    let last = (1 << bits) - 1;
    let square = |color: [i32; 3], of: fn(i32) -> i32| -> [i32; 2] {
        let mut sums = [0; 2];
        for (color, low) in color.into_iter().zip(low) {
            let near = (low - color).max(color - low - last).max(0);
            let far = (color - low).max(low + last - color);
            sums[0] += of(near);
            sums[1] += of(far);
        }
        sums
    };
    let squares: Vec<_> =
        candidates.iter().map(|candidate| square(candidate.color, |side| side * side)).collect();
    let bound = squares.iter().map(|[_, far]| *far).min().unwrap_or(0);
    let near = candidates.iter().zip(&squares).filter(|(_, [near, _])| *near <= bound);
    let near: Vec<_> = near.map(|(candidate, _)| *candidate).collect();
    let is_rare = low.iter().any(|&low| low + last < -RARE || low > WHITE + RARE);
    if bits == CELL_BITS || is_rare {
        let groups = near.iter().fold(0, |groups, candidate| groups | candidate.group);
        let side = 1 << (bits - CELL_BITS);
        let [red, green, blue] = corner.map(|at| (at >> CELL_BITS) as usize);
        for red in red..red + side {
            for green in green..green + side {
                let row = (red << AXIS_BITS | green) << AXIS_BITS;
                wanted[row + blue..row + blue + side].fill(groups);
            }
        }
        return;
    }
    for octant in 0..8 {
        let half = 1 << (bits - 1);
        let corner = std::array::from_fn(|axis| corner[axis] + (octant >> axis & 1) * half);
        fill(wanted, bits - 1, corner, &near);
    }
}

/// Puts places of colors into an order in which each `group` of them lies close together: the longest side is halved until
/// no more than a group is left.
fn halve(colors: &[[i32; 3]], group: usize, places: &mut [usize]) {
    if places.len() <= group {
        return;
    }
    let side = |channel: usize| {
        let values = || places.iter().map(|&place| colors[place][channel]);
        values().max().unwrap_or(0) - values().min().unwrap_or(0)
    };
    let longest = (0..3).max_by_key(|&channel| side(channel)).unwrap_or(0);
    places.sort_by_key(|&place| (colors[place][longest], place));
    let (lower, upper) = places.split_at_mut((places.len() / 2).next_multiple_of(group));
    halve(colors, group, lower);
    halve(colors, group, upper);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_color_is_always_wanted() {
        for (n_colors, seed) in [(33, 1), (64, 2), (100, 3), (128, 4), (129, 5), (256, 6)] {
            let mut state = 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed);
            let mut next = |below: u64| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state % below) as i32
            };
            let colors: Vec<[i32; 3]> =
                (0..n_colors).map(|_| std::array::from_fn(|_| next(256) * 64)).collect();
            let packed: Vec<_> = (0..n_colors)
                .map(|code| PackedColor { start: code, red_green: 0, blue: 0 })
                .collect();
            let cells = Cells::new(&colors, &packed, 128);
            for _ in 0..2000 {
                let value: [i32; 3] = std::array::from_fn(|_| LOWEST + next(1 << RANGE_BITS));
                let distance = |color: &[i32; 3]| -> i64 {
                    (0..3).map(|at| i64::from(color[at] - value[at]).pow(2)).sum()
                };
                let least = colors.iter().map(distance).min().expect("a color");
                let cell = value.iter().fold(0, |cell, value| {
                    cell << AXIS_BITS | ((value - LOWEST) >> CELL_BITS) as u16
                });
                let mut found = Vec::new();
                for mut wanted in cells.wanted(&[cell; 4]) {
                    while wanted != 0 {
                        found.extend(cells.lowest(wanted).iter().map(|color| color.start));
                        wanted &= wanted - 1;
                    }
                }
                for (code, color) in colors.iter().enumerate() {
                    let is_found = found.contains(&(code as i32));
                    assert!(
                        is_found || distance(color) > least,
                        "{value:?}: {color:?}, seed {seed}"
                    );
                }
            }
        }
    }
}
