//! Netpbm's binary formats: PBM, PGM and PPM.
//!
//! "Netpbm format", J. Poskanzer, `pbm(5)`, `pgm(5)`, `ppm(5)`, netpbm.sourceforge.net/doc/pbm.html. A header of text,
//! then rows from the top. A bit of PBM is 1 where it is black; samples of more than 8 bits have their big end first.

use image::{ColorType, DynamicImage};

use super::samples;
use crate::{
    error::{Error, Result},
    picture::{Depth, Indexed, Picture},
    transform::{gray_color, grayed, text::invalid},
};

/// Two colors as bits: the darker one is black.
pub(super) fn pbm(picture: &Picture) -> Result<Vec<u8>> {
    let mut bytes = format!("P4\n{} {}\n", picture.width(), picture.height()).into_bytes();
    match picture {
        Picture::Indexed(picture) => bits_of_indices(picture, &mut bytes)?,
        Picture::Direct(image) => bits_of_samples(&samples::on_white(image), &mut bytes)?,
    }
    Ok(bytes)
}

/// Luma, 8 or 16 bits.
pub(super) fn pgm(picture: &Picture) -> Vec<u8> {
    match picture {
        Picture::Indexed(picture) => {
            let luma = picture.samples(|color| {
                let [red, green, blue] = samples::color_on_white(color);
                [gray_color([red, green, blue, 255])[0]]
            });
            file(b'5', (picture.width, picture.height), 255, luma)
        }
        Picture::Direct(image) => direct(b'5', &grayed(&samples::opaque(image))),
    }
}

/// Red, green and blue, 8 or 16 bits.
pub(super) fn ppm(picture: &Picture) -> Vec<u8> {
    match picture {
        Picture::Indexed(picture) => {
            let colors = picture.samples(samples::color_on_white);
            file(b'6', (picture.width, picture.height), 255, colors)
        }
        Picture::Direct(image) => {
            let image = samples::opaque(image);
            direct(
                b'6',
                &match image.color() {
                    ColorType::L8 => image.into_rgb8().into(),
                    ColorType::L16 => image.into_rgb16().into(),
                    _ => image,
                },
            )
        }
    }
}

fn direct(kind: u8, image: &DynamicImage) -> Vec<u8> {
    let (maximum, samples) = match image {
        DynamicImage::ImageLuma16(image) => (65535, big_endian(image)),
        DynamicImage::ImageRgb16(image) => (65535, big_endian(image)),
        eight => (255, eight.as_bytes().to_vec()),
    };
    file(kind, (image.width(), image.height()), maximum, samples)
}

fn big_endian(samples: &[u16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_be_bytes()).collect()
}

fn file(kind: u8, (width, height): (u32, u32), maximum: u16, mut samples: Vec<u8>) -> Vec<u8> {
    let header = format!("P{}\n{width} {height}\n{maximum}\n", char::from(kind));
    samples.splice(..0, header.into_bytes());
    samples
}

fn bits_of_indices(picture: &Indexed, bytes: &mut Vec<u8>) -> Result<()> {
    let colors: Vec<_> = picture.palette.iter().copied().map(samples::color_on_white).collect();
    let is_black = Two::of(colors.iter().copied())
        .or_else(|| {
            let mut is_used = [false; 256];
            picture
                .each_row(|row| row.iter().for_each(|index| is_used[usize::from(*index)] = true));
            Two::of(
                colors.iter().zip(is_used).filter(|(_, is_used)| *is_used).map(|(color, _)| *color),
            )
        })
        .ok_or_else(more_than_two_colors)?;
    let black = |index: usize| u8::from(colors.get(index).is_some_and(|color| is_black.is(*color)));
    if picture.depth == Depth::One {
        // Every bit of the index 0 becomes `zero`, and of the index 1 `zero ^ change`.
        let (zero, one) = (0_u8.wrapping_sub(black(0)), 0_u8.wrapping_sub(black(1)));
        let change = zero ^ one;
        let unused_bits = (8 - picture.width % 8) % 8;
        for row in picture.rows() {
            bytes.extend(row.iter().map(|byte| zero ^ byte & change));
            if let Some(last) = bytes.last_mut() {
                *last &= 0xFF << unused_bits;
            }
        }
        return Ok(());
    }
    let bit_of: Vec<u8> = (0..256).map(black).collect();
    let mut bits = vec![0; picture.width as usize];
    let mut packed = vec![0; Depth::One.row_bytes(picture.width)];
    picture.each_row(|row| {
        for (bit, index) in bits.iter_mut().zip(row) {
            *bit = bit_of[usize::from(*index)];
        }
        Depth::One.pack(&bits, &mut packed);
        bytes.extend_from_slice(&packed);
    });
    Ok(())
}

/// `image` has 8 bits a sample and no alpha.
fn bits_of_samples(image: &DynamicImage, bytes: &mut Vec<u8>) -> Result<()> {
    let n_channels = usize::from(image.color().channel_count());
    // Of a gray, three times the same.
    let color = |pixel: &[u8]| [pixel[0], pixel[n_channels / 2], pixel[n_channels - 1]];
    let is_black = Two::of(image.as_bytes().chunks_exact(n_channels).map(color))
        .ok_or_else(more_than_two_colors)?;
    let mut bits = vec![0; image.width() as usize];
    let mut packed = vec![0; Depth::One.row_bytes(image.width())];
    for row in image.as_bytes().chunks_exact(bits.len() * n_channels) {
        for (bit, pixel) in bits.iter_mut().zip(row.chunks_exact(n_channels)) {
            *bit = u8::from(is_black.is(color(pixel)));
        }
        Depth::One.pack(&bits, &mut packed);
        bytes.extend_from_slice(&packed);
    }
    Ok(())
}

fn more_than_two_colors() -> Error {
    invalid(
        "pbm is black and white, and the picture has more than two colors; dither it to two of them: \
         grayscale,dither:atkinson,pbm",
    )
}

/// The colors of a picture that has no more than two.
struct Two {
    first: [u8; 3],
    second: [u8; 3],
}

impl Two {
    /// None when there are more.
    fn of(mut colors: impl Iterator<Item = [u8; 3]>) -> Option<Self> {
        let first = colors.next()?;
        let mut two = Self { first, second: first };
        for color in colors {
            if color != two.first && color != two.second {
                if two.first != two.second {
                    return None;
                }
                two.second = color;
            }
        }
        Some(two)
    }

    /// Whether `color` is the darker one; alone it is black when it is nearer to black than to white.
    fn is(&self, color: [u8; 3]) -> bool {
        let darkness = |[red, green, blue]: [u8; 3]| {
            (gray_color([red, green, blue, 255])[0], [red, green, blue])
        };
        if self.first == self.second {
            darkness(color).0 < 128
        } else {
            darkness(color) == darkness(self.first).min(darkness(self.second))
        }
    }
}
