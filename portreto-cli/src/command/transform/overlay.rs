//! What is laid over: `--watermark FILE` and `--caption TEXT`.

use std::{fs::File, io::Read, path::Path};

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;
use portreto_core::{
    Assets, Digest, Limits, Transform,
    transform::{Caption, Operation},
};

use super::text::element;
use crate::{args::Operations, output::path_text};

/// The element of the watermark that was typed, by the digest of its file.
pub(super) fn watermark(typed: &Operations) -> Result<Option<String>> {
    let Some(path) = &typed.watermark else { return Ok(None) };
    let bytes = read(path, &Limits::default())?;
    let arguments = [
        typed.watermark_gravity.map(|gravity| format!("gravity={gravity}")),
        typed.watermark_margin.map(|margin| format!("margin={margin}")),
        typed.watermark_opacity.map(|opacity| format!("opacity={opacity}")),
        typed.watermark_scale.as_ref().map(|scale| format!("scale={scale}")),
        typed.watermark_tile.then(|| "tile".to_owned()),
    ];
    Ok(Some(element(format!("watermark:{}", Digest::of(&bytes)), arguments)))
}

/// The element of the caption that was typed.
pub(super) fn caption(typed: &Operations) -> Result<Option<String>> {
    let Some(text) = &typed.caption else { return Ok(None) };
    let caption = Operation::Caption(Caption::new(text.as_str())?);
    let arguments = [
        typed.caption_size.map(|size| format!("size={size}")),
        typed.caption_color.map(|color| format!("color={color}")),
        typed.caption_background.map(|color| format!("background={color}")),
        typed.caption_gravity.map(|gravity| format!("gravity={gravity}")),
    ];
    Ok(Some(element(caption.to_string(), arguments)))
}

/// The pictures that the transforms need, from the file that was typed.
pub(super) fn assets(
    typed: &Operations,
    transforms: &[Transform],
    limits: &Limits,
) -> Result<Assets> {
    let needed = || transforms.iter().flat_map(Transform::assets);
    let mut assets = Assets::new();
    let mut given = None;
    if let Some(path) = &typed.watermark {
        let bytes = read(path, limits)?;
        let cannot = || format!("cannot use the watermark {}", path_text(path));
        given = Some(assets.add(&bytes, limits).with_context(cannot)?);
    }
    for needed in needed() {
        if !assets.contains(&needed) {
            match given {
                Some(given) => {
                    bail!("the transform needs the watermark {needed}, but --watermark is {given}")
                }
                None => bail!(
                    "the transform needs the watermark {needed}: give its file with --watermark"
                ),
            }
        }
    }
    if let Some(given) = given
        && !needed().any(|needed| needed == given)
    {
        bail!("--watermark is {given}, which the transform does not use");
    }
    Ok(assets)
}

/// The transform of one file: its captions say what is known of it.
pub(super) fn filled(transform: &Transform, path: &Path) -> Transform {
    transform.filled(|variable| match variable {
        "name" => path.file_stem().map(|stem| stem.to_string_lossy().into_owned()),
        "time" => {
            let changed = path.metadata().and_then(|metadata| metadata.modified()).ok()?;
            let changed = Timestamp::try_from(changed).ok()?;
            Some(changed.strftime("%Y-%m-%d %H:%M:%S").to_string())
        }
        _ => None,
    })
}

fn read(path: &Path, limits: &Limits) -> Result<Vec<u8>> {
    let cannot = || format!("cannot read the watermark {}", path_text(path));
    let mut bytes = Vec::new();
    let file = File::open(path).with_context(cannot)?;
    // One byte more than allowed tells a file that is too large, whatever its length claims.
    file.take(limits.input_bytes + 1).read_to_end(&mut bytes).with_context(cannot)?;
    limits.check_input_bytes(bytes.len() as u64).with_context(cannot)?;
    Ok(bytes)
}
