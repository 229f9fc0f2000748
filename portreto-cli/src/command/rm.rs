//! `portreto rm`

use anyhow::Result;
use portreto_core::replica::StoreId;
use portreto_store::ImageId;
use serde::Serialize;

use crate::{
    args::Rm,
    context::Context,
    exit::Exit,
    output::{escape, one_line, short_id},
};

/// What became of one image, as scripts read it.
#[derive(Serialize)]
struct RmLine<'a> {
    id: ImageId,
    name: &'a str,
    status: &'static str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    away: &'a [StoreId],
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

pub(super) async fn rm(args: &Rm, context: &mut Context) -> Result<Exit> {
    let portreto = context.open().await?;
    let (images, mut n_failed) = context.find(&portreto, &args.ids).await;
    for image in images {
        let (id, name) = (image.id, image.name.as_str());
        let result = portreto.delete(id).await;
        let (status, away, error) = match &result {
            Ok(deleted) => ("deleted", deleted.away.as_slice(), None),
            Err(error) => ("failed", [].as_slice(), Some(one_line(error))),
        };
        if let Some(error) = &error {
            n_failed += 1;
            context.talk.failure(id, error);
        }
        if !away.is_empty() {
            let away = away.iter().map(StoreId::as_str).collect::<Vec<_>>().join(", ");
            context.talk.note(format!("{id}: repair will delete it in what is offline: {away}"));
        }
        if args.json {
            context.data.json(&RmLine { id, name, status, away, error })?;
        } else if error.is_none() {
            context.data.line(format_args!("deleted {} {}", short_id(id), escape(name)))?;
        }
        context.data.flush()?;
    }
    Ok(Exit::after(n_failed))
}
