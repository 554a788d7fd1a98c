//! ADVERTISE. MS-PNRP §2.2.2.2.
//!
//! ```text
//! PNRP_HEADER_ACKED (4) PNRP_ID_ARRAY HASHED_NONCE (20)
//! ```

use super::ids;
use crate::{
    DecodeError, HashedNonce, MessageId, PnrpId,
    element::{Elements, FieldId},
    writer::Writer,
};

/// Lists IDs the sender knows; an empty list refuses the conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advertise {
    /// The SOLICIT answered.
    pub acked: MessageId,
    /// The IDs. The first 36 are sent; a received list may hold what its datagram can carry.
    pub ids: Vec<PnrpId>,
    /// The hash that the SOLICIT carried.
    pub hashed_nonce: HashedNonce,
}

impl Advertise {
    pub(crate) fn decode(mut elements: Elements<'_>) -> Result<Self, DecodeError> {
        let acked = elements.required(FieldId::ACKED, super::decode_acked)?;
        let ids = elements.required(FieldId::PNRP_ID_ARRAY, ids::decode)?;
        let hashed_nonce = elements.required(FieldId::HASHED_NONCE, HashedNonce::decode)?;
        elements.finish("ADVERTISE")?;
        Ok(Self {
            acked,
            ids,
            hashed_nonce,
        })
    }

    pub(crate) fn encode(&self, w: &mut Writer<'_>) {
        w.element(FieldId::ACKED, |w| w.u32_be(self.acked.0));
        ids::encode(&self.ids, w);
        w.element(FieldId::HASHED_NONCE, |w| w.bytes(&self.hashed_nonce.0));
    }
}
