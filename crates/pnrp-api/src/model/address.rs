//! IPv6 addresses with the zone they are meant in.

use std::{
    fmt,
    net::{Ipv6Addr, SocketAddrV6},
    str::FromStr,
};

use crate::Error;

/// An IPv6 address and, for a link-local one, its zone: `2001:db8::1`, `fe80::1%eth0`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address {
    /// The address.
    pub ip: Ipv6Addr,
    /// Interface name or index, as written.
    pub zone: Option<String>,
}

impl Address {
    /// Joins an address and the zone of its cloud, which only a link-local address needs.
    pub fn in_zone(ip: Ipv6Addr, zone: Option<&str>) -> Self {
        let zone = zone.filter(|_| ip.is_unicast_link_local());
        Self {
            ip,
            zone: zone.map(str::to_owned),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.zone {
            Some(zone) => write!(f, "{}%{zone}", self.ip),
            None => write!(f, "{}", self.ip),
        }
    }
}

impl FromStr for Address {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse = |reason: &str| Error::invalid_endpoint(text, reason);
        let (ip, zone) = match text.split_once('%') {
            Some((_, "")) => return Err(refuse("no interface follows the %")),
            Some((ip, zone)) => (ip, Some(zone)),
            None => (text, None),
        };
        let ip: Ipv6Addr = ip
            .parse()
            .map_err(|_| refuse("that is not an IPv6 address"))?;
        if zone.is_some() && !ip.is_unicast_link_local() {
            return Err(refuse("only a link-local address (fe80::/10) has a zone"));
        }
        Ok(Self {
            ip,
            zone: zone.map(str::to_owned),
        })
    }
}

/// Where a PNRP node listens: `[fe80::1%eth0]:3540`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeEndpoint {
    /// The address.
    pub address: Address,
    /// The UDP port.
    pub port: u16,
}

impl fmt::Display for NodeEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}]:{}", self.address, self.port)
    }
}

impl FromStr for NodeEndpoint {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (address, port) = split_bracketed(text)
            .ok_or_else(|| Error::invalid_endpoint(text, "that is not [ADDRESS]:PORT"))?;
        Ok(Self {
            address: address.parse()?,
            port: parse_port(text, port)?,
        })
    }
}

/// Reads `[ADDRESS%INTERFACE]:PORT` and turns the interface into its index.
///
/// # Errors
/// When the text has another form, the port is 0, or a zone is missing or unknown.
pub fn parse_node_address(text: &str) -> Result<SocketAddrV6, Error> {
    let NodeEndpoint { address, port } = text.parse()?;
    let zone = match &address.zone {
        Some(zone) => interface_index(zone)
            .ok_or_else(|| Error::invalid_endpoint(text, "no interface has that name or index"))?,
        None if address.ip.is_unicast_link_local() => {
            let reason = "a link-local address needs its interface, as in fe80::1%eth0";
            return Err(Error::invalid_endpoint(text, reason));
        }
        None => 0,
    };
    Ok(SocketAddrV6::new(address.ip, port, 0, zone))
}

/// The two parts of `[...]:...`.
pub(super) fn split_bracketed(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix('[')?.split_once("]:")
}

/// Reads a port other than 0.
pub(super) fn parse_port(whole: &str, port: &str) -> Result<u16, Error> {
    let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    match port.parse() {
        Ok(0) => Err(Error::invalid_endpoint(whole, "port 0 is not a port")),
        Ok(port) if digits => Ok(port),
        _ => Err(Error::invalid_endpoint(
            whole,
            "the port is not a number from 1 to 65535",
        )),
    }
}

/// The index of an interface, by its name or as a number.
fn interface_index(zone: &str) -> Option<u32> {
    if let Ok(index) = zone.parse() {
        return Some(index);
    }
    let interfaces = if_addrs::get_if_addrs().ok()?;
    interfaces
        .iter()
        .find(|interface| interface.name == zone)?
        .index
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_endpoint_reads_as_it_prints() {
        for text in ["[fe80::1%eth0]:3540", "[2001:db8::1]:1025", "[::1]:65535"] {
            assert_eq!(text.parse::<NodeEndpoint>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_numeric_zone_needs_no_interface_of_that_index() {
        let peer = parse_node_address("[fe80::1%4000]:3540").unwrap();

        assert_eq!(
            peer,
            SocketAddrV6::new("fe80::1".parse().unwrap(), 3540, 0, 4000)
        );
    }

    #[test]
    fn malformed_node_addresses_are_refused() {
        let malformed = [
            "",
            "::1",
            "[::1]",
            "[::1]:",
            "[::1]:0",
            "[::1]:+1",
            "[::1]:65536",
            "[::1%]:1",
            "[fe80::1]:1",
            "[::1%lo]:1",
            "[1.2.3.4]:1",
            "::1]:1",
        ];
        for text in malformed {
            assert!(parse_node_address(text).is_err(), "{text:?} was accepted");
        }
    }
}
