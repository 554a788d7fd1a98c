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
