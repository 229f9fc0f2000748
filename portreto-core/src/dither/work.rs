//! What a dither of one picture has to do, decided once.

use std::borrow::Cow;

use image::DynamicImage;

use super::{
    algorithm::Algorithm,
    bayer::bayer,
    blue_noise::{blue_noise_64, blue_noise_128},
    clustered::{Screen, clustered},
    definition,
    diffusion::{Spreading, diffuse},
    dots,
    mixing::{self, Mixing},
    nearest::NearestColor,
    noise::{Noise, NoiseKind},
    opacity::Opacity,
    ordered, otsu,
    own_kernel::{self, OwnKernel},
    palette::metric::{Metric, Perceived, PerceivedTable},
    quantize::{Channelwise, Ladder, Quantize, TwoLevels},
    riemersma,
    scale::{Scale, WHITE},
    source::Source,
    threshold_map::ThresholdMap,
    variable::{self, Variable, ostromoukhov, zhou_fang},
};
use crate::transform::{Colors, Dither, gray_color, grayed, grayed_light};

/// A picture, the values to choose from, and how.
#[derive(Debug)]
pub(crate) struct Work<'a> {
    /// Gray when the colors are; `C` is 1 then and 3 otherwise.
    image: Cow<'a, DynamicImage>,
    scale: Scale,
    opacity: Opacity,
    pub(crate) choice: Choice,
    pub(crate) method: Method,
}

/// The values to choose from.
#[derive(Debug)]
pub(crate) enum Choice {
    /// Each channel for itself: its rungs in the order of their codes; those of the first for gray. The place of a
    /// rung is its digit, and their number the radix.
    Channelwise([Vec<i32>; 3]),
    /// The color as a whole; its place is its code.
    Joint(Vec<[i32; 3]>),
    /// The same, by weighted distance.
    Weighted(Vec<[i32; 3]>),
    /// The same, as eyes see it.
    Perceived(Perceived),
}

impl Choice {
    /// The colors that are chosen as a whole, as values.
    pub(crate) fn colors(&self) -> &[[i32; 3]] {
        match self {
            Self::Channelwise(_) => &[],
            Self::Joint(colors) | Self::Weighted(colors) => colors,
            Self::Perceived(perceived) => perceived.colors(),
        }
    }
}

/// How a value with something between two colors is decided.
#[derive(Debug)]
pub(crate) enum Method {
    Diffusion(Spreading),
    OwnKernel(OwnKernel),
    Ordered(ThresholdMap),
    Noise(Noise),
    Variable(Variable),
    /// With a strength in thousandths.
    Riemersma(u16),
    /// With a strength in thousandths.
    Dots(u16),
    Mixing(Mixing),
    Otsu,
    Nearest,
}

impl<'a> Work<'a> {
    pub(crate) fn new(image: &'a DynamicImage, dither: &Dither) -> Self {
        let scale = Scale::new(dither.is_linear());
        let opacity = Opacity::new(image, dither);
        let (choice, sees_luma) = choice(dither, &scale);
        let image = if sees_luma { luma(image, dither) } else { Cow::Borrowed(image) };
        Self { image, scale, opacity, choice, method: method(dither) }
    }

    pub(crate) fn source(&self) -> Source<'_> {
        Source { image: &self.image, scale: &self.scale, opacity: &self.opacity }
    }

    /// Whether the picture is worked on as one channel.
    pub(crate) fn is_gray(&self) -> bool {
        let is_same = |[red, green, blue]: &[Vec<i32>; 3]| red == green && red == blue;
        !self.image.color().has_color()
            && matches!(&self.choice, Choice::Channelwise(rungs) if is_same(rungs))
    }

    /// Dithers, handing each row of codes to `sink`.
    pub(crate) fn run(&self, sink: &mut dyn FnMut(&[u32])) {
        match &self.choice {
            Choice::Channelwise([rungs, ..]) if *rungs == [0, WHITE] && self.is_gray() => {
                self.run_on(&mut TwoLevels, sink);
            }
            Choice::Channelwise([rungs, ..]) if self.is_gray() => {
                let ladder = Ladder::new(rungs);
                self.run_on::<1>(&mut Channelwise { ladders: [&ladder; 3] }, sink);
            }
            Choice::Channelwise(rungs) => {
                let [red, green, blue] = rungs.each_ref().map(|rungs| Ladder::new(rungs));
                self.run_on::<3>(&mut Channelwise { ladders: [&red, &green, &blue] }, sink);
            }
            Choice::Joint(colors) => {
                self.run_on::<3>(&mut NearestColor::new(colors.clone()), sink);
            }
            Choice::Weighted(colors) => {
                let quantizer: &mut dyn Quantize<3> = &mut NearestColor::weighted(colors.clone());
                self.run_on::<3>(&mut { quantizer }, sink);
            }
            Choice::Perceived(perceived) => {
                let quantizer: &mut dyn Quantize<3> = &mut PerceivedTable::new(perceived);
                self.run_on::<3>(&mut { quantizer }, sink);
            }
        }
    }

    /// The same codes, computed as [`definition`] does.
    pub(crate) fn plain_codes(&self) -> Vec<u32> {
        if self.is_gray() { definition::codes::<1>(self) } else { definition::codes::<3>(self) }
    }

    fn run_on<const C: usize>(
        &self,
        quantizer: &mut impl Quantize<C>,
        sink: &mut dyn FnMut(&[u32]),
    ) {
        let source = &self.source();
        match &self.method {
            Method::Diffusion(how) => return diffuse(source, quantizer, *how, sink),
            Method::Ordered(map) => return ordered::by_map(source, quantizer, map, sink),
            Method::Nearest => return ordered::nearest(source, quantizer, sink),
            _ => {}
        }
        // The others gain little from a copy of their engine for each quantizer.
        let quantizer: &mut dyn Quantize<C> = quantizer;
        let quantizer = &mut { quantizer };
        match &self.method {
            Method::OwnKernel(kernel) => own_kernel::diffuse(source, quantizer, kernel, sink),
            Method::Variable(how) => {
                variable::diffuse(source, &self.choice, quantizer, how, sink);
            }
            Method::Riemersma(strength) => riemersma::diffuse(source, quantizer, *strength, sink),
            Method::Dots(strength) => dots::diffuse(source, quantizer, *strength, sink),
            Method::Noise(noise) => ordered::by_noise(source, quantizer, *noise, sink),
            Method::Otsu => ordered::cut(source, quantizer, otsu::thresholds(source), sink),
            Method::Mixing(mixing) => {
                mixing::dither::<C>(source, &self.choice, *mixing, &bayer(3), sink);
            }
            Method::Diffusion(_) | Method::Ordered(_) | Method::Nearest => {}
        }
    }
}

/// The picture that is dithered: luma, if that is wanted instead of color.
pub(crate) fn seen<'a>(image: &'a DynamicImage, dither: &Dither) -> Cow<'a, DynamicImage> {
    if dither.is_grayscale() { luma(image, dither) } else { Cow::Borrowed(image) }
}

/// The luma of the light that is dithered.
fn luma<'a>(image: &'a DynamicImage, dither: &Dither) -> Cow<'a, DynamicImage> {
    match image.color().has_color() {
        true if dither.is_linear() => Cow::Owned(grayed_light(image)),
        true => Cow::Owned(grayed(image)),
        false => Cow::Borrowed(image),
    }
}

/// The 8-bit sample of one of `levels` evenly spaced levels, to the nearest.
pub(crate) fn level_sample(level: u16, levels: u16) -> u8 {
    let (level, last) = (u32::from(level), u32::from(levels - 1).max(1));
    ((level * 255 + last / 2) / last) as u8
}

/// The values to choose from, and whether these see luma only.
fn choice(dither: &Dither, scale: &Scale) -> (Choice, bool) {
    let even =
        |levels| (0..levels).map(|level| scale.narrow(level_sample(level, levels))).collect();
    match dither.color_choice() {
        Colors::Levels(levels) => (Choice::Channelwise(levels.channels().map(even)), false),
        Colors::Palette(palette) => {
            let palette = palette.colors();
            let colors: Vec<_> = palette.iter().map(|color| color.rgba()).collect();
            let same =
                |rungs: Vec<i32>| Choice::Channelwise(std::array::from_fn(|_| rungs.clone()));
            if dither.is_recolor() {
                (same(even(colors.len() as u16)), true)
            } else if colors.iter().all(|&color| gray_color(color) == color) {
                (same(colors.iter().map(|color| scale.narrow(color[0])).collect()), true)
            } else {
                let value = |[red, green, blue, _]: &[u8; 4]| {
                    [*red, *green, *blue].map(|sample| scale.narrow(sample))
                };
                let colors = || colors.iter().map(value).collect();
                let choice = match dither.color_metric() {
                    Metric::Rgb => Choice::Joint(colors()),
                    Metric::Weighted => Choice::Weighted(colors()),
                    metric @ (Metric::Oklab | Metric::Ciede2000) => {
                        Choice::Perceived(Perceived::new(&palette, scale, metric))
                    }
                };
                (choice, false)
            }
        }
    }
}

fn method(dither: &Dither) -> Method {
    let (serpentine, strength) = (dither.is_serpentine(), dither.strength_thousandths());
    let spread = |kernel| Method::Diffusion(Spreading { kernel, serpentine, strength });
    let map = |width, ranks: &[u32]| {
        Method::Ordered(ThresholdMap::new(width, ranks.iter().copied(), strength))
    };
    let dispersed = |bits: u32| map(1 << bits, &bayer(bits));
    let screen = |side, angle| map(side, &clustered(side, angle));
    let variable =
        |tones| Method::Variable(Variable { tones, strength, seed: dither.noise_seed() });
    let noise = |kind| Method::Noise(Noise { kind, strength });
    match dither.algorithm() {
        Algorithm::FloydSteinberg => spread(0),
        Algorithm::FalseFloydSteinberg => spread(1),
        Algorithm::JarvisJudiceNinke => spread(2),
        Algorithm::Stucki => spread(3),
        Algorithm::Burkes => spread(4),
        Algorithm::Sierra => spread(5),
        Algorithm::SierraTwoRow => spread(6),
        Algorithm::SierraLite => spread(7),
        Algorithm::Atkinson => spread(8),
        Algorithm::StevensonArce => spread(9),
        Algorithm::Fan => spread(10),
        Algorithm::ShiauFan => spread(11),
        Algorithm::ShiauFan2 => spread(12),
        Algorithm::Simple2d => spread(13),
        Algorithm::Pigeon => spread(14),
        Algorithm::Diagonal => spread(15),
        Algorithm::Kist => spread(16),
        Algorithm::Kernel => {
            Method::OwnKernel(OwnKernel::new(dither.own_weights(), serpentine, strength))
        }
        Algorithm::Ostromoukhov => variable(ostromoukhov()),
        Algorithm::ZhouFang => variable(zhou_fang()),
        Algorithm::Riemersma => Method::Riemersma(strength),
        Algorithm::Knuth => Method::Dots(strength),
        Algorithm::Bayer2 => dispersed(1),
        Algorithm::Bayer4 => dispersed(2),
        Algorithm::Bayer8 => dispersed(3),
        Algorithm::Bayer16 => dispersed(4),
        Algorithm::Bayer32 => dispersed(5),
        Algorithm::Bayer64 => dispersed(6),
        Algorithm::ClusteredDot4 => screen(4, Screen::Straight),
        Algorithm::ClusteredDot6 => screen(6, Screen::Straight),
        Algorithm::ClusteredDot8 => screen(8, Screen::Straight),
        Algorithm::ClusteredDot16 => screen(16, Screen::Straight),
        Algorithm::ClusteredDot4At45 => screen(4, Screen::Diagonal),
        Algorithm::ClusteredDot6At45 => screen(6, Screen::Diagonal),
        Algorithm::ClusteredDot8At45 => screen(8, Screen::Diagonal),
        Algorithm::ClusteredDot16At45 => screen(16, Screen::Diagonal),
        Algorithm::BlueNoise => map(128, blue_noise_128()),
        Algorithm::BlueNoise64 => map(64, blue_noise_64()),
        Algorithm::InterleavedGradient => noise(NoiseKind::InterleavedGradient),
        Algorithm::Ordered => match dither.own_matrix() {
            Some(matrix) => {
                Method::Ordered(ThresholdMap::new(matrix.width(), matrix.ranks(), strength))
            }
            None => Method::Nearest,
        },
        Algorithm::Yliluoma1 => Method::Mixing(Mixing::Pairs),
        Algorithm::Yliluoma2 => Method::Mixing(Mixing::Lists),
        Algorithm::Random => noise(NoiseKind::White(dither.noise_seed())),
        Algorithm::Otsu => Method::Otsu,
        Algorithm::Threshold => match dither.cutoff_thousandths() {
            Some(cutoff) => Method::Ordered(ThresholdMap::flat(cutoff)),
            None => Method::Nearest,
        },
    }
}
