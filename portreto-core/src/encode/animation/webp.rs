//! Frames of WebP (RFC 9649, section 2.7): each is a picture of its own, whose chunks are put into one file.

use image::{DynamicImage, Rgba, RgbaImage};
use rayon::prelude::*;

use super::{super::webp, Shown, changes::Region};
use crate::{encode::Encoding, error::Result};

/// Flags of the chunk `VP8X`.
const HAS_ANIMATION: u8 = 0x02;
const HAS_ALPHA: u8 = 0x10;
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
        let alpha = if self.has_alpha { HAS_ALPHA } else { 0 };
        let (width, height) = self.size;
        let mut features = vec![HAS_ANIMATION | alpha, 0, 0, 0];
        features.extend(three_bytes(width - 1));
        features.extend(three_bytes(height - 1));
        // A background that is nothing; viewers do not look at it.
        let mut animation = vec![0; 4];
        animation.extend(self.plays.to_le_bytes());
        let content = [
            b"WEBP".to_vec(),
            chunk(*b"VP8X", &features),
            chunk(*b"ANIM", &animation),
            self.frames,
        ];
        chunk(*b"RIFF", &content.concat())
    }
}

impl Patch {
    /// The chunk `ANMF`.
    fn chunk(&self, how: Encoding) -> Result<Vec<u8>> {
        let is_opaque = self.pixels.pixels().all(|pixel| pixel[3] == 255);
        let image = DynamicImage::from(self.pixels.clone());
        let image = if is_opaque { image.into_rgb8().into() } else { image };
        let still = webp::encode(&image, how)?;
        let ((left, top), (width, height)) = (self.region.at(), self.region.size());
        let mut content = Vec::with_capacity(still.len() + 16);
        for number in [left / 2, top / 2, width - 1, height - 1, self.delay] {
            content.extend(three_bytes(number));
        }
        content.push(if self.replaces { REPLACES } else { 0 });
        content.extend(picture_chunks(&still).into_iter().flatten());
        Ok(chunk(*b"ANMF", &content))
    }
}

/// The chunks of a still WebP that are its picture.
fn picture_chunks(file: &[u8]) -> Vec<&[u8]> {
    let mut rest = file.get(12..).unwrap_or_default();
    let mut chunks = Vec::new();
    while let [a, b, c, d, length_a, length_b, length_c, length_d, ..] = *rest {
        let length = u32::from_le_bytes([length_a, length_b, length_c, length_d]) as usize;
        let (chunk, after) = rest.split_at((8 + length + length % 2).min(rest.len()));
        if matches!(&[a, b, c, d], b"ALPH" | b"VP8 " | b"VP8L") {
            chunks.push(chunk);
        }
        rest = after;
    }
    chunks
}

fn chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let mut chunk = Vec::with_capacity(content.len() + 9);
    chunk.extend(name);
    chunk.extend((content.len() as u32).to_le_bytes());
    chunk.extend(content);
    if !content.len().is_multiple_of(2) {
        chunk.push(0);
    }
    chunk
}

fn three_bytes(number: u32) -> [u8; 3] {
    let [a, b, c, _] = number.to_le_bytes();
    [a, b, c]
}
