//! ACK. MS-PNRP §2.2.2.7.
//!
//! ```text
//! PNRP_HEADER_ACKED (4) [FLAGS_FIELD (2)]
//! ```

use crate::{
    DecodeError, MessageId,
    element::{Elements, FieldId},
    writer::Writer,
};

/// Confirms a REQUEST or a FLOOD.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ack {
    /// The message confirmed.
    pub acked: MessageId,
    /// Flag `N`: the FLOOD's Validate PNRP ID is not registered here. The flags are sent only
    /// when it is set.
    pub id_not_found: bool,
}

const NOT_FOUND: u16 = 0x0001;

impl Ack {
    pub(crate) fn decode(mut elements: Elements<'_>) -> Result<Self, DecodeError> {
        let acked = elements.required(FieldId::ACKED, super::decode_acked)?;
        let flags = elements.optional(FieldId::FLAGS, |r| r.u16_be("ACK.Flags"))?;
        elements.finish("ACK")?;
        Ok(Self {
            acked,
            id_not_found: flags.is_some_and(|flags| flags & NOT_FOUND != 0),
        })
    }

    pub(crate) fn encode(&self, w: &mut Writer<'_>) {
        w.element(FieldId::ACKED, |w| w.u32_be(self.acked.0));
        if self.id_not_found {
            w.element(FieldId::FLAGS, |w| w.u16_be(NOT_FOUND));
        }
    }
}
