//! `portreto get`

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use portreto_core::{Format, Transform};
use portreto_store::{Filter, Image, ImageId, Portreto};
use serde::Serialize;

use crate::{
    args::{Get, Target},
    context::Context,
    exit::Exit,
    files::{Existing, make_directory, safe_name, write},
    output::{escape, hinted, one_line, path_text, short_id},
};

/// What became of one image, as scripts read it.
#[derive(Serialize)]
struct GetLine<'a> {
    id: ImageId,
    name: &'a str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// How many images are asked for at once when all are wanted.
const PAGE: u32 = 500;

pub(super) async fn get(args: Get, context: &mut Context) -> Result<Exit> {
    let typed = args.transform.as_ref().or(args.preset.as_ref());
    let transform = typed.map(|text| text.read(context.settings.presets())).transpose()?;
    match args.output.clone() {
        Target::Stdout => to_stdout(args, transform, context).await,
        Target::Directory(directory) => to_directory(args, transform, directory, context).await,
    }
}

async fn to_stdout(args: Get, transform: Option<Transform>, context: &mut Context) -> Result<Exit> {
    ensure!(args.ids.len() == 1, "stdout takes one image: give one ID, or -o DIR");
    ensure!(!args.json, "stdout takes either an image or --json");
    if context.data.is_terminal() {
        let error = anyhow::anyhow!("a terminal cannot show an image's bytes");
        return Err(hinted(error, "-o DIR writes to a directory, > FILE to a file"));
    }
    let portreto = context.open().await?;
    let (images, n_failed) = context.find(&portreto, &args.ids).await;
    let Some(image) = images.first() else { return Ok(Exit::after(n_failed)) };
    let bytes = match &transform {
        None => portreto.original(image).await,
        Some(transform) => portreto.variant(image, transform).await.map(|(_, bytes)| bytes),
    };
    match bytes {
        Ok(bytes) => {
            context.data.bytes(&bytes)?;
            Ok(Exit::Done)
        }
        Err(error) => {
            context.talk.failure(&args.ids[0], one_line(&error));
            Ok(Exit::SomeFailed)
        }
    }
}

async fn to_directory(
    args: Get,
    transform: Option<Transform>,
    directory: PathBuf,
    context: &mut Context,
) -> Result<Exit> {
    refuse_file_name(&directory)?;
    let portreto = context.open().await?;
    make_directory(&directory)?;
    context.interrupt.finish_in_flight();
    let mut writer =
        Writer { portreto, args, transform, directory, names: HashSet::new(), n_failed: 0 };

    if writer.args.ids.is_empty() {
        let labels = writer.args.labels.iter().cloned().collect();
        let filter = Filter { labels, ..Filter::default() };
        let mut after = None;
        loop {
            let page = writer.portreto.list(&filter, after, PAGE).await?;
            writer.images(&page.images, context).await?;
            after = page.next;
            if after.is_none() || context.interrupt.is_asked() {
                break;
            }
        }
    } else {
        let (images, n_unknown) = context.find(&writer.portreto, &writer.args.ids).await;
        writer.n_failed += n_unknown;
        writer.images(&images, context).await?;
    }
    if context.interrupt.is_asked() {
        return Ok(Exit::Interrupted);
    }
    Ok(Exit::after(writer.n_failed))
}

/// `-o small.jpg` would otherwise make a directory of this name.
fn refuse_file_name(directory: &Path) -> Result<()> {
    let extension = directory.extension().and_then(|extension| extension.to_str());
    let is_picture = extension.is_some_and(|extension| Format::from_extension(extension).is_some());
    if directory.is_file() || (is_picture && !directory.is_dir()) {
        let name = path_text(directory);
        let error = anyhow::anyhow!("{name} names a file, but -o takes a directory");
        return Err(hinted(error, format!("portreto get ID -o - > {name}")));
    }
    Ok(())
}

/// Writes images into a directory.
struct Writer {
    portreto: Portreto,
    args: Get,
    transform: Option<Transform>,
    directory: PathBuf,
    /// Names that were given in this run, in lower case.
    names: HashSet<String>,
    n_failed: usize,
}

impl Writer {
    async fn images(&mut self, images: &[Image], context: &mut Context) -> Result<()> {
        for image in images {
            if context.interrupt.is_asked() {
                break;
            }
            let (id, name) = (image.id, image.name.as_str());
            let (status, path, error) = match self.image(image).await {
                Ok((path, true)) => ("written", Some(path), None),
                Ok((path, false)) => ("already-there", Some(path), None),
                Err(error) => ("failed", None, Some(error)),
            };
            let path = path.as_deref().map(path_text);
            if self.args.json {
                let error = error.as_ref().map(|error| one_line(error.as_ref()));
                context.data.json(&GetLine { id, name, status, path: path.as_deref(), error })?;
            } else if let Some(path) = path {
                context.data.line(format_args!("{status} {} {}", short_id(id), escape(&path)))?;
            }
            context.data.flush()?;
            if let Some(error) = error {
                self.n_failed += 1;
                context.talk.error(&error.context(format!("{} {name}", short_id(id))));
            }
        }
        Ok(())
    }

    /// Where the image is now, and whether it had to be written.
    async fn image(&mut self, image: &Image) -> Result<(PathBuf, bool)> {
        let (bytes, extension) = match &self.transform {
            None => (self.portreto.original(image).await?, None),
            Some(transform) => {
                let (variant, bytes) = self.portreto.variant(image, transform).await?;
                (bytes, Some(extension(&variant.media_type)?))
            }
        };
        let name = self.name(image, extension);
        let path = self.directory.join(name);
        let existing = if self.args.force { Existing::Replace } else { Existing::Keep };
        let target = path.clone();
        let written =
            tokio::task::spawn_blocking(move || write(&target, &bytes, existing)).await??;
        Ok((path, written))
    }

    /// A name that no other image of this run has.
    fn name(&mut self, image: &Image, extension: Option<&str>) -> String {
        let mut name = safe_name(&image.name, "", extension);
        // Some file systems take `A.jpg` and `a.jpg` for the same.
        if !self.names.insert(name.to_lowercase()) {
            name = safe_name(&image.name, &format!("-{}", short_id(image.id)), extension);
            self.names.insert(name.to_lowercase());
        }
        name
    }
}

fn extension(media_type: &str) -> Result<&'static str> {
    let format = Format::ALL.into_iter().find(|format| format.media_type() == media_type);
    let format = format.with_context(|| format!("{media_type} has no known extension"))?;
    Ok(format.extension())
}
