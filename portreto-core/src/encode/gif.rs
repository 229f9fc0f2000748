//! GIF: up to 256 colors, one of which may be nothing.

use std::collections::BTreeMap;

use gif::{Encoder, Frame};
use image::{DynamicImage, Rgba, RgbaImage};

use super::{refused, samples};
use crate::{
    dither,
    error::Result,
    format::Format,
    limits::Limits,
    picture::{Indexed, Picture},
    transform::{Algorithm, Dither},
};

/// From this alpha on a pixel is opaque.
pub(super) const OPAQUE_FROM: u8 = 128;

pub(super) fn encode(image: &DynamicImage) -> Result<Vec<u8>> {
    let pixels = samples::eight_bits(image).into_rgba8();
    match exact(&pixels) {
        Some(indexed) => encode_indexed(&indexed),
        None => encode_indexed(&quantized(pixels, Algorithm::FloydSteinberg)?),
    }
}

pub(super) fn encode_indexed(picture: &Indexed) -> Result<Vec<u8>> {
    let transparent =
        picture.palette.iter().position(|color| color[3] < OPAQUE_FROM).map(|index| index as u8);
    // The format knows one transparent index: all that are transparent become the first of them.
    let mut indices = picture.indices();
    if let Some(first) = transparent {
        let is_opaque = |index: u8| picture.palette[usize::from(index)][3] >= OPAQUE_FROM;
        indices.iter_mut().filter(|index| !is_opaque(**index)).for_each(|index| *index = first);
    }
    let palette: Vec<u8> =
        picture.palette.iter().flat_map(|color| [color[0], color[1], color[2]]).collect();
    // The sides were checked against the format's bound of 65,535.
    let (width, height) = (picture.width as u16, picture.height as u16);
    let frame = Frame { width, height, buffer: indices.into(), transparent, ..Frame::default() };
    let mut bytes = Vec::new();
    Encoder::new(&mut bytes, width, height, &palette)
        .and_then(|mut encoder| {
            encoder.write_frame(&frame)?;
            // The trailer is written when the encoder ends.
            encoder.into_inner().map(|_| ())
        })
        .map_err(|error| refused(Format::Gif, error))?;
    Ok(bytes)
}

/// The colors that the format can show: opaque, or nothing.
pub(super) fn shown(pixel: Rgba<u8>) -> [u8; 4] {
    let [r, g, b, alpha] = pixel.0;
    if alpha < OPAQUE_FROM { [0; 4] } else { [r, g, b, 255] }
}

/// Every color as it is, in ascending order; none when there are more than 256.
pub(super) fn exact(pixels: &RgbaImage) -> Option<Indexed> {
    let mut colors = BTreeMap::new();
    for pixel in pixels.pixels() {
        colors.insert(shown(*pixel), 0_u8);
        if colors.len() > 256 {
            return None;
        }
    }
    for (index, place) in (0..=255).zip(colors.values_mut()) {
        *place = index;
    }
    let indices: Vec<u8> = pixels.pixels().map(|pixel| colors[&shown(*pixel)]).collect();
    let palette = colors.into_keys().collect();
    Some(Indexed::from_indices(pixels.width(), pixels.height(), palette, &indices))
}

/// The colors that fit best, dithered by `algorithm`.
///
/// A still picture is diffused, as its readers expect of a photo; in an animation what is diffused anew in every frame would
/// swarm, and its frames take the nearest colors.
///
/// # Errors
///
/// `Internal` when the picture is not what the engine takes.
pub(super) fn quantized(pixels: RgbaImage, algorithm: Algorithm) -> Result<Indexed> {
    let dither = Dither::new(algorithm).colors(256)?;
    match dither::dither(&pixels.into(), &dither, &Limits::UNBOUNDED)? {
        Picture::Indexed(indexed) => Ok(indexed),
        Picture::Direct(_) => Err(refused(Format::Gif, "no palette was made")),
    }
}
