//! The text form of an output.

use std::fmt;

use super::{Accept, BITS, EFFORTS, Output, QUALITIES, TARGETS, USUAL_TARGET, is_msb};
use crate::{
    error::Result,
    transform::text::{Argument, Element, out_of_range},
};

const KNOWN: &str = "quality=, target=, accept=, lossless, effort=, subsampling=, progressive, compression=, optimize, metadata=, profile=, bits=, order=, invert, still";

impl Output {
    /// Reads an output, if the element's name is a format, `auto` or `same`.
    pub(in crate::transform) fn parse(element: Element<'_>) -> Option<Result<Self>> {
        let output = match element.name {
            Self::SAME => Self::same(),
            Self::AUTO => Self::auto(Accept::new()),
            name => Self::new(name.parse().ok()?),
        };
        Some(Self::parse_arguments(output, element))
    }

    fn parse_arguments(output: Self, element: Element<'_>) -> Result<Self> {
        let (mut target, mut accept) = (None, None);
        let (mut quality, mut lossless, mut effort) = (None, None, None);
        let (mut progressive, mut subsampling) = (None, None);
        let (mut compression, mut optimize) = (None, None);
        let (mut metadata, mut profile) = (None, None);
        let (mut bits, mut order, mut invert) = (None, None, None);
        let mut still = None;
        for argument in element {
            match argument.key {
                "quality" if argument.value == Some("auto") => {
                    argument.once(&mut quality, None)?;
                }
                "target" => argument.once(&mut target, small(&argument, TARGETS)?)?,
                "accept" if output.auto.is_some() => {
                    argument.once(&mut accept, argument.parse()?)?;
                }
                "quality" => argument.once(&mut quality, Some(small(&argument, QUALITIES)?))?,
                "lossless" => argument.once(&mut lossless, argument.flag()?)?,
                "effort" => argument.once(&mut effort, small(&argument, EFFORTS)?)?,
                "subsampling" => argument.once(&mut subsampling, argument.parse()?)?,
                "progressive" => argument.once(&mut progressive, argument.flag()?)?,
                "compression" => argument.once(&mut compression, argument.parse()?)?,
                "optimize" => argument.once(&mut optimize, argument.flag()?)?,
                "profile" => argument.once(&mut profile, argument.parse()?)?,
                "metadata" => argument.once(&mut metadata, argument.parse()?)?,
                "bits" => argument.once(&mut bits, small(&argument, BITS)?)?,
                "order" => argument.once(&mut order, argument.parse()?)?,
                "invert" => argument.once(&mut invert, argument.flag()?)?,
                "still" => argument.once(&mut still, argument.flag()?)?,
                _ => return Err(argument.unexpected(KNOWN)),
            }
        }
        let target = match quality {
            Some(None) => target.or(Some(USUAL_TARGET)),
            _ => target,
        };
        Self {
            auto: accept.or(output.auto),
            quality: quality.flatten(),
            target,
            lossless: lossless.unwrap_or_default(),
            effort,
            subsampling,
            progressive: progressive.unwrap_or_default(),
            compression,
            optimize: optimize.unwrap_or_default(),
            metadata: metadata.unwrap_or_default(),
            profile: profile.unwrap_or_default(),
            bits,
            order: order.unwrap_or_default(),
            invert: invert.unwrap_or_default(),
            still: still.unwrap_or_default(),
            ..output
        }
        .checked()
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        if let Some(accept) = self.auto
            && accept != Accept::new()
        {
            write!(f, ":accept={accept}")?;
        }
        if let Some(quality) = self.quality {
            write!(f, ":quality={quality}")?;
        }
        if let Some(target) = self.target {
            f.write_str(":quality=auto")?;
            if target != USUAL_TARGET {
                write!(f, ":target={target}")?;
            }
        }
        if self.lossless {
            f.write_str(":lossless")?;
        }
        if let Some(effort) = self.effort {
            write!(f, ":effort={effort}")?;
        }
        if let Some(subsampling) = self.subsampling {
            write!(f, ":subsampling={subsampling}")?;
        }
        if self.progressive {
            f.write_str(":progressive")?;
        }
        if let Some(compression) = self.compression {
            write!(f, ":compression={compression}")?;
        }
        if self.optimize {
            f.write_str(":optimize")?;
        }
        if !self.metadata.is_default() {
            write!(f, ":metadata={}", self.metadata)?;
        }
        if !self.profile.is_default() {
            write!(f, ":profile={}", self.profile)?;
        }
        if let Some(bits) = self.bits {
            write!(f, ":bits={bits}")?;
        }
        if !is_msb(&self.order) {
            write!(f, ":order={}", self.order)?;
        }
        if self.invert {
            f.write_str(":invert")?;
        }
        if self.still {
            f.write_str(":still")?;
        }
        Ok(())
    }
}

/// Reads a number of one byte; whether it is in `range` is checked with the rest.
fn small(argument: &Argument<'_>, range: &str) -> Result<u8> {
    let value = argument.number()?;
    u8::try_from(value)
        .map_err(|_| out_of_range(&format!("{} {}", argument.element, argument.key), value, range))
}
