//! Frames of WebP (RFC 9649, section 2.7): each is a picture of its own, whose chunks are put into one file.

use image::{DynamicImage, Rgba, RgbaImage};
use rayon::prelude::*;

use super::{
    super::{riff, webp},
    Shown,
    changes::Region,
};
use crate::{encode::Encoding, error::Result};

/// Flag of the chunk `ANMF`: pixels replace those that were there.
const REPLACES: u8 = 0x02;
/// The longest delay that 24 bits can say, milliseconds.
const LONGEST: u32 = 0xFF_FFFF;

pub(super) struct WebPAnimation {
    size: (u32, u32),
    plays: u16,
    how: Encoding,
    canvas: Option<RgbaImage>,
    has_alpha: bool,
    /// Chunks of the frames.
    frames: Vec<u8>,
}

/// The part of a frame that is to be written.
struct Patch {
    region: Region,
    pixels: RgbaImage,
    /// Whether it replaces what was there, or is laid over it.
    replaces: bool,
    /// Milliseconds.
    delay: u32,
}

impl WebPAnimation {
    pub(super) fn new(size: (u32, u32), plays: u32, how: Encoding) -> Self {
        let plays = u16::try_from(plays).unwrap_or(u16::MAX);
        Self { size, plays, how, canvas: None, has_alpha: false, frames: Vec::new() }
    }

    pub(super) fn push(&mut self, frames: Vec<Shown>) -> Result<()> {
        let patches: Vec<_> = frames.into_iter().map(|frame| self.patch(frame)).collect();
        let how = self.how;
        let chunks: Vec<_> = patches.par_iter().map(|patch| patch.chunk(how)).collect();
        for chunk in chunks {
            self.frames.extend(chunk?);
        }
        Ok(())
    }

    fn patch(&mut self, (image, delay): Shown) -> Patch {
        self.has_alpha |= image.pixels().any(|pixel| pixel[3] < 255);
        let delay = delay.min(LONGEST);
        let patch = match &self.canvas {
            None => {
                let region = Region::all(image.dimensions());
                Patch { region, pixels: image.clone(), replaces: true, delay }
            }
            Some(canvas) => {
                let changed = Region::of(canvas, &image, |before, now| before != now);
                let region = changed.unwrap_or_else(Region::pixel).evened();
                let is_seen_through = |before, now: Rgba<u8>| before != now && now[3] < 255;
                // Lossy pictures are not smaller for holes, and what can be seen through is mixed with what was there.
                let replaces =
                    !self.how.lossless || Region::of(canvas, &image, is_seen_through).is_some();
                let pixels =
                    if replaces { region.cut(&image) } else { region.cut_changes(&image, canvas) };
                Patch { region, pixels, replaces, delay }
            }
        };
        self.canvas = Some(image);
        patch
    }

    pub(super) fn finish(self) -> Vec<u8> {
        let alpha = if self.has_alpha { riff::ALPHA } else { 0 };
        let features = riff::extended(riff::ANIMATION | alpha, self.size.0, self.size.1);
        // A background that is nothing, at which viewers do not look, and how often.
        let [low, high] = self.plays.to_le_bytes();
        let mut chunks = Vec::with_capacity(self.frames.len() + 32);
        riff::push(&mut chunks, (b"VP8X", &features));
        riff::push(&mut chunks, (b"ANIM", &[0, 0, 0, 0, low, high]));
        chunks.extend(self.frames);
        riff::file(&chunks)
    }
}

impl Patch {
    /// The chunk `ANMF`.
    fn chunk(&self, how: Encoding) -> Result<Vec<u8>> {
        let is_opaque = self.pixels.pixels().all(|pixel| pixel[3] == 255);
        let image = DynamicImage::from(self.pixels.clone());
        let image = if is_opaque { image.into_rgb8().into() } else { image };
        let still = webp::encode(&image, how)?;
        let chunks = riff::chunks(&still).unwrap_or_default();
        let ((left, top), (width, height)) = (self.region.at(), self.region.size());
        let mut content = Vec::with_capacity(still.len() + 16);
        for number in [left / 2, top / 2, width - 1, height - 1, self.delay] {
            content.extend(riff::three_bytes(number));
        }
        content.push(if self.replaces { REPLACES } else { 0 });
        let of_picture = |(name, _): &riff::Chunk<'_>| matches!(*name, b"ALPH" | b"VP8 " | b"VP8L");
        chunks.into_iter().filter(of_picture).for_each(|chunk| riff::push(&mut content, chunk));
        let mut frame = Vec::with_capacity(content.len() + 9);
        riff::push(&mut frame, (b"ANMF", &content));
        Ok(frame)
    }
}
