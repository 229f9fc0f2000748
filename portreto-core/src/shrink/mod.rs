//! Resizing while decoding: a thumbnail of a JPEG needs a small part of its data.
//!
//! A [`Shrink`] is the first steps of a transform, up to its first resize, when nothing but cuts, turns and mirrors
//! come before it. It knows from the headers how much of the file's detail the result can show. The decoder gives
//! so much and a margin ([`MARGIN`]); each channel is resampled apart, from the same box of the source as ever, and
//! turned when it is small.
//!
//! The result is that of the full decode but for what the scaled decode leaves out: the tests hold it to a stated
//! PSNR. What is made depends on file and transform alone: a transform gets the same scales among others as alone.

mod channels;
#[cfg(test)]
mod tests;
mod view;

use image::DynamicImage;

use self::view::View;
use crate::{
    decode::{Detail, Reduced},
    encode::halves_color,
    error::Result,
    format::Format,
    geometry::{Layout, SourceBox},
    limits::Limits,
    probe::Headers,
    resample::Resampling,
    transform::{Filter, Operation, Profile, Resize, Transform},
};

/// The scaled decode has at least so many samples for each pixel of the result, along each side.
const MARGIN: f64 = 1.5;

/// The first steps of a transform, as they can be done on a decode at a smaller scale.
#[derive(Debug, Clone)]
pub(crate) struct Shrink<'a> {
    view: View,
    resize: Resize,
    layout: Layout,
    detail: Detail,
    profile: Profile,
    rest: &'a [Operation],
}

impl<'a> Shrink<'a> {
    /// The shrink with which `transform` begins; none when it does not, or when it needs all of the detail.
    pub(crate) fn of(transform: &'a Transform, headers: &Headers<'_>) -> Option<Self> {
        if headers.format != Format::Jpeg {
            return None;
        }
        let mut view = View::new((headers.width, headers.height), headers.orientation);
        let operations = transform.operations();
        for (at, operation) in operations.iter().enumerate() {
            match operation {
                Operation::Crop(crop) if !crop.is_by_content() => {
                    let (at, size) = crop.kept(view.size()).ok()?;
                    view = view.cut(at, size);
                }
                Operation::Rotate(turn) => view = view.turned(turn.n_quarters()?),
                Operation::Flip(flip) => view = view.mirrored(*flip),
                Operation::Resize(resize) => {
                    let rest = &operations[at + 1..];
                    let layout = resize.layout(view.size());
                    let is_written_so = rest.is_empty() && layout.canvas == layout.scaled;
                    let halved = is_written_so && writes_half_color(transform);
                    let detail = detail(&view, &layout, halved);
                    // The scaled decode mixes sRGB values, and the nearest pixel is not there.
                    let Resampling { filter, linear } = resize.how();
                    let is_fit = filter != Filter::Nearest && !linear && !resize.is_by_content();
                    let is_less = detail.luma.0.max(detail.luma.1) <= 0.5;
                    return (is_fit && is_less).then_some(Self {
                        view,
                        resize: *resize,
                        layout,
                        detail,
                        profile: transform.output_format().color_profile(),
                        rest,
                    });
                }
                _ => return None,
            }
        }
        None
    }

    /// How much of the file must be decoded.
    pub(crate) fn detail(&self) -> Detail {
        self.detail
    }

    /// The steps that come after.
    pub(crate) fn rest(&self) -> &'a [Operation] {
        self.rest
    }

    /// Does the steps on what was decoded: upright, and with the profile to embed, unless that is sRGB.
    ///
    /// # Errors
    ///
    /// `LimitExceeded` when the result is larger than `limits` allow.
    pub(crate) fn apply(
        &self,
        reduced: &Reduced,
        limits: &Limits,
    ) -> Result<(DynamicImage, Option<Vec<u8>>)> {
        let Layout { source, scaled, canvas, .. } = self.layout;
        limits.check_size(canvas.0, canvas.1)?;
        let from = self.view.stored_box(source);
        let size = self.view.stored_size(scaled);
        let filter = self.resize.how().filter;
        let part = self.view.part();
        let small = channels::resampled(reduced, self.detail, part, from, size, filter, limits)?;
        let (mut small, icc) = reduced.converted(small, self.profile);
        small.apply_orientation(self.view.orientation());
        Ok((self.resize.finish(small, &self.layout, limits)?, icc))
    }
}

/// The detail that `layout` can show of a picture seen by `view`, in the file's own directions.
fn detail(view: &View, layout: &Layout, halved_color: bool) -> Detail {
    let SourceBox { width, height, .. } = view.stored_box(layout.source);
    let scaled = view.stored_size(layout.scaled);
    let luma = (MARGIN * f64::from(scaled.0) / width, MARGIN * f64::from(scaled.1) / height);
    let color = if halved_color { (luma.0 / 2.0, luma.1 / 2.0) } else { luma };
    Detail { luma, color }
}

/// Whether the file that comes out of a JPEG has color at half the resolution.
fn writes_half_color(transform: &Transform) -> bool {
    let output = transform.output_format();
    // What is chosen by content may be anything.
    output.by_content().is_none()
        && halves_color(output.format().unwrap_or(Format::Jpeg), output.encoding())
}
