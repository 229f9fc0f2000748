//! Which addresses requests may go to: a webhook must not reach what only this machine should.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Whether requests may go there. `private`: also to this machine and private networks; never to what only makes sense on one
/// link, as the metadata services of clouds, and what is no address of one machine.
pub(super) fn is_allowed(address: IpAddr, private: bool) -> bool {
    match address {
        IpAddr::V4(address) => is_v4_allowed(address, private),
        IpAddr::V6(address) => {
            let [first, ..] = address.segments();
            if let Some(inner) = inner_v4(address) {
                return is_v4_allowed(inner, private);
            }
            // RFC 4291 (link-local, multicast, site-local), RFC 4193 (unique local).
            let is_private = address.is_loopback() || (first & 0xFE00) == 0xFC00;
            let never = address.is_unspecified()
                || address.is_multicast()
                || (first & 0xFFC0) == 0xFE80
                || (first & 0xFFC0) == 0xFEC0;
            !never && (private || !is_private)
        }
    }
}

fn is_v4_allowed(address: Ipv4Addr, private: bool) -> bool {
    let [a, b, ..] = address.octets();
    // RFC 6890: "this network", link-local; 240.0.0.0/4 is reserved, with the broadcast address in it.
    let never = a == 0 || address.is_link_local() || address.is_multicast() || a >= 240;
    // RFC 6598: shared by the customers of a provider, and used inside of clouds. RFC 2544: test networks.
    let is_private = address.is_loopback()
        || address.is_private()
        || (a == 100 && (64..128).contains(&b))
        || (a == 198 && (18..20).contains(&b));
    !never && (private || !is_private)
}

/// The IPv4 address that an IPv6 one stands for: mapped, compatible, 6to4 (RFC 3056), NAT64 (RFC 6052).
fn inner_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let octets = address.octets();
    let v4 = |at: usize| Ipv4Addr::new(octets[at], octets[at + 1], octets[at + 2], octets[at + 3]);
    match address.segments() {
        [0, 0, 0, 0, 0, 0xFFFF, ..] | [0x64, 0xFF9B, 0, 0, 0, 0, ..] => Some(v4(12)),
        // ::1 and :: are addresses of their own.
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 || low > 1 => Some(v4(12)),
        [0x2002, ..] => Some(v4(2)),
        _ => None,
    }
}

/// Resolves names to addresses that are allowed, at each connection: what a name means may change.
#[derive(Debug)]
pub(super) struct Allowed {
    pub(super) private: bool,
}

impl Resolve for Allowed {
    fn resolve(&self, name: Name) -> Resolving {
        let private = self.private;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> =
                found.filter(|address| is_allowed(address.ip(), private)).collect();
            if allowed.is_empty() {
                let message = format!("{} has no address that requests may go to", name.as_str());
                return Err(message.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_and_with_leave_private_ones() {
        let never = "0.0.0.0 0.1.2.3 169.254.0.1 169.254.169.254 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 \
                     :: fe80::1 febf::1 fec0::1 ff02::1 ::ffff:169.254.169.254 64:ff9b::a9fe:a9fe 2002:a9fe:a9fe::1 \
                     ::ffff:0.0.0.0 ::169.254.169.254";
        let private = "127.0.0.1 127.255.255.254 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1 100.127.255.255 \
                       198.18.0.1 ::1 fc00::1 fdff::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 64:ff9b::7f00:1 2002:7f00:1::1 \
                       2002:c0a8:101::";
        let public = "1.1.1.1 9.9.9.9 172.32.0.1 100.63.255.255 100.128.0.0 198.20.0.1 2606:4700::1111 ::ffff:1.1.1.1 \
                      2002:101:101::1";
        for (texts, expected) in
            [(never, [false, false]), (private, [false, true]), (public, [true, true])]
        {
            for text in texts.split_whitespace() {
                let address = text.parse().unwrap();
                let got = [is_allowed(address, false), is_allowed(address, true)];
                assert_eq!(got, expected, "{text}");
            }
        }
    }
}
