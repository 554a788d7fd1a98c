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
    pub(crate) fn decode(mut elements: Elements<'_>) -> Result<Self, DecodeError> {
        let acked = elements.required(FieldId::ACKED, super::decode_acked)?;
        let (size, offset) = elements.required(FieldId::SPLIT_CONTROLS, decode_controls)?;
        let data = elements.into_rest();
        let left = usize::from(size).saturating_sub(offset.into());
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
