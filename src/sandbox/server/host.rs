//! Checks that a request names this server as its host.
//!
//! A web page can give its own host name the address 127.0.0.1 (DNS rebinding), and the browser then lets it read the answers of
//! whatever listens there. Such a request still carries the page's host name, so only loopback names with the server's own port
//! are accepted. This includes names below `localhost`, where SDKs put the name of a bucket. Browsers resolve them to loopback, so
//! that no web page can have one.

use std::net::{Ipv4Addr, Ipv6Addr};

use http::uri::Authority;
use hyper::header::HOST;
use hyper::http::request::Parts;

/// Which hosts a request may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Hosts {
    /// Loopback names with the server's own port.
    #[default]
    Loopback,
    /// Any host, for tests with a proxy that sends requests for AWS's hosts here.
    Any,
}

/// The body of the answer to a request that names another host.
pub(super) const REFUSED: &str =
    "The sandbox answers only requests for 127.0.0.1, localhost or [::1] with its own port.\n";

/// Whether the request names exactly one host, and this host is the server.
pub(super) fn is_own(head: &Parts, port: u16) -> bool {
    let mut hosts = head.headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return false;
    };
    let named_by_header = host.to_str().is_ok_and(|host| is_loopback(host, port));
    let named_by_target = head
        .uri
        .authority()
        .is_none_or(|authority| is_loopback(authority.as_str(), port));
    named_by_header && named_by_target
}

fn is_loopback(authority: &str, port: u16) -> bool {
    if authority.contains('@') {
        return false;
    }
    let Ok(authority) = authority.parse::<Authority>() else {
        return false;
    };
    // Without a port, the port is that of HTTP.
    if authority.port_u16().unwrap_or(80) != port {
        return false;
    }
    let name = authority.host();
    let bracketed = name.strip_prefix('[').and_then(|n| n.strip_suffix(']'));
    if let Some(address) = bracketed {
        return address.parse() == Ok(Ipv6Addr::LOCALHOST);
    }
    if name.parse() == Ok(Ipv4Addr::LOCALHOST) {
        return true;
    }
    let name = name.to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(uri: &str, hosts: &[&str]) -> Parts {
        let mut builder = hyper::Request::builder().uri(uri);
        for host in hosts {
            builder = builder.header(HOST, *host);
        }
        builder.body(()).unwrap().into_parts().0
    }

    #[test]
    fn loopback_names_with_the_own_port_are_accepted() {
        for host in [
            "127.0.0.1:4566",
            "localhost:4566",
            "LocalHost:4566",
            "[::1]:4566",
            "bucket.localhost:4566",
            "bucket.s3.us-east-1.localhost:4566",
        ] {
            assert!(is_own(&head("/", &[host]), 4566), "{host}");
        }
        assert!(is_own(&head("/", &["localhost"]), 80));
        let absolute = head("http://127.0.0.1:4566/", &["127.0.0.1:4566"]);
        assert!(is_own(&absolute, 4566));
    }

    #[test]
    fn every_other_host_is_refused() {
        for host in [
            "",
            ":4566",
            "evil.example",
            "evil.example:4566",
            "127.0.0.1.evil.example:4566",
            "localhost.evil.example:4566",
            "evillocalhost:4566",
            "localhost@evil.example:4566",
            "evil.example@localhost:4566",
            "127.0.0.1",
            "127.0.0.1:4567",
            "localhost:80",
            "localhost:",
            "10.0.0.1:4566",
            "0.0.0.0:4566",
            "127.0.0.2:4566",
            "[::]:4566",
            "[::ffff:127.0.0.1]:4566",
            "2130706433:4566",
            "127.1:4566",
            "localhost:4566, evil.example",
            "localhost:4566/",
        ] {
            assert!(!is_own(&head("/", &[host]), 4566), "{host}");
        }
        assert!(!is_own(&head("/", &[]), 4566));
        let two = ["localhost:4566", "evil.example:4566"];
        assert!(!is_own(&head("/", &two), 4566));
        let absolute = head("http://evil.example:4566/", &["127.0.0.1:4566"]);
        assert!(!is_own(&absolute, 4566));
    }
}
