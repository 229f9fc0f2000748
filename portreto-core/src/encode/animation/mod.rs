//! Frames to an animated GIF or WebP: of each frame only the part that changes is written.

mod changes;
mod gif;
#[cfg(test)]
mod tests;
mod webp;

use image::RgbaImage;

use self::{gif::GifAnimation, webp::WebPAnimation};
use super::{Encoding, check_sides, samples};
use crate::{
    error::{Error, ErrorKind, Result},
    format::Format,
    picture::Picture,
};

/// An animation that is being written.
pub(crate) struct Animation {
    size: (u32, u32),
    file: File,
}

enum File {
    Gif(GifAnimation),
    WebP(WebPAnimation),
}

/// A frame to be written: how it looks, and for how long, milliseconds.
type Shown = (RgbaImage, u32);

impl Animation {
    /// An animation of `format` that is shown `plays` times, 0 for without end; its first frame will be like `first`.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when a side is longer than the format can say, or when the format has no animations.
    pub(crate) fn new(first: &Picture, format: Format, plays: u32, how: Encoding) -> Result<Self> {
        check_sides(first, format)?;
        let size = (first.width(), first.height());
        let file = match format {
            Format::Gif => File::Gif(GifAnimation::new(size, plays)?),
            Format::WebP => File::WebP(WebPAnimation::new(size, plays, how)),
            _ => {
                let message = format!("{format} files have no animations; gif and webp do");
                return Err(Error::new(ErrorKind::InvalidTransform, message));
            }
        };
        Ok(Self { size, file })
    }

    /// Adds frames at the end, worked on side by side.
    ///
    /// # Errors
    ///
    /// `InvalidTransform` when a frame has another size than the first.
    pub(crate) fn push(&mut self, frames: Vec<(Picture, u32)>) -> Result<()> {
        let frames = frames.into_iter().map(|(picture, delay)| Ok((self.shown(&picture)?, delay)));
        let frames = frames.collect::<Result<Vec<_>>>()?;
        match &mut self.file {
            File::Gif(file) => file.push(frames),
            File::WebP(file) => file.push(frames),
        }
    }

    /// The file.
    ///
    /// # Errors
    ///
    /// `Internal` when the encoder fails.
    pub(crate) fn finish(self) -> Result<Vec<u8>> {
        match self.file {
            File::Gif(file) => file.finish(),
            File::WebP(file) => Ok(file.finish()),
        }
    }

    fn shown(&self, picture: &Picture) -> Result<RgbaImage> {
        let size = (picture.width(), picture.height());
        if size != self.size {
            let ((width, height), (first_width, first_height)) = (size, self.size);
            let message = format!(
                "a frame became {width}x{height} pixels and the first {first_width}x{first_height}; \
                 `still` keeps the first alone"
            );
            return Err(Error::new(ErrorKind::InvalidTransform, message));
        }
        Ok(samples::eight_bits(&picture.to_direct()).into_rgba8())
    }
}
