//! What a row gets from a row above it, for many columns at once.

use super::{
    lanes::Lanes,
    spread::{Spread, unrolled},
};
use crate::dither::{kernel::MAX_REACH, scale::ONE};

/// Adds to `sums`, whole vectors of them, what a row that is `above` rows higher gives: `errors` are those of the same columns
/// and of [`MAX_REACH`] more on both sides. `mirrored` when that row was run from right to left.
#[inline(always)]
pub(crate) fn gather(
    lanes: impl Lanes,
    spread: impl Spread,
    (above, mirrored): (usize, bool),
    errors: &[i16],
    sums: &mut [i16],
) {
    unrolled!(ROW in [0 1 2] {
        if ROW + 1 == above {
            from_row::<ROW, _, _>(lanes, spread, mirrored, errors, sums);
        }
    });
}

#[inline(always)]
fn from_row<const ROW: usize, L: Lanes, S: Spread>(
    lanes: L,
    spread: S,
    mirrored: bool,
    errors: &[i16],
    sums: &mut [i16],
) {
    let shape = spread.shape();
    for (block, sums) in sums.chunks_exact_mut(L::N).enumerate() {
        let mut sum = lanes.load(sums);
        unrolled!(PLACE in [0 1 2 3 4 5 6] {
            let (weight, dx) = if S::IS_FIXED {
                const { S::SHAPE.tap(ROW, PLACE) }
            } else {
                shape.tap(ROW, PLACE)
            };
            if weight != 0 {
                let dx = if mirrored { -dx } else { dx };
                let start = block * L::N + (MAX_REACH as i32 - dx) as usize;
                let error = lanes.load(&errors[start..start + L::N]);
                let share = if shape.is_last(ROW, PLACE) {
                    // What the others leave of it.
                    let whole = lanes.splat(shape.whole as i16);
                    let mut left = if shape.whole == ONE { error } else { lanes.part(error, whole) };
                    for other in &shape.taps[..shape.n_taps - 1] {
                        left = lanes.sub(left, lanes.part(error, lanes.splat(other.weight as i16)));
                    }
                    left
                } else {
                    lanes.part(error, lanes.splat(weight as i16))
                };
                sum = lanes.add(sum, share);
            }
        });
        lanes.store(sum, sums);
    }
}
