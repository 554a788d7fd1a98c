//! SIGNATURE. MS-PNRP §2.2.3.2.
//!
//! ```text
//! Field Length 0x0088 (2) | Signature Length 0x0080 (2) | ALG_ID 0x00008004 (4) | data (128)
//! ```
//!
//! The three numbers are little-endian.

use crate::{
    ByteOrder, DecodeError, Dialect,
    limits::SIGNATURE_LEN,
    reader::{Reader, expect},
    writer::{Writer, length16},
};

/// An RSASSA-PKCS1-v1_5 signature over SHA-1.
///
/// Which byte comes first depends on where the value stands:
///
/// - What a signer hands to [`SignedCpa::new`](crate::SignedCpa::new) or
///   [`ExtendedPayload::new`](crate::ExtendedPayload::new) is in the order of RFC 8017 (most
///   significant first); those functions reverse it if the dialect says so.
/// - What [`SignedCpa::signature`](crate::SignedCpa::signature) and
///   [`ExtendedPayload::signature`](crate::ExtendedPayload::signature) return is in the order on
///   the wire. The specification leaves that order open, so a verifier tries the bytes as they
///   are and then [`reversed`](Self::reversed).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature(pub [u8; SIGNATURE_LEN]);

/// Bytes of the structure.
pub(crate) const STRUCTURE_LEN: usize = 0x88;
/// CALG_SHA1 of the Windows CryptoAPI, the only algorithm allowed.
const ALG_ID: u32 = 0x0000_8004;

impl Signature {
    /// The same bytes in the opposite order.
    #[must_use]
    pub fn reversed(&self) -> Self {
        Self(ByteOrder::LittleEndian.arrange(self.0))
    }

    /// Turns the order of RFC 8017 into the order on the wire.
    pub(crate) fn into_wire_order(self, dialect: &Dialect) -> Self {
        Self(dialect.signature_order.arrange(self.0))
    }

    /// Keeps the data in the order it comes in.
    pub(crate) fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let length = r.u16_le("SIGNATURE.Field Length")?;
        expect(length, length16(STRUCTURE_LEN), "SIGNATURE.Field Length")?;
        let data_length = r.u16_le("SIGNATURE.Signature Length")?;
        expect(
            data_length,
            length16(SIGNATURE_LEN),
            "SIGNATURE.Signature Length",
        )?;
        expect(r.u32_le("SIGNATURE.ALG_ID")?, ALG_ID, "SIGNATURE.ALG_ID")?;
        r.array("SIGNATURE.Signature Data").map(Self)
    }

    /// Writes the data in the order it is held in.
    pub(crate) fn encode(&self, w: &mut Writer<'_>) {
        w.u16_le(length16(STRUCTURE_LEN));
        w.u16_le(length16(SIGNATURE_LEN));
        w.u32_le(ALG_ID);
        w.bytes(&self.0);
    }
}
