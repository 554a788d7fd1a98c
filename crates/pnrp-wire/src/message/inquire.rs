//! INQUIRE. MS-PNRP §2.2.2.5.
//!
//! ```text
//! FLAGS_FIELD (2) VALIDATE_PNRP_ID (32) [NONCE (16)]
//! ```

use crate::{
    DecodeError, Nonce, PnrpId,
    element::{Elements, FieldId},
    writer::Writer,
};

/// Asks a node to prove that it owns an ID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inquire {
    /// The ID in question.
    pub validate: PnrpId,
    /// Flag `A`.
    pub want_cpa: bool,
    /// Flag `X`.
    pub want_extended_payload: bool,
    /// Flag `C`.
    pub want_cert_chain: bool,
    /// What the proof has to repeat.
    pub nonce: Option<Nonce>,
}

const WANT_CPA: u16 = 0x0010;
const WANT_EXTENDED_PAYLOAD: u16 = 0x0008;
const WANT_CERT_CHAIN: u16 = 0x0004;

impl Inquire {
    pub(crate) fn decode(mut elements: Elements<'_>) -> Result<Self, DecodeError> {
        let flags = elements.required(FieldId::FLAGS, |r| r.u16_be("INQUIRE.Flags"))?;
        let validate = elements.required(FieldId::VALIDATE, super::decode_validate)?;
        let nonce = elements.optional(FieldId::NONCE, Nonce::decode)?;
        elements.finish("INQUIRE")?;
        Ok(Self {
            validate,
            want_cpa: flags & WANT_CPA != 0,
            want_extended_payload: flags & WANT_EXTENDED_PAYLOAD != 0,
            want_cert_chain: flags & WANT_CERT_CHAIN != 0,
            nonce,
        })
    }

    pub(crate) fn encode(&self, w: &mut Writer<'_>) {
        let flag = |set: bool, bit: u16| if set { bit } else { 0 };
        let flags = flag(self.want_cpa, WANT_CPA)
            | flag(self.want_extended_payload, WANT_EXTENDED_PAYLOAD)
            | flag(self.want_cert_chain, WANT_CERT_CHAIN);
        w.element(FieldId::FLAGS, |w| w.u16_be(flags));
        w.element(FieldId::VALIDATE, |w| w.bytes(self.validate.as_bytes()));
        if let Some(nonce) = self.nonce {
            w.element(FieldId::NONCE, |w| w.bytes(&nonce.0));
        }
    }
}
