//! Where and within which bounds the server serves.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use portreto_core::transform::Presets;

use ipnet::IpNet;

use crate::{door::Rate, keys::Keys};

/// Where to listen, and the bounds on what one client may take.
///
/// # Examples
///
/// ```
/// let mut config = portreto_server::Config::default();
/// config.listen = "127.0.0.1:0".parse().unwrap(); // any free port
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Config {
    /// The address to listen on; port 0 for any free one.
    pub listen: SocketAddr,
    /// Another address to listen on, for those who run the server: `/health`, `/ready`, `/metrics` and `/stores` without a login, from a
    /// thread of its own that nothing else keeps busy. They are at [`Config::listen`], too, where the last two want a login.
    pub admin_listen: Option<SocketAddr>,
    /// Whether everybody who reaches the server may do everything, as the one owner of an embedded home. Without it
    /// only signed URLs are served.
    pub anonymous: bool,
    /// Whether to do so on an address that other machines can reach, too.
    pub anonymous_to_all: bool,
    /// Whether anybody may register.
    pub registration: bool,
    /// Jobs that are run at the same time; none here: by `portreto worker`.
    pub workers: usize,
    /// Transforms by name.
    pub presets: Presets,
    /// Whether direct URLs that name nothing but a preset need no signature.
    pub open_presets: bool,
    /// How often stores that are back are given the copies that they owe.
    pub settle_every: Duration,
    /// What signs.
    pub keys: Keys,
    /// How long the answer of a request may take, once its body is there.
    pub request_timeout: Duration,
    /// How long a request may wait for a job that it asked for, when it asks to wait.
    pub longest_wait: Duration,
    /// How long a client may take to send the headers of a request, or be idle between two.
    ///
    /// Longer than the idle time of the usual load balancers (60 s), so that they are the ones to close.
    pub header_timeout: Duration,
    /// How often a client may come; none for as often as it likes. A client is a key, a person, or an address.
    pub rate: Option<Rate>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// How long nothing of a request's body may come.
    pub body_idle: Duration,
    /// Bytes of a body that must come in a second, in the mean after its first ten seconds.
    pub body_pace: u64,
    /// How long a client may take nothing of what it is sent.
    pub send_idle: Duration,
    /// Where bodies wait for slow clients, in files without names.
    pub spool: PathBuf,
    /// Bytes of answers that may be in memory at the same time.
    pub outgoing_bytes: usize,
    /// How long the stores' own URLs are good to which requests for content are redirected, where a store has such. None: none are.
    ///
    /// What is behind them is sent by the store: this server neither checks nor counts it.
    pub redirects: Option<Duration>,
    /// The largest request body, bytes.
    pub body_bytes: usize,
    /// Bytes of request bodies that may be in memory at the same time.
    pub intake_bytes: usize,
    /// Bytes of pictures that are kept in memory, so that those which everybody looks at need no store.
    pub cache_bytes: u64,
    /// Connections served at once; more wait to be accepted.
    pub connections: usize,
    /// How long to go on accepting after the signal to stop, while `/ready` already says 503, so that
    /// a load balancer notices before connections are refused.
    pub drain: Duration,
    /// How long to wait for the requests in flight after that.
    pub shutdown_timeout: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            admin_listen: None,
            anonymous: false,
            anonymous_to_all: false,
            registration: false,
            workers: 2,
            presets: Presets::new(),
            open_presets: false,
            settle_every: Duration::from_mins(1),
            keys: Keys::default(),
            request_timeout: Duration::from_mins(1),
            longest_wait: Duration::from_secs(30),
            header_timeout: Duration::from_secs(75),
            rate: None,
            trusted_proxies: Vec::new(),
            body_idle: Duration::from_secs(15),
            body_pace: 1_024,
            send_idle: Duration::from_mins(1),
            spool: std::env::temp_dir(),
            outgoing_bytes: 512 << 20,
            redirects: None,
            body_bytes: 256 << 20,
            intake_bytes: 1 << 30,
            cache_bytes: 64 << 20,
            connections: 4_096,
            drain: Duration::ZERO,
            shutdown_timeout: Duration::from_secs(30),
        }
    }
}
