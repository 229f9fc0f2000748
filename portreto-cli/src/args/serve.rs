use std::net::SocketAddr;

use clap::Args;
use portreto_server::Flags;

/// Serve the home over HTTP
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Serve {
    /// Address to listen on; port 0 for any free one
    ///
    /// Address to listen on; port 0 for any free one. Default: the setting `listen`, 127.0.0.1:8080 unless
    /// configured.
    #[arg(long, value_name = "IP:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    #[command(flatten)]
    pub(crate) flags: Flags,
}

const EXAMPLES: &str = "\
Example:
  portreto serve --listen 127.0.0.1:8080 --anonymous";
