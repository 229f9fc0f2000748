//! Where something is laid over a picture.

use super::{gravity::Gravity, text::invalid};
use crate::error::Result;

/// Left and top of something of `inner` pixels, `margin` from the edges of a picture of `outer`; it may be larger than that.
pub(super) fn place(
    gravity: Gravity,
    outer: (u32, u32),
    inner: (u32, u32),
    margin: u32,
) -> (i64, i64) {
    let (x, y) = gravity.middle();
    let along = |outer: u32, inner: u32, middle: u32| {
        let (outer, inner, margin) = (i64::from(outer), i64::from(inner), i64::from(margin));
        let slack = outer - inner - 2 * margin;
        if slack < 0 {
            // No room for margins: the part at that side shows.
            return (outer - inner) * i64::from(middle) / 1000;
        }
        match middle {
            0 => margin,
            1000 => margin + slack,
            _ => {
                let left = (2 * outer * i64::from(middle) - 1000 * inner).div_euclid(2000);
                left.clamp(margin, margin + slack)
            }
        }
    };
    (along(outer.0, inner.0, x), along(outer.1, inner.1, y))
}

/// Refuses a gravity that would have to look at the picture.
pub(super) fn check_gravity(element: &str, gravity: Gravity) -> Result<()> {
    if gravity.is_by_content() {
        let message =
            format!("{element} gravity {gravity} has no meaning: it chooses what to keep");
        return Err(invalid(message));
    }
    Ok(())
}

/// Distance from the edges, pixels.
pub(super) mod margin {
    use std::fmt;

    use crate::{error::Result, transform::text::out_of_range};

    pub(in crate::transform) fn default() -> u32 {
        10
    }

    pub(in crate::transform) fn check(element: &str, margin: u32) -> Result<()> {
        if margin > 65_535 {
            return Err(out_of_range(&format!("{element} margin"), margin, "0 to 65535"));
        }
        Ok(())
    }

    pub(in crate::transform) fn write(f: &mut fmt::Formatter<'_>, margin: u32) -> fmt::Result {
        if margin == default() { Ok(()) } else { write!(f, ":margin={margin}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn margins_hold_on_every_side() {
        for (gravity, at) in [
            (Gravity::Northwest, (5, 5)),
            (Gravity::North, (40, 5)),
            (Gravity::Southeast, (75, 35)),
            (Gravity::Center, (40, 20)),
            (Gravity::point(0.9, 0.25).unwrap(), (75, 7)),
        ] {
            assert_eq!(place(gravity, (100, 50), (20, 10), 5), at, "{gravity}");
        }
        assert_eq!(place(Gravity::Southeast, (100, 50), (120, 60), 5), (-20, -10));
        assert_eq!(place(Gravity::North, (100, 50), (100, 50), 5), (0, 0));
    }
}
