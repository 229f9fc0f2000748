//! `portreto store list|add|drain|remove`

use anyhow::Result;
use portreto_core::replica::StoreId;
use portreto_store::{Drained, StoreState, StoreStatus};

use super::repair::tell_of_failures;
use crate::{args::StoreCommand, context::Context, exit::Exit, output::escape};

pub(super) async fn store(command: StoreCommand, context: &mut Context) -> Result<Exit> {
    match command {
        StoreCommand::List { json } => {
            let portreto = context.open().await?;
            for status in portreto.stores() {
                show(context, &status, json)?;
            }
        }
        StoreCommand::Add { url, id, weight, json } => {
            let portreto = context.open_or_create(false).await?;
            let status = portreto.add_store(&url, id, weight).await?;
            show(context, &status, json)?;
            if ["s3", "s3a", "gs"]
                .iter()
                .any(|scheme| status.url.starts_with(&format!("{scheme}://")))
            {
                context.talk.hint(
                    "have the bucket abort incomplete multipart uploads after a day (a lifecycle rule): what a \
                     killed upload leaves there is not listed, and is paid for",
                );
            }
            let mut shared = portreto.shared_disks().into_iter();
            if !portreto.is_new() && shared.any(|(a, b)| a == status.id || b == status.id) {
                context.warn_of_shared_disks(&portreto);
            }
        }
        StoreCommand::Drain { id, later: true, json } => {
            let portreto = context.open().await?;
            let status = portreto.drain_store(&id).await?;
            show(context, &status, json)?;
            context.talk.hint(format!(
                "portreto repair moves what it holds, and portreto store remove {id} then forgets it"
            ));
        }
        StoreCommand::Drain { id, later: false, json } => return drain(&id, json, context).await,
        StoreCommand::Remove { id, force } => {
            let portreto = context.open().await?;
            portreto.remove_store(&id, force).await?;
            context.talk.note(format!("forgot the store {id}; its bytes are where they were"));
        }
    }
    Ok(Exit::Done)
}

async fn drain(id: &StoreId, json: bool, context: &mut Context) -> Result<Exit> {
    let portreto = context.open().await?;
    let progress = context.progress();
    let drained = portreto.drain(id, &|state| progress.keys(state)).await?;
    progress.clear();
    if json {
        context.data.json(&drained)?;
    } else {
        show(context, &drained.store, false)?;
        let Drained { found, left, .. } = drained;
        context
            .data
            .line(format_args!("{} copies moved, {left} left", found.saturating_sub(left)))?;
    }
    tell_of_failures(&drained.failed, &drained.lost, &context.talk);
    if drained.is_complete() {
        context.talk.hint(format!("portreto store remove {id} forgets it now"));
        return Ok(Exit::Done);
    }
    context.talk.hint(format!("portreto store drain {id} goes on when the reasons are gone"));
    Ok(Exit::SomeFailed)
}

fn show(context: &mut Context, status: &StoreStatus, json: bool) -> Result<()> {
    if json {
        context.data.json(status)?;
        return Ok(());
    }
    let state = match (&status.offline, status.state) {
        (Some(_), _) => "offline",
        (None, StoreState::Active) => "active",
        (None, StoreState::Draining) => "draining",
    };
    let why = status.offline.as_deref().map(|why| format!("  ({})", escape(why)));
    let line = format!(
        "{:<8}  {state:<8}  {:>3}  {}{}",
        status.id.as_str(),
        status.weight,
        escape(&status.url),
        why.unwrap_or_default()
    );
    context.data.line(line)?;
    Ok(())
}
