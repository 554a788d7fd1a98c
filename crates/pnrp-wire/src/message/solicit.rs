//! SOLICIT. MS-PNRP §2.2.2.1.
//!
//! ```text
//! [SOLICIT_CONTROLS: reserved (1) | SolicitType (1)] [ROUTING_ENTRY] HASHED_NONCE (20)
//! ```

use crate::{
    DecodeError, HashedNonce, RouteEntry,
    element::{Elements, FieldId},
    reader::Reader,
    writer::Writer,
};

/// Asks a node for a list of IDs it knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Solicit {
    /// Which IDs are wanted; `None` leaves the controls out, which means any.
    pub solicit_type: Option<SolicitType>,
    /// An ID registered at the sender, if it has one.
    pub route: Option<RouteEntry>,
    /// Hash of the conversation's nonce.
    pub hashed_nonce: HashedNonce,
}

impl Solicit {
    pub(crate) fn decode(mut elements: Elements<'_>) -> Result<Self, DecodeError> {
        let solicit_type = elements.optional(FieldId::SOLICIT_CONTROLS, SolicitType::decode)?;
        let route = elements.optional(FieldId::ROUTING_ENTRY, RouteEntry::decode)?;
        let hashed_nonce = elements.required(FieldId::HASHED_NONCE, HashedNonce::decode)?;
        elements.finish("SOLICIT")?;
        Ok(Self {
            solicit_type,
            route,
            hashed_nonce,
        })
    }

    pub(crate) fn encode(&self, w: &mut Writer<'_>) {
        if let Some(solicit_type) = self.solicit_type {
            w.element(FieldId::SOLICIT_CONTROLS, |w| solicit_type.encode(w));
        }
        if let Some(route) = &self.route {
            w.element(FieldId::ROUTING_ENTRY, |w| route.encode(w));
        }
        w.element(FieldId::HASHED_NONCE, |w| w.bytes(&self.hashed_nonce.0));
    }
}

/// Which IDs a SOLICIT asks for. MS-PNRP §2.2.2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SolicitType {
    /// Local and cached ones (0x00).
    Any,
    /// Locally registered ones only (0x01).
    Local,
}

impl SolicitType {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        r.u8("SOLICIT_CONTROLS.Reserved")?;
        match r.u8("SOLICIT_CONTROLS.SolicitType")? {
            0x00 => Ok(Self::Any),
            0x01 => Ok(Self::Local),
            other => Err(DecodeError::BadValue {
                field: "SOLICIT_CONTROLS.SolicitType",
                value: other.into(),
            }),
        }
    }

    fn encode(self, w: &mut Writer<'_>) {
        w.u8(0);
        w.u8(match self {
            Self::Any => 0x00,
            Self::Local => 0x01,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Body, Message, MessageId,
        fixtures::{ROUTE, decode, fault, hex, ignores, is_encoded_as, refuses, route},
    };

    const HEADER: &str = "0010000c 51040001 01020304";
    const NONCE: &str = "0092 0018 abababababababababababababababababababab";

    /// R-2.2.2.1-08: FieldID 0x0092, Length 24.
    #[test]
    fn the_least_solicit_is_a_hashed_nonce() {
        is_encoded_as(&solicit(None, None), &hex(&format!("{HEADER} {NONCE}")));
    }

    /// R-2.2.2.1-01, R-2.2.2.1-02, R-2.2.2.1-04, R-2.2.2.1-07: bytes of both, alone and
    /// together, each with two bytes of padding behind it.
    #[test]
    fn each_optional_element_stands_in_its_place() {
        let controls = "0044 0006 00 01 0000";
        let entry = format!("009a 003a {ROUTE} 0000");

        is_encoded_as(
            &solicit(Some(SolicitType::Local), Some(route())),
            &hex(&format!("{HEADER} {controls} {entry} {NONCE}")),
        );
        is_encoded_as(
            &solicit(None, Some(route())),
            &hex(&format!("{HEADER} {entry} {NONCE}")),
        );
        is_encoded_as(
            &solicit(Some(SolicitType::Local), None),
            &hex(&format!("{HEADER} {controls} {NONCE}")),
        );
        let swapped = hex(&format!("{HEADER} {entry} {controls} {NONCE}"));
        assert_eq!(
            decode(&swapped),
            Err(DecodeError::Missing {
                field: "HASHED_NONCE",
                found: Some(0x0044)
            })
        );
    }

    /// R-2.2.2.1-01, R-2.2.2.1-02, R-2.2.2.1-03, R-2.2.2.1-08: and reserved bytes and padding
    /// are ignored.
    #[test]
    fn values_outside_the_specification_are_refused() {
        let valid = hex(&format!("{HEADER} 0044 0006 00 00 0000 {NONCE}"));

        refuses(
            &valid,
            &[
                (14, "0005", "SOLICIT_CONTROLS.SolicitType"),
                (14, "0008", "SOLICIT_CONTROLS"),
                (17, "02", "SOLICIT_CONTROLS.SolicitType"),
                (22, "0017", "HashedNonce"),
                (22, "0019", "HASHED_NONCE"),
            ],
        );
        ignores(&valid, &[(16, "ff"), (18, "ffff")]);
        assert_eq!(fault(&hex(HEADER)), "HASHED_NONCE");
    }

    fn solicit(solicit_type: Option<SolicitType>, route: Option<RouteEntry>) -> Message {
        let hashed_nonce = HashedNonce([0xAB; 20]);
        let body = Body::Solicit(Solicit {
            solicit_type,
            route,
            hashed_nonce,
        });
        Message {
            id: MessageId(0x0102_0304),
            body,
        }
    }
}
