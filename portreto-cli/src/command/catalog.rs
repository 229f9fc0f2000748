//! `portreto catalog migrate|copy`

use anyhow::{Context as _, Result};
use portreto_store::{CopiedCatalog, Portreto};

use crate::{args::CatalogCommand, context::Context, exit::Exit, output::path_text};

pub(super) async fn catalog(command: CatalogCommand, context: &mut Context) -> Result<Exit> {
    let options = context.settings.options(false);
    let progress = context.progress();
    let tell = |_: &str, rows: u64| progress.pictures(rows, 0);
    match command {
        CatalogCommand::Migrate { to, json } => {
            let copied = Portreto::migrate_catalog(&options, to.as_deref(), &tell).await;
            progress.clear();
            show(&copied?, json, context)?;
            let file = context.settings.home().join("portreto.toml");
            let file = path_text(&file);
            context.talk.hint(if to.is_some() {
                format!(
                    "every machine finds it with catalog = \"postgres://…\" in its {file}, or PORTRETO_CATALOG"
                )
            } else {
                format!("take the setting catalog out of {file}; the database is as it was")
            });
        }
        CatalogCommand::Copy { to, json } => {
            let to = to.to_str().context("the target's name is not UTF-8")?;
            let copied = Portreto::copy_catalog(&options, to, &tell).await;
            progress.clear();
            show(&copied?, json, context)?;
        }
    }
    Ok(Exit::Done)
}

fn show(copied: &CopiedCatalog, json: bool, context: &mut Context) -> Result<()> {
    if json {
        context.data.json(copied)?;
    } else {
        for table in &copied.tables {
            context.data.line(format_args!("{:>12}  {}", table.rows, table.table))?;
        }
    }
    if let Some(file) = &copied.set_aside {
        context.talk.note(format!("the catalog that was in the home is now {}", path_text(file)));
    }
    Ok(())
}
