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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Body, Dialect, Message, MessageId,
        fixtures::{counting, decode, hex, is_encoded_as, pnrp_id, refuses},
    };

    /// R-2.2.2.3-01, R-2.2.2.3-02, R-2.2.2.3-03: every byte of a REQUEST.
    #[test]
    fn a_request_is_a_nonce_and_a_list() {
        let nonce = "10".repeat(16);
        let id = "11".repeat(32);
        let head = format!("0010000c 51040003 01020304 0093 0014 {nonce}");

        is_encoded_as(
            &request(0),
            &hex(&format!("{head} 0060 000c 0000 0008 0030 0020")),
        );
        is_encoded_as(
            &request(1),
            &hex(&format!("{head} 0060 002c 0001 0028 0030 0020 {id}")),
        );
    }

    /// R-2.2.2.3-01, R-2.2.2.3-03: the numbers of a list have to agree.
    #[test]
    fn values_outside_the_specification_are_refused() {
        refuses(
            &request(1).encode(&Dialect::default()),
            &[
                (12, "0092", "NONCE"),
                (14, "0010", "Nonce"),
                (32, "009e", "PNRP_ID_ARRAY"),
                (34, "002b", "PNRP_ID_ARRAY.NumEntries"),
                (36, "7fff", "PNRP_ID_ARRAY.ArrayLength"),
                (38, "0027", "PNRP_ID_ARRAY.ArrayLength"),
                (40, "0038", "PNRP_ID_ARRAY.ElementFieldType"),
                (42, "0010", "PNRP_ID_ARRAY.EntryLength"),
            ],
        );
    }

    /// R-2.2.2.3-03, R-2.2.2.3-04: no ID is lost or turned around.
    #[test]
    fn ids_keep_their_order() {
        let mut message = request(0);
        if let Body::Request(request) = &mut message.body {
            request.ids = vec![PnrpId::from_bytes(counting(0x20)), pnrp_id(0x11)];
        }
        let digits: String = (0x20..0x40).map(|byte| format!("{byte:02x}")).collect();

        let bytes = message.encode(&Dialect::default());

        let ids = hex(&format!("{digits} {}", "11".repeat(32)));
        assert_eq!(bytes[32..44], hex("0060 004c 0002 0048 0030 0020"));
        assert_eq!(bytes[44..], ids);
        assert_eq!(decode(&bytes), Ok(message));
    }

    #[test]
    fn thirty_six_ids_are_sent() {
        assert_eq!(
            decode(&request(100).encode(&Dialect::default())),
            Ok(request(36))
        );
    }

    fn request(count: usize) -> Message {
        let ids = vec![pnrp_id(0x11); count];
        let body = Body::Request(Request {
            nonce: Nonce([0x10; 16]),
            ids,
        });
        Message {
            id: MessageId(0x0102_0304),
            body,
        }
    }
}
