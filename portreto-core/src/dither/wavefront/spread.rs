//! Errors on their way: from the lane of a row to the lanes of that row and of the rows below.
//!
//! Row `i` of a band is `lag` columns behind row `i − 1`, so that one step dithers one pixel of each. What a pixel gives to the
//! row below is summed at its column, in a window that moves along; a column that has got all from this row moves
//! one lane on, and waits there until the row below gets to it.

use super::lanes::Lanes;
use crate::dither::{
    kernel::{KERNELS, Kernel, MAX_REACH, MAX_TAPS, Tap},
    scale::ONE,
};

/// Columns of a kernel's row, at most.
const WINDOW: usize = 2 * MAX_REACH + 1;

/// A kernel as the engine wants it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) taps: [Tap; MAX_TAPS],
    pub(crate) n_taps: usize,
    /// Rows that get something, below the pixel's own.
    pub(crate) n_below: usize,
    /// The part of the error that all taps get together.
    pub(crate) whole: i32,
    /// Columns from one row to the next.
    pub(crate) lag: usize,
    /// For each row below, from the first: the least `dx`.
    least: [i32; 3],
    /// The weights of this row, from `dx = 1` on.
    ahead: [i32; MAX_REACH],
    /// The weights of the rows below, each from its least `dx` on.
    below: [[i32; WINDOW]; 3],
    /// Which of the weights below gets what is left: the row and the place.
    last: (usize, usize),
    /// Where in the row above's window a row joins, one lane on.
    joins: [usize; 3],
}

impl Shape {
    pub(crate) const fn of(kernel: &Kernel) -> Self {
        let (taps, n_taps) = (kernel.taps(), kernel.n_taps());
        let mut least = [MAX_REACH as i32; 3];
        let mut tap = 0;
        while tap < n_taps {
            let Tap { dx, dy, .. } = taps[tap];
            if dy > 0 && dx < least[dy - 1] {
                least[dy - 1] = dx;
            }
            tap += 1;
        }
        let (mut ahead, mut below) = ([0; MAX_REACH], [[0; WINDOW]; 3]);
        let (mut tap, mut last) = (0, (0, 0));
        while tap < n_taps {
            let Tap { dx, dy, weight } = taps[tap];
            if dy == 0 {
                ahead[(dx - 1) as usize] = weight;
            } else {
                last = (dy - 1, (dx - least[dy - 1]) as usize);
                below[last.0][last.1] = weight;
            }
            tap += 1;
        }
        // One step later than could be: the move to the next lane takes as long as a step does.
        let lag = (AHEAD - least[0]) as usize;
        let n_below = kernel.n_rows() - 1;
        let (mut joins, mut row) = ([0; 3], 1);
        while row < n_below {
            let place = lag as i32 + least[row] - least[row - 1];
            // What moves one lane on must find its column inside of the window there, before that is given on.
            assert!(0 <= place && place < WINDOW as i32 && lag as i32 + least[row] <= AHEAD + 1);
            joins[row] = place as usize;
            row += 1;
        }
        Self { taps, n_taps, n_below, whole: kernel.whole(), lag, least, ahead, below, last, joins }
    }

    /// The weight of a place of a row below, and its column.
    pub(super) const fn tap(&self, row: usize, place: usize) -> (i32, i32) {
        (self.below[row][place], self.least[row] + place as i32)
    }

    /// Whether it gets what the others leave.
    pub(super) const fn is_last(&self, row: usize, place: usize) -> bool {
        self.last.0 == row && self.last.1 == place
    }

    /// How far the columns that the rows below get now are from a row's own, one lane on: [`AHEAD`] for the first.
    pub(crate) const fn ahead(&self, below: usize) -> i32 {
        self.lag as i32 + self.least[below]
    }
}

/// A row gets what the one above gives it two steps before it needs it.
const AHEAD: i32 = 2;

/// The code once for each number, which is a constant in it.
macro_rules! unrolled {
    ($name:ident in [$($number:literal)*] $body:block) => {
        $({
            const $name: usize = $number;
            $body
        })*
    };
}
pub(crate) use unrolled;

/// Knows a [`Shape`].
pub(crate) trait Spread: Copy {
    /// Whether the shape is a constant, of which the compiler makes straight code.
    const IS_FIXED: bool;
    /// The shape, if it is.
    const SHAPE: Shape;

    fn shape(&self) -> &Shape;
}

/// Row `K` of the table, as a constant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fixed<const K: usize>;

impl<const K: usize> Spread for Fixed<K> {
    const IS_FIXED: bool = true;
    const SHAPE: Shape = Shape::of(&KERNELS[K]);

    #[inline(always)]
    fn shape(&self) -> &Shape {
        const { &Self::SHAPE }
    }
}

/// Any kernel of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Any<'a>(pub(crate) &'a Shape);

impl Spread for Any<'_> {
    const IS_FIXED: bool = false;
    const SHAPE: Shape = Shape::of(&KERNELS[0]);

    #[inline(always)]
    fn shape(&self) -> &Shape {
        self.0
    }
}

/// The errors on their way in one channel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way<V> {
    /// For this row: the next pixel first.
    ahead: [V; MAX_REACH],
    /// For each row below, from the first: from its least `dx` on.
    below: [[V; WINDOW]; 3],
}

impl<V: Copy> Way<V> {
    #[inline(always)]
    pub(crate) fn new(zero: V) -> Self {
        Self { ahead: [zero; MAX_REACH], below: [[zero; WINDOW]; 3] }
    }

    /// Becomes `other`, of the same kernel: what the kernel does not use is zero in both.
    #[inline(always)]
    pub(crate) fn take(&mut self, other: &Self, spread: impl Spread) {
        self.ahead = other.ahead;
        unrolled!(ROW in [0 1 2] {
            if ROW < spread.shape().n_below {
                self.below[ROW] = other.below[ROW];
            }
        });
    }

    /// What the pixels of this step were given.
    #[inline(always)]
    pub(crate) fn given(&self) -> V {
        self.ahead[0]
    }

    /// Gives `error` on, and goes one column on. `entering` is, for each row below, what the first lane gets from
    /// outside of the band.
    #[inline(always)]
    pub(crate) fn give<L: Lanes<V = V>, S: Spread>(
        &mut self,
        lanes: L,
        spread: S,
        error: V,
        entering: [i16; 3],
    ) {
        self.ahead = [self.ahead[1], self.ahead[2], lanes.splat(0)];
        if S::IS_FIXED {
            self.give_fixed::<L, S>(lanes, error, entering);
        } else {
            self.give_any(lanes, spread.shape(), error, entering);
        }
    }

    /// Every place is a constant, so that every sum stays in a register.
    #[inline(always)]
    fn give_fixed<L: Lanes<V = V>, S: Spread>(&mut self, lanes: L, error: V, entering: [i16; 3]) {
        let zero = lanes.splat(0);
        let mut left = error;
        if const { S::SHAPE.whole != ONE } {
            left = lanes.part(error, lanes.splat(const { S::SHAPE.whole as i16 }));
        }
        unrolled!(PLACE in [0 1 2] {
            if const { S::SHAPE.ahead[PLACE] != 0 } {
                let weight = lanes.splat(const { S::SHAPE.ahead[PLACE] as i16 });
                let share = lanes.part(error, weight);
                left = lanes.sub(left, share);
                self.ahead[PLACE] = lanes.add(self.ahead[PLACE], share);
            }
        });
        unrolled!(ROW in [0 1 2] {
            unrolled!(PLACE in [0 1 2 3 4 5 6] {
                if const { S::SHAPE.below[ROW][PLACE] != 0 && !S::SHAPE.is_last(ROW, PLACE) } {
                    let weight = lanes.splat(const { S::SHAPE.below[ROW][PLACE] as i16 });
                    let share = lanes.part(error, weight);
                    left = lanes.sub(left, share);
                    self.below[ROW][PLACE] = lanes.add(self.below[ROW][PLACE], share);
                }
            });
        });
        let (row, place) = const { S::SHAPE.last };
        self.below[row][place] = lanes.add(self.below[row][place], left);
        // From the farthest row to the nearest: what is complete moves one lane on, where it is the next row's.
        unrolled!(ROW in [2 1] {
            if const { ROW < S::SHAPE.n_below } {
                let moved = lanes.follow(self.below[ROW][0], lanes.splat(entering[ROW]));
                let to = &mut self.below[ROW - 1][const { S::SHAPE.joins[ROW] }];
                *to = lanes.add(*to, moved);
                unrolled!(PLACE in [0 1 2 3 4 5] {
                    self.below[ROW][PLACE] = self.below[ROW][PLACE + 1];
                });
                self.below[ROW][WINDOW - 1] = zero;
            }
        });
        let moved = lanes.follow(self.below[0][0], lanes.splat(entering[0]));
        self.ahead[AHEAD as usize - 1] = lanes.add(self.ahead[AHEAD as usize - 1], moved);
        unrolled!(PLACE in [0 1 2 3 4 5] {
            self.below[0][PLACE] = self.below[0][PLACE + 1];
        });
        self.below[0][WINDOW - 1] = zero;
    }

    /// The same from a table.
    #[inline(always)]
    fn give_any<L: Lanes<V = V>>(&mut self, lanes: L, shape: &Shape, error: V, entering: [i16; 3]) {
        let mut left = error;
        if shape.whole != ONE {
            left = lanes.part(error, lanes.splat(shape.whole as i16));
        }
        for (at, tap) in shape.taps[..shape.n_taps].iter().enumerate() {
            let mut share = left;
            if at + 1 < shape.n_taps {
                share = lanes.part(error, lanes.splat(tap.weight as i16));
                left = lanes.sub(left, share);
            }
            let to = match tap.dy {
                0 => &mut self.ahead[(tap.dx - 1) as usize],
                dy => &mut self.below[dy - 1][(tap.dx - shape.least[dy - 1]) as usize],
            };
            *to = lanes.add(*to, share);
        }
        for row in (0..shape.n_below).rev() {
            let moved = lanes.follow(self.below[row][0], lanes.splat(entering[row]));
            let to = match row {
                0 => &mut self.ahead[AHEAD as usize - 1],
                row => &mut self.below[row - 1][shape.joins[row]],
            };
            *to = lanes.add(*to, moved);
            self.below[row].rotate_left(1);
            self.below[row][WINDOW - 1] = lanes.splat(0);
        }
    }
}
