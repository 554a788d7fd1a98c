//! Service Address List. MS-PNRP §2.2.3.1.1.
//!
//! ```text
//! NumServiceAddresses (2, little-endian) | ServiceAddressLength 18 (2, little-endian) | endpoints
//! ```

use crate::{
    DecodeError, Endpoint,
    limits::MAX_SERVICE_ADDRESSES,
    reader::{Reader, expect},
    writer::{Writer, length16},
};

/// Decodes at least `least` and at most four endpoints.
pub(super) fn decode(r: &mut Reader<'_>, least: usize) -> Result<Vec<Endpoint>, DecodeError> {
    const COUNT: &str = "CPA.NumServiceAddresses";
    const LENGTH: &str = "CPA.ServiceAddressLength";
    let count = r.u16_le(COUNT)?;
    expect(r.u16_le(LENGTH)?, Endpoint::LEN, LENGTH)?;
    if !(least..=MAX_SERVICE_ADDRESSES).contains(&count.into()) {
        return Err(DecodeError::BadValue {
            field: COUNT,
            value: count.into(),
        });
    }
    (0..count).map(|_| Endpoint::decode(r)).collect()
}

pub(super) fn encode(addresses: &[Endpoint], w: &mut Writer<'_>) {
    w.u16_le(length16(addresses.len()));
    w.u16_le(Endpoint::LEN);
    for address in addresses {
        address.encode(w);
    }
}
