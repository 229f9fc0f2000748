//! A JPEG decoded at a smaller scale, its channels still apart.

use std::borrow::Cow;

use image::DynamicImage;

use super::{Channel, Detail, color, jpeg};
use crate::{
    limits::Limits,
    probe::{Headers, Icc},
    transform::Profile,
};

/// Channels of a picture as stored, at the scales that were asked for.
#[derive(Debug)]
pub(crate) struct Reduced {
    channels: Vec<Channel>,
    profile: Option<Vec<u8>>,
}

impl Reduced {
    /// Decodes a picture at each scale that `wanted` need, in one pass over its data.
    ///
    /// None when only the full decoders can tell what is in the file: it is damaged, or no usual JPEG.
    pub(crate) fn decode(
        bytes: &[u8],
        headers: &Headers<'_>,
        wanted: &[Detail],
        limits: &Limits,
    ) -> Option<Self> {
        let channels = jpeg::decode_scaled(bytes, headers, wanted, limits)?;
        let profile = headers.icc.as_ref().and_then(Icc::bytes).map(Cow::into_owned);
        Some(Self { channels, profile })
    }

    /// One channel of gray, or `YCbCr`.
    pub(crate) fn channels(&self) -> &[Channel] {
        &self.channels
    }

    /// Pixels made of the channels in the color space that is wanted, and the profile to embed with them.
    pub(crate) fn converted(
        &self,
        image: DynamicImage,
        wanted: Profile,
    ) -> (DynamicImage, Option<Vec<u8>>) {
        color::converted(image, self.profile.as_deref(), wanted)
    }
}
