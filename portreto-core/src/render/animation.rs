//! Animations: every frame goes through the same steps, and a few are in memory at a time.

use std::borrow::Cow;

use rayon::prelude::*;

use super::{Rendered, choice};
use crate::{
    assets::Assets,
    decode::{Frame, Frames},
    encode::{Animation, Attached},
    error::Result,
    format::Format,
    limits::Limits,
    metadata,
    picture::Picture,
    probe::{self, Headers, damaged},
    transform::{Operation, Transform},
};

/// Whether `transform` makes an animation of an original.
pub(super) fn is_kept(transform: &Transform, headers: &Headers<'_>) -> bool {
    headers.frames > 1 && transform.output_format().animates(headers.format)
}

/// Renders one transform that keeps the animation.
///
/// # Errors
///
/// As from [`super::render`].
pub(super) fn render(
    original: &[u8],
    headers: &Headers<'_>,
    transform: &Transform,
    limits: &Limits,
    assets: &Assets,
) -> Result<Rendered> {
    let rendered = render_all(original, headers, &[transform], limits, assets)?.pop();
    rendered.unwrap_or_else(|| Err(damaged(headers.format, "it has no frames")))
}

/// Decodes the frames once and renders every one of `transforms` that keeps the animation; none for the others.
pub(super) fn render_many(
    original: &[u8],
    transforms: &[Transform],
    limits: &Limits,
    assets: &Assets,
) -> Vec<Option<Result<Rendered>>> {
    let headers = probe::headers(original, limits).ok();
    let headers = headers.filter(|headers| headers.frames > 1);
    let Some(headers) = headers else { return transforms.iter().map(|_| None).collect() };
    let kept: Vec<_> = transforms.iter().filter(|one| is_kept(one, &headers)).collect();
    let rendered = render_all(original, &headers, &kept, limits, assets).unwrap_or_else(|_| {
        // Each result is to carry the error.
        let alone = |one: &&Transform| render(original, &headers, one, limits, assets);
        kept.iter().map(alone).collect()
    });
    let mut rendered = rendered.into_iter();
    transforms.iter().map(|one| is_kept(one, &headers).then(|| rendered.next()).flatten()).collect()
}

fn render_all(
    original: &[u8],
    headers: &Headers<'_>,
    transforms: &[&Transform],
    limits: &Limits,
    assets: &Assets,
) -> Result<Vec<Result<Rendered>>> {
    let mut frames = Frames::new(original, headers, limits)?;
    let mut scenes: Vec<Result<Scene>> = Vec::new();
    loop {
        // As many as can be worked on side by side; what comes out does not depend on it.
        let several = frames.by_ref().take(side_by_side(headers, limits));
        let several = several.collect::<Result<Vec<_>>>()?;
        let Some(first) = several.first() else { break };
        if scenes.is_empty() {
            let begin =
                |transform: &&Transform| Scene::new(transform, headers, first, limits, assets);
            scenes = transforms.iter().map(begin).collect();
        }
        for scene in &mut scenes {
            if let Ok(open) = scene
                && let Err(error) = open.push(&several, limits, assets)
            {
                *scene = Err(error);
            }
        }
    }
    Ok(scenes.into_iter().map(|scene| scene?.finish(headers)).collect())
}

/// Frames that are in memory at a time: one for each thread, as far as the limit goes.
fn side_by_side(headers: &Headers<'_>, limits: &Limits) -> usize {
    let frame = (u64::from(headers.width) * u64::from(headers.height) * 4).max(1);
    let left = limits.memory_bytes.saturating_sub(headers.memory_bytes());
    // One copy as decoded, two on the way through the steps.
    let fitting = usize::try_from(left / (frame * 3)).unwrap_or(usize::MAX);
    rayon::current_num_threads().min(fitting).max(1)
}

/// One animation that is being made.
struct Scene {
    steps: Vec<Operation>,
    format: Format,
    size: (u32, u32),
    animation: Animation,
    attached: Attached,
}

impl Scene {
    fn new(
        transform: &Transform,
        headers: &Headers<'_>,
        first: &Frame,
        limits: &Limits,
        assets: &Assets,
    ) -> Result<Self> {
        transform.check()?;
        let mut picture = Cow::Owned(Picture::Direct(first.image.clone()));
        let mut steps = Vec::with_capacity(transform.operations().len());
        for step in transform.operations() {
            // What is kept of the first frame is kept of all, or they would jump about.
            let step = step.settled(&picture, limits)?;
            picture = step.apply(picture, limits, assets)?;
            steps.push(step);
        }
        let size = (picture.width(), picture.height());
        limits.check_size(size.0, size.1)?;
        limits.check_animation(size.0, size.1, headers.frames)?;
        let output = transform.output_format();
        let (format, how) = choice::animation(&picture, headers.format, output);
        let attached = metadata::kept(headers, output.metadata_policy(), size);
        let animation = Animation::new(&picture, format, headers.plays, how)?;
        Ok(Self { steps, format, size, animation, attached })
    }

    fn push(&mut self, frames: &[Frame], limits: &Limits, assets: &Assets) -> Result<()> {
        let steps = &self.steps;
        let apply = |Frame { image, delay }: &Frame| {
            let whole = Cow::Owned(Picture::Direct(image.clone()));
            let picture = steps
                .iter()
                .try_fold(whole, |picture, step| step.apply(picture, limits, assets))?;
            Ok((picture.into_owned(), *delay))
        };
        let pictures = frames.par_iter().map(apply).collect::<Result<Vec<_>>>()?;
        self.animation.push(pictures)
    }

    fn finish(self, headers: &Headers<'_>) -> Result<Rendered> {
        let (width, height) = self.size;
        let (format, frames) = (self.format, headers.frames);
        let bytes = self.attached.put_into(self.animation.finish()?, format);
        Ok(Rendered { bytes, format, width, height, frames })
    }
}
