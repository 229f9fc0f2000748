//! What a row gets from a row above it, for many columns at once.

use super::{lanes::Lanes, spread::Shape};
use crate::dither::{kernel::MAX_REACH, scale::ONE};

/// Adds to `sums` what a row that is `above` rows higher gives: `errors` are those of the same columns and of
/// [`MAX_REACH`] more on both sides. `mirrored` when that row was run from right to left.
#[inline(always)]
pub(crate) fn gather(
    lanes: impl Lanes,
    shape: &Shape,
    (above, mirrored): (usize, bool),
    errors: &[i16],
    sums: &mut [i16],
) {
    let width = sums.len();
    for (index, tap) in shape.taps[..shape.n_taps].iter().enumerate() {
        if tap.dy != above {
            continue;
        }
        let dx = if mirrored { -tap.dx } else { tap.dx };
        let errors = &errors[(MAX_REACH as i32 - dx) as usize..][..width];
        if index + 1 < shape.n_taps {
            let weight = lanes.splat(tap.weight as i16);
            each(lanes, errors, sums, |error| lanes.part(error, weight));
        } else {
            each(lanes, errors, sums, |error| {
                let whole = lanes.splat(shape.whole as i16);
                let mut left = if shape.whole == ONE { error } else { lanes.part(error, whole) };
                for other in &shape.taps[..index] {
                    left = lanes.sub(left, lanes.part(error, lanes.splat(other.weight as i16)));
                }
                left
            });
        }
    }
}

/// Adds what `of` makes of each error.
#[inline(always)]
fn each<L: Lanes>(lanes: L, errors: &[i16], sums: &mut [i16], of: impl Fn(L::V) -> L::V) {
    let mut blocks = sums.chunks_exact_mut(L::N);
    let mut from = errors.chunks_exact(L::N);
    for (sums, errors) in (&mut blocks).zip(&mut from) {
        let sum = lanes.add(lanes.load(sums), of(lanes.load(errors)));
        lanes.store(sum, sums);
    }
    let (sums, errors) = (blocks.into_remainder(), from.remainder());
    if !sums.is_empty() {
        let mut padded = [0; 64];
        padded[..errors.len()].copy_from_slice(errors);
        let shares = of(lanes.load(&padded[..L::N]));
        lanes.store(shares, &mut padded[..L::N]);
        for (sum, share) in sums.iter_mut().zip(padded) {
            *sum += share;
        }
    }
}
