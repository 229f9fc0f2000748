//! Which work has an engine that goes from 8-bit samples straight to packed rows.
//!
//! Black and white by threshold map is `cuts`; error diffusion is `wavefront`, and `chain` where rows are serpentine. All
//! else, and what they cannot do (alpha, 16 bits, colors that need more than a byte), goes through rows of values.

use image::DynamicImage;

use super::{
    chain,
    cuts::Cuts,
    diffusion::Spreading,
    level::Level,
    opacity::Opacity,
    quantize::{Quantize, TwoLevels},
    scale::WHITE,
    wavefront::{self, Colors, MAX_RUNGS, PutRow, Sheet, Values},
    work::{Choice, Method, Work},
};
use crate::picture::Depth;

/// Work that has such an engine.
#[derive(Debug)]
pub(crate) struct Packed<'a> {
    samples: &'a [u8],
    n_channels: usize,
    width: usize,
    engine: Engine<'a>,
    work: &'a Work<'a>,
}

#[derive(Debug)]
enum Engine<'a> {
    Cuts(Cuts),
    Chain(Spreading),
    Wavefront(Spreading, Colors<'a>),
}

impl<'a> Packed<'a> {
    /// None when there is no such engine.
    pub(crate) fn new(work: &'a Work<'a>) -> Option<Self> {
        let source = work.source();
        let (samples, n_channels) = match source.image {
            DynamicImage::ImageLuma8(image) => (image.as_raw(), 1),
            DynamicImage::ImageRgb8(image) => (image.as_raw(), 3),
            _ => return None,
        };
        if !matches!(source.opacity, Opacity::All) {
            return None;
        }
        let (width, height) = (source.width(), source.height());
        let engine = engine(work, n_channels)?;
        let samples = &samples[..width * height * n_channels];
        Some(Self { samples, n_channels, width, engine, work })
    }

    /// The depth that holds the codes.
    pub(crate) fn depth(&self) -> Depth {
        let n_codes = match &self.engine {
            Engine::Cuts(_) | Engine::Chain(_) => 2,
            Engine::Wavefront(_, Colors::Rungs(rungs)) => rungs.len().pow(self.n_channels as u32),
            Engine::Wavefront(_, Colors::Palette(colors)) => colors.len(),
        };
        Depth::holding(n_codes)
    }

    /// Whether it is faster than rows of values on this machine, and the picture large enough to show it.
    pub(crate) fn is_worthwhile(&self, level: Level) -> bool {
        let is_quick = match &self.engine {
            Engine::Wavefront(_, Colors::Palette(colors)) => colors.len() <= level.quick_colors(),
            Engine::Wavefront(..) | Engine::Cuts(_) | Engine::Chain(_) => true,
        };
        is_quick && self.width >= 16 && self.samples.len() >= 1024
    }

    /// Fills `rows`, which are zero, with codes of `depth`; with any level and number of threads the same.
    pub(crate) fn run(&self, level: Level, n_threads: usize, depth: Depth, rows: &mut [u8]) {
        let scale = self.work.source().scale;
        let value = |sample| scale.narrow(sample);
        match &self.engine {
            Engine::Cuts(cuts) => cuts.dither(level, self.samples, self.width, rows),
            Engine::Chain(how) => {
                let job = chain::Job {
                    samples: self.samples,
                    width: self.width,
                    values: &Values::new(value),
                    kernel: how.kernel,
                    serpentine: how.serpentine,
                };
                chain::diffuse(level, job, rows);
            }
            Engine::Wavefront(how, colors) => {
                let job = wavefront::Job {
                    samples: self.samples,
                    n_channels: self.n_channels,
                    width: self.width,
                    kernel: how.kernel,
                    strength: how.strength,
                };
                let n_bytes = depth.row_bytes(self.width as u32);
                let pack = |codes: &[u8], row: &mut [u8]| depth.pack(codes, row);
                let put = (depth != Depth::Eight).then_some(&pack as &PutRow<'_>);
                let sheet = Sheet { rows, n_bytes, put };
                wavefront::diffuse(level, &job, value, colors, sheet, n_threads);
            }
        }
    }
}

fn engine<'a>(work: &'a Work<'a>, n_channels: usize) -> Option<Engine<'a>> {
    let colors = colors(work, n_channels)?;
    let is_black_white = matches!(colors, Colors::Rungs([0, WHITE])) && n_channels == 1;
    match &work.method {
        Method::Ordered(map) if is_black_white => {
            let scale = work.source().scale;
            let is_white = |sample, threshold| {
                Quantize::<1>::ordered(&mut TwoLevels, [scale.narrow(sample)], threshold) == 1
            };
            Cuts::new(map.rows(), is_white).map(Engine::Cuts)
        }
        Method::Diffusion(how) if how.serpentine => {
            (is_black_white && how.strength == 1000).then_some(Engine::Chain(*how))
        }
        Method::Diffusion(how) => Some(Engine::Wavefront(*how, colors)),
        _ => None,
    }
}

/// The colors, if the wavefront knows their kind.
fn colors<'a>(work: &'a Work<'a>, n_channels: usize) -> Option<Colors<'a>> {
    match &work.choice {
        Choice::Channelwise([rungs, green, blue]) => {
            let n_codes = rungs.len().pow(n_channels as u32);
            let is_even = rungs.first() == Some(&0) && rungs.last() == Some(&WHITE);
            let is_known = is_even
                && rungs.is_sorted_by(|lower, upper| lower < upper)
                && rungs.len() <= MAX_RUNGS
                && n_codes <= 256
                && (n_channels == 1) == work.is_gray()
                && (n_channels == 1 || (rungs == green && rungs == blue));
            is_known.then_some(Colors::Rungs(rungs))
        }
        Choice::Joint(colors) => (n_channels == 3).then_some(Colors::Palette(colors)),
        _ => None,
    }
}
