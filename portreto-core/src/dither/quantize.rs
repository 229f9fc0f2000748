//! From a value to one of the colors there are.
//!
//! Nearest means the least squared distance between values; of equally near colors the one with the lowest code.

use super::scale::WHITE;

/// What stands for a pixel that is not opaque, in place of a code.
pub(crate) const HOLE: u32 = u32::MAX;

/// Chooses colors for values of `C` channels.
pub(crate) trait Quantize<const C: usize> {
    /// The code of the nearest color, and its value.
    fn nearest(&mut self, value: [i32; C]) -> (u32, [i32; C]);

    /// The code of the color that a threshold, of 65536, makes of a value from 0 to white.
    fn ordered(&mut self, value: [i32; C], threshold: u32) -> u32;
}

/// Whichever it is: one engine for all that need not be as fast as can be.
impl<const C: usize> Quantize<C> for &mut dyn Quantize<C> {
    fn nearest(&mut self, value: [i32; C]) -> (u32, [i32; C]) {
        (**self).nearest(value)
    }

    fn ordered(&mut self, value: [i32; C], threshold: u32) -> u32 {
        (**self).ordered(value, threshold)
    }
}

/// The values that one channel can have, by look-up.
#[derive(Debug)]
pub(crate) struct Ladder {
    /// Ascending, without repetition, with their codes.
    rungs: Vec<(i32, u32)>,
    /// How many codes there are.
    radix: u32,
    /// For each value from 0 to white, the nearest rung.
    nearest: Vec<u8>,
    /// For each value from 0 to white, the rung at or below it, and how far it is from there to the next, of 65536.
    between: Vec<(u8, u16)>,
}

impl Ladder {
    /// The ladder of 1 to 256 `values`, each from 0 to white; the code of a value is its place, the lowest if repeated.
    pub(crate) fn new(values: &[i32]) -> Self {
        let radix = values.len() as u32;
        let mut rungs: Vec<_> = values.iter().copied().zip(0..).collect();
        rungs.sort_unstable();
        rungs.dedup_by_key(|(value, _)| *value);
        let (mut nearest, mut between) = (Vec::new(), Vec::new());
        let mut lower = 0;
        for value in 0..=WHITE {
            while rungs.get(lower + 1).is_some_and(|next| next.0 <= value) {
                lower += 1;
            }
            let (below, code) = rungs[lower];
            let (above, next_code) = rungs.get(lower + 1).copied().unwrap_or((below, code));
            let closer = (above - value, next_code) < (value - below, code);
            nearest.push((lower + usize::from(closer && above > below)) as u8);
            let fraction = ((value - below).max(0) * 65536).checked_div(above - below);
            between.push((lower as u8, fraction.unwrap_or(0) as u16));
        }
        Self { rungs, radix, nearest, between }
    }

    #[inline]
    fn nearest(&self, value: i32) -> (u32, i32) {
        let (value, code) = self.rungs[self.nearest[value.clamp(0, WHITE) as usize] as usize];
        (code, value)
    }

    #[inline]
    fn ordered(&self, value: i32, threshold: u32) -> u32 {
        let (lower, fraction) = self.between[value.clamp(0, WHITE) as usize];
        self.rungs[lower as usize + usize::from(u32::from(fraction) > threshold)].1
    }
}

/// Every channel for itself: the code is the channels' codes as digits, each of the radix of its ladder.
#[derive(Debug)]
pub(crate) struct Channelwise<'a> {
    /// One for each channel; the first for gray.
    pub(crate) ladders: [&'a Ladder; 3],
}

impl<const C: usize> Quantize<C> for Channelwise<'_> {
    #[inline]
    fn nearest(&mut self, mut value: [i32; C]) -> (u32, [i32; C]) {
        let mut code = 0;
        for (value, ladder) in value.iter_mut().zip(self.ladders) {
            let (digit, rung) = ladder.nearest(*value);
            code = code * ladder.radix + digit;
            *value = rung;
        }
        (code, value)
    }

    #[inline]
    fn ordered(&mut self, value: [i32; C], threshold: u32) -> u32 {
        value
            .into_iter()
            .zip(self.ladders)
            .fold(0, |code, (value, ladder)| code * ladder.radix + ladder.ordered(value, threshold))
    }
}

/// Black and white: a comparison instead of a look-up.
#[derive(Debug)]
pub(crate) struct TwoLevels;

impl Quantize<1> for TwoLevels {
    #[inline]
    fn nearest(&mut self, [value]: [i32; 1]) -> (u32, [i32; 1]) {
        let white = value > WHITE / 2;
        (u32::from(white), [if white { WHITE } else { 0 }])
    }

    #[inline]
    fn ordered(&mut self, [value]: [i32; 1], threshold: u32) -> u32 {
        let fraction = (value.clamp(0, WHITE - 1) * 65536 / WHITE) as u32;
        u32::from(value >= WHITE || fraction > threshold)
    }
}
