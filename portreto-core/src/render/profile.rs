//! The ICC profile of a result.

use std::borrow::Cow;

use image::DynamicImage;

use crate::{
    encode::Attached,
    error::{Error, ErrorKind, Result},
    format::Format,
    picture::Picture,
    transform::Profile,
};

/// `picture`, whose samples `icc` tells, as it can be written with a profile of RGB: files of gray cannot have one.
pub(super) fn kept(
    picture: Cow<'_, Picture>,
    icc: Option<Vec<u8>>,
    profile: Profile,
) -> (Cow<'_, Picture>, Option<Vec<u8>>) {
    let is_gray = match &*picture {
        Picture::Direct(image) => !image.color().has_color(),
        Picture::Indexed(indexed) => indexed.is_gray(),
    };
    match profile {
        _ if icc.is_none() || !is_gray => (picture, icc),
        // Its grays are those of sRGB.
        Profile::DisplayP3 => (picture, None),
        _ => {
            let direct = match picture.to_direct().as_ref() {
                DynamicImage::ImageLuma16(_) => picture.to_direct().to_rgb16().into(),
                DynamicImage::ImageLumaA16(_) => picture.to_direct().to_rgba16().into(),
                DynamicImage::ImageLumaA8(_) => picture.to_direct().to_rgba8().into(),
                DynamicImage::ImageLuma8(_) => picture.to_direct().to_rgb8().into(),
                colored => colored.clone(),
            };
            (Cow::Owned(Picture::Direct(direct)), icc)
        }
    }
}

/// Checks that a profile goes into `format`: without it, the picture would have other colors.
pub(super) fn check(has_profile: bool, format: Format) -> Result<()> {
    if !has_profile || Attached::FORMATS.contains(&format) {
        return Ok(());
    }
    let names: Vec<_> = Attached::FORMATS.iter().map(|format| format.extension()).collect();
    let message = format!(
        "{format} files carry no color profile; choose one of {}, or profile=srgb",
        names.join(", ")
    );
    Err(Error::new(ErrorKind::InvalidTransform, message))
}
