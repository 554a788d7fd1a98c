//! IPV6_ENDPOINT: where a node listens. MS-PNRP §2.2.3.6.

use std::{cmp::Ordering, fmt, net::Ipv6Addr};

use crate::{DecodeError, reader::Reader, writer::Writer};

/// An IPv6 address and UDP port of a PNRP node, in the zone of its cloud.
///
/// ```text
/// port (2, big-endian) | address (16)
/// ```
///
/// The port is big-endian in the little-endian CPA too. Ports that no node may listen on are
/// left to whoever uses the endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// The address.
    pub address: Ipv6Addr,
    /// The UDP port.
    pub port: u16,
}

impl Endpoint {
    /// Bytes of the structure.
    pub(crate) const LEN: u16 = 18;

    pub(crate) fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        r.array("IPV6_ENDPOINT")
            .map(|bytes| Self::from_bytes(&bytes))
    }

    pub(crate) fn from_bytes(&[port_high, port_low, ref address @ ..]: &[u8; 18]) -> Self {
        Self {
            address: (*address).into(),
            port: u16::from_be_bytes([port_high, port_low]),
        }
    }

    pub(crate) fn encode(&self, w: &mut Writer<'_>) {
        w.u16_be(self.port);
        w.bytes(&self.address.octets());
    }
}

impl Ord for Endpoint {
    /// By address, then by port. As a number the address takes two comparisons instead of a call.
    fn cmp(&self, other: &Self) -> Ordering {
        let address = self.address.to_bits().cmp(&other.address.to_bits());
        address.then(self.port.cmp(&other.port))
    }
}

impl PartialOrd for Endpoint {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}]:{}", self.address, self.port)
    }
}
