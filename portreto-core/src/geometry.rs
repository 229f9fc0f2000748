//! Sizes and boxes: which part of a picture goes where.

use crate::transform::{Fit, Gravity};

/// What a resize does to a picture of one size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Layout {
    /// The part of the source that is used, pixels, may be fractional.
    pub(crate) source: SourceBox,
    /// Size to which that part is resampled, pixels.
    pub(crate) scaled: (u32, u32),
    /// Size of the result, pixels.
    pub(crate) canvas: (u32, u32),
    /// Left and top of the resampled part on the canvas, pixels.
    pub(crate) at: (u32, u32),
}

/// A box in a picture, pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SourceBox {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

/// The wished size of a resize; at least one side is there, none is 0.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish {
    pub(crate) width: Option<u32>,
    pub(crate) height: Option<u32>,
    pub(crate) fit: Fit,
    pub(crate) gravity: Gravity,
    pub(crate) no_enlarge: bool,
}

impl SourceBox {
    fn whole((width, height): (u32, u32)) -> Self {
        Self { left: 0.0, top: 0.0, width: f64::from(width), height: f64::from(height) }
    }
}

impl Layout {
    /// The layout of a resize of a picture of `size`.
    ///
    /// A side is rounded to the nearest pixel and is never 0. With `no_enlarge` the picture's own pixels are never
    /// spread over more: the result may then be smaller than the wish, except that [`Fit::Contain`] still pads.
    pub(crate) fn new(size: (u32, u32), wish: Wish) -> Self {
        let (fit, (width, height)) = match (wish.width, wish.height) {
            (Some(width), Some(height)) => (wish.fit, (width, height)),
            (Some(width), None) => (Fit::Fill, (width, scale_side(size.1, width, size.0))),
            (None, Some(height)) => (Fit::Fill, (scale_side(size.0, height, size.1), height)),
            (None, None) => (Fit::Fill, size),
        };
        let proportional = wish.width.is_none() || wish.height.is_none();
        match fit {
            Fit::Fill if proportional && wish.no_enlarge && (width > size.0 || height > size.1) => {
                Self::simple(size, size)
            }
            Fit::Fill if wish.no_enlarge => {
                Self::simple(size, (width.min(size.0), height.min(size.1)))
            }
            Fit::Fill => Self::simple(size, (width, height)),
            Fit::Inside => Self::simple(size, inside(size, (width, height), wish.no_enlarge)),
            Fit::Outside => Self::simple(size, outside(size, (width, height), wish.no_enlarge)),
            Fit::Contain => {
                let scaled = inside(size, (width, height), wish.no_enlarge);
                let at = wish.gravity.place((width, height), scaled);
                Self { source: SourceBox::whole(size), scaled, canvas: (width, height), at }
            }
            Fit::Cover => Self::cover(size, (width, height), wish),
        }
    }

    fn simple(size: (u32, u32), scaled: (u32, u32)) -> Self {
        Self { source: SourceBox::whole(size), scaled, canvas: scaled, at: (0, 0) }
    }

    fn cover(size: (u32, u32), target: (u32, u32), wish: Wish) -> Self {
        if wish.no_enlarge && (target.0 >= size.0 || target.1 >= size.1) {
            // At its own scale or below it would be smaller than the box one way: only cut.
            let scaled = (target.0.min(size.0), target.1.min(size.1));
            let (left, top) = wish.gravity.place(size, scaled);
            let source = SourceBox {
                left: left.into(),
                top: top.into(),
                width: scaled.0.into(),
                height: scaled.1.into(),
            };
            return Self { source, scaled, canvas: scaled, at: (0, 0) };
        }
        let source = cover_box(size, target, wish.gravity);
        Self { source, scaled: target, canvas: target, at: (0, 0) }
    }

    /// Whether the source's pixels become fewer in either direction, and more in none.
    pub(crate) fn is_smaller(&self) -> bool {
        let (width, height) = (f64::from(self.scaled.0), f64::from(self.scaled.1));
        let (source_width, source_height) = (self.source.width, self.source.height);
        width <= source_width
            && height <= source_height
            && (width < source_width || height < source_height)
    }

    /// Whether the result is the source as it is.
    pub(crate) fn is_identity(&self, size: (u32, u32)) -> bool {
        self.scaled == size && self.canvas == size && self.source == SourceBox::whole(size)
    }
}

/// The largest box of `target`'s shape within a picture of `size`.
pub(crate) fn cover_box(size: (u32, u32), target: (u32, u32), gravity: Gravity) -> SourceBox {
    let source = (f64::from(size.0), f64::from(size.1));
    let (width, height) = (f64::from(target.0), f64::from(target.1));
    let (width, height) = if wider(size, target) {
        (source.1 * width / height, source.1)
    } else {
        (source.0, source.0 * height / width)
    };
    let (width, height) = (width.min(source.0), height.min(source.1));
    let (left, top) = gravity.place_exactly(source, (width, height));
    SourceBox { left, top, width, height }
}

/// Whether `a` is wider than `b` for its height.
fn wider(a: (u32, u32), b: (u32, u32)) -> bool {
    u64::from(a.0) * u64::from(b.1) > u64::from(b.0) * u64::from(a.1)
}

/// `side · target / reference` to the nearest pixel, at least 1; what is beyond 32 bits is left to the limits.
fn scale_side(side: u32, target: u32, reference: u32) -> u32 {
    let (side, target, reference) = (u64::from(side), u64::from(target), u64::from(reference));
    let scaled = (side * target + reference / 2) / reference;
    u32::try_from(scaled.max(1)).unwrap_or(u32::MAX)
}

pub(crate) fn inside(size: (u32, u32), target: (u32, u32), no_enlarge: bool) -> (u32, u32) {
    if no_enlarge && size.0 <= target.0 && size.1 <= target.1 {
        size
    } else if wider(size, target) {
        (target.0, scale_side(size.1, target.0, size.0))
    } else {
        (scale_side(size.0, target.1, size.1), target.1)
    }
}

fn outside(size: (u32, u32), target: (u32, u32), no_enlarge: bool) -> (u32, u32) {
    if no_enlarge && (size.0 <= target.0 || size.1 <= target.1) {
        size
    } else if wider(size, target) {
        (scale_side(size.0, target.1, size.1), target.1)
    } else {
        (target.0, scale_side(size.1, target.0, size.0))
    }
}

#[cfg(test)]
mod cases;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn layout(size: (u32, u32), width: u32, height: u32, fit: Fit, no_enlarge: bool) -> Layout {
        let side = |side: u32| (side != 0).then_some(side);
        let gravity = Gravity::Center;
        let (width, height) = (side(width), side(height));
        Layout::new(size, Wish { width, height, fit, gravity, no_enlarge })
    }

    #[test]
    fn sizes_of_each_fit() {
        use Fit::{Contain, Cover, Fill, Inside, Outside};
        for (size, (width, height), fit, no_enlarge, scaled, canvas) in [
            ((400, 200), (100, 100), Contain, false, (100, 50), (100, 100)),
            ((400, 200), (100, 100), Cover, false, (100, 100), (100, 100)),
            ((400, 200), (100, 100), Fill, false, (100, 100), (100, 100)),
            ((400, 200), (100, 100), Inside, false, (100, 50), (100, 50)),
            ((400, 200), (100, 100), Outside, false, (200, 100), (200, 100)),
            ((200, 400), (100, 100), Inside, false, (50, 100), (50, 100)),
            ((200, 400), (100, 100), Outside, false, (100, 200), (100, 200)),
            ((40, 20), (100, 100), Inside, false, (100, 50), (100, 50)),
            ((40, 20), (100, 100), Inside, true, (40, 20), (40, 20)),
            ((40, 20), (100, 100), Outside, true, (40, 20), (40, 20)),
            ((400, 20), (100, 100), Outside, true, (400, 20), (400, 20)),
            ((40, 20), (100, 100), Contain, true, (40, 20), (100, 100)),
            ((40, 20), (100, 100), Fill, true, (40, 20), (40, 20)),
            ((400, 20), (100, 100), Fill, true, (100, 20), (100, 20)),
            ((400, 20), (100, 100), Cover, true, (100, 20), (100, 20)),
            ((400, 200), (100, 0), Inside, false, (100, 50), (100, 50)),
            ((400, 200), (0, 100), Cover, false, (200, 100), (200, 100)),
            ((400, 200), (800, 0), Inside, true, (400, 200), (400, 200)),
            ((1000, 1), (10, 10), Inside, false, (10, 1), (10, 1)),
            ((3, 2), (100, 0), Inside, false, (100, 67), (100, 67)),
            ((4000, 3000), (320, 320), Inside, false, (320, 240), (320, 240)),
            ((1, 65500), (65500, 0), Inside, false, (65500, 4_290_250_000), (65500, 4_290_250_000)),
        ] {
            let layout = layout(size, width, height, fit, no_enlarge);
            let case = (size, width, height, fit, no_enlarge);
            assert_eq!((layout.scaled, layout.canvas), (scaled, canvas), "{case:?}");
        }
    }

    #[test]
    fn gravity_moves_what_is_kept() {
        for (gravity, left, top) in [
            (Gravity::Center, 100.0, 0.0),
            (Gravity::North, 100.0, 0.0),
            (Gravity::West, 0.0, 0.0),
            (Gravity::Southeast, 200.0, 0.0),
        ] {
            let wish = Wish {
                width: Some(50),
                height: Some(50),
                fit: Fit::Cover,
                gravity,
                no_enlarge: false,
            };
            let source = Layout::new((400, 200), wish).source;
            assert_eq!((source.left, source.top), (left, top), "{gravity}");
            assert_eq!((source.width, source.height), (200.0, 200.0), "{gravity}");
            let contain = Layout::new((50, 20), Wish { fit: Fit::Contain, ..wish });
            let below = if gravity == Gravity::Southeast { 30 } else { 15 };
            let top = if gravity == Gravity::North { 0 } else { below };
            assert_eq!((contain.scaled, contain.at), ((50, 20), (0, top)), "{gravity}");
        }
    }

    proptest! {
        #[test]
        fn every_layout_holds(
            size in (1_u32..5000, 1_u32..5000),
            target in (1_u32..5000, 1_u32..5000),
            fit in proptest::sample::select(Fit::ALL),
            gravity in proptest::sample::select(Gravity::SIDES),
            no_enlarge: bool,
        ) {
            let wish = Wish { width: Some(target.0), height: Some(target.1), fit, gravity, no_enlarge };
            let Layout { source, scaled, canvas, at } = Layout::new(size, wish);
            prop_assert!(scaled.0 > 0 && scaled.1 > 0);
            prop_assert!(at.0 + scaled.0 <= canvas.0 && at.1 + scaled.1 <= canvas.1);
            prop_assert!(source.left >= 0.0 && source.left + source.width <= f64::from(size.0) + 1e-9);
            prop_assert!(source.top >= 0.0 && source.top + source.height <= f64::from(size.1) + 1e-9);
            if no_enlarge {
                prop_assert!(f64::from(scaled.0) <= source.width && f64::from(scaled.1) <= source.height);
            }
            match fit {
                Fit::Inside => prop_assert!(canvas.0 <= target.0 && canvas.1 <= target.1),
                Fit::Contain => prop_assert_eq!(canvas, target),
                Fit::Cover | Fit::Fill if !no_enlarge => prop_assert_eq!(canvas, target),
                Fit::Outside if !no_enlarge => {
                    prop_assert!(canvas.0 >= target.0 && canvas.1 >= target.1);
                }
                _ => {}
            }
        }
    }
}
