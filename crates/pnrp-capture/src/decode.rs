//! What each datagram says.

use pnrp_wire::{AuthorityBuffer, Body, Dialect, Message, MessageId, MessageType};

use crate::{Datagram, Fields, Reassembly, describe, fields::Value};

/// A datagram, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The kind of message, if the header is sound.
    pub kind: Option<MessageType>,
    /// Its ID, if the header is sound.
    pub id: Option<MessageId>,
    /// Everything behind the header; nothing if that did not decode.
    pub fields: Fields,
    /// What is wrong with the datagram, or with the AUTHORITY_BUFFER that it completes.
    pub error: Option<String>,
}

/// Decodes the datagrams of a capture in their order, and puts AUTHORITY_BUFFERs together.
#[derive(Debug, Default)]
pub struct Decoder {
    dialect: Dialect,
    reassembly: Reassembly,
}

impl Decoder {
    /// Takes the next datagram apart.
    pub fn decode(&mut self, datagram: &Datagram) -> Decoded {
        let header = peek(&datagram.payload);
        match message(datagram, &self.dialect) {
            Ok(message) => self.describe(datagram, &message),
            Err(error) => Decoded {
                kind: header.map(|(kind, _)| kind),
                id: header.map(|(_, id)| id),
                fields: Fields::default(),
                error: Some(error),
            },
        }
    }

    fn describe(&mut self, datagram: &Datagram, message: &Message) -> Decoded {
        let mut decoded = Decoded {
            kind: Some(message.message_type()),
            id: Some(message.id),
            fields: describe::message(message),
            error: None,
        };
        if let Body::Authority(fragment) = &message.body
            && let Some(bytes) = self
                .reassembly
                .accept(message.id, datagram.source, fragment)
        {
            let value = match AuthorityBuffer::decode(&bytes, &self.dialect) {
                Ok(buffer) => describe::buffer(&buffer).into(),
                Err(error) => {
                    decoded.error = Some(error.to_string());
                    Value::None
                }
            };
            decoded.fields = decoded.fields.with("buffer", value);
        }
        decoded
    }

    /// AUTHORITY_BUFFERs that lacked a fragment.
    pub fn unfinished(&self) -> u64 {
        self.reassembly.unfinished()
    }
}

/// Decodes a datagram that was captured whole.
pub(crate) fn message(datagram: &Datagram, dialect: &Dialect) -> Result<Message, String> {
    if datagram.missing > 0 {
        let captured = datagram.payload.len();
        return Err(format!(
            "the capture has only {captured} of {} bytes",
            captured + datagram.missing
        ));
    }
    Message::decode(&datagram.payload, dialect).map_err(|error| error.to_string())
}

/// Type and ID of a message whose header is sound, whatever follows. MS-PNRP §2.2.1.
pub(crate) fn peek(payload: &[u8]) -> Option<(MessageType, MessageId)> {
    let rest = payload.strip_prefix(&[0x00, 0x10, 0x00, 0x0C, 0x51, 0x04, 0x00])?;
    let (code, rest) = rest.split_first()?;
    let kind = MessageType::ALL
        .into_iter()
        .find(|kind| kind.code() == *code)?;
    let id = rest.first_chunk()?;
    Some((kind, MessageId(u32::from_be_bytes(*id))))
}
