//! The 256-bit PNRP ID and its parts. MS-PNRP §1.3.1.2, §3.1.4.4.1.

use std::{fmt, str::FromStr};

use sha1::{Digest, Sha1};
use thiserror::Error;

use crate::{Authority, ByteOrder, ClassifierHash, DecodeError, reader::Reader};

/// A point on the ring: P2P ID in the upper 128 bits, service location in the lower.
///
/// Ordered as the 256-bit number it is; the bytes are most significant first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PnrpId([u8; 32]);

impl PnrpId {
    /// The ID that stands for "unknown" in a message.
    pub const ZERO: Self = Self([0; 32]);

    /// Takes the 32 bytes, most significant first.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Joins the two halves. MS-PNRP §3.1.4.4.1.
    pub fn new(p2p_id: P2pId, location: ServiceLocation) -> Self {
        let mut bytes = [0; 32];
        let (upper, lower) = bytes.split_at_mut(16);
        upper.copy_from_slice(&p2p_id.0);
        lower.copy_from_slice(&location.0);
        Self(bytes)
    }

    /// The 32 bytes, most significant first.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The upper half.
    pub fn p2p_id(&self) -> P2pId {
        P2pId(*self.0.first_chunk().unwrap_or(&[0; 16]))
    }

    /// The lower half.
    pub fn service_location(&self) -> ServiceLocation {
        ServiceLocation(*self.0.last_chunk().unwrap_or(&[0; 16]))
    }

    pub(crate) fn decode(r: &mut Reader<'_>, field: &'static str) -> Result<Self, DecodeError> {
        r.array(field).map(Self)
    }

    /// The same bytes, least significant first.
    #[must_use]
    pub(crate) fn reversed(&self) -> Self {
        Self(ByteOrder::LittleEndian.arrange(self.0))
    }

    /// Whether this is the ID that stands for "unknown".
    pub fn is_zero(&self) -> bool {
        *self == Self::ZERO
    }

    /// The next ID clockwise, modulo 2^256. MS-PNRP §3.2.4.1.
    #[must_use]
    pub fn successor(&self) -> Self {
        let mut bytes = self.0;
        for byte in bytes.iter_mut().rev() {
            let (sum, carried) = byte.overflowing_add(1);
            *byte = sum;
            if !carried {
                break;
            }
        }
        Self(bytes)
    }

    /// How many leading bits the two IDs have in common, 0 to 256.
    pub fn shared_bits(&self, other: &Self) -> u32 {
        let mut bits = 0;
        for (a, b) in self.0.iter().zip(&other.0) {
            let equal = (a ^ b).leading_zeros();
            bits += equal;
            if equal < 8 {
                break;
            }
        }
        bits
    }
}

impl fmt::Display for PnrpId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for PnrpId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PnrpId({self})")
    }
}

impl FromStr for PnrpId {
    type Err = PnrpIdParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(PnrpIdParseError);
        }
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = text
                .get(2 * index..2 * index + 2)
                .and_then(|pair| u8::from_str_radix(pair, 16).ok())
                .ok_or(PnrpIdParseError)?;
        }
        Ok(Self(bytes))
    }
}

/// Text that is not 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a PNRP ID is 64 hexadecimal digits")]
pub struct PnrpIdParseError;

/// The hash of a peer name: the upper half of a PNRP ID. MS-PNRP §1.3.1.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct P2pId(pub [u8; 16]);

impl P2pId {
    /// First 16 bytes of SHA-1(classifier hash, authority, classifier hash, "PNRP").
    /// MS-PNRP §3.1.4.4.1.
    pub fn derive(authority: &Authority, classifier: &ClassifierHash) -> Self {
        let hash = Sha1::new()
            .chain_update(classifier.0)
            .chain_update(authority.to_bytes())
            .chain_update(classifier.0)
            .chain_update(b"PNRP")
            .finalize();
        Self(*hash.first_chunk().unwrap_or(&[0; 16]))
    }
}

/// What tells two registrations of one name apart: the lower half of a PNRP ID.
/// MS-PNRP §1.3.1.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceLocation(pub [u8; 16]);

impl ServiceLocation {
    /// Joins prefix and suffix. MS-PNRP §3.1.4.4.1.
    pub fn new(prefix: u64, suffix: u64) -> Self {
        Self((u128::from(prefix) << 64 | u128::from(suffix)).to_be_bytes())
    }
}
