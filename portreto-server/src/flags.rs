//! What can be said on the command line of `portreto serve` and of `portreto-server`, which are one program.

use std::{
    net::SocketAddr,
    num::NonZeroU32,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use ipnet::IpNet;
use portreto_store::{Options, Quota};

use crate::{
    config::Config,
    door::Rate,
    sink::{SinkError, Sinks},
};

/// Requests of one client in a minute, unless something else is said: far more than a person makes.
const RATE: NonZeroU32 = NonZeroU32::new(6_000).unwrap();

/// What servers and workers may be told of sinks.
#[derive(Debug, Clone, Args)]
pub struct SinksFlag {
    /// Where events go: files, webhooks, NATS, mail [default: sinks.toml in the home, if there is one]
    #[arg(long, env = "PORTRETO_SINKS", value_name = "FILE")]
    sinks: Option<PathBuf>,
}

impl SinksFlag {
    /// Reads them.
    ///
    /// # Errors
    ///
    /// A file that was named is not there; or it says something that no sink is.
    pub fn load(&self, home: &Path) -> Result<Sinks, SinkError> {
        match &self.sinks {
            Some(path) if !path.exists() => {
                Err(SinkError::new(format!("--sinks: there is no {}", path.display())))
            }
            Some(path) => Sinks::load(path),
            None => Sinks::load(&home.join(Sinks::FILE)),
        }
    }
}

/// Arguments of a server. See [`Config`] for what they mean.
#[derive(Debug, Clone, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Flags {
    /// Another address, for /health, /ready, /metrics and /stores without a login: one that only you reach
    #[arg(long, env = "PORTRETO_ADMIN_LISTEN", value_name = "IP:PORT")]
    admin_listen: Option<SocketAddr>,

    /// Serve everybody who reaches the server, as the one owner of the home
    #[arg(long, env = "PORTRETO_ANONYMOUS")]
    anonymous: bool,

    /// Also when other machines can reach it
    #[arg(long, env = "PORTRETO_ANONYMOUS_TO_ALL", requires = "anonymous")]
    anonymous_to_all: bool,

    /// Let anybody register
    #[arg(long, env = "PORTRETO_REGISTRATION")]
    registration: bool,

    /// Jobs to run at the same time; 0 leaves them to `portreto worker`
    #[arg(long, env = "PORTRETO_WORKERS", value_name = "N", default_value_t = 2)]
    workers: usize,

    /// Requests of one client in a minute; 0 for any number [default: 6000, any number with --anonymous]
    #[arg(long, env = "PORTRETO_RATE", value_name = "N")]
    rate: Option<u32>,

    /// Requests of one client at once, after a pause [default: a tenth of --rate]
    #[arg(long, env = "PORTRETO_BURST", value_name = "N")]
    burst: Option<NonZeroU32>,

    /// A proxy whose X-Forwarded-For is believed: an address or a network, as 10.0.0.0/8
    #[arg(long, env = "PORTRETO_TRUSTED_PROXY", value_name = "NET", value_delimiter = ',', value_parser = network)]
    trusted_proxy: Vec<IpNet>,

    /// The largest body of a request, bytes
    #[arg(long, env = "PORTRETO_MAX_BODY", value_name = "BYTES")]
    max_body: Option<usize>,

    /// The largest picture, width times height, pixels
    #[arg(long, env = "PORTRETO_MAX_PIXELS", value_name = "N")]
    max_pixels: Option<u64>,

    /// Images that one person may have
    #[arg(long, env = "PORTRETO_QUOTA_IMAGES", value_name = "N")]
    quota_images: Option<u64>,

    /// Bytes of the images that one person may have
    #[arg(long, env = "PORTRETO_QUOTA_BYTES", value_name = "BYTES")]
    quota_bytes: Option<u64>,

    /// A transform with a name, for texts that say preset:NAME
    #[arg(long, env = "PORTRETO_PRESET", value_name = "NAME=TRANSFORM", value_parser = preset)]
    preset: Vec<(String, String)>,

    /// Serve direct URLs that name nothing but a preset without a signature
    #[arg(long, env = "PORTRETO_OPEN_PRESETS")]
    open_presets: bool,

    /// Redirect requests for content to the store's own URL, good for so many seconds, where the store has such (S3). What is
    /// behind it is not checked
    #[arg(long, env = "PORTRETO_REDIRECTS", value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=604_800))]
    redirects: Option<u64>,

    /// Where events go.
    #[command(flatten)]
    pub sinks: SinksFlag,
}

impl Flags {
    /// Puts them into a configuration. `home` is the home that is served.
    ///
    /// # Errors
    ///
    /// A preset is no transform, or has no name that it could have.
    pub fn configure(&self, config: &mut Config, home: &Path) -> portreto_core::Result<()> {
        for (name, text) in &self.preset {
            config.presets.define(name, text)?;
        }
        config.open_presets = self.open_presets;
        config.admin_listen = self.admin_listen;
        config.anonymous = self.anonymous;
        config.anonymous_to_all = self.anonymous_to_all;
        config.registration = self.registration;
        config.workers = self.workers;
        let rate = match self.rate {
            Some(rate) => NonZeroU32::new(rate),
            None => (!self.anonymous).then_some(RATE),
        };
        config.rate = rate.map(|per_minute| Rate {
            per_minute,
            burst: self.burst.or(NonZeroU32::new(per_minute.get() / 10)).unwrap_or(NonZeroU32::MIN),
        });
        config.trusted_proxies.clone_from(&self.trusted_proxy);
        config.body_bytes = self.max_body.unwrap_or(config.body_bytes);
        config.redirects = self.redirects.map(Duration::from_secs);
        // Not the system's directory for such files, which may be memory.
        config.spool = home.join("spool");
        Ok(())
    }

    /// The same for the home.
    pub fn bound(&self, options: &mut Options) {
        if let Some(pixels) = self.max_pixels {
            options.limits.pixels = pixels;
        }
        options.quota = Quota { images: self.quota_images, bytes: self.quota_bytes };
    }
}

fn preset(text: &str) -> Result<(String, String), String> {
    let (name, text) = text.split_once('=').ok_or("not NAME=TRANSFORM")?;
    Ok((name.to_owned(), text.to_owned()))
}

fn network(text: &str) -> Result<IpNet, String> {
    let address = || text.parse::<std::net::IpAddr>().map(IpNet::from);
    text.parse().or_else(|_| address()).map_err(|_| "not an address or a network".to_owned())
}
