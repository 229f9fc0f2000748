//! `portreto dupes`

use anyhow::Result;
use portreto_store::{Alike, Duplicates, LookedAt, Portreto};
use serde::Serialize;

use super::ls;
use crate::{args::Dupes, context::Context, exit::Exit, output::ImageLine};

/// A group as scripts read it.
#[derive(Serialize)]
struct GroupLine<'a> {
    images: Vec<AlikeLine<'a>>,
}

#[derive(Serialize)]
struct AlikeLine<'a> {
    #[serde(flatten)]
    image: ImageLine<'a>,
    distance: u32,
}

pub(super) async fn dupes(args: &Dupes, context: &mut Context) -> Result<Exit> {
    let portreto = context.open().await?;
    look(&portreto, context).await?;
    let Duplicates { groups, n_unknown, .. } = portreto.dupes("", args.distance).await?;
    for (place, group) in groups.iter().enumerate() {
        if args.json {
            let images = group
                .iter()
                .map(|alike| AlikeLine { image: (&alike.image).into(), distance: alike.distance });
            context.data.json(&GroupLine { images: images.collect() })?;
            continue;
        }
        if place > 0 {
            context.data.line("")?;
        }
        for Alike { image, distance, .. } in group {
            context.data.line(format_args!("{distance:>2}  {}", ls::short(image)))?;
        }
    }
    context.data.flush()?;
    if !args.json {
        let n_images: usize = groups.iter().map(Vec::len).sum();
        context.talk.note(match groups.len() {
            0 => "no images look alike".to_owned(),
            1 => format!("{n_images} images look alike"),
            n => format!("{n_images} images look alike, in {n} groups"),
        });
        if n_unknown > 0 {
            context.talk.note(format!(
                "{n_unknown} cannot be compared: they show one color, or cannot be decoded"
            ));
        }
    }
    Ok(Exit::Done)
}

/// Looks at the pictures that were uploaded and never looked at.
async fn look(portreto: &Portreto, context: &Context) -> Result<()> {
    let n_unseen = portreto.n_unseen("").await?;
    if n_unseen == 0 {
        return Ok(());
    }
    let progress = context.progress();
    let looked = portreto.look_at_rest("", &|n_done| progress.pictures(n_done, n_unseen)).await?;
    progress.clear();
    let LookedAt { n_images, n_unread, .. } = looked;
    context.talk.note(format!("looked at {n_images} pictures for the first time"));
    if n_unread > 0 {
        context
            .talk
            .warning(format!("{n_unread} pictures cannot be read now: `portreto scrub` says why"));
    }
    Ok(())
}
