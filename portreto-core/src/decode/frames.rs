//! The frames of an animation, one after another: memory does not grow with their number.

use std::io::Cursor;

use image::{
    AnimationDecoder as _, DynamicImage,
    codecs::{gif::GifDecoder, webp::WebPDecoder},
};

use super::{color, contradiction};
use crate::{
    error::Result,
    format::Format,
    limits::Limits,
    probe::{Headers, Icc, contained, from_image},
};

/// One picture of an animation: the whole canvas as it is shown, sRGB, with alpha.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) image: DynamicImage,
    /// How long it is shown, milliseconds.
    pub(crate) delay: u32,
}

/// The frames of a GIF or WebP in order, as many as its headers announce.
pub(crate) struct Frames<'a> {
    inner: image::Frames<'a>,
    headers: &'a Headers<'a>,
    profile: Option<Vec<u8>>,
    n_left: u32,
}

impl<'a> Frames<'a> {
    /// Begins to decode an animation that is within `limits`.
    ///
    /// # Errors
    ///
    /// `LimitExceeded` above [`Limits::animation_pixels`] or when a frame takes too much memory; `Damaged`.
    pub(crate) fn new(bytes: &'a [u8], headers: &'a Headers<'a>, limits: &Limits) -> Result<Self> {
        limits.check_memory(headers.memory_bytes())?;
        limits.check_animation(headers.width, headers.height, headers.frames)?;
        let failed = |error| from_image(headers.format, error);
        let file = Cursor::new(bytes);
        let inner = match headers.format {
            Format::Gif => GifDecoder::new(file).map_err(failed)?.into_frames(),
            Format::WebP => WebPDecoder::new(file).map_err(failed)?.into_frames(),
            _ => return Err(contradiction(headers)),
        };
        let profile = headers.icc.as_ref().and_then(Icc::bytes).map(Into::into);
        Ok(Self { inner, headers, profile, n_left: headers.frames })
    }

    fn found(&mut self, next: Option<image::ImageResult<image::Frame>>) -> Result<Frame> {
        match next {
            Some(Ok(frame)) => self.frame(frame),
            Some(Err(error)) => {
                self.n_left = 0;
                Err(from_image(self.headers.format, error))
            }
            None => {
                self.n_left = 0;
                Err(contradiction(self.headers))
            }
        }
    }

    fn frame(&self, frame: image::Frame) -> Result<Frame> {
        let (numerator, denominator) = frame.delay().numer_denom_ms();
        let mut image = DynamicImage::from(frame.into_buffer());
        if (image.width(), image.height()) != (self.headers.width, self.headers.height) {
            return Err(contradiction(self.headers));
        }
        if let Some(profile) = &self.profile {
            image = color::to_srgb(image, profile);
        }
        image.apply_orientation(self.headers.orientation);
        Ok(Frame { image, delay: numerator / denominator.max(1) })
    }
}

impl Iterator for Frames<'_> {
    type Item = Result<Frame>;

    fn next(&mut self) -> Option<Self::Item> {
        self.n_left = self.n_left.checked_sub(1)?;
        Some(match contained(self.headers.format, || Ok(self.inner.next())) {
            Err(panicked) => {
                self.n_left = 0;
                Err(panicked)
            }
            Ok(next) => self.found(next),
        })
    }
}
