//! Error diffusion whose weights depend on the tone.
//!
//! A pixel's tone is where its sample, without errors, stands between the two rungs of its channel's ladder that it
//! lies between: 0 at the lower, 255 at the upper, to the nearest; the weights of tone `t` are those of `255 − t`. With
//! a palette of colors, all channels have the tone of the luma (ITU-R BT.709) between black and white. Then, as in
//! [`diffusion`](super::diffusion):
//!
//! 1. A pixel's value is its sample's value plus the errors it was given, clamped.
//! 2. It becomes the color that is nearest to the value less a shift: half the distance between the two rungs (or the
//!    palette's mean spacing) times the tone's modulation times a random number of 0 to 1
//!    times the strength; 0 for Ostromoukhov.
//! 3. The error is the value less the color's value, times the strength. The pixel ahead and the one below and behind get
//!    their parts of it, and the one below what is left.
//! 4. What would fall outside of the picture is dropped. A pixel that is not opaque gives nothing and drops what it was given.
//! 5. Rows run from left to right and from right to left by turns, as both papers have it.

mod ostromoukhov;
mod zhou_fang;

use super::{
    nearest::spread,
    noise::random,
    quantize::{HOLE, Quantize},
    scale::{HIGHEST, LOWEST, WHITE, fraction, part},
    source::Source,
    work::Choice,
};

pub(crate) use self::{ostromoukhov::ostromoukhov, zhou_fang::zhou_fang};

/// What is done at each tone from 0 to 127.
#[derive(Debug)]
pub(crate) struct Tone {
    /// The parts of the pixel ahead, and of the one below and behind: [`fraction`]s. The one below gets the rest.
    pub(crate) ahead: i32,
    pub(crate) behind: i32,
    /// How much noise, of 65536.
    pub(crate) modulation: i32,
}

/// A way to diffuse, and how it is used.
#[derive(Debug)]
pub(crate) struct Variable {
    /// 128 of them.
    pub(crate) tones: &'static [Tone],
    /// Thousandths.
    pub(crate) strength: u16,
    pub(crate) seed: u32,
}

/// Where a sample stands: its tone, and the distance between the rungs around it.
pub(crate) type Place = (u8, i32);

impl Variable {
    pub(crate) fn tone(&self, (tone, _): Place) -> &Tone {
        &self.tones[usize::from(tone.min(255 - tone))]
    }

    /// By how much a value is shifted before it becomes the nearest color.
    pub(crate) fn shift(&self, place: Place, x: usize, y: usize) -> i32 {
        let range = (place.1 / 2 * self.tone(place).modulation) >> 16;
        let shift = (range * random(self.seed, x, y) as i32) >> 16;
        part(shift, fraction(i32::from(self.strength), 1000))
    }
}

/// The place of a `value` on a ladder of ascending `rungs`: 0 where it is not between two.
pub(crate) fn place(value: i32, rungs: &[i32]) -> Place {
    let above = rungs.partition_point(|&rung| rung <= value);
    if above == 0 || above == rungs.len() {
        return (0, 0);
    }
    let (below, step) = (rungs[above - 1], rungs[above] - rungs[above - 1]);
    ((((value - below) * 510 + step) / (2 * step)) as u8, step)
}

/// The place of a color among those of a palette.
pub(crate) fn place_of_color([red, green, blue]: [i32; 3], spread: i32) -> Place {
    let luma = (13_933 * red + 46_871 * green + 4_732 * blue + 32_768) >> 16;
    (((luma + 32) / 64) as u8, spread)
}

/// The places of all samples, by look-up.
enum Places {
    /// For each channel, the place of each value.
    Ladders([Vec<Place>; 3]),
    /// The spacing of a palette.
    Colors(i32),
}

impl Places {
    fn new(choice: &Choice) -> Self {
        match choice {
            Choice::Channelwise(rungs) => Self::Ladders(rungs.each_ref().map(|rungs| {
                let mut rungs = rungs.clone();
                rungs.sort_unstable();
                rungs.dedup();
                (0..=WHITE).map(|value| place(value, &rungs)).collect()
            })),
            colors => Self::Colors(spread(colors.colors())),
        }
    }

    #[inline]
    fn of<const C: usize>(&self, value: [i32; C]) -> [Place; C] {
        match self {
            Self::Ladders(ladders) => {
                std::array::from_fn(|channel| ladders[channel][value[channel] as usize])
            }
            Self::Colors(spread) => {
                let color = std::array::from_fn(|channel| value[channel.min(C - 1)]);
                [place_of_color(color, *spread); C]
            }
        }
    }
}

/// Dithers `source` and hands each row of codes to `sink`, from top to bottom.
pub(crate) fn diffuse<const C: usize>(
    source: &Source<'_>,
    choice: &Choice,
    quantizer: &mut impl Quantize<C>,
    how: &Variable,
    sink: &mut dyn FnMut(&[u32]),
) {
    let width = source.width();
    let places = Places::new(choice);
    let strength = fraction(i32::from(how.strength), 1000);
    let (mut opaque, mut codes) = (vec![true; width], vec![0; width]);
    let mut samples = vec![[0; C]; width];
    // Errors for this row and the next, with a margin of one pixel on both sides.
    let mut here = vec![[0; C]; width + 2];
    let mut below = vec![[0; C]; width + 2];
    for y in 0..source.height() {
        source.row(y, &mut samples);
        source.opaque_row(y, &mut opaque);
        let backward = y % 2 == 1;
        for step in 0..width {
            let x = if backward { width - 1 - step } else { step };
            if !opaque[x] {
                codes[x] = HOLE;
                continue;
            }
            let at = x + 1;
            let (ahead, behind) = if backward { (at - 1, at + 1) } else { (at + 1, at - 1) };
            let places = places.of(samples[x]);
            let value: [i32; C] = std::array::from_fn(|channel| {
                (samples[x][channel] + here[at][channel]).clamp(LOWEST, HIGHEST)
            });
            let shifted = std::array::from_fn(|channel| {
                (value[channel] - how.shift(places[channel], x, y)).max(LOWEST)
            });
            let (code, color) = quantizer.nearest(shifted);
            codes[x] = code;
            for channel in 0..C {
                let tone = how.tone(places[channel]);
                let error = part(value[channel] - color[channel], strength);
                let (to_ahead, to_behind) = (part(error, tone.ahead), part(error, tone.behind));
                here[ahead][channel] += to_ahead;
                below[behind][channel] += to_behind;
                below[at][channel] += error - to_ahead - to_behind;
            }
        }
        sink(&codes);
        std::mem::swap(&mut here, &mut below);
        below.fill([0; C]);
    }
}
