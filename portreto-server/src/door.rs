//! Who comes in: found out once for each request, and let in as often as they may come.

use std::{
    collections::HashSet,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock as _};
use ipnet::IpNet;

use crate::{
    caller::{Caller, Identity},
    openapi::DOCUMENT,
    problem::Problem,
    server::Peer,
    state::AppState,
};

/// Those that are never turned away: probes, and pictures that are signed, whose work is bounded elsewhere.
const UNCOUNTED: [&str; 3] = ["/health", "/ready", "/i/{digest}/{name}"];
/// After so many requests, clients that have not come for long are forgotten.
const FORGET_AFTER: u32 = 4_096;

/// How often a client may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests in a minute, in the long run.
    pub per_minute: NonZeroU32,
    /// Requests at once, after a pause.
    pub burst: NonZeroU32,
}

/// Where a request comes from, proxies that are trusted left out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

/// Whose requests are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Client {
    Key(String),
    Person(String),
    /// Of IPv6 the first half: whoever has one address of it has them all.
    Address(IpAddr),
}

/// Counts requests of clients.
#[derive(Debug)]
pub(crate) struct Counter {
    limiter: Option<(Rate, DefaultKeyedRateLimiter<Client>)>,
    counted: AtomicU32,
}

impl Counter {
    pub(crate) fn new(rate: Option<Rate>) -> Self {
        let limiter = rate.map(|rate| {
            let quota = Quota::per_minute(rate.per_minute).allow_burst(rate.burst);
            (rate, RateLimiter::keyed(quota))
        });
        Self { limiter, counted: AtomicU32::new(0) }
    }

    /// Counts a request, or says why it comes too early.
    fn count(&self, client: &Client) -> Result<(), Problem> {
        let Some((rate, limiter)) = &self.limiter else { return Ok(()) };
        if self.counted.fetch_add(1, Ordering::Relaxed) % FORGET_AFTER == FORGET_AFTER - 1 {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
        limiter.check_key(client).map_err(|early| {
            let wait = early.wait_time_from(limiter.clock().now());
            let seconds = wait.saturating_add(Duration::from_millis(999)).as_secs().max(1);
            let detail = format!(
                "more than {} requests in a minute: try again in {seconds} s",
                rate.per_minute
            );
            Problem::new(StatusCode::TOO_MANY_REQUESTS)
                .kind("rate")
                .detail(detail)
                .retry_after(seconds)
        })
    }
}

/// Lets a request in.
pub(crate) async fn enter(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<Peer>().map(|Peer(peer)| peer.ip());
    let peer = peer.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED));
    let address = client_address(peer, request.headers(), &state.config().trusted_proxies);
    request.extensions_mut().insert(ClientAddress(address));
    let path = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    if path.is_some_and(|path| UNCOUNTED.contains(&path)) {
        return next.run(request).await;
    }
    let mut client = Client::Address(network(address));
    if path.is_some_and(|path| !OPEN.contains(path)) {
        let identity: Identity =
            Caller::identify(&state, request.method(), request.headers()).await;
        match &identity {
            Ok(Caller { key: Some(key), .. }) => client = Client::Key(key.clone()),
            Ok(Caller { owner, .. }) if !owner.is_empty() => {
                client = Client::Person(owner.clone());
            }
            _ => {}
        }
        request.extensions_mut().insert(identity);
    }
    match state.counter().count(&client) {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

/// The paths for which nobody needs to be known.
static OPEN: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let is_open = |way: &serde_json::Value| way["security"].as_array().is_some_and(Vec::is_empty);
    let paths = DOCUMENT["paths"].as_object().into_iter().flatten();
    paths
        .filter(|(_, ways)| ways.as_object().is_some_and(|ways| ways.values().all(is_open)))
        .map(|(path, _)| path.clone())
        .collect()
});

/// Whose address it is: what the last proxy that is trusted says, and what a client wrote itself is not believed.
fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|net| net.contains(address));
    let mut address = peer.to_canonical();
    let hops: Vec<&str> = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    // Each proxy adds the one that it was asked by to the end.
    for hop in hops.into_iter().rev() {
        if !is_trusted(&address) {
            break;
        }
        match hop.parse::<IpAddr>() {
            Ok(hop) => address = hop.to_canonical(),
            Err(_) => break,
        }
    }
    address
}

fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_trusted_proxies_are_believed() {
        let trusted: Vec<IpNet> =
            ["10.0.0.0/8", "fd00::/8"].iter().map(|net| net.parse().unwrap()).collect();
        for (peer, forwarded, expected) in [
            ("192.0.2.1", vec![], "192.0.2.1"),
            ("192.0.2.1", vec!["198.51.100.7"], "192.0.2.1"),
            ("10.0.0.1", vec![], "10.0.0.1"),
            ("10.0.0.1", vec!["198.51.100.7"], "198.51.100.7"),
            ("::ffff:10.0.0.1", vec!["198.51.100.7"], "198.51.100.7"),
            // What stands before the address that our proxy saw was written by the client.
            ("10.0.0.1", vec!["1.1.1.1, 198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", vec!["1.1.1.1", "198.51.100.7, 10.2.3.4"], "198.51.100.7"),
            ("10.0.0.1", vec!["nonsense"], "10.0.0.1"),
            ("10.0.0.1", vec!["2001:db8::1"], "2001:db8::1"),
            ("fd00::1", vec!["10.9.9.9"], "10.9.9.9"),
        ] {
            let mut headers = HeaderMap::new();
            for value in &forwarded {
                headers.append("x-forwarded-for", value.parse().unwrap());
            }
            let address = client_address(peer.parse().unwrap(), &headers, &trusted);
            assert_eq!(address, expected.parse::<IpAddr>().unwrap(), "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn each_client_has_its_own_count() {
        let [per_minute, burst] = [1, 3].map(|n| NonZeroU32::new(n).unwrap());
        let counter = Counter::new(Some(Rate { per_minute, burst }));
        let at = |text: &str| Client::Address(network(text.parse().unwrap()));
        for _ in 0..3 {
            counter.count(&at("2001:db8::1")).unwrap();
        }
        let early = counter.count(&at("2001:db8::2")).unwrap_err();
        assert_eq!(early.status(), 429);
        let response = early.into_response();
        let wait: u64 = response.headers()["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
        counter.count(&at("2001:db8:0:1::1")).unwrap();
        counter.count(&Client::Key("a".to_owned())).unwrap();
        Counter::new(None).count(&at("::1")).unwrap();
    }

    #[test]
    fn what_needs_no_login_is_open() {
        for (path, open) in
            [("/auth/login", true), ("/docs", true), ("/images", false), ("/metrics", false)]
        {
            assert_eq!(OPEN.contains(path), open, "{path}");
        }
    }
}
