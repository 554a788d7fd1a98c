//! REQUEST. MS-PNRP §2.2.2.3.
//!
//! ```text
//! NONCE (16) PNRP_ID_ARRAY
//! ```

use super::ids;
use crate::{
    DecodeError, Nonce, PnrpId,
    element::{Elements, FieldId},
    writer::Writer,
};

/// Asks for the route entries of IDs seen in an ADVERTISE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The conversation's nonce, whose hash the SOLICIT carried.
    pub nonce: Nonce,
    /// The IDs wanted. The first 36 are sent; a received list may hold what its datagram can
    /// carry.
    pub ids: Vec<PnrpId>,
}

impl Request {
    pub(crate) fn decode(mut elements: Elements<'_>) -> Result<Self, DecodeError> {
        let nonce = elements.required(FieldId::NONCE, Nonce::decode)?;
        let ids = elements.required(FieldId::PNRP_ID_ARRAY, ids::decode)?;
        elements.finish("REQUEST")?;
        Ok(Self { nonce, ids })
    }

    pub(crate) fn encode(&self, w: &mut Writer<'_>) {
        w.element(FieldId::NONCE, |w| w.bytes(&self.nonce.0));
        ids::encode(&self.ids, w);
    }
}
