//! The list of PNRP IDs in ADVERTISE and REQUEST. MS-PNRP §2.2.2.2, §2.2.2.3.

use crate::{
    DecodeError, PnrpId, element::Array, limits::MAX_SENT_IDS, reader::Reader, writer::Writer,
};

pub(super) fn decode(r: &mut Reader<'_>) -> Result<Vec<PnrpId>, DecodeError> {
    Array::PNRP_IDS.decode(r, |id| PnrpId::from_bytes(*id))
}

/// Encodes the first 36 IDs.
pub(super) fn encode(ids: &[PnrpId], w: &mut Writer<'_>) {
    let sent = ids.get(..MAX_SENT_IDS).unwrap_or(ids);
    Array::PNRP_IDS.encode(w, sent, |w, id| w.bytes(id.as_bytes()));
}
