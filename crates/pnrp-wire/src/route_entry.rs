//! ROUTE_ENTRY: an ID and where its node listens. MS-PNRP §2.2.3.4.

use std::{net::Ipv6Addr, slice};

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
    addresses: Addresses,
}

/// One address, as most entries have, without a place of its own in memory; or several.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Addresses {
    One(Ipv6Addr),
    Several(Box<[Ipv6Addr]>),
}

impl Addresses {
    fn new(addresses: &[Ipv6Addr]) -> Self {
        match addresses {
            [only] => Self::One(*only),
            several => Self::Several(several.into()),
        }
    }

    fn as_slice(&self) -> &[Ipv6Addr] {
        match self {
            Self::One(only) => slice::from_ref(only),
            Self::Several(several) => several,
        }
    }
}

impl RouteEntry {
    /// Builds an entry of one to twenty addresses.
    ///
    /// # Errors
    /// When there is no address, or more than twenty.
    pub fn new(id: PnrpId, port: u16, addresses: Vec<Ipv6Addr>) -> Result<Self, InvalidValue> {
        Self::from_slice(id, port, &addresses)
    }

    /// The same of addresses that lie elsewhere.
    ///
    /// # Errors
    /// When there is no address, or more than twenty.
    pub fn from_slice(id: PnrpId, port: u16, addresses: &[Ipv6Addr]) -> Result<Self, InvalidValue> {
        if !(1..=MAX_ROUTE_ADDRESSES).contains(&addresses.len()) {
            return Err(InvalidValue {
                field: "ROUTE_ENTRY.AddressCount",
                reason: "must be from 1 to 20",
            });
        }
        Ok(Self {
            id,
            port,
            addresses: Addresses::new(addresses),
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
        self.addresses.as_slice()
    }

    /// The addresses, each with the port.
    pub fn endpoints(&self) -> impl Iterator<Item = Endpoint> + '_ {
        self.addresses().iter().map(|&address| Endpoint {
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
        let (addresses, _) = r.rest().as_chunks::<16>();
        let addresses = match addresses {
            [only] => Addresses::One((*only).into()),
            several => Addresses::Several(several.iter().map(|&octets| octets.into()).collect()),
        };
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
        w.u8(u8::try_from(self.addresses().len()).unwrap_or(u8::MAX));
        for address in self.addresses() {
            w.bytes(&address.octets());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{ROUTE, hex, patched, route};

    /// R-2.2.3.4-01, R-2.2.3.4-02: every byte.
    #[test]
    fn an_entry_has_the_bytes_of_the_specification() {
        let mut bytes = Vec::new();
        route().encode(&mut Writer::new(&mut bytes));

        assert_eq!(bytes, hex(ROUTE));
        assert_eq!(decode(&bytes), Ok(route()));
    }

    /// R-2.2.3.4-02, R-2.2.3.4-05, R-2.2.3.4-06: each field by itself.
    #[test]
    fn values_outside_the_specification_are_refused() {
        for (offset, patch, field) in [
            (32, "03", "ROUTE_ENTRY.PNRP Major Version"),
            (33, "01", "ROUTE_ENTRY.PNRP Minor Version"),
            (37, "00", "ROUTE_ENTRY.Address Count"),
            (37, "02", "ROUTE_ENTRY.Address Count"),
            (37, "15", "ROUTE_ENTRY.Address Count"),
        ] {
            let error = decode(&patched(&hex(ROUTE), offset, patch)).unwrap_err();
            assert_eq!(error.field(), field, "{patch} at {offset}");
        }
        let long = [hex(ROUTE), vec![0]].concat();
        assert_eq!(
            decode(&long).unwrap_err().field(),
            "ROUTE_ENTRY.Address Count"
        );
    }

    /// R-2.2.3.4-04: Flags are ignored.
    ///
    /// MS-PNRP §3.1.5.11 judges ports; §2.2.3.4 ignores flags.
    #[test]
    fn any_port_and_any_flags_are_received() {
        let entry = decode(&patched(&hex(ROUTE), 34, "0001 ff")).unwrap();

        assert_eq!((entry.port(), entry.addresses()), (1, route().addresses()));
    }

    /// R-2.2.3.4-05: neither none nor 21.
    #[test]
    fn an_entry_has_1_to_20_addresses() {
        let entry = |count| RouteEntry::new(PnrpId::ZERO, 3540, vec![Ipv6Addr::LOCALHOST; count]);

        assert!(entry(0).is_err());
        assert!(entry(20).is_ok());
        assert!(entry(21).is_err());
    }

    fn decode(bytes: &[u8]) -> Result<RouteEntry, DecodeError> {
        RouteEntry::decode(&mut Reader::new(bytes))
    }
}
