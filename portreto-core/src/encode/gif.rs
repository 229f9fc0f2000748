//! GIF: up to 256 colors, one of which may be nothing.

use std::collections::BTreeMap;

use color_quant::NeuQuant;
use gif::{Encoder, Frame};
use image::{DynamicImage, Rgba, RgbaImage};

use super::{refused, samples};
use crate::{error::Result, format::Format, picture::Indexed};

/// From this alpha on a pixel is opaque.
const OPAQUE_FROM: u8 = 128;

/// `NeuQuant` looks at every tenth pixel: the default of its authors (A. Dekker, 1994), and of its users.
const SAMPLING: i32 = 10;

pub(super) fn encode(image: &DynamicImage) -> Result<Vec<u8>> {
    let pixels = samples::eight_bits(image).into_rgba8();
    encode_indexed(&exact(&pixels).unwrap_or_else(|| quantized(&pixels)))
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
fn shown(pixel: Rgba<u8>) -> [u8; 4] {
    let [r, g, b, alpha] = pixel.0;
    if alpha < OPAQUE_FROM { [0; 4] } else { [r, g, b, 255] }
}

/// Every color as it is, in ascending order; none when there are more than 256.
fn exact(pixels: &RgbaImage) -> Option<Indexed> {
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

/// The 255 colors that fit the opaque pixels best, and nothing for the others.
fn quantized(pixels: &RgbaImage) -> Indexed {
    const NOTHING: u8 = 255;
    let opaque: Vec<u8> =
        pixels.pixels().copied().map(shown).filter(|color| color[3] == 255).flatten().collect();
    let network = NeuQuant::new(SAMPLING, usize::from(NOTHING), &opaque);
    let color = |color: &[u8; 3]| [color[0], color[1], color[2], 255];
    let mut palette: Vec<_> = network.color_map_rgb().as_chunks().0.iter().map(color).collect();
    palette.push([0; 4]);
    let index = |pixel: &Rgba<u8>| match shown(*pixel) {
        [.., 0] => NOTHING,
        color => network.index_of(&color) as u8,
    };
    let indices: Vec<u8> = pixels.pixels().map(index).collect();
    if !indices.contains(&NOTHING) {
        palette.pop();
    }
    Indexed::from_indices(pixels.width(), pixels.height(), palette, &indices)
}
