//! Frames of GIF: a pixel is one of 256 colors or as it was before.
//!
//! Nothing can be drawn that makes a pixel transparent again. Where the next frame needs that, the frame before it is taken
//! away when its time is over ("Graphics Interchange Format, version 89a", 1990, section 23, disposal 2), in a box that
//! holds all such pixels.

use std::mem;

use gif::{DisposalMethod, Encoder, Frame, Repeat};
use image::{Rgba, RgbaImage};
use rayon::prelude::*;

use super::{
    super::gif::{OPAQUE_FROM, exact, quantized, shown},
    Shown,
    changes::Region,
};
use crate::{
    encode::refused, error::Result, format::Format, picture::Indexed, transform::Algorithm,
};

pub(super) struct GifAnimation {
    encoder: Encoder<Vec<u8>>,
    /// What is there before the frame that waits.
    canvas: RgbaImage,
    /// The frame whose successor is not known yet.
    waiting: Option<Shown>,
    is_begun: bool,
    clock: Clock,
}

/// The part of a frame that is to be written.
struct Patch {
    region: Region,
    /// All of it.
    whole: RgbaImage,
    /// What is not as it was before, on nothing.
    changes: RgbaImage,
    /// Whether it is taken away when its time is over.
    cleared: bool,
    /// Hundredths of a second.
    delay: u16,
}

impl GifAnimation {
    pub(super) fn new((width, height): (u32, u32), plays: u32) -> Result<Self> {
        // The sides were checked against the format's bound of 65,535.
        let mut encoder = Encoder::new(Vec::new(), width as u16, height as u16, &[])
            .map_err(|error| refused(Format::Gif, error))?;
        // The file says how often to repeat, and nothing for once.
        let repeat = match plays {
            0 => Some(Repeat::Infinite),
            1 => None,
            plays => Some(Repeat::Finite(u16::try_from(plays - 1).unwrap_or(u16::MAX))),
        };
        if let Some(repeat) = repeat {
            encoder.set_repeat(repeat).map_err(|error| refused(Format::Gif, error))?;
        }
        Ok(Self {
            encoder,
            canvas: RgbaImage::new(width, height),
            waiting: None,
            is_begun: false,
            clock: Clock::default(),
        })
    }

    pub(super) fn push(&mut self, frames: Vec<Shown>) -> Result<()> {
        let mut patches = Vec::new();
        for (mut image, delay) in frames {
            image.pixels_mut().for_each(|pixel| *pixel = Rgba(shown(*pixel)));
            if let Some(waiting) = self.waiting.take() {
                patches.push(self.patch(waiting, Some(&image)));
            }
            self.waiting = Some((image, delay));
        }
        self.write(&patches)
    }

    pub(super) fn finish(mut self) -> Result<Vec<u8>> {
        if let Some(waiting) = self.waiting.take() {
            let last = self.patch(waiting, None);
            self.write(&[last])?;
        }
        // The trailer is written when the encoder ends.
        self.encoder.into_inner().map_err(|error| refused(Format::Gif, error))
    }

    fn patch(&mut self, (image, delay): Shown, next: Option<&RgbaImage>) -> Patch {
        let cleared = next.and_then(|next| Region::of(&image, next, |now, next| now[3] > next[3]));
        let changed = if mem::replace(&mut self.is_begun, true) {
            Region::of(&self.canvas, &image, |before, now| before != now)
        } else {
            // Not all viewers believe that a first frame can be smaller.
            Some(Region::all(image.dimensions()))
        };
        let region = match (changed, cleared) {
            (Some(changed), Some(cleared)) => changed.with(cleared),
            (changed, cleared) => changed.or(cleared).unwrap_or_else(Region::pixel),
        };
        let patch = Patch {
            region,
            whole: region.cut(&image),
            changes: region.cut_changes(&image, &self.canvas),
            cleared: cleared.is_some(),
            delay: self.clock.hundredths(delay),
        };
        self.canvas = image;
        if patch.cleared {
            region.clear(&mut self.canvas);
        }
        patch
    }

    fn write(&mut self, patches: &[Patch]) -> Result<()> {
        let frames: Vec<_> = patches.par_iter().map(Patch::frame).collect();
        for frame in frames {
            self.encoder
                .write_lzw_pre_encoded_frame(&frame?)
                .map_err(|error| refused(Format::Gif, error))?;
        }
        Ok(())
    }
}

impl Patch {
    fn frame(&self) -> Result<Frame<'static>> {
        let indexed = self.indexed()?;
        let ((left, top), (width, height)) = (self.region.at(), self.region.size());
        let is_clear = |color: &[u8; 4]| color[3] < OPAQUE_FROM;
        let palette = indexed.palette.iter().flat_map(|color| [color[0], color[1], color[2]]);
        let mut frame = Frame {
            delay: self.delay,
            dispose: if self.cleared { DisposalMethod::Background } else { DisposalMethod::Keep },
            transparent: indexed.palette.iter().position(is_clear).map(|index| index as u8),
            left: left as u16,
            top: top as u16,
            width: width as u16,
            height: height as u16,
            palette: Some(palette.collect()),
            buffer: indexed.indices().into(),
            ..Frame::default()
        };
        frame.make_lzw_pre_encoded();
        Ok(frame)
    }

    /// What stayed as it was need not be drawn, which makes long runs of one index; but no color is given up for that.
    fn indexed(&self) -> Result<Indexed> {
        match exact(&self.changes).or_else(|| exact(&self.whole)) {
            Some(indexed) => Ok(indexed),
            None => quantized(self.changes.clone(), Algorithm::Threshold),
        }
    }
}

/// Hundredths of a second of delays in milliseconds: each end is rounded, not each delay, so that no error adds up.
#[derive(Default)]
struct Clock {
    milliseconds: u64,
    hundredths: u64,
}

impl Clock {
    fn hundredths(&mut self, delay: u32) -> u16 {
        self.milliseconds += u64::from(delay);
        let end = (self.milliseconds + 5) / 10;
        let hundredths = u16::try_from(end.saturating_sub(self.hundredths)).unwrap_or(u16::MAX);
        self.hundredths += u64::from(hundredths);
        hundredths
    }
}
