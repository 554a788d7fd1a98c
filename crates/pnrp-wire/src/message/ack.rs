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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Body, Dialect, Message,
        fixtures::{OTHER_DIALECT, decode, fault, hex, is_encoded_as, refuses},
    };

    const PLAIN: &str = "0010000c 51040009 01020304 0018 0008 0a0b0c0d";
    const NOT_FOUND: &str = "0010000c 51040009 01020304 0018 0008 0a0b0c0d 0040 0006 0001";

    /// R-2.2.2.7-01, R-2.2.2.7-02: every byte of both forms.
    #[test]
    fn flags_are_sent_only_with_n_and_without_padding() {
        is_encoded_as(&ack(false), &hex(PLAIN));
        is_encoded_as(&ack(true), &hex(NOT_FOUND));
        assert_eq!(
            ack(true).encode(&OTHER_DIALECT),
            hex(&format!("{NOT_FOUND} 0000"))
        );
    }

    /// R-2.2.2.7-02: the padded form is received too.
    #[test]
    fn up_to_three_bytes_may_follow_the_last_element() {
        for tail in ["", "00", "0000", "ffff", "000000"] {
            assert_eq!(
                decode(&hex(&format!("{NOT_FOUND} {tail}"))),
                Ok(ack(true)),
                "{tail}"
            );
            assert_eq!(
                decode(&hex(&format!("{PLAIN} {tail}"))),
                Ok(ack(false)),
                "{tail}"
            );
        }
        assert_eq!(
            decode(&hex(&format!("{NOT_FOUND} 00000000"))),
            Err(DecodeError::Trailing {
                field: "ACK",
                count: 4
            })
        );
        assert_eq!(fault(&hex(&format!("{PLAIN} 00000000"))), "Length");
    }

    /// R-2.2.2.7-02: reserved bits are not N.
    #[test]
    fn flags_with_n_clear_are_received() {
        let bytes = hex(&format!("{PLAIN} 0040 0006 fffe"));

        assert_eq!(decode(&bytes), Ok(ack(false)));
        assert_eq!(ack(false).encode(&Dialect::default()), hex(PLAIN));
    }

    #[test]
    fn values_outside_the_specification_are_refused() {
        refuses(
            &hex(NOT_FOUND),
            &[
                (12, "0098", "PNRP_HEADER_ACKED"),
                (14, "0007", "PNRP_HEADER_ACKED.Acked Message ID"),
                (20, "0018", "ACK"),
                (22, "0005", "ACK.Flags"),
                (22, "0003", "Length"),
                (22, "0007", "FLAGS_FIELD"),
            ],
        );
    }

    fn ack(id_not_found: bool) -> Message {
        let body = Body::Ack(Ack {
            acked: MessageId(0x0A0B_0C0D),
            id_not_found,
        });
        Message {
            id: MessageId(0x0102_0304),
            body,
        }
    }
}
