//! Nodes that people name.

use std::{fmt, str::FromStr};

use pnrp_wire::limits::{DEFAULT_PORT, LAST_RESERVED_PORT};

use super::{
    Address,
    address::{parse_port, split_bracketed},
};
use crate::Error;

/// A node by its address or by a name of the DNS: `[fe80::1%eth0]:3541`, `2001:db8::1`,
/// `seed.example:3541` or `seed.example`; the port is 3540 where none is given.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// An address, and the UDP port.
    Address(Address, u16),
    /// A name of the DNS, and the UDP port.
    Name(String, u16),
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address, port) => write!(f, "[{address}]:{port}"),
            Self::Name(name, DEFAULT_PORT) => f.write_str(name),
            Self::Name(name, port) => write!(f, "{name}:{port}"),
        }
    }
}

impl FromStr for Host {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse = |reason: &str| Error::InvalidHost {
            host: text.to_owned(),
            reason: reason.to_owned(),
        };
        let port = |port: &str| match parse_port(text, port) {
            Ok(port) if port > LAST_RESERVED_PORT => Ok(port),
            Ok(_) | Err(_) => Err(refuse("no node listens on that port")),
        };
        let host = match split_bracketed(text) {
            Some((address, at)) => Self::Address(ip(address).map_err(refuse)?, port(at)?),
            None if text.contains('[') || text.matches(':').count() > 1 => {
                let bare = text.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
                Self::Address(ip(bare.unwrap_or(text)).map_err(refuse)?, DEFAULT_PORT)
            }
            None => match text.split_once(':') {
                Some((name, at)) => Self::Name(name.to_owned(), port(at)?),
                None => Self::Name(text.to_owned(), DEFAULT_PORT),
            },
        };
        match &host {
            Self::Name(name, _) => check_name(name).map_err(refuse)?,
            Self::Address(address, _) => check_address(address).map_err(refuse)?,
        }
        Ok(host)
    }
}

fn ip(text: &str) -> Result<Address, &'static str> {
    text.parse()
        .map_err(|_| "that is neither an IPv6 address nor a name")
}

fn check_address(address: &Address) -> Result<(), &'static str> {
    if address.ip.is_unspecified() || address.ip.is_multicast() {
        return Err("no node has that address");
    }
    match address.ip.is_unicast_link_local() && address.zone.is_none() {
        true => Err("a link-local address needs its interface, as in fe80::1%eth0"),
        false => Ok(()),
    }
}

/// RFC 1123 §2.1, and the underscore that some names have.
fn check_name(name: &str) -> Result<(), &'static str> {
    let is_label = |label: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (1..=63).contains(&label.len()) && label.bytes().all(allowed)
    };
    let whole = name.strip_suffix('.').unwrap_or(name);
    if name.parse::<std::net::Ipv4Addr>().is_ok() {
        Err("that is an IPv4 address, and PNRP is spoken over IPv6 alone")
    } else if whole.len() > 253 || !whole.split('.').all(is_label) {
        Err("that is neither an IPv6 address nor a name")
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_or_an_address_with_or_without_a_port() {
        let address = |text: &str, port| Host::Address(text.parse().unwrap(), port);
        let name = |text: &str, port| Host::Name(text.to_owned(), port);
        let cases = [
            ("[fe80::1%eth0]:3541", address("fe80::1%eth0", 3541)),
            ("[2001:db8::1]", address("2001:db8::1", 3540)),
            ("2001:db8::1", address("2001:db8::1", 3540)),
            ("fe80::1%eth0", address("fe80::1%eth0", 3540)),
            ("::1", address("::1", 3540)),
            ("seed.example:3541", name("seed.example", 3541)),
            ("seed.example.", name("seed.example.", 3540)),
            ("host_1", name("host_1", 3540)),
        ];
        for (text, host) in cases {
            let parsed: Host = text.parse().unwrap();
            assert_eq!(parsed, host, "{text}");
            assert_eq!(parsed.to_string().parse::<Host>().unwrap(), host, "{text}");
        }
    }

    #[test]
    fn what_no_node_can_be_is_refused() {
        let long = "x".repeat(64);
        let refused = [
            "",
            "two words",
            "192.0.2.1",
            "192.0.2.1:3540",
            "fe80::1",
            "[fe80::1]:3540",
            "[2001:db8::1]:80",
            "[2001:db8::1]:",
            "[2001:db8::1",
            "seed.example:0",
            "seed.example:99999",
            "seed..example",
            "ff02::c",
            "::",
            &long,
        ];
        for text in refused {
            assert!(text.parse::<Host>().is_err(), "{text:?} was accepted");
        }
    }
}
