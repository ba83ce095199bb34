//! Where a request came from, as far as that tells one guesser from another.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::HeaderMap;
use axum::http::request::Parts;

/// The header in which a proxy appends from where it was asked.
const FORWARDED: &str = "x-forwarded-for";

/// The network that sent a request: an address, of IPv6 the 64 bits that one subscriber has. What a header says is taken only
/// from this machine and from proxies that are named.
pub fn client(proxies: &[IpAddr], parts: &Parts) -> String {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip().to_canonical());
    let source = source(proxies, peer, &parts.headers);
    source.map(|source| network(source).to_string()).unwrap_or_default()
}

fn source(proxies: &[IpAddr], peer: Option<IpAddr>, headers: &HeaderMap) -> Option<IpAddr> {
    let trusted = |address: IpAddr| address.is_loopback() || proxies.contains(&address);
    if peer.is_some_and(|peer| !trusted(peer)) {
        return peer;
    }
    let said: Vec<&str> = headers.get_all(FORWARDED).iter().filter_map(|value| value.to_str().ok()).collect();
    // The nearest proxy writes last; what stands before the last address that is no proxy's, anybody may have written.
    let said = said.iter().flat_map(|line| line.split(',')).map(|one| one.trim().parse::<IpAddr>());
    let said: Vec<IpAddr> = said.map_while(Result::ok).map(|address| address.to_canonical()).collect();
    said.into_iter().rev().find(|address| !trusted(*address)).or(peer)
}

fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_believed_from_a_proxy_only() {
        let said = |peer: &str, line: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(FORWARDED, line.parse().unwrap());
            source(&["10.0.0.5".parse().unwrap()], peer.parse().ok(), &headers).map(|source| network(source).to_string())
        };
        let is = |text: &str| Some(text.to_owned());
        assert_eq!(said("203.0.113.9", "198.51.100.1"), is("203.0.113.9"), "whoever asks directly says nothing");
        assert_eq!(said("127.0.0.1", "198.51.100.1"), is("198.51.100.1"));
        assert_eq!(said("10.0.0.5", "192.0.2.7, 198.51.100.1, 127.0.0.1"), is("198.51.100.1"), "the last that is no proxy");
        assert_eq!(said("127.0.0.1", "nonsense"), is("127.0.0.1"));
        assert_eq!(said("2001:db8:1:2:3::4", ""), is("2001:db8:1:2::"), "one subscriber has many addresses");
    }
}
