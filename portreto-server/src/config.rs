//! Where and within which bounds the server serves.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use portreto_core::transform::Presets;

use crate::keys::Keys;

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
    /// What signs.
    pub keys: Keys,
    /// How long a request may take, from its headers to the headers of its response.
    pub request_timeout: Duration,
    /// How long a request may wait for a job that it asked for, when it asks to wait.
    pub longest_wait: Duration,
    /// How long a client may take to send the headers of a request, or be idle between two.
    ///
    /// Longer than the idle time of the usual load balancers (60 s), so that they are the ones to close.
    pub header_timeout: Duration,
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
            anonymous: false,
            anonymous_to_all: false,
            registration: false,
            workers: 2,
            presets: Presets::new(),
            open_presets: false,
            keys: Keys::default(),
            request_timeout: Duration::from_mins(1),
            longest_wait: Duration::from_secs(30),
            header_timeout: Duration::from_secs(75),
            body_bytes: 256 << 20,
            intake_bytes: 1 << 30,
            cache_bytes: 64 << 20,
            connections: 4_096,
            drain: Duration::ZERO,
            shutdown_timeout: Duration::from_secs(30),
        }
    }
}
