//! ROUTE_ENTRY: an ID and where its node listens. MS-PNRP §2.2.3.4.

use std::net::Ipv6Addr;

use crate::{
    DecodeError, Endpoint, InvalidValue, PnrpId,
    header::{VERSION_MAJOR, VERSION_MINOR},
    limits::MAX_ROUTE_ADDRESSES,
    reader::{Reader, expect, wide},
    writer::Writer,
};

/// An ID and the one to twenty addresses of its node, which share a port.
///
/// ```text
/// PNRP ID (32) | major (1) | minor (1) | port (2) | flags (1) | count (1) | addresses (16 each)
/// ```
///
/// An entry of another protocol version does not decode. Any port and any address does: whether
/// they can be used is for the receiver to judge. MS-PNRP §3.1.5.11.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteEntry {
    id: PnrpId,
    port: u16,
    addresses: Vec<Ipv6Addr>,
}

impl RouteEntry {
    /// Builds an entry of one to twenty addresses.
    ///
    /// # Errors
    /// When there is no address, or more than twenty.
    pub fn new(id: PnrpId, port: u16, addresses: Vec<Ipv6Addr>) -> Result<Self, InvalidValue> {
        if !(1..=MAX_ROUTE_ADDRESSES).contains(&addresses.len()) {
            return Err(InvalidValue {
                field: "ROUTE_ENTRY.AddressCount",
                reason: "must be from 1 to 20",
            });
        }
        Ok(Self {
            id,
            port,
            addresses,
        })
    }

    /// The ID.
    pub fn id(&self) -> PnrpId {
        self.id
    }

    /// The UDP port of every address.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The addresses, at least one.
    pub fn addresses(&self) -> &[Ipv6Addr] {
        &self.addresses
    }

    /// The addresses, each with the port.
    pub fn endpoints(&self) -> impl Iterator<Item = Endpoint> + '_ {
        self.addresses.iter().map(|&address| Endpoint {
            address,
            port: self.port,
        })
    }

    pub(crate) fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let id = PnrpId::decode(r, "ROUTE_ENTRY.PNRP ID")?;
        let major = r.u8("ROUTE_ENTRY.PNRP Major Version")?;
        expect(major, VERSION_MAJOR, "ROUTE_ENTRY.PNRP Major Version")?;
        let minor = r.u8("ROUTE_ENTRY.PNRP Minor Version")?;
        expect(minor, VERSION_MINOR, "ROUTE_ENTRY.PNRP Minor Version")?;
        let port = r.u16_be("ROUTE_ENTRY.Port Number")?;
        r.u8("ROUTE_ENTRY.Flags")?;
        let count = usize::from(r.u8("ROUTE_ENTRY.Address Count")?);
        if !(1..=MAX_ROUTE_ADDRESSES).contains(&count) || r.left() != 16 * count {
            let value = wide(count);
            return Err(DecodeError::BadValue {
                field: "ROUTE_ENTRY.Address Count",
                value,
            });
        }
        let mut addresses = Vec::with_capacity(count);
        for _ in 0..count {
            addresses.push(r.array::<16>("ROUTE_ENTRY.IPv6 Addresses")?.into());
        }
        Ok(Self {
            id,
            port,
            addresses,
        })
    }

    pub(crate) fn encode(&self, w: &mut Writer<'_>) {
        w.bytes(self.id.as_bytes());
        w.u8(VERSION_MAJOR);
        w.u8(VERSION_MINOR);
        w.u16_be(self.port);
        w.u8(0);
        w.u8(u8::try_from(self.addresses.len()).unwrap_or(u8::MAX));
        for address in &self.addresses {
            w.bytes(&address.octets());
        }
    }
}
