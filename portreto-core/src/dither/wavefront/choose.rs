//! From values to colors, for all lanes at once.

use super::{lanes::Lanes, palette::PaletteTable};
use crate::dither::scale::{HIGHEST, LOWEST, WHITE};

/// Chooses colors for values of `C` channels.
pub(crate) trait Choose<L: Lanes, const C: usize>: Copy {
    /// What is handed out: bits or codes.
    type Out: Out<L>;

    /// The nearest colors, and how far the values are from them.
    fn choose(&self, lanes: L, value: [L::V; C]) -> (<Self::Out as Out<L>>::Step, [L::V; C]);
}

/// What the pixels of one step become.
pub(crate) trait Out<L: Lanes> {
    /// Of all lanes.
    type Step: Copy;
    /// Whether it is one bit a lane.
    const IS_BITS: bool;
    /// The bits, if that is what it is.
    fn bits(step: Self::Step) -> u64;
    /// The codes, if it is not.
    fn codes(lanes: L, step: Self::Step) -> L::V;
}

/// One bit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bits;

impl<L: Lanes> Out<L> for Bits {
    type Step = u64;
    const IS_BITS: bool = true;

    #[inline(always)]
    fn bits(step: u64) -> u64 {
        step
    }

    #[inline(always)]
    fn codes(lanes: L, _: u64) -> L::V {
        lanes.splat(0)
    }
}

/// A number below 256.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Codes;

impl<L: Lanes> Out<L> for Codes {
    type Step = L::V;
    const IS_BITS: bool = false;

    #[inline(always)]
    fn bits(_: L::V) -> u64 {
        0
    }

    #[inline(always)]
    fn codes(_: L, step: L::V) -> L::V {
        step
    }
}

/// Black and white.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BlackWhite;

impl<L: Lanes> Choose<L, 1> for BlackWhite {
    type Out = Bits;

    #[inline(always)]
    fn choose(&self, lanes: L, [value]: [L::V; 1]) -> (u64, [L::V; 1]) {
        let white = lanes.greater(value, lanes.splat((WHITE / 2) as i16));
        (lanes.bits(white), [lanes.sub_where(value, white, lanes.splat(WHITE as i16))])
    }
}

/// A few values in each channel, ascending from black to white: one comparison for each step between them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rungs<'a> {
    /// For each value but the first: what is above this is at least this value, and how much is from the one before.
    pub(crate) steps: &'a [(i16, i16)],
}

/// Values of a channel, at most: above it, a table is faster than so many comparisons.
pub(crate) const MAX_RUNGS: usize = 16;

impl<L: Lanes, const C: usize> Choose<L, C> for Rungs<'_> {
    type Out = Codes;

    #[inline(always)]
    fn choose(&self, lanes: L, mut value: [L::V; C]) -> (L::V, [L::V; C]) {
        let radix = self.steps.len() as i16 + 1;
        let mut code = lanes.splat(0);
        // What a step of a channel adds to the code: the last channel's digit is the lowest.
        let mut unit = radix.pow(C as u32 - 1);
        for value in &mut value {
            let wanted = *value;
            let digit = lanes.splat(-unit);
            for &(limit, height) in self.steps {
                let above = lanes.greater(wanted, lanes.splat(limit));
                code = lanes.sub_where(code, above, digit);
                *value = lanes.sub_where(*value, above, lanes.splat(height));
            }
            unit /= radix;
        }
        (code, value)
    }
}

/// Any colors.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Nearest<'a>(pub(crate) &'a PaletteTable);

impl<L: Lanes> Choose<L, 3> for Nearest<'_> {
    type Out = Codes;

    #[inline(always)]
    fn choose(&self, lanes: L, value: [L::V; 3]) -> (L::V, [L::V; 3]) {
        let (least, greatest) = (lanes.splat(LOWEST as i16), lanes.splat(HIGHEST as i16));
        let mut value = value;
        for value in &mut value {
            *value = lanes.clamp(*value, least, greatest);
        }
        let code = lanes.nearest(value, self.0);
        let n_codes = self.0.colors().len();
        for (value, table) in value.iter_mut().zip(self.0.values()) {
            *value = lanes.sub(*value, lanes.look_up(code, table, n_codes));
        }
        (code, value)
    }
}
