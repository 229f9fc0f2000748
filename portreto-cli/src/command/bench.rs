//! `portreto bench`

use anyhow::Result;
use portreto_store::{Load, Measured};

use crate::{args::Bench, context::Context, exit::Exit};

pub(super) async fn bench(args: &Bench, context: &mut Context) -> Result<Exit> {
    let portreto = context.open().await?;
    let load = Load {
        n_objects: args.count,
        bytes: u32::try_from(args.size.0.get()).unwrap_or(u32::MAX),
        concurrency: args.concurrency.into(),
    };
    for store in portreto.stores().into_iter().filter(|store| store.offline.is_some()) {
        context.talk.warning(format!(
            "store {} is left out: {}",
            store.id,
            store.offline.unwrap_or_default()
        ));
    }
    if !args.json {
        context.data.line(format_args!(
            "{:<8} {:<7} {:>9} {:>9} {:>9} {:>9} {:>9} {:>7}",
            "store", "call", "calls/s", "MB/s", "p50 ms", "p95 ms", "p99 ms", "failed"
        ))?;
        context.data.flush()?;
    }
    let mut n_failed = 0;
    let mut result = Ok(());
    let data = &mut context.data;
    portreto
        .bench(load, &mut |measured: Measured| {
            n_failed += measured.n_failed;
            let shown = if args.json { data.json(&measured) } else { data.line(line(&measured)) };
            result = std::mem::replace(&mut result, Ok(())).and(shown).and_then(|()| data.flush());
        })
        .await?;
    result?;
    Ok(Exit::after(n_failed))
}

fn line(measured: &Measured) -> String {
    let Measured { store, call, per_second, bytes_per_second, p50_ms, p95_ms, p99_ms, .. } =
        measured;
    let moved = match bytes_per_second / 1e6 {
        0.0 => String::new(),
        megabytes => format!("{megabytes:.1}"),
    };
    format!(
        "{store:<8} {call:<7} {per_second:>9.0} {moved:>9} {p50_ms:>9.2} {p95_ms:>9.2} {p99_ms:>9.2} {:>7}",
        measured.n_failed
    )
}
