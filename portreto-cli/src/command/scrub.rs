//! `portreto scrub`

use std::io;

use anyhow::Result;
use indicatif::HumanBytes;
use portreto_core::replica::Fault;
use portreto_store::{
    Portreto,
    scrub::{ScrubOptions, ScrubReport},
};

use crate::{
    args::{Bytes, Pace, Scrub},
    context::Context,
    exit::Exit,
    output::{Data, escape},
};

pub(super) async fn scrub(args: &Scrub, context: &mut Context) -> Result<Exit> {
    let portreto = context.open().await?;
    let options = how(&portreto, args.fast, &args.pace).await?;
    let progress = context.progress();
    let report = portreto.scrub(&options, &|state| progress.keys(state)).await?;
    progress.clear();
    if args.json {
        context.data.json(&report)?;
    } else {
        show(&report, &mut context.data)?;
        if !report.is_clean() {
            context.talk.hint("portreto repair makes it two good copies again");
        }
    }
    Ok(if report.is_clean() { Exit::Done } else { Exit::SomeFailed })
}

/// How a home is gone through.
pub(super) async fn how(portreto: &Portreto, fast: bool, pace: &Pace) -> Result<ScrubOptions> {
    let mut options = ScrubOptions::default();
    options.verify_bytes = !fast;
    options.rate = pace.rate.map(|Bytes(rate)| rate.get());
    options.shards = portreto.due_shards(pace.since).await?;
    Ok(options)
}

fn show(report: &ScrubReport, data: &mut Data) -> io::Result<()> {
    for store in &report.stores {
        if let Some(why) = &store.away {
            let (id, url) = (&store.id, escape(&store.url));
            data.line(format_args!("offline    store {id}  {url}: {}", escape(why)))?;
        }
    }
    for finding in &report.findings {
        data.line(format_args!("{}  {}", fault_text(&finding.fault), finding.key))?;
    }
    for path in &report.unlisted {
        data.line(format_args!("unlisted   in the stores, not in the catalog  {}", escape(path)))?;
    }
    for stray in &report.foreign {
        let path = escape(&stray.path);
        data.line(format_args!("foreign    in store {}, left alone  {path}", stray.store))?;
    }
    data.line(format_args!(
        "{} keys, {} copies, {} read: {}",
        report.keys,
        report.replicas,
        HumanBytes(report.bytes_read),
        verdict(report),
    ))
}

/// One fault in words: what, and in which store.
fn fault_text(fault: &Fault) -> String {
    match fault {
        Fault::Missing { store } => format!("missing    in store {store}"),
        Fault::Corrupt { store } => format!("corrupt    in store {store}"),
        Fault::Misplaced { store, belongs } => {
            format!("misplaced  in store {store}, belongs in {belongs}")
        }
        Fault::Surplus { store } => format!("surplus    in store {store}"),
        Fault::Orphaned { store } => format!("orphaned   in store {store}"),
        Fault::Lost => "lost       in every store that answered".to_owned(),
    }
}

fn verdict(report: &ScrubReport) -> String {
    if report.is_clean() {
        return "all is well".to_owned();
    }
    let n_listed = report.findings.len() + report.unlisted.len();
    let n_faults = n_listed as u64 + report.more_findings;
    let away = report.stores.iter().filter(|store| store.away.is_some());
    let away: Vec<&str> = away.map(|store| store.id.as_str()).collect();
    if away.is_empty() {
        return format!("{n_faults} faults");
    }
    format!("{n_faults} faults in the stores that answered; offline: {}", away.join(", "))
}
