//! WebP, GIF, BMP, TIFF, QOI, PNM, ICO, TGA, HDR and EXR through the `image` crate.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, ImageReader};

use super::{Stored, contradiction, tone};
use crate::{
    error::{Error, ErrorKind, Result},
    format::Format,
    limits::Limits,
    probe::{Headers, from_image},
};

pub(super) fn decode(bytes: &[u8], headers: &Headers<'_>, limits: &Limits) -> Result<Stored> {
    let format = headers.format;
    let is_light = matches!(format, Format::Hdr | Format::Exr);
    if headers.bits > 16 && !is_light {
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
    if is_light {
        // OpenEXR multiplies by alpha ("Technical Introduction to OpenEXR"), and the other has none.
        let image = tone::map(&image, true).ok_or_else(|| contradiction(headers))?;
        return Ok(Stored::Direct(image));
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
        Format::Ico => ImageFormat::Ico,
        Format::Tga => ImageFormat::Tga,
        Format::Hdr => ImageFormat::Hdr,
        Format::Exr => ImageFormat::OpenExr,
        Format::Avif | Format::Heic | Format::Jxl | Format::Raw => {
            return Err(contradiction(headers));
        }
    })
}
