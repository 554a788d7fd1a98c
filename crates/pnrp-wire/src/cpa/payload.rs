//! PAYLOAD and IPV6_APP_ENDPOINT. MS-PNRP §2.2.3.1.2, §2.2.3.1.3.
//!
//! ```text
//! NumPayloads (2) | Total Bytes (2) | [Type 1 (4) | DataLength (2) | address (16), port (2), protocol (2) ...]
//! ```
//!
//! Little-endian but for the port, whose order the dialect gives.

use std::net::Ipv6Addr;

use crate::{
    DecodeError, Dialect,
    limits::MAX_APP_ENDPOINTS,
    reader::{Reader, expect, wide},
    writer::{Writer, length16},
};

/// Where the application that registered a name listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AppEndpoint {
    /// The address.
    pub address: Ipv6Addr,
    /// The port.
    pub port: u16,
    /// IANA protocol number: 6 for TCP, 17 for UDP.
    pub protocol: u16,
}

/// NumPayloads and Total Bytes, which Total Bytes counts. MS-PNRP §2.2.3.1.
const COUNTS_LEN: usize = 4;
/// Type and DataLength.
const PAYLOAD_HEAD_LEN: usize = 6;
const APP_ENDPOINT_LEN: usize = 20;
/// The one type defined: an array of endpoints.
const ENDPOINTS: u32 = 1;

/// Decodes NumPayloads, Total Bytes and Payload; no payload is an empty list.
pub(super) fn decode(
    r: &mut Reader<'_>,
    dialect: &Dialect,
) -> Result<Vec<AppEndpoint>, DecodeError> {
    const TOTAL: &str = "CPA.Total Bytes";
    let payloads = r.u16_le("CPA.NumPayloads")?;
    let total = r.u16_le(TOTAL)?;
    match payloads {
        0 => {
            expect(total, length16(COUNTS_LEN), TOTAL)?;
            Ok(Vec::new())
        }
        1 => {
            let endpoints = decode_payload(r, dialect)?;
            let payload = PAYLOAD_HEAD_LEN + endpoints.len() * APP_ENDPOINT_LEN;
            expect(total, length16(COUNTS_LEN + payload), TOTAL)?;
            Ok(endpoints)
        }
        more => Err(DecodeError::BadValue {
            field: "CPA.NumPayloads",
            value: more.into(),
        }),
    }
}

fn decode_payload(r: &mut Reader<'_>, dialect: &Dialect) -> Result<Vec<AppEndpoint>, DecodeError> {
    expect(r.u32_le("PAYLOAD.Type")?, ENDPOINTS, "PAYLOAD.Type")?;
    let length = usize::from(r.u16_le("PAYLOAD.DataLength")?);
    let count = length / APP_ENDPOINT_LEN;
    if !length.is_multiple_of(APP_ENDPOINT_LEN) || !(1..=MAX_APP_ENDPOINTS).contains(&count) {
        return Err(DecodeError::BadValue {
            field: "PAYLOAD.DataLength",
            value: wide(length),
        });
    }
    (0..count)
        .map(|_| AppEndpoint::decode(r, dialect))
        .collect()
}

/// Encodes at most ten endpoints, which the caller has counted.
pub(super) fn encode(endpoints: &[AppEndpoint], dialect: &Dialect, w: &mut Writer<'_>) {
    if endpoints.is_empty() {
        w.u16_le(0);
        w.u16_le(length16(COUNTS_LEN));
        return;
    }
    let data = endpoints.len() * APP_ENDPOINT_LEN;
    w.u16_le(1);
    w.u16_le(length16(COUNTS_LEN + PAYLOAD_HEAD_LEN + data));
    w.u32_le(ENDPOINTS);
    w.u16_le(length16(data));
    for endpoint in endpoints {
        endpoint.encode(dialect, w);
    }
}

impl AppEndpoint {
    fn decode(r: &mut Reader<'_>, dialect: &Dialect) -> Result<Self, DecodeError> {
        let address = r.array::<16>("IPV6_APP_ENDPOINT.sin6_addr")?.into();
        let port = r.array::<2>("IPV6_APP_ENDPOINT.sin6_port")?;
        let port = u16::from_be_bytes(dialect.app_port_order.arrange(port));
        let protocol = r.u16_le("IPV6_APP_ENDPOINT.Protocol")?;
        Ok(Self {
            address,
            port,
            protocol,
        })
    }

    fn encode(&self, dialect: &Dialect, w: &mut Writer<'_>) {
        w.bytes(&self.address.octets());
        w.bytes(&dialect.app_port_order.arrange(self.port.to_be_bytes()));
        w.u16_le(self.protocol);
    }
}
