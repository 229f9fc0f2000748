//! `portreto serve`

use anyhow::Result;
use portreto_server::{Config, Server, Stopped};

use crate::{context::Context, exit::Exit};

pub(super) async fn serve(context: &mut Context) -> Result<Exit> {
    let mut config = Config::default();
    config.listen = context.settings.listen();
    // The address first: no home should be made for a server that cannot start.
    let server = Server::bind(config).await?;
    let portreto = context.open_or_create(false).await?;
    context.interrupt.finish_in_flight();
    context.talk.note(format!("listening on http://{}", server.local_addr()));
    match server.serve(portreto, context.interrupt.asked()).await {
        Stopped::AllAnswered => Ok(Exit::Done),
        Stopped::CutOff(n_connections) => {
            context.talk.warning(format!("cut off {n_connections} connections that took too long"));
            Ok(Exit::SomeFailed)
        }
    }
}
