//! `portreto palette`: one image after the other, so that memory holds one at a time.

use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use portreto_core::transform::{PaletteBuilder, PaletteFormat};
use tokio::task;

use crate::{
    args::Palette,
    context::Context,
    exit::Exit,
    files::{Content, Existing, Found, Walk, read, write},
    output::{escape, one_line, path_text},
};

pub(super) async fn palette(args: Palette, context: &mut Context) -> Result<Exit> {
    ensure!((2..=256).contains(&args.colors), "--colors is {}, but must be 2 to 256", args.colors);
    let format = args.output.as_deref().map(format_of_name).transpose()?;
    let walk =
        Walk::new(args.inputs.clone()).follow(args.follow).globs(&args.include, &args.exclude)?;
    let (walk, found) = task::spawn_blocking(move || {
        let found: Vec<_> = walk.iter().collect();
        (walk, found)
    })
    .await?;
    drop(walk);

    let progress = context.progress();
    for found in &found {
        progress.expect(found.bytes());
    }
    let mut builder = PaletteBuilder::new();
    let (mut n_images, mut n_failed) = (0, 0);
    for found in found {
        if context.interrupt.is_asked() {
            return Ok(Exit::Interrupted);
        }
        let (path, bytes) = (path_text(found.path()).into_owned(), found.bytes());
        let limits = context.settings.limits();
        let work = task::spawn_blocking(move || add(builder, &found, &limits));
        let counted;
        (builder, counted) = work.await?;
        match counted {
            Ok(true) => n_images += 1,
            Ok(false) => {}
            Err(error) => {
                n_failed += 1;
                context.talk.failure(&path, one_line(error.as_ref()));
            }
        }
        progress.done(bytes);
    }
    progress.clear();
    if n_images == 0 {
        bail!("no image to choose colors for");
    }

    let palette = builder.finish(args.colors, args.quantizer.unwrap_or_default())?;
    match args.output.as_deref().zip(format) {
        Some((output, format)) => {
            let existing = if args.force { Existing::Replace } else { Existing::Keep };
            write(output, &palette.to_bytes(format), existing)?;
            let n_colors = palette.colors().len();
            let output = path_text(output);
            let output = escape(&output);
            let images = if n_images == 1 { "image" } else { "images" };
            context.talk.note(format!("{n_colors} colors for {n_images} {images} in {output}"));
        }
        None => context.data.bytes(&palette.to_bytes(PaletteFormat::Hex))?,
    }
    Ok(Exit::after(n_failed))
}

/// Counts one image; false for what was found in a directory and is none.
fn add(
    mut builder: PaletteBuilder,
    found: &Found,
    limits: &portreto_core::Limits,
) -> (PaletteBuilder, Result<bool>) {
    let counted = match found {
        Found::Skipped { .. } => Ok(false),
        Found::Failed { error, .. } => Err(anyhow::anyhow!("{error:#}")),
        Found::File { path, is_typed, .. } => match read(path, limits) {
            Ok(Content::Picture(bytes, _)) => {
                builder.add(&bytes, limits).map(|()| true).map_err(Into::into)
            }
            Ok(Content::Other) if *is_typed => Err(anyhow::anyhow!("not a picture")),
            Ok(Content::Other) => Ok(false),
            Err(error) => Err(error),
        },
    };
    (builder, counted)
}

fn format_of_name(path: &Path) -> Result<PaletteFormat> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let format = extension.to_ascii_lowercase().parse();
    format.with_context(|| {
        format!("the name {} promises no palette: .gpl, .hex, .act or .pal", path_text(path))
    })
}
