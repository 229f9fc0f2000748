//! Which options have a meaning for which algorithm.

use super::{Colors, Dither};
use crate::{
    dither::Family,
    error::{Error, Result},
    transform::{
        Strength, gray_color,
        text::{invalid, out_of_range},
    },
};

pub(super) const QUANTIZER_NEEDS: &str = "dither quantizer chooses colors: it needs colors=";
pub(super) const METRIC_NEEDS: &str = "dither metric compares colors: it needs palette= or colors=";

impl Dither {
    /// Checks that every option that is set has a meaning here.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` that names the option, and the algorithms that have it.
    pub(in crate::transform) fn check(&self) -> Result<()> {
        let family = self.algorithm.family();
        self.check_colors()?;
        if self.recolor && self.grayscale {
            return Err(invalid("dither takes either recolor or grayscale; recolor sees luma"));
        }
        if self.serpentine && family != Family::Kernel {
            return Err(self.senseless("serpentine", "it is for error diffusion by a kernel"));
        }
        let has_strength = !matches!(family, Family::Threshold | Family::Otsu | Family::Mixing);
        if self.strength != Strength::FULL && !has_strength {
            let instead = "it is for what spreads an error or has a pattern of thresholds";
            return Err(self.senseless("strength", instead));
        }
        if self.seed != 0 && !self.algorithm.has_noise() {
            return Err(self.senseless("seed", "it is for random and zhou-fang"));
        }
        if self.cutoff.is_some() && family != Family::Threshold {
            return Err(self.senseless("cutoff", "it is for threshold"));
        }
        self.check_own("matrix", self.matrix.is_some(), "ordered", "0.2-3.1")?;
        self.check_own("weights", self.weights.is_some(), "kernel", "0.x.7-3.5.1@16")?;
        match family {
            Family::Otsu => self.check_otsu(),
            Family::Mixing => self.check_mixing(),
            _ if self.cutoff.is_some() => self.check_channelwise(),
            _ => Ok(()),
        }
    }

    /// The same, if what it says of its colors fits together.
    pub(super) fn with_colors_checked(self) -> Result<Self> {
        self.check_colors()?;
        Ok(self)
    }

    fn check_colors(&self) -> Result<()> {
        let named = [
            ("levels", self.levels.is_some()),
            ("palette", self.palette.is_some()),
            ("colors", self.colors.is_some()),
        ];
        let mut named = named.into_iter().filter_map(|(name, is_there)| is_there.then_some(name));
        if let (Some(one), Some(other)) = (named.next(), named.next()) {
            return Err(invalid(format!("dither takes either {one} or {other}, not both")));
        }
        if let Some(n) = self.colors.filter(|n| !(2..=256).contains(n)) {
            return Err(out_of_range("dither colors", n, "2 to 256"));
        }
        let has_list = self.palette.is_some() || self.colors.is_some();
        if !self.quantizer.is_default() && self.colors.is_none() {
            return Err(invalid(QUANTIZER_NEEDS));
        }
        if !self.metric.is_default() && !has_list {
            return Err(invalid(METRIC_NEEDS));
        }
        if self.recolor && !has_list {
            return Err(invalid("dither recolor needs colors to show: palette= or colors="));
        }
        if !self.metric.is_default() && self.recolor {
            return Err(invalid("dither metric has no meaning with recolor, which sees luma"));
        }
        Ok(())
    }

    /// `option` belongs to `algorithm`, and to no other.
    fn check_own(&self, option: &str, is_set: bool, algorithm: &str, example: &str) -> Result<()> {
        match (is_set, self.algorithm.name() == algorithm) {
            (true, false) => Err(self.senseless(option, &format!("it is for {algorithm}"))),
            (false, true) => Err(invalid(format!("dither {algorithm} needs {option}={example}"))),
            _ => Ok(()),
        }
    }

    fn check_mixing(&self) -> Result<()> {
        match self.color_choice() {
            _ if !self.metric.is_default() => {
                Err(self.senseless("metric", "the Yliluomas have their own"))
            }
            Colors::Levels(levels) if levels.n_colors() > 256 => Err(invalid(format!(
                "dither levels {levels} make {} colors; {} mixes at most 256",
                levels.n_colors(),
                self.algorithm
            ))),
            _ => Ok(()),
        }
    }

    fn check_otsu(&self) -> Result<()> {
        let has_two = match self.color_choice() {
            _ if self.colors.is_some() => false,
            Colors::Levels(levels) => levels.channels() == [2; 3],
            Colors::Palette(palette) => palette.colors().len() == 2,
        };
        if !has_two {
            return Err(invalid("dither otsu finds one threshold: levels=2, or a palette of two"));
        }
        self.check_channelwise()
    }

    /// A threshold is between two values of a channel: levels, or grays.
    fn check_channelwise(&self) -> Result<()> {
        match self.color_choice() {
            _ if self.colors.is_some() => {
                Err(self.senseless("cutoff", "with colors= there is nothing between two levels"))
            }
            Colors::Palette(palette)
                if !self.recolor
                    && palette
                        .colors()
                        .iter()
                        .any(|color| gray_color(color.rgba()) != color.rgba()) =>
            {
                Err(invalid(format!(
                    "dither {} cuts between grays; add recolor to use a palette of colors",
                    self.algorithm
                )))
            }
            _ => Ok(()),
        }
    }

    fn senseless(&self, option: &str, instead: &str) -> Error {
        invalid(format!("dither {option} has no meaning for {}; {instead}", self.algorithm))
    }
}
