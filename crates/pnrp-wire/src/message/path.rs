//! The list of endpoints in FLOOD and LOOKUP. MS-PNRP §2.2.2.4, §2.2.2.8.

use crate::{
    DecodeError, Endpoint,
    element::Array,
    limits::MAX_PATH,
    reader::{Reader, wide},
    writer::Writer,
};

/// Decodes at least `least` and at most 22 endpoints.
pub(super) fn decode(
    r: &mut Reader<'_>,
    least: usize,
    field: &'static str,
) -> Result<Vec<Endpoint>, DecodeError> {
    let endpoints = Array::ENDPOINTS.decode(r, Endpoint::from_bytes)?;
    let count = endpoints.len();
    if !(least..=MAX_PATH).contains(&count) {
        return Err(DecodeError::BadValue {
            field,
            value: wide(count),
        });
    }
    Ok(endpoints)
}

/// Encodes the first 22 endpoints.
pub(super) fn encode(endpoints: &[Endpoint], w: &mut Writer<'_>) {
    let sent = endpoints.get(..MAX_PATH).unwrap_or(endpoints);
    Array::ENDPOINTS.encode(w, sent, |w, endpoint| endpoint.encode(w));
}
