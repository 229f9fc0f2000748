//! The text form of an output.

use std::fmt;

use super::{BITS, EFFORTS, Output, QUALITIES, is_msb};
use crate::{
    error::Result,
    format::Format,
    transform::text::{Argument, Element, out_of_range},
};

const KNOWN: &str = "quality=, lossless, effort=, subsampling=, progressive, compression=, optimize, bits=, order=, invert, still";

impl Output {
    /// Reads an output, if the element's name is a format or `auto`.
    pub(in crate::transform) fn parse(element: Element<'_>) -> Option<Result<Self>> {
        let format = match element.name {
            Self::AUTO => None,
            name => Some(name.parse().ok()?),
        };
        Some(Self::parse_arguments(format, element))
    }

    fn parse_arguments(format: Option<Format>, element: Element<'_>) -> Result<Self> {
        let (mut quality, mut lossless, mut effort) = (None, None, None);
        let (mut progressive, mut subsampling) = (None, None);
        let (mut compression, mut optimize) = (None, None);
        let (mut bits, mut order, mut invert) = (None, None, None);
        let mut still = None;
        for argument in element {
            match argument.key {
                "quality" => argument.once(&mut quality, small(&argument, QUALITIES)?)?,
                "lossless" => argument.once(&mut lossless, argument.flag()?)?,
                "effort" => argument.once(&mut effort, small(&argument, EFFORTS)?)?,
                "subsampling" => argument.once(&mut subsampling, argument.parse()?)?,
                "progressive" => argument.once(&mut progressive, argument.flag()?)?,
                "compression" => argument.once(&mut compression, argument.parse()?)?,
                "optimize" => argument.once(&mut optimize, argument.flag()?)?,
                "bits" => argument.once(&mut bits, small(&argument, BITS)?)?,
                "order" => argument.once(&mut order, argument.parse()?)?,
                "invert" => argument.once(&mut invert, argument.flag()?)?,
                "still" => argument.once(&mut still, argument.flag()?)?,
                _ => return Err(argument.unexpected(KNOWN)),
            }
        }
        Self {
            format,
            quality,
            lossless: lossless.unwrap_or_default(),
            effort,
            subsampling,
            progressive: progressive.unwrap_or_default(),
            compression,
            optimize: optimize.unwrap_or_default(),
            bits,
            order: order.unwrap_or_default(),
            invert: invert.unwrap_or_default(),
            still: still.unwrap_or_default(),
        }
        .checked()
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        if let Some(quality) = self.quality {
            write!(f, ":quality={quality}")?;
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
