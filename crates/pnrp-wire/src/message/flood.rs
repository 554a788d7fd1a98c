//! FLOOD. MS-PNRP §2.2.2.4.
//!
//! ```text
//! FLOOD_CONTROLS: flags (2) | reserved (1)
//! VALIDATE_PNRP_ID (32) [REVOKE_CPA] [ROUTING_ENTRY] IPV6_ENDPOINT_ARRAY
//! ```

use super::path;
use crate::{
    DecodeError, Dialect, Endpoint, PnrpId, RouteEntry, SignedCpa,
    element::{Elements, FieldId},
    reader::Reader,
    writer::Writer,
};

/// Brings a route entry, or revokes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flood {
    /// Flag `D`: no ACK is wanted.
    pub suppress_ack: bool,
    /// An ID of the destination, zero when none is known.
    pub validate: PnrpId,
    /// Revoke CPA and route entry; usually one of them.
    pub content: FloodContent,
    /// Nodes that have seen this flood, at most 22; of a longer list the first 22 are sent.
    pub already_flooded: Vec<Endpoint>,
}

/// What a FLOOD brings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FloodContent {
    /// The proof that an ID is no longer registered.
    pub revoke: Option<SignedCpa>,
    /// An entry for the receiver's cache.
    pub route: Option<RouteEntry>,
}

impl Flood {
    pub(crate) fn decode(
        mut elements: Elements<'_>,
        dialect: &Dialect,
    ) -> Result<Self, DecodeError> {
        let suppress_ack = elements.required(FieldId::FLOOD_CONTROLS, decode_controls)?;
        let validate = elements.required(FieldId::VALIDATE, super::decode_validate)?;
        let content = FloodContent {
            revoke: elements.optional(FieldId::REVOKE_CPA, |r| {
                SignedCpa::decode(r.rest(), dialect)
            })?,
            route: elements.optional(FieldId::ROUTING_ENTRY, RouteEntry::decode)?,
        };
        let already_flooded = elements.required(FieldId::IPV6_ENDPOINT_ARRAY, |r| {
            path::decode(r, 0, "FLOOD.NumEntries")
        })?;
        elements.finish("FLOOD")?;
        Ok(Self {
            suppress_ack,
            validate,
            content,
            already_flooded,
        })
    }

    pub(crate) fn encode(&self, w: &mut Writer<'_>) {
        w.element(FieldId::FLOOD_CONTROLS, |w| {
            w.u16_be(if self.suppress_ack { NO_ACK } else { 0 });
            w.u8(0);
        });
        w.element(FieldId::VALIDATE, |w| w.bytes(self.validate.as_bytes()));
        if let Some(revoke) = &self.content.revoke {
            w.element(FieldId::REVOKE_CPA, |w| w.bytes(revoke.as_bytes()));
        }
        if let Some(route) = &self.content.route {
            w.element(FieldId::ROUTING_ENTRY, |w| route.encode(w));
        }
        path::encode(&self.already_flooded, w);
    }
}

/// Flag `D`, the least significant of its field.
const NO_ACK: u16 = 0x0001;

fn decode_controls(r: &mut Reader<'_>) -> Result<bool, DecodeError> {
    let flags = r.u16_be("FLOOD_CONTROLS.Flags")?;
    r.u8("FLOOD_CONTROLS.Reserved2")?;
    Ok(flags & NO_ACK != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Body, Message, MessageId,
        fixtures::{
            ROUTE, decode, endpoint, fault, full_cpa, hex, ignores, is_encoded_as, pnrp_id,
            refuses, revoke_cpa, route, signed,
        },
    };

    const HEADER: &str = "0010000c 51040004 01020304";

    /// R-2.2-04, R-2.2.2.4-01, R-2.2.2.4-02, R-2.2.2.4-03, R-2.2.2.4-04, R-2.2.2.4-05,
    /// R-2.2.2.4-08, R-2.2.2.4-10, R-2.2.2.4-12, R-2.2.2.4-13, R-2.2.3.6-01: every byte, and
    /// which of them do not matter.
    #[test]
    fn a_flood_of_a_route_entry_has_the_bytes_of_the_specification() {
        let validate = "77".repeat(32);
        let bytes = hex(&format!(
            "{HEADER} 0043 0007 0001 00 00 0039 0024 {validate} 009a 003a {ROUTE} 0000
             009e 001e 0001 001a 009d 0012 0dd4 fe800000000000000000000000000001"
        ));

        is_encoded_as(&flood(None, Some(route()), 1), &bytes);
        refuses(
            &bytes,
            &[
                (12, "0044", "FLOOD_CONTROLS"),
                (14, "0006", "FLOOD_CONTROLS.Reserved2"),
                (14, "0008", "FLOOD_CONTROLS"),
                (20, "0038", "VALIDATE_PNRP_ID"),
                (22, "0020", "VALIDATE_PNRP_ID.Validate PNRP ID"),
                (56, "009b", "IPV6_ENDPOINT_ARRAY"),
                (118, "001f", "IPV6_ENDPOINT_ARRAY"),
                (120, "0002", "IPV6_ENDPOINT_ARRAY.ArrayLength"),
                (122, "0008", "IPV6_ENDPOINT_ARRAY.ArrayLength"),
                (124, "0030", "IPV6_ENDPOINT_ARRAY.ElementFieldType"),
                (126, "0010", "IPV6_ENDPOINT_ARRAY.EntryLength"),
            ],
        );
        ignores(
            &bytes,
            &[(16, "ffff"), (18, "ff"), (19, "ff"), (114, "ffff")],
        );
    }

    /// R-2.2.2.4-07: whatever the remainder of the length by four.
    #[test]
    fn revocations_of_every_length_are_padded() {
        for length in 1..=8_u8 {
            let cpa = named(signed(revoke_cpa()).as_bytes(), length);
            let cpa = SignedCpa::decode(&cpa, &Dialect::default()).unwrap();
            let total = cpa.as_bytes().len();
            assert_eq!(total, 403 + usize::from(length));
            let message = flood(Some(cpa), None, 0);

            let bytes = message.encode(&Dialect::default());

            let list = 60 + total.next_multiple_of(4);
            assert!(bytes[60 + total..list].iter().all(|&byte| byte == 0));
            assert_eq!(bytes[list..], hex("009e 000c 0000 0008 009d 0012"));
            assert_eq!(decode(&bytes), Ok(message));
        }
    }

    /// R-2.2.2.4-07, R-2.2.2.4-08: each is recognised by its FieldID.
    #[test]
    fn both_contents_may_stand_together_in_order() {
        let message = flood(Some(signed(full_cpa())), Some(route()), 2);

        assert_eq!(decode(&message.encode(&Dialect::default())), Ok(message));
    }

    /// R-2.2.2.4-10, R-2.2.2.4-11: 0 to 22 are received, and no more are sent.
    ///
    /// MS-PNRP §2.2.2.4: at most 22 endpoints.
    #[test]
    fn the_list_holds_22_endpoints() {
        let empty = flood(None, None, 0).encode(&Dialect::default());
        assert_eq!(empty[56..], hex("009e 000c 0000 0008 009d 0012"));
        assert_eq!(decode(&empty), Ok(flood(None, None, 0)));

        let full = flood(None, None, 22).encode(&Dialect::default());
        assert_eq!(decode(&full), Ok(flood(None, None, 22)));
        assert_eq!(flood(None, None, 23).encode(&Dialect::default()), full);

        let mut long = full[..56].to_vec();
        long.extend(hex("009e 01aa 0017 01a6 009d 0012"));
        long.extend([1; 23 * 18]);
        assert_eq!(fault(&long), "FLOOD.NumEntries");
    }

    /// A CPA without a friendly name, with one of `length` bytes put into it.
    fn named(cpa: &[u8], length: u8) -> Vec<u8> {
        let mut bytes = cpa.to_vec();
        let name = [length, 0].into_iter().chain(vec![0x61; length.into()]);
        bytes.splice(88..88, name);
        let total = u16::try_from(bytes.len()).unwrap().to_le_bytes();
        bytes[..2].copy_from_slice(&total);
        bytes[6] |= 0x12;
        bytes
    }

    fn flood(revoke: Option<SignedCpa>, route: Option<RouteEntry>, flooded: usize) -> Message {
        let body = Body::Flood(Flood {
            suppress_ack: true,
            validate: pnrp_id(0x77),
            content: FloodContent { revoke, route },
            already_flooded: vec![endpoint(); flooded],
        });
        Message {
            id: MessageId(0x0102_0304),
            body,
        }
    }
}
