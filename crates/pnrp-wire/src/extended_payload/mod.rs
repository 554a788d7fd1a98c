//! EXTENDED_PAYLOAD: data an application publishes with a name. MS-PNRP §2.2.3.3.
//!
//! ```text
//! Length (2) | 00 02 | reserved (2) | Signature Offset (2) | Not After (8) | PNRP ID (32)
//! | Nonce (16) | Number of Payloads 1 (2) | Total Payload Bytes (2) | Payload Type (4)
//! | Payload Length (2) | [String Type (2)] | Payload | SIGNATURE (136)
//! ```
//!
//! Little-endian; the ID is reversed too, unless the dialect says otherwise.

use crate::{
    DecodeError, Dialect, FileTime, InvalidValue, Nonce, PnrpId, Signature,
    reader::{Reader, expect, wide},
    signature,
    writer::{Writer, length16},
};

mod bound;
mod payload;

pub use bound::BoundPayload;
pub use payload::Payload;

/// Application data bound to an ID and a nonce, without its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsignedPayload {
    /// When the data expires.
    pub not_after: FileTime,
    /// The ID it belongs to.
    pub id: PnrpId,
    /// The nonce of the INQUIRE it answers.
    pub nonce: Nonce,
    /// The data.
    pub payload: Payload,
}

const VERSION_MINOR: u8 = 0;
const VERSION_MAJOR: u8 = 2;
/// Bytes in front of String Type or Payload.
const HEAD_LEN: usize = 74;
/// What Total Payload Bytes counts besides Payload Length.
const TOTAL_EXTRA: usize = 10;

impl UnsignedPayload {
    /// The bytes to sign: the whole structure up to the SIGNATURE. MS-PNRP §3.2.5.9.
    ///
    /// Length counts the signature that will follow.
    ///
    /// # Errors
    /// When the payload is empty or longer than MS-PNRP §2.2.3.3 allows.
    pub fn encode_unsigned(&self, dialect: &Dialect) -> Result<Vec<u8>, InvalidValue> {
        let content = self.payload.encode()?;
        let signature_offset = HEAD_LEN + content.bytes.len();
        let mut out = Vec::with_capacity(signature_offset + signature::STRUCTURE_LEN);
        let mut w = Writer::new(&mut out);
        w.u16_le(length16(signature_offset + signature::STRUCTURE_LEN));
        w.bytes(&[VERSION_MINOR, VERSION_MAJOR]);
        w.u16_le(0);
        w.u16_le(length16(signature_offset));
        w.u64_le(self.not_after.0);
        w.bytes(&dialect.number_order.arrange(*self.id.as_bytes()));
        w.bytes(&self.nonce.0);
        w.u16_le(1);
        w.u16_le(length16(TOTAL_EXTRA + content.bytes.len()));
        w.u32_le(content.payload_type);
        w.u16_le(length16(content.bytes.len()));
        w.bytes(&content.bytes);
        Ok(out)
    }
}

/// Application data, bound to an ID and a nonce by the key of its CPA.
///
/// Keeps the bytes that were signed, as [`SignedCpa`](crate::SignedCpa) does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtendedPayload {
    statements: UnsignedPayload,
    signature: Signature,
    encoded: Vec<u8>,
}

impl ExtendedPayload {
    /// Joins the bytes of [`UnsignedPayload::encode_unsigned`] and the signature over them.
    ///
    /// `signature` is in the order of RFC 8017; it is reversed if the dialect says so.
    ///
    /// # Errors
    /// As [`UnsignedPayload::encode_unsigned`].
    pub fn new(
        statements: UnsignedPayload,
        signature: Signature,
        dialect: &Dialect,
    ) -> Result<Self, InvalidValue> {
        let mut encoded = statements.encode_unsigned(dialect)?;
        let signature = signature.into_wire_order(dialect);
        signature.encode(&mut Writer::new(&mut encoded));
        Ok(Self {
            statements,
            signature,
            encoded,
        })
    }

    /// Decodes a whole structure.
    ///
    /// # Errors
    /// When the bytes break MS-PNRP §2.2.3.3.
    pub fn decode(bytes: &[u8], dialect: &Dialect) -> Result<Self, DecodeError> {
        const LENGTH: &str = "EXTENDED_PAYLOAD.Length";
        const OFFSET: &str = "EXTENDED_PAYLOAD.Signature Offset";
        const COUNT: &str = "EXTENDED_PAYLOAD.Number of Payloads";
        const TOTAL: &str = "EXTENDED_PAYLOAD.Total Payload Bytes";
        let mut r = Reader::new(bytes);
        expect(r.u16_le(LENGTH)?, wide(bytes.len()), LENGTH)?;
        expect(r.u8(MINOR)?, VERSION_MINOR, MINOR)?;
        expect(r.u8(MAJOR)?, VERSION_MAJOR, MAJOR)?;
        r.u16_le("EXTENDED_PAYLOAD.Reserved")?;
        let signature_offset = r.u16_le(OFFSET)?;
        let not_after = FileTime(r.u64_le("EXTENDED_PAYLOAD.Not After")?);
        let id = r.array("EXTENDED_PAYLOAD.PNRP ID")?;
        let nonce = Nonce(r.array("EXTENDED_PAYLOAD.Nonce")?);
        expect(r.u16_le(COUNT)?, 1_u16, COUNT)?;
        let total = r.u16_le(TOTAL)?;
        let payload_type = r.u32_le("EXTENDED_PAYLOAD.Payload Type")?;
        let length = usize::from(r.u16_le("EXTENDED_PAYLOAD.Payload Length")?);
        expect(total, wide(TOTAL_EXTRA + length), TOTAL)?;
        expect(signature_offset, wide(HEAD_LEN + length), OFFSET)?;
        let content = r.bytes(length, "EXTENDED_PAYLOAD.Payload")?;
        let payload = Payload::decode(payload_type, content)?;
        let signature = Signature::decode(&mut r)?;
        r.finish("EXTENDED_PAYLOAD")?;
        let id = PnrpId::from_bytes(dialect.number_order.arrange(id));
        let statements = UnsignedPayload {
            not_after,
            id,
            nonce,
            payload,
        };
        Ok(Self {
            statements,
            signature,
            encoded: bytes.to_vec(),
        })
    }

    /// What the signature binds together.
    pub fn statements(&self) -> &UnsignedPayload {
        &self.statements
    }

    /// The data.
    pub fn payload(&self) -> &Payload {
        &self.statements.payload
    }

    /// The signature, in the byte order on the wire; a verifier tries both.
    pub fn signature(&self) -> &Signature {
        &self.signature
    }

    /// The bytes under the signature.
    pub fn signed_bytes(&self) -> &[u8] {
        let length = self.encoded.len().saturating_sub(signature::STRUCTURE_LEN);
        self.encoded.get(..length).unwrap_or_default()
    }

    /// The whole structure, exactly as sent or received.
    pub fn as_bytes(&self) -> &[u8] {
        &self.encoded
    }

    /// Whether there is a byte order under which this belongs to `id`. MS-PNRP §3.1.5.8.
    pub fn belongs_to(&self, id: &PnrpId) -> bool {
        self.statements.id == *id || self.statements.id.reversed() == *id
    }
}

const MINOR: &str = "EXTENDED_PAYLOAD.Minor Version";
const MAJOR: &str = "EXTENDED_PAYLOAD.Major Version";

#[cfg(test)]
mod tests;
