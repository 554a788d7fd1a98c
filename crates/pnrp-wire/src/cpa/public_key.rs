//! CPA Public Key. MS-PNRP §2.2.3.1.4.
//!
//! ```text
//! Field Length (2) | ObjId Length 20 (2) | reserved (2) | cbData 140 (2) | unused (1)
//! | "1.2.840.113549.1.1.1" (20) | RSAPublicKey (140)
//! ```
//!
//! The lengths are little-endian; the key is DER.

use sha1::{Digest, Sha1};

use crate::{
    Authority, DecodeError, InvalidValue,
    limits::PUBLIC_KEY_LEN,
    reader::{Reader, expect},
    writer::{Writer, length16},
};

/// The DER RSAPublicKey of a 1024-bit key with exponent 65537.
///
/// The field is open, so that a signer can hand over what its library encodes; only
/// [`from_modulus`](Self::from_modulus), [`from_der`](Self::from_der) and decoding promise that
/// the bytes are such a key, and [`Cpa::encode_unsigned`](crate::Cpa::encode_unsigned) refuses
/// others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey(pub [u8; PUBLIC_KEY_LEN]);

/// Bytes of the structure.
pub(crate) const STRUCTURE_LEN: usize = 9 + OBJ_ID.len() + PUBLIC_KEY_LEN;
/// rsaEncryption as text, without NUL.
const OBJ_ID: &[u8; 20] = b"1.2.840.113549.1.1.1";
/// SEQUENCE of 137 bytes; INTEGER of 129 bytes, the first of them zero to keep it positive.
const DER_HEAD: [u8; 7] = [0x30, 0x81, 0x89, 0x02, 0x81, 0x81, 0x00];
/// INTEGER 65537.
const DER_TAIL: [u8; 5] = [0x02, 0x03, 0x01, 0x00, 0x01];
const MODULUS_LEN: usize = 128;

impl PublicKey {
    /// Encodes a modulus of 1024 bits, most significant byte first, with exponent 65537.
    ///
    /// # Errors
    /// When the modulus has fewer than 1024 bits, that is, when its first bit is zero.
    pub fn from_modulus(modulus: &[u8; MODULUS_LEN]) -> Result<Self, InvalidValue> {
        let mut der = [0; PUBLIC_KEY_LEN];
        let parts = DER_HEAD.iter().chain(modulus).chain(&DER_TAIL);
        for (byte, part) in der.iter_mut().zip(parts) {
            *byte = *part;
        }
        Self::from_der(&der)
    }

    /// Takes a DER RSAPublicKey.
    ///
    /// # Errors
    /// When it is not that of a 1024-bit modulus and exponent 65537.
    pub fn from_der(der: &[u8]) -> Result<Self, InvalidValue> {
        let key = <[u8; PUBLIC_KEY_LEN]>::try_from(der).map(Self).ok();
        key.filter(Self::is_well_formed).ok_or(InvalidValue {
            field: "CPA Public Key.PublicKey Data",
            reason: "must be an RSAPublicKey of 1024 bits with exponent 65537",
        })
    }

    /// The modulus, most significant byte first.
    pub fn modulus(&self) -> &[u8] {
        self.0
            .get(DER_HEAD.len()..DER_HEAD.len() + MODULUS_LEN)
            .unwrap_or_default()
    }

    /// The authority of the names this key may publish. MS-PNRP §2.2.3.1.
    pub fn authority(&self) -> Authority {
        Authority::Secure(Sha1::digest(self.0).into())
    }

    /// Whether the bytes around the modulus are those of the only key shape allowed.
    pub(super) fn is_well_formed(&self) -> bool {
        self.0.starts_with(&DER_HEAD)
            && self.0.ends_with(&DER_TAIL)
            && self.modulus().first().is_some_and(|&byte| byte >= 0x80)
    }

    pub(super) fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        const FIELD_LENGTH: &str = "CPA Public Key.Field Length";
        const OBJ_ID_LENGTH: &str = "CPA Public Key.Algorithm ObjId Length";
        const DATA_LENGTH: &str = "CPA Public Key.PublicKey cbData";
        const DATA: &str = "CPA Public Key.PublicKey Data";
        expect(
            r.u16_le(FIELD_LENGTH)?,
            length16(STRUCTURE_LEN),
            FIELD_LENGTH,
        )?;
        expect(
            r.u16_le(OBJ_ID_LENGTH)?,
            length16(OBJ_ID.len()),
            OBJ_ID_LENGTH,
        )?;
        r.u16_le("CPA Public Key.Reserved")?;
        expect(
            r.u16_le(DATA_LENGTH)?,
            length16(PUBLIC_KEY_LEN),
            DATA_LENGTH,
        )?;
        r.u8("CPA Public Key.PublicKey Unused")?;
        let obj_id = r.array::<20>("CPA Public Key.Algorithm ObjId")?;
        if obj_id != *OBJ_ID {
            return Err(DecodeError::BadContent {
                field: "CPA Public Key.Algorithm ObjId",
                expected: "the text 1.2.840.113549.1.1.1",
            });
        }
        let key = Self(r.array(DATA)?);
        if !key.is_well_formed() {
            return Err(DecodeError::BadContent {
                field: DATA,
                expected: "an RSAPublicKey of 1024 bits with exponent 65537",
            });
        }
        Ok(key)
    }

    pub(super) fn encode(&self, w: &mut Writer<'_>) {
        w.u16_le(length16(STRUCTURE_LEN));
        w.u16_le(length16(OBJ_ID.len()));
        w.u16_le(0);
        w.u16_le(length16(PUBLIC_KEY_LEN));
        w.u8(0);
        w.bytes(OBJ_ID);
        w.bytes(&self.0);
    }
}
