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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Body, Dialect, Message,
        fixtures::{decode, hex, is_encoded_as, pnrp_id, refuses},
    };

    const HEAD: &str = "0010000c 51040002 01020304 0018 0008 0a0b0c0d";
    const NONCE: &str = "0092 0018 abababababababababababababababababababab";

    /// R-2.2.2.2-02, R-2.2.2.2-03: Length 12 for no ID.
    #[test]
    fn the_list_may_be_empty() {
        let bytes = hex(&format!("{HEAD} 0060 000c 0000 0008 0030 0020 {NONCE}"));

        is_encoded_as(&advertise(0), &bytes);
    }

    /// R-2.2.2.2-01, R-2.2.2.2-06, R-2.2.2.2-07: every byte of an ADVERTISE of one ID.
    #[test]
    fn ids_are_most_significant_byte_first() {
        let id = "11".repeat(32);
        let bytes = hex(&format!(
            "{HEAD} 0060 002c 0001 0028 0030 0020 {id} {NONCE}"
        ));

        is_encoded_as(&advertise(1), &bytes);
    }

    /// R-2.2.2.2-03, R-2.2.2.2-04, R-2.2.2.2-05: the numbers of a list have to agree.
    #[test]
    fn values_outside_the_specification_are_refused() {
        refuses(
            &advertise(2).encode(&Dialect::default()),
            &[
                (12, "0039", "PNRP_HEADER_ACKED"),
                (14, "000c", "PNRP_HEADER_ACKED"),
                (22, "004b", "PNRP_ID_ARRAY.NumEntries"),
                (24, "0800", "PNRP_ID_ARRAY.ArrayLength"),
                (24, "0001", "PNRP_ID_ARRAY.ArrayLength"),
                (26, "0028", "PNRP_ID_ARRAY.ArrayLength"),
                (28, "009d", "PNRP_ID_ARRAY.ElementFieldType"),
                (30, "0012", "PNRP_ID_ARRAY.EntryLength"),
                (96, "0093", "HASHED_NONCE"),
            ],
        );
    }

    /// R-2.2.2.2-02, R-2.2.2.2-03: up to the 2,047 IDs that a Length can count.
    ///
    /// MS-PNRP §2.2.2.2 allows 0x7FFF entries; 2,047 fit a 16-bit Length, and 36 are sent.
    #[test]
    fn thirty_six_ids_are_sent_and_longer_lists_received() {
        let five = advertise(5).encode(&Dialect::default());
        assert_eq!(five[20..32], hex("0060 00ac 0005 00a8 0030 0020"));

        let sent = advertise(37).encode(&Dialect::default());
        assert_eq!(sent.len(), 1208);
        assert_eq!(decode(&sent), Ok(advertise(36)));

        let ids = "11".repeat(32 * 2047);
        let received = hex(&format!(
            "{HEAD} 0060 ffec 07ff ffe8 0030 0020 {ids} {NONCE}"
        ));
        assert_eq!(decode(&received), Ok(advertise(2047)));
    }

    fn advertise(count: usize) -> Message {
        let body = Body::Advertise(Advertise {
            acked: MessageId(0x0A0B_0C0D),
            ids: vec![pnrp_id(0x11); count],
            hashed_nonce: HashedNonce([0xAB; 20]),
        });
        Message {
            id: MessageId(0x0102_0304),
            body,
        }
    }
}
