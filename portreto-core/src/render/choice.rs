//! The format of a result whose transform names none.

use crate::{
    content::is_drawing,
    encode::{Attached, Encoding},
    format::Format,
    picture::Picture,
    resample::is_opaque,
    transform::{Accept, Output, Profile},
};

/// The format of `picture`, made from an original of format `original`, and how to encode it.
pub(super) fn format(picture: &Picture, original: Format, output: Output) -> (Format, Encoding) {
    let how = output.encoding();
    match (output.format(), output.by_content()) {
        (Some(format), _) => (format, how),
        (None, Some(accept)) => by_content(picture, accept, output),
        (None, None) => (natural(picture, original), how),
    }
}

/// The same for an animation whose first frame is `picture`.
pub(super) fn animation(picture: &Picture, original: Format, output: Output) -> (Format, Encoding) {
    let how = output.encoding();
    let format = match (output.format(), output.by_content()) {
        (Some(format), _) => return (format, how),
        (None, Some(accept)) if accept.has(Format::WebP) => Format::WebP,
        (None, Some(_)) => Format::Gif,
        (None, None) => original,
    };
    // Few colors on purpose are kept exactly, as are drawings.
    let is_exact = match picture {
        Picture::Indexed(_) => true,
        Picture::Direct(image) => output.by_content().is_some() && is_drawing(image),
    };
    let exactly = Encoding { quality: None, target: None, lossless: true, ..how };
    (format, if is_exact { exactly } else { how })
}

/// The format that shows the picture well in the fewest bytes, of those that a viewer accepts.
///
/// Photos are lossy, in a modern format if there is one; drawings and what has few colors on purpose keep every sample, as
/// do photos that can be seen through where no modern format is accepted.
fn by_content(picture: &Picture, accept: Accept, output: Output) -> (Format, Encoding) {
    let how = output.encoding();
    let (is_photo, can_be_jpeg) = match picture {
        Picture::Indexed(_) => (false, false),
        Picture::Direct(image) => (!is_drawing(image), is_opaque(image)),
    };
    let exactly = Encoding { quality: None, target: None, lossless: true, ..how };
    let plain = Encoding { lossless: false, ..exactly };
    let is_srgb = output.color_profile() == Profile::Srgb;
    let carries = |format: &Format| is_srgb || Attached::FORMATS.contains(format);
    match (is_photo, accept.formats().find(carries)) {
        (true, Some(modern)) => (modern, how),
        (true, None) if can_be_jpeg => (Format::Jpeg, how),
        (false, _) if accept.has(Format::WebP) && matches!(picture, Picture::Direct(_)) => {
            (Format::WebP, exactly)
        }
        // Few colors are smallest as an indexed PNG.
        _ => (Format::Png, plain),
    }
}

/// The original's format, unless the result would lose by it.
fn natural(picture: &Picture, original: Format) -> Format {
    let keeps = match picture {
        // Few colors on purpose: exact, and small as indexed PNG.
        Picture::Indexed(_) => false,
        // GIF and PBM would reduce the colors once more; others would lose them all, or the transparency.
        Picture::Direct(image) => {
            let is_reduced = matches!(original, Format::Gif | Format::Pbm)
                || (original == Format::Pgm && image.color().has_color());
            original.is_written() && !is_reduced && (original.has_alpha() || is_opaque(image))
        }
    };
    if keeps { original } else { Format::Png }
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, Rgba, RgbaImage};
    use portreto_samples::{chart, soft_disc};

    use super::*;
    use crate::picture::Indexed;

    #[test]
    fn what_is_seen_and_what_is_accepted_decide() {
        let drawing = RgbaImage::from_fn(90, 60, |x, y| {
            if (x / 30 + y / 30) % 2 == 0 { Rgba([255; 4]) } else { Rgba([0, 60, 200, 255]) }
        });
        let mut photo_with_holes = DynamicImage::from(chart(90, 60)).into_rgba8();
        photo_with_holes.put_pixel(3, 3, Rgba([0; 4]));
        let indexed = Indexed::from_indices(2, 1, vec![[0; 4], [255; 4]], &[0, 1]);
        let direct = |image: DynamicImage| Picture::Direct(image);
        let webp = Accept::new().with(Format::WebP).unwrap();
        for (name, picture, plain, modern) in [
            ("photo", direct(chart(90, 60).into()), (Format::Jpeg, false), (Format::WebP, false)),
            ("holes", direct(photo_with_holes.into()), (Format::Png, false), (Format::WebP, false)),
            ("drawing", direct(drawing.into()), (Format::Png, false), (Format::WebP, true)),
            (
                "shadow",
                direct(soft_disc(90, 60).into()),
                (Format::Png, false),
                (Format::WebP, false),
            ),
            ("dithered", Picture::Indexed(indexed), (Format::Png, false), (Format::Png, false)),
        ] {
            for (accept, expected) in [(Accept::new(), plain), (webp, modern)] {
                let (chosen, how) = format(&picture, Format::Tiff, Output::auto(accept));
                assert_eq!((chosen, how.lossless), expected, "{name} for {accept:?}");
            }
        }
    }
}
