//! The ICC profile of a result.

use std::borrow::Cow;

use image::ColorType;

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
            let gray = picture.to_direct();
            let colored = match gray.color() {
                ColorType::L16 => gray.to_rgb16().into(),
                ColorType::La16 => gray.to_rgba16().into(),
                ColorType::La8 => gray.to_rgba8().into(),
                _ => gray.to_rgb8().into(),
            };
            (Cow::Owned(Picture::Direct(colored)), icc)
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
