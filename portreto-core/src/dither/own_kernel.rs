//! Error diffusion by a kernel that is only known at run time.
//!
//! What is computed is what [`diffusion`](super::diffusion) says, with the neighbors and the divisor of [`Weights`].

use super::{
    kernel::Tap,
    quantize::{HOLE, Quantize},
    scale::{HIGHEST, LOWEST, fraction, part},
    source::Source,
    weights::{OWN_REACH, OWN_ROWS, Weights},
};

/// A kernel of one's own, and how it is used.
#[derive(Debug)]
pub(crate) struct OwnKernel {
    /// In reading order.
    pub(crate) taps: Vec<Tap>,
    /// The part of the error that all neighbors get together, a [`fraction`].
    pub(crate) whole: i32,
    pub(crate) serpentine: bool,
    /// Thousandths.
    pub(crate) strength: u16,
}

impl OwnKernel {
    /// The neighbors of `weights`; none if there are none, which makes a threshold.
    pub(crate) fn new(weights: Option<&Weights>, serpentine: bool, strength: u16) -> Self {
        let mut taps = Vec::new();
        let mut whole = 0;
        if let Some(weights) = weights {
            let of_divisor = |weight: u32| fraction(weight as i32, weights.divisor() as i32);
            let tap = |(dx, dy, weight)| Tap { dx, dy, weight: of_divisor(weight) };
            taps = weights.neighbors().map(tap).collect();
            whole = of_divisor(weights.neighbors().map(|(_, _, weight)| weight).sum());
        }
        Self { taps, whole, serpentine, strength }
    }
}

/// Dithers `source` and hands each row of codes to `sink`, from top to bottom.
pub(crate) fn diffuse<const C: usize>(
    source: &Source<'_>,
    quantizer: &mut impl Quantize<C>,
    kernel: &OwnKernel,
    sink: &mut dyn FnMut(&[u32]),
) {
    let width = source.width();
    let strength = fraction(i32::from(kernel.strength), 1000);
    let (mut opaque, mut codes) = (vec![true; width], vec![0; width]);
    let mut samples = vec![[0; C]; width];
    // Errors for this row and those to come; what falls beside the picture lands in the margins and is never read.
    let mut errors = vec![vec![[0; C]; width + 2 * OWN_REACH]; OWN_ROWS];
    for y in 0..source.height() {
        source.row(y, &mut samples);
        source.opaque_row(y, &mut opaque);
        let backward = kernel.serpentine && y % 2 == 1;
        for step in 0..width {
            let x = if backward { width - 1 - step } else { step };
            if !opaque[x] {
                codes[x] = HOLE;
                continue;
            }
            let given = errors[0][x + OWN_REACH];
            let value: [i32; C] = std::array::from_fn(|channel| {
                (samples[x][channel] + given[channel]).clamp(LOWEST, HIGHEST)
            });
            let (code, color) = quantizer.nearest(value);
            codes[x] = code;
            for channel in 0..C {
                let error = part(value[channel] - color[channel], strength);
                let mut left = part(error, kernel.whole);
                for (index, tap) in kernel.taps.iter().enumerate() {
                    let last = index + 1 == kernel.taps.len();
                    let share = if last { left } else { part(error, tap.weight) };
                    left -= share;
                    let dx = if backward { -tap.dx } else { tap.dx };
                    let column = (x + OWN_REACH).wrapping_add_signed(dx as isize);
                    errors[tap.dy][column][channel] += share;
                }
            }
        }
        sink(&codes);
        errors[0].fill([0; C]);
        errors.rotate_left(1);
    }
}
