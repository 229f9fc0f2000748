//! `portreto store list|add|drain|remove`

use anyhow::Result;
use portreto_store::{StoreState, StoreStatus};

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
            let mut shared = portreto.shared_disks().into_iter();
            if !portreto.is_new() && shared.any(|(a, b)| a == status.id || b == status.id) {
                context.warn_of_shared_disks(&portreto);
            }
        }
        StoreCommand::Drain { id, json } => {
            let portreto = context.open().await?;
            let status = portreto.drain_store(&id).await?;
            show(context, &status, json)?;
            context.talk.hint(format!(
                "portreto repair moves what it holds, and portreto store remove {id} then forgets it"
            ));
        }
        StoreCommand::Remove { id, force } => {
            let portreto = context.open().await?;
            portreto.remove_store(&id, force).await?;
            context.talk.note(format!("forgot the store {id}; its bytes are where they were"));
        }
    }
    Ok(Exit::Done)
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
