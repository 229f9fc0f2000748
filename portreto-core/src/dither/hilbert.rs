//! A Hilbert curve over a rectangle of any size.
//!
//! D. Hilbert, "Ueber die stetige Abbildung einer Linie auf ein Flächenstück", Mathematische Annalen 38, 1891,
//! doi:10.1007/BF01199431, generalized by J. Červený, "gilbert" (github.com/jakubcerveny/gilbert), 2018:
//!
//! A box has a long side to walk along and a short side to turn to, both with a direction. One row or column is walked
//! straight. A box more than one and a half times as long as it is wide is two boxes, one behind the other.
//! Any other is three: a half of its breadth is walked across, then all of the length, and the rest back, so that the walk
//! ends beside the box where it goes on. Halves are even where that is possible, which keeps every step but one at
//! most to a neighbor that shares a side.

/// A step, or a side of a box with its direction.
#[derive(Debug, Clone, Copy)]
struct Side {
    x: i64,
    y: i64,
}

impl Side {
    fn length(self) -> i64 {
        (self.x + self.y).abs()
    }

    /// One pixel in its direction.
    fn unit(self) -> Self {
        Self { x: self.x.signum(), y: self.y.signum() }
    }

    fn plus(self, other: Self) -> Self {
        Self { x: self.x + other.x, y: self.y + other.y }
    }

    fn minus(self, other: Self) -> Self {
        Self { x: self.x - other.x, y: self.y - other.y }
    }

    /// About half of it: an even number of pixels, if it has more than two.
    fn half(self) -> Self {
        let half = Self { x: self.x / 2, y: self.y / 2 };
        let is_odd = half.length() % 2 == 1 && self.length() > 2;
        if is_odd { half.plus(self.unit()) } else { half }
    }

    fn reversed(self) -> Self {
        Self { x: -self.x, y: -self.y }
    }
}

/// Calls `visit` with the column and row of every pixel once, in the order of the curve.
pub(crate) fn walk(width: usize, height: usize, visit: &mut impl FnMut(usize, usize)) {
    let (across, down) = (Side { x: width as i64, y: 0 }, Side { x: 0, y: height as i64 });
    let start = Side { x: 0, y: 0 };
    if width >= height {
        walk_box(start, across, down, visit);
    } else {
        walk_box(start, down, across, visit);
    }
}

fn walk_box(at: Side, along: Side, aside: Side, visit: &mut impl FnMut(usize, usize)) {
    let (length, breadth) = (along.length(), aside.length());
    if length == 0 || breadth == 0 {
        return;
    }
    if length == 1 || breadth == 1 {
        let (unit, n) = if breadth == 1 { (along.unit(), length) } else { (aside.unit(), breadth) };
        for step in 0..n {
            visit((at.x + step * unit.x) as usize, (at.y + step * unit.y) as usize);
        }
    } else if 2 * length > 3 * breadth {
        let half = along.half();
        walk_box(at, half, aside, visit);
        walk_box(at.plus(half), along.minus(half), aside, visit);
    } else {
        let half = aside.half();
        walk_box(at, half, along_half(along), visit);
        walk_box(at.plus(half), along, aside.minus(half), visit);
        let end = at.plus(along.minus(along.unit())).plus(half.minus(half.unit()));
        let rest = along.minus(along_half(along));
        walk_box(end, half.reversed(), rest.reversed(), visit);
    }
}

/// Half of the long side of a box that is cut in three.
fn along_half(along: Side) -> Side {
    Side { x: along.x / 2, y: along.y / 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pixel_is_visited_once_by_single_steps() {
        for width in 1..=40 {
            for height in 1..=40 {
                let mut path = Vec::new();
                walk(width, height, &mut |x, y| path.push((x, y)));
                let diagonal = path
                    .windows(2)
                    .filter(|step| {
                        let (dx, dy) =
                            (step[0].0.abs_diff(step[1].0), step[0].1.abs_diff(step[1].1));
                        assert!(dx.max(dy) == 1, "{width} x {height}: {step:?}");
                        dx + dy == 2
                    })
                    .count();
                assert!(diagonal <= 1, "{width} x {height}: {diagonal} diagonal steps");
                path.sort_unstable();
                let all = (0..width).flat_map(|x| (0..height).map(move |y| (x, y)));
                assert!(path.into_iter().eq(all), "{width} x {height}");
            }
        }
    }

    /// Both ends of a square of 2ⁿ are at the same side, as Hilbert has it, and quarters are walked one by one.
    #[test]
    fn a_square_is_hilberts() {
        let mut path = Vec::new();
        walk(16, 16, &mut |x, y| path.push((x, y)));
        assert_eq!((path[0], path[255]), ((0, 0), (15, 0)));
        for quarter in path.chunks(64) {
            let (right, below) = (quarter[0].0 / 8, quarter[0].1 / 8);
            assert!(quarter.iter().all(|(x, y)| (x / 8, y / 8) == (right, below)));
        }
    }
}
