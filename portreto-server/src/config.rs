//! Where and within which bounds the server serves.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

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
pub struct Config {
    /// The address to listen on; port 0 for any free one.
    pub listen: SocketAddr,
    /// How long a request may take, from its headers to the headers of its response.
    pub request_timeout: Duration,
    /// How long a client may take to send the headers of a request, or be idle between two.
    ///
    /// Longer than the idle time of the usual load balancers (60 s), so that they are the ones to close.
    pub header_timeout: Duration,
    /// The largest request body, bytes.
    pub body_bytes: usize,
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
            request_timeout: Duration::from_mins(1),
            header_timeout: Duration::from_secs(75),
            body_bytes: 256 << 20,
            connections: 4_096,
            drain: Duration::ZERO,
            shutdown_timeout: Duration::from_secs(30),
        }
    }
}
