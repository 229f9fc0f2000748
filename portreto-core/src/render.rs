//! Bytes of an original and a transform to bytes of a variant.

mod animation;
mod choice;
mod profile;

use std::borrow::Cow;

use image::DynamicImage;
use rayon::prelude::*;

use crate::{
    assets::Assets,
    decode::{Decoded, Reduced, decode_all},
    encode::{Attached, encode},
    error::Result,
    format::Format,
    limits::Limits,
    metadata,
    picture::Picture,
    probe::{self, Headers},
    shrink::Shrink,
    transform::{Operation, Profile, Transform},
};

/// Version of the bytes this engine makes: raised whenever any transform of any input may give other bytes.
pub const ENGINE_VERSION: u32 = 3;

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
    /// Its frames: 1, or more for an animation.
    pub frames: u32,
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
    render_with(original, transform, limits, &Assets::new())
}

/// As [`render`], with the pictures that the transform's watermarks name.
///
/// # Errors
///
/// As [`render`], and `InvalidTransform` when one of those pictures is not among `assets`.
pub fn render_with(
    original: &[u8],
    transform: &Transform,
    limits: &Limits,
    assets: &Assets,
) -> Result<Rendered> {
    transform.check()?;
    let headers = probe::headers(original, limits)?;
    if animation::is_kept(transform, &headers) {
        return animation::render(original, &headers, transform, limits, assets);
    }
    let begun = Begun::new(original, &headers, transform, limits)?;
    begun.finish(&headers, transform, limits, assets)
}

/// The pixels that `transform` makes of the first frame of `original`, not encoded.
///
/// # Errors
///
/// As [`render`].
pub(crate) fn pixels(
    original: &[u8],
    transform: &Transform,
    limits: &Limits,
) -> Result<DynamicImage> {
    let headers = probe::headers(original, limits)?;
    let begun = Begun::new(original, &headers, transform, limits)?;
    let picture = begun.steps(limits, &Assets::new())?.0;
    Ok(match picture.into_owned() {
        Picture::Direct(image) => image,
        Picture::Indexed(indexed) => indexed.to_direct(),
    })
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
    render_many_with(original, transforms, limits, &Assets::new())
}

/// As [`render_many`], with the pictures that the transforms' watermarks name.
///
/// # Errors
///
/// Each result as from [`render_with`].
#[must_use]
pub fn render_many_with(
    original: &[u8],
    transforms: &[Transform],
    limits: &Limits,
    assets: &Assets,
) -> Vec<Result<Rendered>> {
    let animations = animation::render_many(original, transforms, limits, assets);
    let rest = transforms.iter().zip(&animations).filter(|(_, made)| made.is_none());
    let rest: Vec<&Transform> = rest.map(|(transform, _)| transform).collect();
    let mut pictures = render_pictures(original, &rest, limits, assets).into_iter();
    animations.into_iter().filter_map(|made| made.or_else(|| pictures.next())).collect()
}

/// Those of which one picture is made.
fn render_pictures(
    original: &[u8],
    transforms: &[&Transform],
    limits: &Limits,
    assets: &Assets,
) -> Vec<Result<Rendered>> {
    if transforms.is_empty() {
        return Vec::new();
    }
    let Some(opened) = Opened::new(original, transforms, limits) else {
        // Each result is to carry the error.
        return transforms
            .par_iter()
            .map(|one| render_with(original, one, limits, assets))
            .collect();
    };
    let rendered = transforms.par_iter().zip(&opened.shrinks).map(|(&transform, shrink)| {
        transform.check()?;
        let headers = &opened.headers;
        match (shrink, &opened.reduced, &opened.whole) {
            (Some(shrink), Some(reduced), _) => {
                let begun = Begun::shrunk(shrink, reduced, limits)?;
                begun.finish(headers, transform, limits, assets)
            }
            (_, _, Some(whole)) if is_srgb(transform) => {
                let picture = Cow::Borrowed(whole);
                let begun = Begun { picture, icc: None, rest: transform.operations() };
                begun.finish(headers, transform, limits, assets)
            }
            _ => render_with(original, transform, limits, assets),
        }
    });
    rendered.collect()
}

/// An original as several transforms need it.
struct Opened<'a> {
    headers: Headers<'a>,
    /// For each transform.
    shrinks: Vec<Option<Shrink<'a>>>,
    /// For those that begin with a shrink, all of whose scales come of one pass.
    reduced: Option<Reduced>,
    /// For the others, in sRGB.
    whole: Option<Picture>,
}

impl<'a> Opened<'a> {
    /// None when the original cannot be opened for all of them at once.
    fn new(original: &'a [u8], transforms: &[&'a Transform], limits: &Limits) -> Option<Self> {
        let headers = probe::headers(original, limits).ok()?;
        let shrinks: Vec<_> = transforms.iter().map(|&one| Shrink::of(one, &headers)).collect();
        let details: Vec<_> = shrinks.iter().flatten().map(Shrink::detail).collect();
        let reduced = if details.is_empty() {
            None
        } else {
            Some(Reduced::decode(original, &headers, &details, limits)?)
        };
        let mut rest = transforms.iter().zip(&shrinks).filter(|(_, shrink)| shrink.is_none());
        let whole = if rest.any(|(transform, _)| is_srgb(transform)) {
            let decoded = decode_all(original, &headers, Profile::Srgb, limits).ok()?;
            Some(Picture::Direct(decoded.image))
        } else {
            None
        };
        Some(Self { headers, shrinks, reduced, whole })
    }
}

fn is_srgb(transform: &Transform) -> bool {
    transform.output_format().color_profile() == Profile::Srgb
}

/// What was decoded, and what is left to do.
struct Begun<'a> {
    picture: Cow<'a, Picture>,
    /// The profile of its samples; none for sRGB.
    icc: Option<Vec<u8>>,
    rest: &'a [Operation],
}

impl<'a> Begun<'a> {
    /// Decodes `original`, at a smaller scale when that is all that `transform` needs.
    fn new(
        original: &[u8],
        headers: &Headers<'_>,
        transform: &'a Transform,
        limits: &Limits,
    ) -> Result<Self> {
        if let Some(shrink) = Shrink::of(transform, headers)
            && let Some(reduced) = Reduced::decode(original, headers, &[shrink.detail()], limits)
        {
            return Self::shrunk(&shrink, &reduced, limits);
        }
        let wanted = transform.output_format().color_profile();
        let Decoded { image, icc } = decode_all(original, headers, wanted, limits)?;
        let picture = Cow::Owned(Picture::Direct(image));
        Ok(Self { picture, icc, rest: transform.operations() })
    }

    fn shrunk(shrink: &Shrink<'a>, reduced: &Reduced, limits: &Limits) -> Result<Self> {
        let (image, icc) = shrink.apply(reduced, limits)?;
        Ok(Self { picture: Cow::Owned(Picture::Direct(image)), icc, rest: shrink.rest() })
    }

    /// Does the steps that are left; gives the profile of the samples as well.
    fn steps(
        self,
        limits: &Limits,
        assets: &Assets,
    ) -> Result<(Cow<'a, Picture>, Option<Vec<u8>>)> {
        let mut steps = self.rest.iter();
        let picture =
            steps.try_fold(self.picture, |picture, step| step.apply(picture, limits, assets))?;
        limits.check_size(picture.width(), picture.height())?;
        Ok((picture, self.icc))
    }

    /// Does the steps that are left, and encodes the result.
    fn finish(
        self,
        original: &Headers<'_>,
        transform: &Transform,
        limits: &Limits,
        assets: &Assets,
    ) -> Result<Rendered> {
        let (picture, icc) = self.steps(limits, assets)?;
        let (width, height) = (picture.width(), picture.height());
        let output = transform.output_format();
        let (picture, icc) = profile::kept(picture, icc, output.color_profile());
        let (format, how) = choice::format(&picture, original.format, output);
        profile::check(icc.is_some(), format)?;
        let kept = metadata::kept(original, output.metadata_policy(), (width, height));
        let bytes = encode(&picture, format, how, &Attached { icc, ..kept })?;
        Ok(Rendered { bytes, format, width, height, frames: 1 })
    }
}

#[cfg(test)]
mod tests;
