//! The text form of a dither.

use std::fmt;

use super::{
    Alpha, Dither,
    sense::{METRIC_NEEDS, QUANTIZER_NEEDS},
};
use crate::{
    error::Result,
    transform::{
        Strength,
        text::{Element, invalid, out_of_range},
    },
};

impl Dither {
    pub(in crate::transform) fn parse(mut element: Element<'_>) -> Result<Self> {
        let algorithm = element.first("an algorithm, such as floyd-steinberg")?.parse()?;
        let (mut levels, mut palette, mut matrix, mut weights) = (None, None, None, None);
        let (mut colors, mut quantizer, mut metric) = (None, None, None);
        let (mut grayscale, mut recolor, mut serpentine, mut linear) = (None, None, None, None);
        let (mut strength, mut alpha, mut cutoff, mut seed) = (None, None, None, None);
        for argument in element {
            match argument.key {
                "levels" => argument.once(&mut levels, argument.parse()?)?,
                "colors" => {
                    let value = argument.number()?;
                    let range = |_| out_of_range("dither colors", value, "2 to 256");
                    argument.once(&mut colors, u16::try_from(value).map_err(range)?)?;
                }
                "quantizer" => argument.once(&mut quantizer, argument.parse()?)?,
                "metric" => argument.once(&mut metric, argument.parse()?)?,
                "palette" => argument.once(&mut palette, argument.parse()?)?,
                "matrix" => argument.once(&mut matrix, argument.parse()?)?,
                "weights" => argument.once(&mut weights, argument.parse()?)?,
                "grayscale" | "greyscale" => argument.once(&mut grayscale, argument.flag()?)?,
                "recolor" => argument.once(&mut recolor, argument.flag()?)?,
                "serpentine" => argument.once(&mut serpentine, argument.flag()?)?,
                "strength" => argument.once(&mut strength, argument.parse()?)?,
                "linear" => argument.once(&mut linear, argument.flag()?)?,
                "alpha" => argument.once(&mut alpha, argument.parse()?)?,
                "cutoff" => argument.once(&mut cutoff, argument.parse()?)?,
                "seed" => argument.once(&mut seed, argument.number()?)?,
                _ => {
                    let known = "levels=, palette= or colors=, quantizer=, metric=, matrix=, weights=, grayscale, recolor, serpentine, strength=, \
                                 linear, alpha=, cutoff=, seed=";
                    return Err(argument.unexpected(known));
                }
            }
        }
        // Also where they say the default.
        if quantizer.is_some() && colors.is_none() {
            return Err(invalid(QUANTIZER_NEEDS));
        }
        if metric.is_some() && palette.is_none() && colors.is_none() {
            return Err(invalid(METRIC_NEEDS));
        }
        let dither = Self {
            algorithm,
            levels,
            palette,
            colors,
            quantizer: quantizer.unwrap_or_default(),
            metric: metric.unwrap_or_default(),
            matrix,
            weights,
            grayscale: grayscale.unwrap_or_default(),
            recolor: recolor.unwrap_or_default(),
            serpentine: serpentine.unwrap_or_default(),
            strength: strength.unwrap_or_default(),
            linear: linear.unwrap_or_default(),
            alpha: alpha.unwrap_or_default(),
            cutoff,
            seed: seed.unwrap_or_default(),
        };
        dither.checked()
    }
}

impl fmt::Display for Dither {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", Self::NAME, self.algorithm)?;
        if let Some(matrix) = &self.matrix {
            write!(f, ":matrix={matrix}")?;
        }
        if let Some(weights) = &self.weights {
            write!(f, ":weights={weights}")?;
        }
        if let Some(levels) = self.levels {
            write!(f, ":levels={levels}")?;
        }
        if let Some(palette) = &self.palette {
            write!(f, ":palette={palette}")?;
        }
        if let Some(colors) = self.colors {
            write!(f, ":colors={colors}")?;
        }
        if !self.quantizer.is_default() {
            write!(f, ":quantizer={}", self.quantizer)?;
        }
        if !self.metric.is_default() {
            write!(f, ":metric={}", self.metric)?;
        }
        for (is_set, word) in [
            (self.grayscale, "grayscale"),
            (self.recolor, "recolor"),
            (self.serpentine, "serpentine"),
        ] {
            if is_set {
                write!(f, ":{word}")?;
            }
        }
        if self.strength != Strength::FULL {
            write!(f, ":strength={}", self.strength)?;
        }
        if self.linear {
            f.write_str(":linear")?;
        }
        if self.alpha != Alpha::Threshold {
            write!(f, ":alpha={}", self.alpha)?;
        }
        if let Some(cutoff) = self.cutoff {
            write!(f, ":cutoff={cutoff}")?;
        }
        if self.seed != 0 {
            write!(f, ":seed={}", self.seed)?;
        }
        Ok(())
    }
}
