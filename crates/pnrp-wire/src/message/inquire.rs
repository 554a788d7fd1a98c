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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Body, Message, MessageId,
        fixtures::{hex, ignores, is_encoded_as, pnrp_id, refuses},
    };

    const HEADER: &str = "0010000c 51040007 01020304";

    /// R-2.2.2.5-01, R-2.2.2.5-02, R-2.2.2.5-06: every byte of an INQUIRE without a nonce.
    ///
    /// MS-PNRP §2.2.2.5: `A` 0x0010, `X` 0x0008, `C` 0x0004.
    #[test]
    fn each_flag_has_its_bit() {
        let id = "77".repeat(32);
        let bytes = |flags: &str| hex(&format!("{HEADER} 0040 0006 {flags} 0000 0039 0024 {id}"));

        is_encoded_as(&inquire([false, false, false], None), &bytes("0000"));
        is_encoded_as(&inquire([true, false, false], None), &bytes("0010"));
        is_encoded_as(&inquire([false, true, false], None), &bytes("0008"));
        is_encoded_as(&inquire([false, false, true], None), &bytes("0004"));
    }

    /// R-2.2.2.5-02, R-2.2.2.5-06, R-2.2.2.5-07: the nonce is there or not, as a whole.
    #[test]
    fn a_nonce_may_follow() {
        let (id, nonce) = ("77".repeat(32), "10".repeat(16));
        let bytes = hex(&format!(
            "{HEADER} 0040 0006 001c 0000 0039 0024 {id} 0093 0014 {nonce}"
        ));

        is_encoded_as(&inquire([true; 3], Some(Nonce([0x10; 16]))), &bytes);
        refuses(
            &bytes,
            &[
                (12, "0043", "FLAGS_FIELD"),
                (14, "0008", "FLAGS_FIELD"),
                (20, "0030", "VALIDATE_PNRP_ID"),
                (22, "0028", "VALIDATE_PNRP_ID"),
                (56, "0092", "INQUIRE"),
                (58, "0013", "Nonce"),
                (58, "0015", "NONCE"),
            ],
        );
        ignores(&bytes, &[(16, "ffff"), (18, "ffff")]);
    }

    fn inquire(flags: [bool; 3], nonce: Option<Nonce>) -> Message {
        let [want_cpa, want_extended_payload, want_cert_chain] = flags;
        let validate = pnrp_id(0x77);
        let body = Body::Inquire(Inquire {
            validate,
            want_cpa,
            want_extended_payload,
            want_cert_chain,
            nonce,
        });
        Message {
            id: MessageId(0x0102_0304),
            body,
        }
    }
}
