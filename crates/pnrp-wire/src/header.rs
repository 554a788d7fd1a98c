//! PNRP Header. MS-PNRP §2.2.1.
//!
//! ```text
//! FieldID 0x0010 (2) | Length 0x000C (2) | 0x51 | 0x04 | 0x00 | MessageType (1) | Message ID (4)
//! ```

use crate::{
    DecodeError,
    element::FieldId,
    reader::{Reader, expect},
    writer::{Writer, length16},
};

/// Ties an acknowledgment to its message. MS-PNRP §2.2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub u32);

impl MessageId {
    pub(crate) fn decode(r: &mut Reader<'_>, field: &'static str) -> Result<Self, DecodeError> {
        r.u32_be(field).map(Self)
    }
}

/// The eight kinds of message. MS-PNRP §2.2.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MessageType {
    /// 0x01
    Solicit,
    /// 0x02
    Advertise,
    /// 0x03
    Request,
    /// 0x04
    Flood,
    /// 0x07
    Inquire,
    /// 0x08
    Authority,
    /// 0x09
    Ack,
    /// 0x0B
    Lookup,
}

impl MessageType {
    /// Every kind, in the order of their codes.
    pub const ALL: [Self; 8] = [
        Self::Solicit,
        Self::Advertise,
        Self::Request,
        Self::Flood,
        Self::Inquire,
        Self::Authority,
        Self::Ack,
        Self::Lookup,
    ];

    /// The name in lower case, as counters and captures spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Solicit => "solicit",
            Self::Advertise => "advertise",
            Self::Request => "request",
            Self::Flood => "flood",
            Self::Inquire => "inquire",
            Self::Authority => "authority",
            Self::Ack => "ack",
            Self::Lookup => "lookup",
        }
    }

    /// The code of MS-PNRP §2.2.1.
    pub const fn code(self) -> u8 {
        match self {
            Self::Solicit => 0x01,
            Self::Advertise => 0x02,
            Self::Request => 0x03,
            Self::Flood => 0x04,
            Self::Inquire => 0x07,
            Self::Authority => 0x08,
            Self::Ack => 0x09,
            Self::Lookup => 0x0B,
        }
    }

    fn from_code(code: u8) -> Result<Self, DecodeError> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.code() == code)
            .ok_or(DecodeError::BadValue {
                field: "PNRP_HEADER.MessageType",
                value: code.into(),
            })
    }
}

/// Bytes of the header, its FieldID and Length included.
pub(crate) const HEADER_LEN: usize = 12;
const IDENTIFIER: u8 = 0x51;
/// Version 4.0 of the protocol, as headers, route entries and CPAs state it.
pub(crate) const VERSION_MAJOR: u8 = 4;
pub(crate) const VERSION_MINOR: u8 = 0;

pub(crate) fn decode(r: &mut Reader<'_>) -> Result<(MessageType, MessageId), DecodeError> {
    expect(
        r.u16_be("PNRP_HEADER.FieldID")?,
        FieldId::HEADER.code,
        "PNRP_HEADER.FieldID",
    )?;
    let length = r.u16_be("PNRP_HEADER.Length")?;
    expect(length, length16(HEADER_LEN), "PNRP_HEADER.Length")?;
    expect(
        r.u8("PNRP_HEADER.Identifier")?,
        IDENTIFIER,
        "PNRP_HEADER.Identifier",
    )?;
    expect(
        r.u8("PNRP_HEADER.VersionMajor")?,
        VERSION_MAJOR,
        "PNRP_HEADER.VersionMajor",
    )?;
    expect(
        r.u8("PNRP_HEADER.VersionMinor")?,
        VERSION_MINOR,
        "PNRP_HEADER.VersionMinor",
    )?;
    let kind = MessageType::from_code(r.u8("PNRP_HEADER.MessageType")?)?;
    let id = MessageId::decode(r, "PNRP_HEADER.Message ID")?;
    Ok((kind, id))
}

pub(crate) fn encode(w: &mut Writer<'_>, kind: MessageType, id: MessageId) {
    w.element(FieldId::HEADER, |w| {
        w.u8(IDENTIFIER);
        w.u8(VERSION_MAJOR);
        w.u8(VERSION_MINOR);
        w.u8(kind.code());
        w.u32_be(id.0);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Ack, Body, Message,
        fixtures::{decode, fault, hex, is_encoded_as, patched, refuses},
    };

    const ACK: &str = "0010 000c 51 04 00 09 01020304 0018 0008 0a0b0c0d";

    /// R-2.2.1-01, R-2.2.1-02, R-2.2.1-03, R-2.2.1-04, R-2.2.1-06: every byte of a header.
    #[test]
    fn a_header_is_twelve_bytes() {
        let body = Body::Ack(Ack {
            acked: MessageId(0x0A0B_0C0D),
            id_not_found: false,
        });

        is_encoded_as(
            &Message {
                id: MessageId(0x0102_0304),
                body,
            },
            &hex(ACK),
        );
    }

    /// R-2.2.1-01, R-2.2.1-02, R-2.2.1-03, R-2.2.1-04, R-3.1.5.2-01: what does not begin with a
    /// header is no message.
    #[test]
    fn values_outside_the_specification_are_refused() {
        refuses(
            &hex(ACK),
            &[
                (0, "0018", "PNRP_HEADER.FieldID"),
                (2, "0010", "PNRP_HEADER.Length"),
                (4, "50", "PNRP_HEADER.Identifier"),
                (5, "03", "PNRP_HEADER.VersionMajor"),
                (6, "01", "PNRP_HEADER.VersionMinor"),
            ],
        );
    }

    /// R-2.2.1-05, R-3.1.5.2-04: and every other value is refused.
    #[test]
    fn only_the_eight_message_types_exist() {
        for code in 0..=0xFF {
            let field = fault(&patched(&hex(ACK), 7, &format!("{code:02x}")));
            let is_type = [1, 2, 3, 4, 7, 8, 9, 11].contains(&code);

            assert_eq!(field != "PNRP_HEADER.MessageType", is_type, "{code:#x}");
        }
    }

    /// R-2.2-05: a cut header is an error.
    #[test]
    fn shorter_datagrams_name_the_field_that_is_cut() {
        let datagram = hex(ACK);

        assert_eq!(fault(&[]), "PNRP_HEADER.FieldID");
        assert_eq!(fault(&datagram[..11]), "PNRP_HEADER.Message ID");
        assert_eq!(
            decode(&datagram[..12]),
            Err(DecodeError::Missing {
                field: "PNRP_HEADER_ACKED",
                found: None
            })
        );
    }
}
