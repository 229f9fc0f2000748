//! Dithering: few colors that look like many.
//!
//! Each family of algorithms is an engine: `diffusion` with the kernels of `kernel` (`own_kernel` with one that is given),
//! `variable` with weights by tone, `riemersma` along the curve of `hilbert`, `dots` from class to class, `mixing` with
//! patterns of palette colors, and `ordered` with thresholds: the maps of `bayer`, `clustered`, `blue_noise` and
//! `matrix`, the `noise` of a place, or the one that `otsu` finds. All work in the whole numbers of `scale`, so
//! that every machine gives the same bytes, and all are tested against `definition`, which says the same without any trick.
//!
//! Levels apply to each channel. A palette of grays sees the picture's luma; any other sees its color, and a gray
//! picture as three equal channels. What is not opaque, as `opacity` says, becomes one transparent color.

mod algorithm;
mod bayer;
mod blue_noise;
mod chain;
mod clustered;
mod cuts;
mod definition;
mod diffusion;
mod dots;
mod hilbert;
mod kernel;
mod level;
mod matrix;
mod mixing;
mod nearest;
mod noise;
mod opacity;
mod oracle;
mod ordered;
mod otsu;
mod own_kernel;
mod packed;
mod palette;
mod quantize;
mod riemersma;
mod scale;
mod source;
mod threshold_map;
mod variable;
mod wavefront;
mod weights;
mod work;

#[cfg(test)]
pub(crate) mod tests;

use image::{DynamicImage, RgbaImage};

use self::{
    opacity::alpha_of,
    packed::Packed,
    palette::adaptive::settled,
    quantize::HOLE,
    work::{Work, level_sample, seen},
};
use crate::{
    error::Result,
    limits::Limits,
    picture::{Indexed, Picture},
    transform::{Alpha, Colors, Dither},
};

pub(crate) use self::algorithm::Family;
pub use self::{
    algorithm::Algorithm,
    level::Level,
    matrix::Matrix,
    oracle::{fast, pack, plain},
    palette::{Metric, Palette, PaletteBuilder, PaletteFormat, Quantizer},
    weights::Weights,
};

/// White that cannot be seen: a format without alpha shows paper.
const TRANSPARENT: [u8; 4] = [255, 255, 255, 0];

/// Pixels from which several threads are faster than one.
const SEVERAL_THREADS: u64 = 1 << 19;

/// Dithers `image`. The result is indexed when its colors, and the transparent one if needed, are at most 256.
pub(crate) fn dither(image: &DynamicImage, dither: &Dither, limits: &Limits) -> Result<Picture> {
    let n_pixels = u64::from(image.width()) * u64::from(image.height());
    let pixel_bytes = result_bytes(image, dither) + dither.algorithm().n_bytes_a_pixel();
    limits.check_memory(pixel_bytes * n_pixels)?;
    let image = &*seen(image, dither);
    let dither = &*settled(image, dither);
    let work = Work::new(image, dither);
    let holes = work.source().has_holes();
    let colors = CodedColors::new(dither.color_choice(), &work);
    let n_colors = colors.n();
    if dither.alpha_rule() == Alpha::Keep && image.color().has_alpha() {
        return Ok(Picture::Direct(with_alpha(&direct(&work, &colors, false), image)));
    }
    if n_colors + u64::from(holes) > 256 {
        return Ok(Picture::Direct(direct(&work, &colors, holes)));
    }
    let mut palette: Vec<_> = (0..n_colors as u32).map(|code| colors.of(code)).collect();
    if holes {
        palette.push(TRANSPARENT);
    }
    let mut picture = Indexed::new(image.width(), image.height(), palette);
    let depth = picture.depth;
    let level = Level::best();
    if let Some(packed) = Packed::new(&work).filter(|packed| packed.is_worthwhile(level)) {
        let n_threads = if n_pixels >= SEVERAL_THREADS { rayon::current_num_threads() } else { 1 };
        packed.run(level, n_threads, depth, &mut picture.rows);
        return Ok(Picture::Indexed(picture));
    }
    let mut rows = picture.rows_mut();
    let mut indices = vec![0; image.width() as usize];
    work.run(&mut |codes| {
        for (index, code) in indices.iter_mut().zip(codes) {
            *index = if *code == HOLE { n_colors as u8 } else { *code as u8 };
        }
        if let Some(row) = rows.next() {
            depth.pack(&indices, row);
        }
    });
    drop(rows);
    Ok(Picture::Indexed(picture))
}

/// Bytes of each pixel, beside the picture's own: those of the result, and of the luma that is dithered instead of colors.
fn result_bytes(image: &DynamicImage, dither: &Dither) -> u64 {
    let color = image.color();
    let is_many =
        matches!(dither.color_choice(), Colors::Levels(levels) if levels.n_colors() > 256);
    if is_many || color.has_alpha() {
        // Four while it is being made, and four at most when it is done.
        return 8;
    }
    let sample_bytes = u64::from(color.bytes_per_pixel() / color.channel_count());
    1 + if dither.is_grayscale() && color.has_color() { sample_bytes } else { 0 }
}

fn direct(work: &Work<'_>, colors: &CodedColors, holes: bool) -> DynamicImage {
    let image = work.source().image;
    let mut result = RgbaImage::new(image.width(), image.height());
    let mut pixels = result.pixels_mut();
    work.run(&mut |codes| {
        for (code, pixel) in codes.iter().zip(&mut pixels) {
            pixel.0 = if *code == HOLE { TRANSPARENT } else { colors.of(*code) };
        }
    });
    let result = DynamicImage::ImageRgba8(result);
    match (colors.are_gray(), holes) {
        (true, true) => result.into_luma_alpha8().into(),
        (true, false) => result.into_luma8().into(),
        (false, true) => result,
        (false, false) => result.into_rgb8().into(),
    }
}

/// A dithered picture with the alpha of the one it was made of.
fn with_alpha(dithered: &DynamicImage, image: &DynamicImage) -> DynamicImage {
    let mut result = dithered.to_rgba8();
    let alpha = alpha_of(image).into_luma8();
    for (pixel, alpha) in result.pixels_mut().zip(alpha.into_raw()) {
        pixel.0[3] = alpha;
    }
    let result = DynamicImage::ImageRgba8(result);
    if dithered.color().has_color() { result } else { result.into_luma_alpha8().into() }
}

/// What each code looks like.
enum CodedColors {
    List(Vec<[u8; 4]>),
    /// The samples of each digit.
    Cube([Vec<u8>; 3]),
}

impl CodedColors {
    fn new(colors: Colors<'_>, work: &Work<'_>) -> Self {
        match colors {
            Colors::Palette(palette) => {
                Self::List(palette.colors().iter().map(|color| color.rgba()).collect())
            }
            Colors::Levels(levels) => {
                let samples = levels.channels().map(|levels| -> Vec<u8> {
                    (0..levels).map(|level| level_sample(level, levels)).collect()
                });
                if work.is_gray() {
                    Self::List(samples[0].iter().map(|&gray| [gray, gray, gray, 255]).collect())
                } else {
                    Self::Cube(samples)
                }
            }
        }
    }

    fn n(&self) -> u64 {
        match self {
            Self::List(colors) => colors.len() as u64,
            Self::Cube(samples) => samples.iter().map(|samples| samples.len() as u64).product(),
        }
    }

    fn are_gray(&self) -> bool {
        match self {
            Self::List(colors) => {
                colors.iter().all(|[red, green, blue, _]| red == green && red == blue)
            }
            Self::Cube(_) => false,
        }
    }

    fn of(&self, code: u32) -> [u8; 4] {
        match self {
            Self::List(colors) => colors[code as usize],
            Self::Cube([reds, greens, blues]) => {
                let (code, blue) = (code as usize / blues.len(), code as usize % blues.len());
                [reds[code / greens.len()], greens[code % greens.len()], blues[blue], 255]
            }
        }
    }
}
