//! Clustered dots: the halftone screens of print, with one dot that grows, and then one hole that shrinks.
//!
//! R. Ulichney, "Digital Halftoning", MIT Press, 1987, chapter 5, describes these screens. Which pixel is lit when is
//! decided by a spot function: the round one of ISO 32000-1:2008, 10.6.3, table 128 ("Round"). With `u` and `v` the
//! distances from the center of the dot, 1 at the edges of its cell,
//!
//! - where `u + v ≤ 1`, the spot is `1 − (u² + v²)`: dots grow round from the center,
//! - elsewhere it is `(u − 1)² + (v − 1)² − 1`: holes shrink round to the corners.
//!
//! The highest spot has the lowest rank. Equal spots are taken by quadrants, in the order right-below, left-above,
//! right-above, left-below, so that the dot stays round; within a quadrant by `v`, then `u`; and last by the dot, so that
//! two dots grow alike. All of it is computed in whole numbers, with the side of the cell as the unit.

/// The angle of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Screen {
    /// Dots in rows and columns, one in each square.
    Straight,
    /// Dots on diagonals: two in each square, at 45 degrees.
    Diagonal,
}

/// The ranks of a square of `side` (even) × `side` pixels, row by row, each of 0 to `side`² − 1 once.
pub(crate) fn clustered(side: usize, screen: Screen) -> Vec<u32> {
    let mut order: Vec<_> = (0..side * side).collect();
    order.sort_by_key(|at| growth((at % side) as i64, (at / side) as i64, side as i64, screen));
    let mut ranks = vec![0; side * side];
    for (rank, at) in (0..).zip(order) {
        ranks[at] = rank;
    }
    ranks
}

/// When a pixel is lit, least first: the spot function upside down, the quadrant, the place in it, and the dot.
fn growth(x: i64, y: i64, side: i64, screen: Screen) -> (i64, u8, i64, i64, i64) {
    // From the center of the square to the center of the pixel, in half pixels.
    let (x, y) = (2 * x + 1 - side, 2 * y + 1 - side);
    let (u, v, dot) = match screen {
        Screen::Straight => (x, y, 0),
        Screen::Diagonal => {
            // Turned by 45 degrees, the dots at the center and at the corners are one lattice of period 2 · side.
            let cell = |at: i64| (at + side).div_euclid(2 * side);
            let (column, row) = (cell(x + y), cell(x - y));
            (x + y - 2 * side * column, x - y - 2 * side * row, (column + row).rem_euclid(2))
        }
    };
    let quadrant = match (u > 0, v > 0) {
        (true, true) => 0,
        (false, false) => 1,
        (true, false) => 2,
        (false, true) => 3,
    };
    let (right, below) = (u.abs(), v.abs());
    let spot = if right + below <= side {
        side * side - (u * u + v * v)
    } else {
        (right - side).pow(2) + (below - side).pow(2) - side * side
    };
    (-spot, quadrant, v, u, dot)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDES: [usize; 4] = [4, 6, 8, 16];

    #[test]
    fn every_rank_occurs_once() {
        for side in SIDES {
            for screen in [Screen::Straight, Screen::Diagonal] {
                let mut ranks = clustered(side, screen);
                ranks.sort_unstable();
                assert!(ranks.into_iter().eq(0..(side * side) as u32), "{side} {screen:?}");
            }
        }
    }

    /// A dot is one cluster: half of the ranks touch, so that few edges are between lit and dark.
    #[test]
    fn half_lit_pixels_stick_together() {
        for side in SIDES {
            for (screen, n_dots) in [(Screen::Straight, 1), (Screen::Diagonal, 2)] {
                let ranks = clustered(side, screen);
                let is_lit = |x: usize, y: usize| {
                    (ranks[y % side * side + x % side] as usize) < side * side / 2
                };
                let edges = (0..side * side)
                    .map(|at| (at % side, at / side))
                    .map(|(x, y)| {
                        usize::from(is_lit(x, y) != is_lit(x + 1, y))
                            + usize::from(is_lit(x, y) != is_lit(x, y + 1))
                    })
                    .sum::<usize>();
                // A diamond of half the area has a perimeter of 4 sides of the cell's width; dispersed dots have side².
                assert!(edges <= 4 * side * n_dots, "{side} {screen:?}: {edges}");
                assert!(edges >= 2 * side, "{side} {screen:?}: {edges}");
            }
        }
    }

    #[test]
    fn a_diagonal_screen_has_two_like_dots() {
        for side in SIDES {
            let ranks = clustered(side, Screen::Diagonal);
            for (at, rank) in ranks.iter().enumerate() {
                let (x, y) = ((at % side + side / 2) % side, (at / side + side / 2) % side);
                assert_eq!(rank / 2, ranks[y * side + x] / 2, "{side}: {at}");
            }
        }
    }
}
