//! `portreto worker`

use anyhow::Result;

use crate::{args::Worker, context::Context, exit::Exit};

pub(super) async fn worker(args: &Worker, context: &mut Context) -> Result<Exit> {
    let portreto = context.open().await?;
    context.interrupt.finish_in_flight();
    context.talk.note("waiting for jobs");
    portreto.work(args.jobs as usize, context.interrupt.asked()).await;
    Ok(Exit::Done)
}
