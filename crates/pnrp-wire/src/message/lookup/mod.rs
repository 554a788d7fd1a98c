//! LOOKUP. MS-PNRP §2.2.2.8.
//!
//! ```text
//! LOOKUP_CONTROLS: flags (2) | Precision (2) | ResolveCriteria (1) | reason (1) | reserved (2)
//! TARGET_PNRP_ID (32) VALIDATE_PNRP_ID (32) [ROUTING_ENTRY] IPV6_ENDPOINT_ARRAY
//! ```

use super::path;
use crate::{
    DecodeError, Endpoint, PnrpId, RouteEntry,
    element::{Elements, FieldId},
    reader::Reader,
    writer::Writer,
};

/// Asks a node for one that is closer to a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lookup {
    /// Flag `A`: nodes that are not closer than `validate` will do.
    pub accept_not_closer: bool,
    /// How much of the target has to match.
    pub criteria: SearchCriteria,
    /// Why the sender asks; ignored by the receiver.
    pub reason: Reason,
    /// The ID looked for.
    pub target: PnrpId,
    /// The ID under which the sender knows the receiver; zero when it knows none.
    pub validate: PnrpId,
    /// The best match so far.
    pub best_match: Option<RouteEntry>,
    /// Nodes already asked, 1 to 22: the Flagged Path. Of a longer list the first 22 are sent;
    /// receivers drop a LOOKUP whose list is empty.
    pub visited: Vec<Endpoint>,
}

impl Lookup {
    pub(crate) fn decode(mut elements: Elements<'_>) -> Result<Self, DecodeError> {
        let controls = elements.required(FieldId::LOOKUP_CONTROLS, Controls::decode)?;
        let target = elements.required(FieldId::TARGET, |r| {
            PnrpId::decode(r, "LOOKUP.Target PNRP ID")
        })?;
        let validate = elements.required(FieldId::VALIDATE, super::decode_validate)?;
        let best_match = elements.optional(FieldId::ROUTING_ENTRY, RouteEntry::decode)?;
        let visited = elements.required(FieldId::IPV6_ENDPOINT_ARRAY, |r| {
            path::decode(r, 1, "LOOKUP.NumEntries")
        })?;
        elements.finish("LOOKUP")?;
        let Controls {
            accept_not_closer,
            criteria,
            reason,
        } = controls;
        Ok(Self {
            accept_not_closer,
            criteria,
            reason,
            target,
            validate,
            best_match,
            visited,
        })
    }

    pub(crate) fn encode(&self, w: &mut Writer<'_>) {
        let controls = Controls {
            accept_not_closer: self.accept_not_closer,
            criteria: self.criteria,
            reason: self.reason,
        };
        w.element(FieldId::LOOKUP_CONTROLS, |w| controls.encode(w));
        w.element(FieldId::TARGET, |w| w.bytes(self.target.as_bytes()));
        w.element(FieldId::VALIDATE, |w| w.bytes(self.validate.as_bytes()));
        if let Some(route) = &self.best_match {
            w.element(FieldId::ROUTING_ENTRY, |w| route.encode(w));
        }
        path::encode(&self.visited, w);
    }
}

struct Controls {
    accept_not_closer: bool,
    criteria: SearchCriteria,
    reason: Reason,
}

/// Flag `A`; the bit below it is reserved.
const ACCEPT_NOT_CLOSER: u16 = 0x0002;

impl Controls {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let flags = r.u16_be("LOOKUP_CONTROLS.Flags")?;
        let precision = r.u16_be("LOOKUP_CONTROLS.Precision")?;
        let opcode = r.u8("LOOKUP_CONTROLS.ResolveCriteria")?;
        let reason = r.u8("LOOKUP_CONTROLS.ResolveReasonCode")?;
        r.u16_be("LOOKUP_CONTROLS.Reserved2")?;
        Ok(Self {
            accept_not_closer: flags & ACCEPT_NOT_CLOSER != 0,
            criteria: SearchCriteria::from_wire(opcode, precision)?,
            reason: Reason::from_wire(reason),
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        let (opcode, precision) = self.criteria.to_wire();
        w.u16_be(if self.accept_not_closer {
            ACCEPT_NOT_CLOSER
        } else {
            0
        });
        w.u16_be(precision);
        w.u8(opcode);
        w.u8(self.reason.to_wire());
        w.u16_be(0);
    }
}

/// How much of the target has to match. MS-PNRP §2.2.2.8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SearchCriteria {
    /// All 256 bits (SEARCH_OPCODE_NONE, 0x00).
    Exact,
    /// The first 128 bits (SEARCH_OPCODE_ANY_PEERNAME, 0x01).
    AnyPeerName,
    /// The closest by all 256 bits (SEARCH_OPCODE_NEAREST_PEERNAME, 0x02).
    NearestPeerName,
    /// The closest by the first 192 bits (SEARCH_OPCODE_NEAREST64_PEERNAME, 0x04).
    Nearest64PeerName,
    /// This many leading bits (SEARCH_OPCODE_UPPER_BITS, 0x08).
    UpperBits(u16),
}

impl SearchCriteria {
    fn from_wire(opcode: u8, precision: u16) -> Result<Self, DecodeError> {
        Ok(match opcode {
            0x00 => Self::Exact,
            0x01 => Self::AnyPeerName,
            0x02 => Self::NearestPeerName,
            0x04 => Self::Nearest64PeerName,
            0x08 => Self::UpperBits(precision),
            other => {
                return Err(DecodeError::BadValue {
                    field: "LOOKUP_CONTROLS.ResolveCriteria",
                    value: other.into(),
                });
            }
        })
    }

    fn to_wire(self) -> (u8, u16) {
        match self {
            Self::Exact => (0x00, 0),
            Self::AnyPeerName => (0x01, 0),
            Self::NearestPeerName => (0x02, 0),
            Self::Nearest64PeerName => (0x04, 0),
            Self::UpperBits(precision) => (0x08, precision),
        }
    }
}

/// Why a LOOKUP is sent. MS-PNRP §2.2.2.8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// An application resolves a name (0x00).
    AppRequest,
    /// A registration is announced (0x01).
    Registration,
    /// The cache is being filled (0x02).
    CacheMaintenance,
    /// The cloud may be split (0x03).
    SplitDetection,
}

impl Reason {
    /// Receivers ignore the reason, so an unknown one is read as the most ordinary.
    fn from_wire(code: u8) -> Self {
        match code {
            0x01 => Self::Registration,
            0x02 => Self::CacheMaintenance,
            0x03 => Self::SplitDetection,
            _ => Self::AppRequest,
        }
    }

    fn to_wire(self) -> u8 {
        match self {
            Self::AppRequest => 0x00,
            Self::Registration => 0x01,
            Self::CacheMaintenance => 0x02,
            Self::SplitDetection => 0x03,
        }
    }
}

#[cfg(test)]
mod tests;
