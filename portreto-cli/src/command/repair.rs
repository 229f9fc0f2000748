//! `portreto repair`

use std::io;

use anyhow::Result;
use indicatif::HumanBytes;
use portreto_core::replica::Step;
use portreto_store::scrub::{Failure, Finding, RepairReport};

use super::scrub::how;
use crate::{
    args::Repair,
    context::Context,
    exit::Exit,
    output::{Data, Talk},
};

pub(super) async fn repair(args: &Repair, context: &mut Context) -> Result<Exit> {
    let portreto = context.open().await?;
    let report = if args.owed {
        portreto.settle().await?
    } else {
        let options = how(&portreto, args.fast, &args.pace).await?;
        let progress = context.progress();
        let report = portreto.repair(&options, &|state| progress.keys(state)).await?;
        progress.clear();
        report
    };
    if args.json {
        context.data.json(&report)?;
    } else {
        show(&report, &mut context.data)?;
    }
    let failed: Vec<Failure> = report.away.iter().chain(&report.failed).cloned().collect();
    tell_of_failures(&failed, &report.lost, &context.talk);
    context.tell_of_debts().await;
    Ok(if report.is_complete() { Exit::Done } else { Exit::SomeFailed })
}

/// Says on stderr what could not be done, and what is gone.
pub(super) fn tell_of_failures(failed: &[Failure], lost: &[Finding], talk: &Talk) {
    for failure in failed {
        let item = match failure.path.as_str() {
            "" => format!("store {}", failure.store),
            path => format!("{path} in store {}", failure.store),
        };
        talk.failure(item, &failure.reason);
    }
    for finding in lost {
        talk.failure(&finding.key, "no store that answered has a good copy");
    }
}

fn show(report: &RepairReport, data: &mut Data) -> io::Result<()> {
    for store in &report.founded {
        data.line(format_args!("founded    store {store} anew"))?;
    }
    for done in &report.done {
        data.line(format_args!("{}  {}", step_text(&done.step), done.key))?;
    }
    for key in &report.remade {
        data.line(format_args!("remade     from the catalog  {key}"))?;
    }
    data.line(format_args!(
        "{} faults, {} steps done, {} failed, {} lost; {} adopted, {} collected, {} leftovers swept ({})",
        report.before.findings.len() as u64 + report.before.more_findings,
        report.done.len() as u64 + report.more_done,
        report.failed.len(),
        report.lost.len(),
        report.adopted,
        report.collected,
        report.swept.objects,
        HumanBytes(report.swept.bytes),
    ))
}

/// One step in words.
fn step_text(step: &Step) -> String {
    match step {
        Step::SetAside { store } => format!("set-aside  in store {store}"),
        Step::Copy { from, to } => format!("copied     from store {from} to {to}"),
        Step::Delete { store } => format!("deleted    in store {store}"),
    }
}
