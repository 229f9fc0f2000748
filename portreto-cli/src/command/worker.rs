//! `portreto worker`

use anyhow::Result;
use portreto_server::{Keys, Relay};

use super::serve::keys_file;
use crate::{args::Worker, context::Context, exit::Exit};

pub(super) async fn worker(args: &Worker, context: &mut Context) -> Result<Exit> {
    let sinks = args.sinks.load(context.settings.home())?;
    let portreto = context.open().await?;
    let keys = Keys::load_or_make(&keys_file(context))?;
    let relay = Relay::open(&portreto, sinks, &keys.url).await?;
    context.interrupt.finish_in_flight();
    context.talk.note("waiting for jobs");
    let work = portreto.work(args.jobs as usize, context.interrupt.asked());
    tokio::join!(work, relay.run(context.interrupt.asked()));
    Ok(Exit::Done)
}
