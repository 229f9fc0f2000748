//! What a dither of one picture has to do, decided once.

use std::borrow::Cow;

use image::DynamicImage;

use super::{
    algorithm::Algorithm,
    bayer::ThresholdMap,
    definition,
    diffusion::{Spreading, diffuse},
    nearest::NearestColor,
    ordered,
    palette::metric::{Metric, Perceived, PerceivedTable},
    quantize::{Channelwise, Ladder, Quantize, TwoLevels},
    scale::{Scale, WHITE},
    source::Source,
};
use crate::transform::{Colors, Dither, gray_color, grayed};

/// A picture, the values to choose from, and how.
#[derive(Debug)]
pub(crate) struct Work<'a> {
    /// Gray when the colors are; `C` is 1 then and 3 otherwise.
    image: Cow<'a, DynamicImage>,
    scale: Scale,
    pub(crate) choice: Choice,
    pub(crate) method: Method,
}

/// The values to choose from.
#[derive(Debug)]
pub(crate) enum Choice {
    /// Each channel for itself. The place of a rung is its digit; `radix` is how many there are.
    Channelwise {
        /// In the order of their codes.
        rungs: Vec<i32>,
        radix: u32,
    },
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
            Self::Channelwise { .. } => &[],
            Self::Joint(colors) | Self::Weighted(colors) => colors,
            Self::Perceived(perceived) => perceived.colors(),
        }
    }
}

/// How a value with something between two colors is decided.
#[derive(Debug)]
pub(crate) enum Method {
    Diffusion(Spreading),
    Ordered(ThresholdMap),
    Nearest,
}

impl<'a> Work<'a> {
    pub(crate) fn new(image: &'a DynamicImage, dither: &Dither) -> Self {
        let scale = Scale::new(dither.is_linear());
        let (choice, grays_only) = match dither.color_choice() {
            Colors::Levels(levels) => {
                let rungs = (0..levels).map(|level| scale.narrow(level_sample(level, levels)));
                let radix = u32::from(levels);
                (Choice::Channelwise { rungs: rungs.collect(), radix }, false)
            }
            Colors::Palette(palette) => {
                let palette = palette.colors();
                let colors: Vec<_> = palette.iter().map(|color| color.rgba()).collect();
                if colors.iter().all(|&color| gray_color(color) == color) {
                    let rungs = colors.iter().map(|color| scale.narrow(color[0])).collect();
                    (Choice::Channelwise { rungs, radix: colors.len() as u32 }, true)
                } else {
                    let value = |[red, green, blue, _]: &[u8; 4]| {
                        [*red, *green, *blue].map(|sample| scale.narrow(sample))
                    };
                    let colors = || colors.iter().map(value).collect();
                    let choice = match dither.color_metric() {
                        Metric::Rgb => Choice::Joint(colors()),
                        Metric::Weighted => Choice::Weighted(colors()),
                        metric @ (Metric::Oklab | Metric::Ciede2000) => {
                            Choice::Perceived(Perceived::new(&palette, &scale, metric))
                        }
                    };
                    (choice, false)
                }
            }
        };
        let image = if grays_only && image.color().has_color() {
            Cow::Owned(grayed(image))
        } else {
            Cow::Borrowed(image)
        };
        Self { image, scale, choice, method: method(dither) }
    }

    pub(crate) fn source(&self) -> Source<'_> {
        Source { image: &self.image, scale: &self.scale }
    }

    /// Whether the picture is worked on as one channel.
    pub(crate) fn is_gray(&self) -> bool {
        !self.image.color().has_color() && matches!(self.choice, Choice::Channelwise { .. })
    }

    /// Dithers, handing each row of codes to `sink`.
    pub(crate) fn run(&self, sink: &mut dyn FnMut(&[u32])) {
        match &self.choice {
            Choice::Channelwise { rungs, .. } if *rungs == [0, WHITE] && self.is_gray() => {
                self.run_on(&mut TwoLevels, sink);
            }
            Choice::Channelwise { rungs, radix } => {
                let quantizer = &mut Channelwise { ladder: &Ladder::new(rungs), radix: *radix };
                if self.is_gray() {
                    self.run_on::<1>(quantizer, sink);
                } else {
                    self.run_on::<3>(quantizer, sink);
                }
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
        match &self.method {
            Method::Diffusion(how) => diffuse(&self.source(), quantizer, *how, sink),
            Method::Ordered(map) => ordered::threshold(&self.source(), quantizer, Some(map), sink),
            Method::Nearest => ordered::threshold(&self.source(), quantizer, None, sink),
        }
    }
}

/// The 8-bit sample of one of `levels` evenly spaced levels, to the nearest.
pub(crate) fn level_sample(level: u16, levels: u16) -> u8 {
    let (level, last) = (u32::from(level), u32::from(levels - 1));
    ((level * 255 + last / 2) / last) as u8
}

fn method(dither: &Dither) -> Method {
    let spread = |kernel| {
        let (serpentine, strength) = (dither.is_serpentine(), dither.strength_thousandths());
        Method::Diffusion(Spreading { kernel, serpentine, strength })
    };
    let ordered = |bits| Method::Ordered(ThresholdMap::new(bits, dither.strength_thousandths()));
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
        Algorithm::Bayer2 => ordered(1),
        Algorithm::Bayer4 => ordered(2),
        Algorithm::Bayer8 => ordered(3),
        Algorithm::Bayer16 => ordered(4),
        Algorithm::Bayer32 => ordered(5),
        Algorithm::Bayer64 => ordered(6),
        Algorithm::Threshold => Method::Nearest,
    }
}
