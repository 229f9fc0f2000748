//! Bytes of an original and a transform to bytes of a variant.

use std::borrow::Cow;

use rayon::prelude::*;

use crate::{
    decode::{Decoded, decode},
    encode::encode,
    error::Result,
    format::Format,
    limits::Limits,
    picture::Picture,
    resample::is_opaque,
    transform::Transform,
};

/// Version of the bytes this engine makes: raised whenever any transform of any input may give other bytes.
pub const ENGINE_VERSION: u32 = 2;

/// The bytes of a variant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rendered {
    /// The encoded picture.
    pub bytes: Vec<u8>,
    /// Its format.
    pub format: Format,
    /// Its width, pixels.
    pub width: u32,
    /// Its height, pixels.
    pub height: u32,
}

/// Decodes `original`, applies `transform` and encodes the result.
///
/// The bytes depend on the arguments and [`ENGINE_VERSION`] alone, whatever the machine and the number of threads.
/// Every size is checked against `limits` before it is allocated.
///
/// # Errors
///
/// `NotAnImage`, `Unsupported` or `Damaged` for originals that cannot be read, `LimitExceeded` for what is too
/// large to read or to make, `InvalidTransform` for a transform that is too long or does not fit the picture.
///
/// # Examples
///
/// See the [front page](crate).
pub fn render(original: &[u8], transform: &Transform, limits: &Limits) -> Result<Rendered> {
    transform.check()?;
    let Decoded { image, info } = decode(original, limits)?;
    finish(Cow::Owned(Picture::Direct(image)), info.format, transform, limits)
}

/// Decodes `original` once and renders every one of `transforms`, on the threads of rayon's pool.
///
/// The results are those of [`render`], in the order of `transforms`.
///
/// # Errors
///
/// Each result as from [`render`].
#[must_use]
pub fn render_many(
    original: &[u8],
    transforms: &[Transform],
    limits: &Limits,
) -> Vec<Result<Rendered>> {
    let Ok(Decoded { image, info }) = decode(original, limits) else {
        // Each result is to carry the error.
        return transforms.iter().map(|transform| render(original, transform, limits)).collect();
    };
    let picture = Picture::Direct(image);
    let rendered = transforms.par_iter().map(|transform| {
        transform.check()?;
        finish(Cow::Borrowed(&picture), info.format, transform, limits)
    });
    rendered.collect()
}

fn finish(
    picture: Cow<'_, Picture>,
    original: Format,
    transform: &Transform,
    limits: &Limits,
) -> Result<Rendered> {
    let mut steps = transform.operations().iter();
    let picture = steps.try_fold(picture, |picture, step| step.apply(picture, limits))?;
    let (width, height) = (picture.width(), picture.height());
    limits.check_size(width, height)?;
    let output = transform.output_format();
    let format = output.format().unwrap_or_else(|| natural_format(&picture, original));
    let bytes = encode(&picture, format, output.encoding())?;
    Ok(Rendered { bytes, format, width, height })
}

/// The format of a result whose transform names none: the original's, unless the result would lose by it.
fn natural_format(picture: &Picture, original: Format) -> Format {
    let keeps = match picture {
        // Few colors on purpose: exact, and small as indexed PNG.
        Picture::Indexed(_) => false,
        // GIF and PBM would reduce the colors once more; others would lose them all, or the transparency.
        Picture::Direct(image) => {
            let is_reduced = matches!(original, Format::Gif | Format::Pbm)
                || (original == Format::Pgm && image.color().has_color());
            !is_reduced && (original.has_alpha() || is_opaque(image))
        }
    };
    if keeps { original } else { Format::Png }
}

#[cfg(test)]
mod tests;
