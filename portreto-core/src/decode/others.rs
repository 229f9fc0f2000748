//! WebP, GIF, BMP, TIFF, QOI and PNM through the `image` crate.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, ImageReader};

use super::{Stored, contradiction};
use crate::{
    error::{Error, ErrorKind, Result},
    format::Format,
    limits::Limits,
    probe::{Headers, from_image},
};

pub(super) fn decode(bytes: &[u8], headers: &Headers<'_>, limits: &Limits) -> Result<Stored> {
    let format = headers.format;
    if headers.bits > 16 {
        // Neither the range nor the curve of such samples is known from the file.
        let message = format!("{format} files of floating point samples cannot be read");
        return Err(Error::new(ErrorKind::Unsupported, message));
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), image_format(headers)?);
    let mut bounds = image::Limits::no_limits();
    bounds.max_image_width = Some(limits.width);
    bounds.max_image_height = Some(limits.height);
    bounds.max_alloc = Some(limits.memory_bytes);
    reader.limits(bounds);
    let image = reader.decode().map_err(|error| from_image(format, error))?;
    if (image.width(), image.height()) != (headers.width, headers.height) {
        return Err(contradiction(headers));
    }
    Ok(Stored::Direct(match image {
        // The decoder of GIF gives alpha whether there is any or not.
        DynamicImage::ImageRgba8(rgba)
            if format == Format::Gif && rgba.pixels().all(|pixel| pixel[3] == 255) =>
        {
            DynamicImage::from(rgba).into_rgb8().into()
        }
        image => image,
    }))
}

fn image_format(headers: &Headers<'_>) -> Result<ImageFormat> {
    Ok(match headers.format {
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Png => ImageFormat::Png,
        Format::WebP => ImageFormat::WebP,
        Format::Gif => ImageFormat::Gif,
        Format::Bmp => ImageFormat::Bmp,
        Format::Tiff => ImageFormat::Tiff,
        Format::Qoi => ImageFormat::Qoi,
        Format::Pbm | Format::Pgm | Format::Ppm => ImageFormat::Pnm,
        Format::Raw => return Err(contradiction(headers)),
    })
}
