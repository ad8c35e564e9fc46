//! `IpAddress`: addresses and networks as AWS reads them, which differs from the standards.
//!
//! Octets and prefixes may have leading zeros, and a prefix also a `+`. IPv6 may have a third colon after `::` and a colon at the
//! end, and a colon at the beginning stands for a group of zeros. An IPv4-mapped address in a request is treated as IPv4.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::matching::Match;

#[derive(Debug, Clone)]
pub(super) struct Networks(Vec<Network>);

impl Networks {
    /// Values that are not networks match nothing.
    pub(super) fn new<'a>(values: impl Iterator<Item = &'a str>) -> Self {
        Self(values.filter_map(Network::parse).collect())
    }

    pub(super) fn matches(&self, value: &str) -> Match {
        let Some(address) = parse(value) else {
            return Match::Incomparable;
        };
        let address = match address {
            IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(address, IpAddr::V4),
            IpAddr::V4(_) => address,
        };
        self.0
            .iter()
            .any(|network| network.contains(address))
            .into()
    }
}

/// A network of a policy, or a single address.
#[derive(Debug, Clone)]
pub(super) enum Network {
    V4 { bits: u32, mask: u32 },
    V6 { bits: u128, mask: u128 },
}

impl Network {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (
                address,
                Some(number(prefix.strip_prefix('+').unwrap_or(prefix))?),
            ),
            None => (text, None),
        };
        match parse(address)? {
            IpAddr::V4(v4) => {
                let length = prefix.unwrap_or(32);
                let mask = match 32_u32.checked_sub(length)? {
                    32 => 0,
                    host => u32::MAX << host,
                };
                Some(Self::V4 {
                    bits: v4.to_bits() & mask,
                    mask,
                })
            }
            IpAddr::V6(v6) => {
                let length = prefix.unwrap_or(128);
                let mask = match 128_u32.checked_sub(length)? {
                    128 => 0,
                    host => u128::MAX << host,
                };
                // Host bits make an IPv6 network match nothing, while IPv4 ignores them.
                (v6.to_bits() & !mask == 0).then_some(Self::V6 {
                    bits: v6.to_bits(),
                    mask,
                })
            }
        }
    }

    /// A mapped address of a request came here as IPv4, so mapped networks and `::/0` do not contain it.
    fn contains(&self, address: IpAddr) -> bool {
        match (self, address) {
            (Self::V4 { bits, mask }, IpAddr::V4(v4)) => v4.to_bits() & mask == *bits,
            (Self::V6 { bits, mask }, IpAddr::V6(v6)) => v6.to_bits() & mask == *bits,
            _ => false,
        }
    }
}

fn parse(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        v6(text).map(IpAddr::V6)
    } else {
        v4(text).map(IpAddr::V4)
    }
}

fn v4(text: &str) -> Option<Ipv4Addr> {
    let mut parts = text.split('.');
    let mut octet = || u8::try_from(number(parts.next()?)?).ok();
    let octets = [octet()?, octet()?, octet()?, octet()?];
    parts.next().is_none().then(|| octets.into())
}

/// Decimal digits with any number of leading zeros.
fn number(text: &str) -> Option<u32> {
    let all_digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    all_digits.then(|| text.parse().ok()).flatten()
}

fn v6(text: &str) -> Option<Ipv6Addr> {
    let (before, after) = match text.split_once("::") {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    };
    let mut groups = [0_u16; 8];
    match after {
        None => {
            let all = groups_of(before)?;
            (all.len() == 8).then_some(())?;
            groups.iter_mut().zip(all).for_each(|(g, n)| *g = n);
        }
        Some(after) => {
            let (left, right) = (groups_of(before)?, groups_of(after)?);
            (left.len() + right.len() < 8).then_some(())?;
            groups.iter_mut().zip(&left).for_each(|(g, n)| *g = *n);
            let from_end = groups.iter_mut().rev().zip(right.iter().rev());
            from_end.for_each(|(g, n)| *g = *n);
        }
    }
    let address = Ipv6Addr::from(groups);
    // Dotted text is for mapped addresses alone.
    (!text.contains('.') || address.to_ipv4_mapped().is_some()).then_some(address)
}

/// The groups on one side of `::`. A colon at the end counts for nothing, one at the beginning for a group of zeros.
fn groups_of(text: &str) -> Option<Vec<u16>> {
    let text = text.strip_suffix(':').unwrap_or(text);
    if text.is_empty() {
        return Some(Vec::new());
    }
    let mut groups = Vec::with_capacity(8);
    let mut parts = text.split(':').enumerate().peekable();
    while let Some((n, part)) = parts.next() {
        if part.is_empty() && n == 0 {
            groups.push(0);
        } else if part.contains('.') && parts.peek().is_none() {
            let [a, b, c, d] = v4(part)?.octets();
            groups.push(u16::from_be_bytes([a, b]));
            groups.push(u16::from_be_bytes([c, d]));
        } else {
            let fits = part.len() <= 4 && part.bytes().all(|b| b.is_ascii_hexdigit());
            groups.push(u16::from_str_radix(part, 16).ok().filter(|_| fits)?);
        }
        (groups.len() <= 8).then_some(())?;
    }
    Some(groups)
}
