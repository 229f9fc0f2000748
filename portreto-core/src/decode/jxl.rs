//! JPEG XL by `jxl-oxide`: the first frame that is shown, upright, colors with a known encoding converted to sRGB.
//!
//! Determinism: pictures without loss are integers. What is lossy is computed in single precision, on one thread, with fused
//! multiplication where the CPU has it: samples may differ by one level of 8 bits between machines with and without it.

use image::{DynamicImage, ImageBuffer};
use jxl_oxide::{
    EnumColourEncoding, FrameBufferSample, ImageStream, JxlImage, PixelFormat, RenderingIntent,
    image::ExtraChannelInfo,
};

use super::{Stored, contradiction, straight::straight};
use crate::{
    error::{Error, ErrorKind, Result},
    format::Format,
    limits::Limits,
    probe::{Headers, damaged, open_jxl},
};

/// Frames that one picture may be put together of.
const MOST_LAYERS: usize = 256;

pub(super) fn decode(bytes: &[u8], headers: &Headers<'_>, limits: &Limits) -> Result<Stored> {
    if !headers.is_complete {
        return Err(damaged(Format::Jxl, "it ends before its picture does"));
    }
    let memory_bytes = usize::try_from(limits.memory_bytes).unwrap_or(usize::MAX);
    let mut image = open_jxl(bytes, memory_bytes).ok_or_else(|| contradiction(headers))?;
    let n_layers = (0..image.num_loaded_frames())
        .take_while(|at| image.frame(*at).is_some_and(|frame| !frame.header().is_keyframe()))
        .count();
    if n_layers >= MOST_LAYERS {
        let message = format!("the jxl file's picture has more than {MOST_LAYERS} layers");
        return Err(Error::new(ErrorKind::LimitExceeded, message));
    }
    if headers.icc.is_none() {
        let intent = RenderingIntent::Relative;
        image.request_color_encoding(if headers.channels < 3 {
            EnumColourEncoding::gray_srgb(intent)
        } else {
            EnumColourEncoding::srgb(intent)
        });
    }
    let n_channels = match image.pixel_format() {
        PixelFormat::Gray => 1,
        PixelFormat::Graya => 2,
        PixelFormat::Rgb => 3,
        PixelFormat::Rgba => 4,
        PixelFormat::Cmyk | PixelFormat::Cmyka => {
            let message = "jxl files of four inks cannot be read";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
    };
    let is_premultiplied =
        image.image_header().metadata.ec_info.iter().find_map(ExtraChannelInfo::alpha_associated);
    let mut decoded = rendered(&image, headers, n_channels)?;
    if is_premultiplied == Some(true) {
        straight(&mut decoded);
    }
    Ok(Stored::Direct(decoded))
}

fn rendered(image: &JxlImage, headers: &Headers<'_>, n_channels: u8) -> Result<DynamicImage> {
    let render = image.render_frame(0).map_err(|error| {
        // The decoder keeps its kinds of faults to itself.
        let kind = if error.to_string().contains("allocate") {
            ErrorKind::LimitExceeded
        } else {
            ErrorKind::Damaged
        };
        Error::new(kind, "the jxl file's picture cannot be decoded").with_source(error)
    })?;
    let mut stream = render.stream();
    let (width, height) = (headers.width, headers.height);
    let is_agreed = (stream.width(), stream.height()) == (width, height)
        && stream.channels() == u32::from(n_channels)
        && n_channels == headers.channels;
    if !is_agreed {
        return Err(contradiction(headers));
    }
    let decoded = if headers.bits > 8 {
        let samples = samples::<u16>(&mut stream, headers);
        match n_channels {
            1 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLuma16),
            2 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLumaA16),
            3 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgb16),
            _ => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgba16),
        }
    } else {
        let samples = samples::<u8>(&mut stream, headers);
        match n_channels {
            1 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLuma8),
            2 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageLumaA8),
            3 => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgb8),
            _ => ImageBuffer::from_raw(width, height, samples).map(DynamicImage::ImageRgba8),
        }
    };
    decoded.ok_or_else(|| contradiction(headers))
}

fn samples<S: FrameBufferSample + Default + Copy>(
    stream: &mut ImageStream<'_>,
    headers: &Headers<'_>,
) -> Vec<S> {
    let n_samples = headers.pixels() as usize * usize::from(headers.channels);
    let mut samples = vec![S::default(); n_samples];
    stream.write_to_buffer(&mut samples);
    samples
}
