//! Another number of pixels: convolution in integers, so that every CPU gives the same bytes.

use fast_image_resize::{
    FilterType, PixelTrait, PixelType, ResizeAlg, ResizeOptions, Resizer,
    images::{Image, ImageRef, TypedImage},
    pixels,
};
use image::{ColorType, DynamicImage, ImageBuffer};

use crate::{
    error::{Error, ErrorKind, Result},
    geometry::SourceBox,
    light::{linear_of_srgb, narrow, srgb_of_linear, widen},
    limits::Limits,
    transform::Filter,
};

/// How pixels are mixed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resampling {
    pub(crate) filter: Filter,
    /// Mix light instead of sRGB values.
    pub(crate) linear: bool,
}

/// Resamples the part `from` of `image` to `size` pixels.
///
/// Opaque 8-bit pictures are convolved in 8 bits. With alpha or in linear light the samples are widened to 16 bits,
/// multiplied by alpha, convolved and divided again, so that what is transparent lends no color to its neighbors.
pub(crate) fn resample(
    image: &DynamicImage,
    from: SourceBox,
    size: (u32, u32),
    how: Resampling,
    limits: &Limits,
) -> Result<DynamicImage> {
    limits.check_size(size.0, size.1)?;
    let color = image.color();
    // Source and result, each widened at most once, and the half-resized picture between the two passes.
    let source_pixels = u64::from(image.width()) * u64::from(image.height());
    let between_pixels = u64::from(size.0) * u64::from(image.height());
    let result_pixels = u64::from(size.0) * u64::from(size.1);
    let sample_bytes = 2 * u64::from(color.channel_count());
    limits.check_memory((source_pixels + between_pixels + 2 * result_pixels) * sample_bytes)?;
    resample_with(&mut Resizer::new(), image, from, size, how)
}

/// Resamples the part `from` of one channel of 8 bits, whose rows are `stored.0` long.
pub(crate) fn resample_plane(
    samples: &[u8],
    stored: (u32, u32),
    from: SourceBox,
    size: (u32, u32),
    filter: Filter,
    limits: &Limits,
) -> Result<Vec<u8>> {
    limits.check_size(size.0, size.1)?;
    let n_pixels = |size: (u32, u32)| u64::from(size.0) * u64::from(size.1);
    limits.check_memory(n_pixels((size.0, stored.1)) + n_pixels(size))?;
    let options = ResizeOptions::new().resize_alg(algorithm(filter)?).crop(
        from.left,
        from.top,
        from.width,
        from.height,
    );
    let source = ImageRef::new(stored.0, stored.1, samples, PixelType::U8).map_err(refused)?;
    let mut result = Image::new(size.0, size.1, PixelType::U8);
    Resizer::new().resize(&source, &mut result, &options).map_err(refused)?;
    Ok(result.into_vec())
}

fn resample_with(
    resizer: &mut Resizer,
    image: &DynamicImage,
    from: SourceBox,
    size: (u32, u32),
    how: Resampling,
) -> Result<DynamicImage> {
    let options = ResizeOptions::new()
        .resize_alg(algorithm(how.filter)?)
        .crop(from.left, from.top, from.width, from.height)
        .use_alpha(false);
    let color = image.color();
    let mixes = how.filter != Filter::Nearest;
    let linear = how.linear && mixes;
    let alpha = color.has_alpha() && mixes && !is_opaque(image);
    match color {
        ColorType::L8 | ColorType::La8 | ColorType::Rgb8 | ColorType::Rgba8
            if !linear && !alpha =>
        {
            narrow_samples(resizer, image, size, &options)
        }
        ColorType::L8 | ColorType::L16 => {
            wide_samples::<pixels::U16>(resizer, image, size, &options, linear, alpha)
        }
        ColorType::La8 | ColorType::La16 => {
            wide_samples::<pixels::U16x2>(resizer, image, size, &options, linear, alpha)
        }
        ColorType::Rgb8 | ColorType::Rgb16 => {
            wide_samples::<pixels::U16x3>(resizer, image, size, &options, linear, alpha)
        }
        ColorType::Rgba8 | ColorType::Rgba16 => {
            wide_samples::<pixels::U16x4>(resizer, image, size, &options, linear, alpha)
        }
        _ => Err(Error::new(ErrorKind::Internal, format!("resampling does not know {color:?}"))),
    }
}

fn narrow_samples(
    resizer: &mut Resizer,
    image: &DynamicImage,
    size: (u32, u32),
    options: &ResizeOptions,
) -> Result<DynamicImage> {
    let kind = match image.color().channel_count() {
        1 => PixelType::U8,
        2 => PixelType::U8x2,
        3 => PixelType::U8x3,
        _ => PixelType::U8x4,
    };
    let source = ImageRef::new(image.width(), image.height(), image.as_bytes(), kind);
    let source = source.map_err(refused)?;
    let mut result = Image::new(size.0, size.1, kind);
    resizer.resize(&source, &mut result, options).map_err(refused)?;
    from_bytes(image.color(), size, result.into_vec())
}

fn wide_samples<P>(
    resizer: &mut Resizer,
    image: &DynamicImage,
    size: (u32, u32),
    options: &ResizeOptions,
    linear: bool,
    alpha: bool,
) -> Result<DynamicImage>
where
    P: PixelTrait + pixels::InnerPixel<Component = u16>,
{
    let color = image.color();
    let n_channels = usize::from(color.channel_count());
    let n_colors = n_channels - usize::from(color.has_alpha());
    let mut source = TypedImage::<P>::new(image.width(), image.height());
    widen_all(image, P::components_mut(source.pixels_mut()));
    for pixel in P::components_mut(source.pixels_mut()).chunks_exact_mut(n_channels) {
        let (colors, opacity) = pixel.split_at_mut(n_colors);
        for sample in colors {
            let value = if linear { linear_of_srgb()[*sample as usize] } else { *sample };
            *sample = if alpha { multiply(value, opacity[0]) } else { value };
        }
    }
    let mut result = TypedImage::<P>::new(size.0, size.1);
    resizer.resize_typed(&source, &mut result, options).map_err(refused)?;
    drop(source);
    for pixel in P::components_mut(result.pixels_mut()).chunks_exact_mut(n_channels) {
        let (colors, opacity) = pixel.split_at_mut(n_colors);
        for sample in colors {
            let value = if alpha { divide(*sample, opacity[0]) } else { *sample };
            *sample = if linear { srgb_of_linear()[value as usize] } else { value };
        }
    }
    let samples = P::components(result.pixels());
    match color {
        ColorType::L16 | ColorType::La16 | ColorType::Rgb16 | ColorType::Rgba16 => {
            from_words(color, size, samples.to_vec())
        }
        _ => from_bytes(color, size, samples.iter().copied().map(narrow).collect()),
    }
}

/// The samples of `image` as 16 bits.
pub(crate) fn widen_all(image: &DynamicImage, to: &mut [u16]) {
    match image {
        DynamicImage::ImageLuma16(image) => to.copy_from_slice(image),
        DynamicImage::ImageLumaA16(image) => to.copy_from_slice(image),
        DynamicImage::ImageRgb16(image) => to.copy_from_slice(image),
        DynamicImage::ImageRgba16(image) => to.copy_from_slice(image),
        narrow => {
            for (wide, sample) in to.iter_mut().zip(narrow.as_bytes()) {
                *wide = widen(*sample);
            }
        }
    }
}

/// `value · alpha`, both of 65535, to the nearest.
pub(crate) fn multiply(value: u16, alpha: u16) -> u16 {
    ((u32::from(value) * u32::from(alpha) + 32767) / 65535) as u16
}

/// `value / alpha`, both of 65535, to the nearest; black where nothing can be seen.
pub(crate) fn divide(value: u16, alpha: u16) -> u16 {
    let (value, alpha) = (u64::from(value), u64::from(alpha));
    (value * 65535 + alpha / 2).checked_div(alpha).map_or(0, |quotient| quotient.min(65535) as u16)
}

/// Whether no pixel can be seen through.
pub(crate) fn is_opaque(image: &DynamicImage) -> bool {
    match image {
        DynamicImage::ImageLumaA8(image) => image.pixels().all(|pixel| pixel.0[1] == u8::MAX),
        DynamicImage::ImageRgba8(image) => image.pixels().all(|pixel| pixel.0[3] == u8::MAX),
        DynamicImage::ImageLumaA16(image) => image.pixels().all(|pixel| pixel.0[1] == u16::MAX),
        DynamicImage::ImageRgba16(image) => image.pixels().all(|pixel| pixel.0[3] == u16::MAX),
        _ => true,
    }
}

fn algorithm(filter: Filter) -> Result<ResizeAlg> {
    Ok(ResizeAlg::Convolution(match filter {
        Filter::Nearest => return Ok(ResizeAlg::Nearest),
        Filter::Bilinear => FilterType::Bilinear,
        Filter::CatmullRom => FilterType::CatmullRom,
        Filter::Mitchell => FilterType::Mitchell,
        Filter::Lanczos3 => FilterType::Custom(
            fast_image_resize::Filter::new("lanczos3", lanczos3, 3.0).map_err(refused)?,
        ),
    }))
}

/// Duchon, "Lanczos Filtering in One and Two Dimensions" (1979), with three lobes. The resizer's own asks the
/// platform for its sine; `libm`'s is the same everywhere.
fn lanczos3(x: f64) -> f64 {
    if x.abs() < 3.0 { sinc(x) * sinc(x / 3.0) } else { 0.0 }
}

fn sinc(x: f64) -> f64 {
    let angle = x * std::f64::consts::PI;
    if x == 0.0 { 1.0 } else { libm::sin(angle) / angle }
}

pub(crate) fn from_bytes(
    color: ColorType,
    (width, height): (u32, u32),
    bytes: Vec<u8>,
) -> Result<DynamicImage> {
    match color {
        ColorType::L8 => ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageLuma8),
        ColorType::La8 => {
            ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageLumaA8)
        }
        ColorType::Rgb8 => ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageRgb8),
        _ => ImageBuffer::from_raw(width, height, bytes).map(DynamicImage::ImageRgba8),
    }
    .ok_or_else(|| Error::new(ErrorKind::Internal, "resampled picture has the wrong length"))
}

pub(crate) fn from_words(
    color: ColorType,
    (width, height): (u32, u32),
    words: Vec<u16>,
) -> Result<DynamicImage> {
    match color {
        ColorType::L16 => {
            ImageBuffer::from_raw(width, height, words).map(DynamicImage::ImageLuma16)
        }
        ColorType::La16 => {
            ImageBuffer::from_raw(width, height, words).map(DynamicImage::ImageLumaA16)
        }
        ColorType::Rgb16 => {
            ImageBuffer::from_raw(width, height, words).map(DynamicImage::ImageRgb16)
        }
        _ => ImageBuffer::from_raw(width, height, words).map(DynamicImage::ImageRgba16),
    }
    .ok_or_else(|| Error::new(ErrorKind::Internal, "resampled picture has the wrong length"))
}

fn refused(source: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Internal, "resampler refused its input").with_source(source)
}

#[cfg(test)]
mod tests;
