use std::net::SocketAddr;

use clap::Args;

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
    /// Serve everybody who reaches the server, as the one owner of the home
    #[arg(long)]
    pub(crate) anonymous: bool,
    /// Also when other machines can reach it
    #[arg(long, requires = "anonymous")]
    pub(crate) anonymous_to_all: bool,
    /// Let anybody register
    #[arg(long)]
    pub(crate) registration: bool,
    /// Jobs to run at the same time; 0 leaves them to `portreto worker`
    #[arg(long, value_name = "N", default_value_t = 2)]
    pub(crate) workers: usize,
}

const EXAMPLES: &str = "\
Example:
  portreto serve --listen 127.0.0.1:8080 --anonymous";
