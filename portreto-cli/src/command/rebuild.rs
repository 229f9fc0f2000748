//! `portreto rebuild`

use anyhow::Result;
use portreto_core::replica::StoreId;
use portreto_store::Portreto;

use crate::{args::Rebuild, context::Context, exit::Exit, output::path_text};

pub(super) async fn rebuild(args: &Rebuild, context: &mut Context) -> Result<Exit> {
    let mut options = context.settings.options(false);
    if !args.stores.is_empty() {
        options.stores.clone_from(&args.stores);
    }
    let (portreto, report) = Portreto::rebuild(options, args.force).await?;
    context.opened.push(portreto);
    if args.json {
        context.data.json(&report)?;
    } else {
        let stores = report.stores.iter().map(StoreId::as_str).collect::<Vec<_>>().join(", ");
        context.data.line(format_args!(
            "brought back {} images and {} variants from the stores {stores}; {} stay deleted",
            report.images, report.variants, report.deleted
        ))?;
    }
    if let Some(previous) = &report.previous {
        context.talk.note(format!("the catalog that was there is now {}", path_text(previous)));
    }
    for (store, why) in &report.offline {
        context.talk.warning(format!("the store {store} was not read: {why}"));
    }
    for key in &report.unreadable {
        context.talk.failure(key, "no store has this record whole");
    }
    Ok(Exit::after(report.unreadable.len()))
}
