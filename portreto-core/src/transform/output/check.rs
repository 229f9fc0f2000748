//! Which option has a meaning for which format.

use super::{ANIMATED, BITS, EFFORTS, Output, QUALITIES, TARGETS, depth, is_msb};
use crate::{
    encode::{Attached, read_only},
    error::Result,
    format::Format,
    transform::text::{invalid, out_of_range},
};

/// An option's name, and the formats that have it.
type Row = (&'static str, &'static [Format]);

const QUALITY: Row = ("quality", &[Format::Jpeg, Format::WebP, Format::Avif]);
const LOSSLESS: Row = ("lossless", &[Format::WebP]);
const EFFORT: Row = ("effort", &[Format::WebP, Format::Avif]);
const PROGRESSIVE: Row = ("progressive", &[Format::Jpeg]);
const SUBSAMPLING: Row = ("subsampling", &[Format::Jpeg]);
const COMPRESSION: Row = ("compression", &[Format::Png]);
const OPTIMIZE: Row = ("optimize", &[Format::Jpeg, Format::Png]);
const METADATA: Row = ("metadata", Attached::FORMATS);
const PROFILE: Row = ("profile", Attached::FORMATS);
const RAW_BITS: Row = ("bits", &[Format::Raw]);
const ORDER: Row = ("order", &[Format::Raw]);
const INVERT: Row = ("invert", &[Format::Raw]);
const STILL: Row = ("still", ANIMATED);

impl Output {
    pub(super) fn checked(self) -> Result<Self> {
        if let Some(format) = self.format.filter(|format| !format.is_written()) {
            return Err(read_only(format));
        }
        if self.auto.is_some() && self.format.is_some() {
            return Err(invalid("the format is either auto or said, not both"));
        }
        let has_quality = self.quality.is_some() || self.target.is_some();
        let used = [
            (QUALITY, has_quality && self.auto.is_none()),
            (LOSSLESS, self.lossless),
            (EFFORT, self.effort.is_some()),
            (PROGRESSIVE, self.progressive),
            (SUBSAMPLING, self.subsampling.is_some()),
            (COMPRESSION, self.compression.is_some()),
            (OPTIMIZE, self.optimize),
            // What an automatic format will be is known when there is a picture.
            (PROFILE, !self.profile.is_default() && self.format.is_some()),
            (METADATA, !self.metadata.is_default() && self.format.is_some()),
            (RAW_BITS, self.bits.is_some()),
            (ORDER, !is_msb(&self.order)),
            (INVERT, self.invert),
            // What the original's format has is not known yet.
            (STILL, self.still && self.format.is_some()),
        ];
        for (row, _) in used.into_iter().filter(|(_, used)| *used) {
            self.check_format(row)?;
        }
        let name = self.name();
        if let Some(quality) = self.quality
            && !(1..=100).contains(&quality)
        {
            return Err(out_of_range(&format!("{name} quality"), quality, QUALITIES));
        }
        if let Some(effort) = self.effort
            && effort > 6
        {
            return Err(out_of_range(&format!("{name} effort"), effort, EFFORTS));
        }
        if let Some(target) = self.target
            && !(30..=95).contains(&target)
        {
            return Err(out_of_range(&format!("{name} target"), target, TARGETS));
        }
        if self.quality.is_some() && self.target.is_some() {
            let message = format!("{name} takes either a quality or a target for it, not both");
            return Err(invalid(message));
        }
        if self.lossless && has_quality {
            return Err(invalid("webp takes either quality or lossless, not both"));
        }
        if self.lossless && self.effort.is_some() {
            return Err(invalid("webp takes either effort or lossless, not both"));
        }
        if let Some(bits) = self.bits
            && depth(bits).is_none()
        {
            return Err(out_of_range("raw bits", bits, BITS));
        }
        Ok(self)
    }

    fn check_format(self, (option, formats): Row) -> Result<()> {
        if self.format.is_some_and(|format| formats.contains(&format)) {
            return Ok(());
        }
        let name = self.name();
        let names: Vec<_> = formats.iter().map(|format| format.extension()).collect();
        let (last, others) = names.split_last().unwrap_or((&"none", &[]));
        let message = match others {
            [] => format!("{name} does not take {option}; only {last} does"),
            _ => format!("{name} does not take {option}; {} and {last} do", others.join(", ")),
        };
        Err(invalid(message))
    }
}
