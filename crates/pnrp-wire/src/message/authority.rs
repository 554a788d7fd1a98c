//! AUTHORITY: one fragment of an AUTHORITY_BUFFER. MS-PNRP §2.2.2.6.
//!
//! ```text
//! PNRP_HEADER_ACKED (4) SPLIT_CONTROLS: Size (2) | Offset (2), then bytes to the end
//! ```

use crate::{
    DecodeError, MessageId,
    element::{Elements, FieldId},
    limits::{FRAGMENT_LEN, MAX_AUTHORITY_BUFFER},
    reader::{Reader, wide},
    writer::Writer,
};

/// A piece of the answer to a LOOKUP or an INQUIRE.
///
/// Decoding guarantees that `data` is the piece of a buffer of `size` bytes that starts at
/// `offset`: 1,188 bytes, or the rest in the last piece. MS-PNRP §3.2.5.10.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorityFragment {
    /// The LOOKUP or INQUIRE answered.
    pub acked: MessageId,
    /// Bytes of the whole buffer, at most 37,348.
    pub size: u16,
    /// Where this piece starts, a multiple of 1,188.
    pub offset: u16,
    /// The piece.
    pub data: Vec<u8>,
}

impl AuthorityFragment {
    pub(crate) fn decode(mut elements: Elements<'_>, id: MessageId) -> Result<Self, DecodeError> {
        let acked = elements.required(FieldId::ACKED, super::decode_acked)?;
        let (size, offset) = elements.required(FieldId::SPLIT_CONTROLS, decode_controls)?;
        let data = elements.into_rest();
        let left = usize::from(size).saturating_sub(offset.into());
        let end = usize::from(offset) + data.len();
        if end > size.into() {
            return Err(DecodeError::BeyondBuffer {
                field: match left {
                    0 => "SPLIT_CONTROLS.Offset",
                    _ => "AUTHORITY.Buffer length",
                },
                id,
                acked,
                end,
                size,
            });
        }
        if left == 0 {
            return Err(DecodeError::BadValue {
                field: "SPLIT_CONTROLS.Offset",
                value: offset.into(),
            });
        }
        if data.len() != left.min(FRAGMENT_LEN) {
            return Err(DecodeError::BadValue {
                field: "AUTHORITY.Buffer length",
                value: wide(data.len()),
            });
        }
        Ok(Self {
            acked,
            size,
            offset,
            data: data.to_vec(),
        })
    }

    pub(crate) fn encode(&self, w: &mut Writer<'_>) {
        w.element(FieldId::ACKED, |w| w.u32_be(self.acked.0));
        w.element(FieldId::SPLIT_CONTROLS, |w| {
            w.u16_be(self.size);
            w.u16_be(self.offset);
        });
        w.bytes(&self.data);
    }
}

fn decode_controls(r: &mut Reader<'_>) -> Result<(u16, u16), DecodeError> {
    let size = r.u16_be("SPLIT_CONTROLS.Size")?;
    let offset = r.u16_be("SPLIT_CONTROLS.Offset")?;
    if usize::from(size) > MAX_AUTHORITY_BUFFER {
        return Err(DecodeError::BadValue {
            field: "SPLIT_CONTROLS.Size",
            value: size.into(),
        });
    }
    if !usize::from(offset).is_multiple_of(FRAGMENT_LEN) {
        return Err(DecodeError::BadValue {
            field: "SPLIT_CONTROLS.Offset",
            value: offset.into(),
        });
    }
    Ok((size, offset))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Body, Dialect, Message,
        fixtures::{decode, fault, hex, is_encoded_as, refuses},
    };

    const HEAD: &str = "0010000c 51040008 01020304 0018 0008 0a0b0c0d 0098 0008";

    /// R-2.2.2.6-01, R-2.2.2.6-02, R-2.2.2.6-03, R-2.2.2.6-04: every byte, and what is refused.
    #[test]
    fn the_buffer_follows_the_controls_at_once() {
        let data = hex("0040 0006 0001");
        let bytes = hex(&format!("{HEAD} 0006 0000 0040 0006 0001"));
        let body = AuthorityFragment {
            acked: MessageId(0x0A0B_0C0D),
            size: 6,
            offset: 0,
            data,
        };

        let body = Body::Authority(body);
        is_encoded_as(
            &Message {
                id: MessageId(0x0102_0304),
                body,
            },
            &bytes,
        );
        refuses(
            &bytes,
            &[
                (12, "0040", "PNRP_HEADER_ACKED"),
                (20, "0040", "SPLIT_CONTROLS"),
                (22, "000a", "SPLIT_CONTROLS"),
                (24, "0005", "AUTHORITY.Buffer length"),
                (24, "0007", "AUTHORITY.Buffer length"),
                (24, "91e5", "SPLIT_CONTROLS.Size"),
                (26, "0064", "SPLIT_CONTROLS.Offset"),
                (26, "04a4", "SPLIT_CONTROLS.Offset"),
            ],
        );
    }

    /// R-2.2.2.6-03, R-2.2.2.6-05: a piece is what Size and Offset say.
    ///
    /// MS-PNRP §3.2.5.10: every fragment but the last has 1,188 bytes.
    #[test]
    fn a_piece_has_1188_bytes_or_ends_the_buffer() {
        assert_eq!(piece(2000, 0, 1188), "none");
        assert_eq!(piece(2000, 1188, 812), "none");
        assert_eq!(piece(2000, 0, 1187), "AUTHORITY.Buffer length");
        assert_eq!(piece(2000, 0, 2000), "AUTHORITY.Buffer length");
        assert_eq!(piece(2000, 1188, 811), "AUTHORITY.Buffer length");
        assert_eq!(piece(2000, 1188, 813), "AUTHORITY.Buffer length");
        assert_eq!(piece(1188, 1188, 0), "SPLIT_CONTROLS.Offset");
        assert_eq!(piece(0, 0, 0), "SPLIT_CONTROLS.Offset");
        assert_eq!(piece(37_348, 36_828, 520), "none");
    }

    /// R-3.1.5.6-06: the error says whose reassembly it ends.
    #[test]
    fn a_piece_that_ends_beyond_the_buffer_is_told_from_others() {
        let beyond = |size: u16, offset: u16, length: usize| {
            let controls = format!("{HEAD} {size:04x} {offset:04x}");
            let error = decode(&[hex(&controls), vec![0; length]].concat()).unwrap_err();
            let DecodeError::BeyondBuffer { id, acked, end, .. } = error else {
                return None;
            };
            Some((id.0, acked.0, end))
        };

        let ids = (0x0102_0304, 0x0A0B_0C0D);
        assert_eq!(beyond(2000, 1188, 813), Some((ids.0, ids.1, 2_001)));
        assert_eq!(beyond(1188, 1188, 1), Some((ids.0, ids.1, 1_189)));
        assert_eq!(beyond(1000, 1188, 0), Some((ids.0, ids.1, 1_188)));
        assert_eq!(beyond(1188, 1188, 0), None);
        assert_eq!(beyond(2000, 1188, 811), None);
        assert_eq!(beyond(2000, 0, 1187), None);
    }

    /// R-2.2.2.6-05: the pieces of a buffer, one after the other, are the buffer.
    #[test]
    fn pieces_of_every_size_join_to_the_buffer() {
        for size in [1, 1_187, 1_188, 1_189, 2_000, 37_348_u16] {
            let buffer: Vec<u8> = (0..size).map(|index| index.to_le_bytes()[0]).collect();
            let mut joined = Vec::new();
            for (number, data) in (0..).zip(buffer.chunks(1_188)) {
                let body = Body::Authority(AuthorityFragment {
                    acked: MessageId(7),
                    size,
                    offset: 1_188 * number,
                    data: data.to_vec(),
                });
                let id = MessageId(8);
                let message = Message { id, body };

                let datagram = message.encode(&Dialect::default());

                assert_eq!(datagram.len(), 28 + data.len());
                assert_eq!(decode(&datagram), Ok(message));
                joined.extend_from_slice(&datagram[28..]);
            }
            assert_eq!(joined, buffer, "{size}");
        }
    }

    fn piece(size: u16, offset: u16, length: usize) -> &'static str {
        let controls = format!("{HEAD} {size:04x} {offset:04x}");
        fault(&[hex(&controls), vec![0; length]].concat())
    }
}
