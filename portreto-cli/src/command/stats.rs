//! `portreto stats`

use anyhow::Result;
use indicatif::HumanBytes;

use crate::{args::Stats, context::Context, exit::Exit};

pub(super) async fn stats(args: &Stats, context: &mut Context) -> Result<Exit> {
    let portreto = context.open().await?;
    let stats = portreto.stats().await?;
    let data = &mut context.data;
    if args.json {
        data.json(&stats)?;
        return Ok(Exit::Done);
    }
    let line = |what: &str, n: u64, bytes: u64| format!("{what:<9} {n:>10}  {}", HumanBytes(bytes));
    data.line(line("images", stats.images, stats.original_bytes))?;
    data.line(line("variants", stats.variants, stats.variant_bytes))?;
    data.line(format_args!("{:<9} {:>10}", "queued", stats.queued_jobs))?;
    data.line(format_args!("{:<9} {:>10}", "owed", stats.owed))?;
    Ok(Exit::Done)
}
