//! The nearest of up to 256 colors, exactly, without looking at all of them.
//!
//! The space of values is cut into 32 × 32 × 32 cells. For each cell that is met, the colors that can be nearest to
//! some point of it are listed once: those whose least distance to the cell is not above the least of all
//! greatest distances. No other color can win or tie inside the cell, so that the answer is that of the full search.

use std::marker::PhantomData;

use super::{
    quantize::Quantize,
    scale::{HIGHEST, LOWEST, WHITE},
};

/// Cells along each axis.
const SIDE: usize = 32;
/// A cell is 2^10 values wide.
const CELL_BITS: u32 = 10;
/// The least value of the first cell.
const ORIGIN: i32 = -8192;
const _: () = assert!(ORIGIN <= LOWEST && HIGHEST < ORIGIN + ((SIDE as i32) << CELL_BITS));

/// The colors of a palette as values, and what is known about cells so far.
#[derive(Debug)]
pub(crate) struct NearestColor<M = Even> {
    colors: Vec<[i32; 3]>,
    /// For each cell, where its list begins in `lists`; 0 when it has not been met.
    starts: Vec<u32>,
    /// Lists of codes, ascending, each after its length.
    lists: Vec<u16>,
    /// How far ordered dither moves a value at most, both ways together.
    spread: i32,
    measure: PhantomData<M>,
}

/// A distance that grows with the difference along each axis.
pub(crate) trait Measure {
    /// Holds any distance between a value and a color.
    type Distance: Copy + Ord;

    /// More than any distance.
    const FARTHEST: Self::Distance;

    fn distance(a: [i32; 3], b: [i32; 3]) -> Self::Distance;
}

/// [`distance`].
#[derive(Debug)]
pub(crate) struct Even;

impl Measure for Even {
    type Distance = i32;

    const FARTHEST: i32 = i32::MAX;

    #[inline]
    fn distance(a: [i32; 3], b: [i32; 3]) -> i32 {
        distance(a, b)
    }
}

/// [`weighted_distance`].
#[derive(Debug)]
pub(crate) struct Weighted;

impl Measure for Weighted {
    type Distance = i64;

    const FARTHEST: i64 = i64::MAX;

    #[inline]
    fn distance(a: [i32; 3], b: [i32; 3]) -> i64 {
        weighted_distance(a, b)
    }
}

impl NearestColor {
    /// Prepares the search among 1 to 256 colors; the code of a color is its place.
    pub(crate) fn new(colors: Vec<[i32; 3]>) -> Self {
        Self::among(colors)
    }
}

impl NearestColor<Weighted> {
    /// The same, by weighted distance.
    pub(crate) fn weighted(colors: Vec<[i32; 3]>) -> Self {
        Self::among(colors)
    }
}

impl<M: Measure> NearestColor<M> {
    fn among(colors: Vec<[i32; 3]>) -> Self {
        let spread = spread(&colors);
        let starts = vec![0; SIDE * SIDE * SIDE];
        Self { colors, starts, lists: vec![0], spread, measure: PhantomData }
    }

    #[inline]
    fn find(&mut self, value: [i32; 3]) -> usize {
        let [x, y, z] = value.map(|value| ((value - ORIGIN) >> CELL_BITS) as usize);
        let cell = (x * SIDE + y) * SIDE + z;
        let start = match self.starts[cell] {
            0 => self.list(cell, [x, y, z]),
            start => start as usize,
        };
        let n_codes = self.lists[start] as usize;
        let codes = &self.lists[start + 1..=start + n_codes];
        let (mut best, mut least) = (codes[0], M::FARTHEST);
        if n_codes > 1 {
            for &code in codes {
                let distance = M::distance(self.colors[code as usize], value);
                if distance < least {
                    (best, least) = (code, distance);
                }
            }
        }
        best as usize
    }

    #[cold]
    fn list(&mut self, cell: usize, at: [usize; 3]) -> usize {
        let low = at.map(|place| ORIGIN + ((place as i32) << CELL_BITS));
        let high = low.map(|low| low + (1 << CELL_BITS) - 1);
        let bounds = self.colors.iter().map(|color| {
            let (mut nearest, mut farthest) = ([0; 3], [0; 3]);
            for axis in 0..3 {
                nearest[axis] = color[axis].clamp(low[axis], high[axis]);
                let low_is_far = color[axis] - low[axis] > high[axis] - color[axis];
                farthest[axis] = if low_is_far { low[axis] } else { high[axis] };
            }
            (M::distance(*color, nearest), M::distance(*color, farthest))
        });
        let bounds: Vec<_> = bounds.collect();
        let limit = bounds.iter().map(|(_, greatest)| *greatest).min().unwrap_or(M::FARTHEST);
        let start = self.lists.len();
        self.lists.push(0);
        let codes = (0..).zip(&bounds).filter(|(_, (least, _))| *least <= limit);
        self.lists.extend(codes.map(|(code, _)| code));
        self.lists[start] = (self.lists.len() - start - 1) as u16;
        self.starts[cell] = start as u32;
        start
    }
}

impl<M: Measure> Quantize<3> for NearestColor<M> {
    #[inline]
    fn nearest(&mut self, value: [i32; 3]) -> (u32, [i32; 3]) {
        let code = self.find(value);
        (code as u32, self.colors[code])
    }

    #[inline]
    fn ordered(&mut self, value: [i32; 3], threshold: u32) -> u32 {
        self.find(moved(value, threshold, self.spread)) as u32
    }
}

/// Squared distance; at most 3 · 24575² < 2^31.
#[inline]
pub(crate) fn distance(a: [i32; 3], b: [i32; 3]) -> i32 {
    (a[0] - b[0]).pow(2) + (a[1] - b[1]).pow(2) + (a[2] - b[2]).pow(2)
}

/// Squared distance, weighted 2 : 4 : 3 (Thiadmer Riemersma, "Colour metric", compuphase.com/cmetric.htm: its weights
/// at a mean red below the middle).
#[inline]
pub(crate) fn weighted_distance(a: [i32; 3], b: [i32; 3]) -> i64 {
    let square = |axis: usize| i64::from(a[axis] - b[axis]).pow(2);
    2 * square(0) + 4 * square(1) + 3 * square(2)
}

/// A value moved by a threshold, of 65536: half of `spread` down for the highest, half up for the lowest.
#[inline]
pub(crate) fn moved(value: [i32; 3], threshold: u32, spread: i32) -> [i32; 3] {
    let offset = (i64::from(spread) * (32768 - i64::from(threshold))) >> 16;
    value.map(|value| value + offset as i32)
}

/// How far a palette's colors are apart: the mean distance from a color to the nearest other one, rounded down and at
/// most white. For a cube of evenly spaced levels that is the step, as ordered dither wants it.
pub(crate) fn spread(colors: &[[i32; 3]]) -> i32 {
    let distances = colors.iter().filter_map(|&color| {
        let others = colors.iter().map(|&other| distance(color, other));
        others.filter(|&distance| distance > 0).min().map(|distance| i64::from(distance.isqrt()))
    });
    let (n, sum) = distances.fold((0, 0), |(n, sum), distance| (n + 1, sum + distance));
    i64::checked_div(sum, n).map_or(0, |mean| mean.min(i64::from(WHITE)) as i32)
}
