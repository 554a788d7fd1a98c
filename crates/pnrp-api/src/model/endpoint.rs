//! Where applications listen.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::address::{Address, parse_port, split_bracketed};
use crate::Error;

/// An endpoint that a publisher announces.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AppEndpoint {
    /// The address, with its zone when it is link-local.
    pub address: Address,
    /// The port.
    pub port: u16,
    /// What is spoken there.
    pub protocol: Protocol,
}

impl fmt::Display for AppEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}]:{}/{}", self.address, self.port, self.protocol)
    }
}

/// An endpoint to publish: `[ADDRESS%INTERFACE]:PORT/tcp`, or `:PORT` for the node's own addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointSpec {
    /// The address; each of the node's own addresses in the cloud when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// The port, not 0.
    pub port: u16,
    /// What is spoken there, TCP by default.
    #[serde(default)]
    pub protocol: Protocol,
}

impl EndpointSpec {
    /// The node's own addresses with a port, over TCP.
    pub fn port(port: u16) -> Self {
        Self {
            address: None,
            port,
            protocol: Protocol::Tcp,
        }
    }

    /// Refuses what no resolver could connect to.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let reason = match &self.address {
            _ if self.port == 0 => "port 0 is not a port",
            Some(address) if address.ip.is_unspecified() => "nobody can reach the address ::",
            Some(address) if address.ip.is_multicast() => "a multicast address is no endpoint",
            Some(_) | None => return Ok(()),
        };
        Err(Error::invalid_endpoint(&self.to_string(), reason))
    }
}

impl fmt::Display for EndpointSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(address) = &self.address {
            write!(f, "[{address}]")?;
        }
        write!(f, ":{}/{}", self.port, self.protocol)
    }
}

impl FromStr for EndpointSpec {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (place, protocol) = match text.rsplit_once('/') {
            Some((place, protocol)) => (place, protocol.parse()?),
            None => (text, Protocol::Tcp),
        };
        let (address, port) = match place.strip_prefix(':') {
            Some(port) if !port.contains(':') => (None, port),
            _ => {
                let (address, port) = split_bracketed(place).ok_or_else(|| {
                    Error::invalid_endpoint(text, "an address stands in brackets before its port")
                })?;
                (Some(address.parse()?), port)
            }
        };
        let spec = Self {
            address,
            port: parse_port(text, port)?,
            protocol,
        };
        spec.check()?;
        Ok(spec)
    }
}

/// The protocol of an endpoint, by its IANA number: `tcp`, `udp`, or the number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// 6
    #[default]
    Tcp,
    /// 17
    Udp,
    /// Any other.
    Other(u16),
}

impl Protocol {
    /// The IANA protocol number.
    pub fn number(self) -> u16 {
        match self {
            Self::Tcp => 6,
            Self::Udp => 17,
            Self::Other(number) => number,
        }
    }

    /// The protocol with an IANA number.
    pub fn from_number(number: u16) -> Self {
        match number {
            6 => Self::Tcp,
            17 => Self::Udp,
            other => Self::Other(other),
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp => f.write_str("tcp"),
            Self::Udp => f.write_str("udp"),
            Self::Other(number) => write!(f, "{number}"),
        }
    }
}

impl FromStr for Protocol {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "tcp" => Ok(Self::Tcp),
            "udp" => Ok(Self::Udp),
            number => number.parse().map(Self::from_number).map_err(|_| {
                Error::invalid_endpoint(text, "the protocol is tcp, udp or an IANA number")
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_reads_as_it_prints() {
        let texts = [
            "[fe80::1%eth0]:80/tcp",
            "[2001:db8::1]:53/udp",
            ":8080/tcp",
            "[::1]:1/132",
        ];
        for text in texts {
            assert_eq!(text.parse::<EndpointSpec>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn the_protocol_is_tcp_unless_given() {
        let spec: EndpointSpec = ":443".parse().unwrap();

        assert_eq!(spec, EndpointSpec::port(443));
    }

    #[test]
    fn endpoints_nobody_could_reach_are_refused() {
        let malformed = [
            "",
            ":",
            ":0",
            ":0/udp",
            "80",
            "::1:80",
            "[::]:80",
            "[ff02::1]:80",
            "[::1]:80/sctpx",
            "[::1]:99999",
            "[10.0.0.1]:80",
            "::80",
        ];
        for text in malformed {
            assert!(
                text.parse::<EndpointSpec>().is_err(),
                "{text:?} was accepted"
            );
        }
    }

    #[test]
    fn json_has_the_address_as_text() {
        let json = r#"{"address":"fe80::1%eth0","port":80,"protocol":"udp"}"#;

        let spec: EndpointSpec = serde_json::from_str(json).unwrap();

        assert_eq!(spec, "[fe80::1%eth0]:80/udp".parse().unwrap());
        assert_eq!(serde_json::to_string(&spec).unwrap(), json);
    }
}
