//! `portreto serve`

use anyhow::Result;
use portreto_server::{Config, Keys, Relay, Server, Stopped};

use crate::{args::Serve, context::Context, exit::Exit};

pub(super) async fn serve(args: &Serve, context: &mut Context) -> Result<Exit> {
    let mut config = Config::default();
    config.listen = context.settings.listen();
    config.presets = context.settings.presets().clone();
    args.flags.configure(&mut config, context.settings.home())?;
    let sinks = args.flags.sinks.load(context.settings.home())?;
    // The address first: no home should be made for a server that cannot start.
    let server = Server::bind(config).await?;
    let portreto = context.open_to_serve(&args.flags).await?;
    let keys = Keys::load_or_make(&keys_file(context))?;
    let relay = Relay::open(&portreto, sinks, &keys.url).await?;
    let server = server.with_keys(keys).with_relay(relay);
    context.interrupt.finish_in_flight();
    context.talk.note(format!("listening on http://{}", server.local_addr()));
    if let Some(addr) = server.admin_addr() {
        context.talk.note(format!("for those who run it on http://{addr}"));
    }
    match server.serve(portreto, context.interrupt.asked()).await {
        Stopped::AllAnswered => Ok(Exit::Done),
        Stopped::CutOff(n_connections) => {
            context.talk.warning(format!("cut off {n_connections} connections that took too long"));
            Ok(Exit::SomeFailed)
        }
    }
}

/// Where the keys of a home are.
pub(super) fn keys_file(context: &Context) -> std::path::PathBuf {
    context.settings.home().join("keys.json")
}
