//! `portreto-server`: Portreto over HTTP.

use std::{io, net::SocketAddr, path::PathBuf, process::ExitCode, time::Duration};

use anyhow::Context as _;
use clap::{Parser, ValueEnum};
use portreto_server::{Config, Flags, Keys, Relay, Server, Signals};
use portreto_store::{Options, Portreto};
#[cfg(feature = "otel")]
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::{
    EnvFilter, Layer as _, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

/// Serves the images of a home over HTTP.
///
/// SIGTERM and Ctrl-C stop it once the requests in flight are answered.
#[derive(Debug, Parser)]
#[command(version)]
struct Args {
    /// Directory of the home; made when there is none
    #[arg(long, env = "PORTRETO_HOME", value_name = "DIR")]
    home: PathBuf,

    /// Catalog on PostgreSQL that many servers share, such as `postgres://portreto@db/portreto` [default: a file in the home]
    #[arg(long, env = "PORTRETO_CATALOG", value_name = "URL", hide_env_values = true)]
    catalog: Option<String>,

    /// URL or directory of a store that a new home begins with, at least two of them; with none, two directories in the home
    #[arg(long, env = "PORTRETO_STORES", value_name = "URL", value_delimiter = ',')]
    store: Vec<String>,

    /// Address and port to listen on; port 0 for any free one
    #[arg(long, env = "PORTRETO_LISTEN", value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,

    #[command(flatten)]
    flags: Flags,

    /// Keys that sign; made when there are none [default: keys.json in the home]
    #[arg(long, env = "PORTRETO_KEYS", value_name = "FILE")]
    keys: Option<PathBuf>,

    /// What to log: a level, or a list of `target=level`
    #[arg(long, env = "PORTRETO_LOG", value_name = "FILTER", default_value = "info")]
    log: String,

    /// How to write the log, which goes to standard error
    #[arg(long, env = "PORTRETO_LOG_FORMAT", value_name = "FORMAT", default_value = "text")]
    log_format: LogFormat,

    /// Where to send spans, by OTLP over HTTP: the whole URL, with the path `/v1/traces`
    #[cfg(feature = "otel")]
    #[arg(long, env = "PORTRETO_OTLP", value_name = "URL")]
    otlp: Option<String>,

    /// Seconds to go on accepting connections after a signal to stop, while /ready says 503
    #[arg(long, env = "PORTRETO_DRAIN", value_name = "SECONDS", default_value_t = 0)]
    drain: u64,

    /// Seconds to wait for the requests in flight after that
    #[arg(long, env = "PORTRETO_SHUTDOWN_TIMEOUT", value_name = "SECONDS", default_value_t = 30)]
    shutdown_timeout: u64,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LogFormat {
    /// For people
    Text,
    /// One object a line, for collectors
    Json,
}

/// Exit codes: 0 stopped as asked, 2 usage or nothing could start.
fn main() -> ExitCode {
    let args = Args::parse();
    match serve(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error);
            ExitCode::from(2)
        }
    }
}

fn serve(args: &Args) -> anyhow::Result<()> {
    let _spans = start_log(args)?;
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    runtime.block_on(async {
        let signals = Signals::install().context("cannot take over the signals")?;
        let sinks = args.flags.sinks.load(&args.home)?;
        let server = Server::bind(config(args)?).await?;
        let portreto = Portreto::open(options(args)).await?;
        let keys = args.keys.clone().unwrap_or_else(|| args.home.join("keys.json"));
        let keys = Keys::load_or_make(&keys)?;
        let relay = Relay::open(&portreto, sinks, &keys.url).await?;
        let server = server.with_keys(keys).with_relay(relay);
        tracing::info!(home = %args.home.display(), "listening on http://{}", server.local_addr());
        if let Some(addr) = server.admin_addr() {
            tracing::info!("for those who run it on http://{addr}");
        }
        let stopped = server.serve(portreto.clone(), signals.first()).await;
        let patience = Duration::from_secs(args.shutdown_timeout);
        if tokio::time::timeout(patience, portreto.close()).await.is_err() {
            tracing::warn!("the catalog is not closed in time");
        }
        tracing::info!(?stopped, "stopped");
        Ok(())
    })
}

fn config(args: &Args) -> anyhow::Result<Config> {
    let mut config = Config::default();
    config.listen = args.listen;
    args.flags.configure(&mut config, &args.home)?;
    config.drain = Duration::from_secs(args.drain);
    config.shutdown_timeout = Duration::from_secs(args.shutdown_timeout);
    Ok(config)
}

fn options(args: &Args) -> Options {
    let mut options = Options::new(&args.home);
    options.create = true;
    options.catalog.clone_from(&args.catalog);
    options.stores.clone_from(&args.store);
    args.flags.bound(&mut options);
    options
}

/// What sends spans must live as long as the program does.
fn start_log(args: &Args) -> anyhow::Result<Spans> {
    let filter = EnvFilter::try_new(&args.log)
        .with_context(|| format!("--log {:?} is not a list of levels", args.log))?;
    let log = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    let log = match args.log_format {
        LogFormat::Text => log.boxed(),
        LogFormat::Json => log.json().boxed(),
    };
    let log = tracing_subscriber::registry().with(log.with_filter(filter));
    #[cfg(feature = "otel")]
    if let Some(endpoint) = &args.otlp {
        let spans = portreto_server::otel::Exporter::new(endpoint).context("--otlp")?;
        log.with(spans.layer().with_filter(LevelFilter::INFO)).init();
        return Ok(Some(spans));
    }
    log.init();
    Ok(None)
}

#[cfg(feature = "otel")]
type Spans = Option<portreto_server::otel::Exporter>;
#[cfg(not(feature = "otel"))]
type Spans = Option<std::convert::Infallible>;

#[expect(clippy::print_stderr, reason = "the one place that speaks when there may be no log yet")]
fn report(error: &anyhow::Error) {
    // The alternate form prints the causes in the same line.
    eprintln!("error: {error:#}");
}
