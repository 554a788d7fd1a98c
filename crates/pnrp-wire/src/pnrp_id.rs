//! The 256-bit PNRP ID and its parts. MS-PNRP §1.3.1.2, §3.1.4.4.1.

use std::{cmp::Ordering, fmt, str::FromStr};

use sha1::{Digest, Sha1};
use thiserror::Error;

use crate::{Authority, ByteOrder, ClassifierHash, DecodeError, reader::Reader};

/// A point on the ring: P2P ID in the upper 128 bits, service location in the lower.
///
/// Ordered as the 256-bit number it is; the bytes are most significant first.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PnrpId([u8; 32]);

impl Ord for PnrpId {
    /// As numbers: most differ in the first of two comparisons.
    fn cmp(&self, other: &Self) -> Ordering {
        let halves = |id: &Self| {
            let (upper, lower) = (id.p2p_id().0, id.service_location().0);
            (u128::from_be_bytes(upper), u128::from_be_bytes(lower))
        };
        halves(self).cmp(&halves(other))
    }
}

impl PartialOrd for PnrpId {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClassifierEncoding, PeerName, fixtures::hex};

    /// R-1.3.1-03, R-3.1.4.4.1-04: computed from the formula with another SHA-1, not observed:
    /// `0.PnrpTest`.
    #[test]
    fn a_p2p_id_is_the_hash_of_authority_and_classifier() {
        let name: PeerName = "0.PnrpTest".parse().unwrap();
        let id = |encoding| {
            P2pId::derive(name.authority(), &name.classifier().hash_as(encoding))
                .0
                .to_vec()
        };

        assert_eq!(
            id(ClassifierEncoding::Utf16Le),
            hex("864ee2382bc38d7db1480c67b1379061")
        );
        assert_eq!(
            id(ClassifierEncoding::Utf16LeNul),
            hex("dcd30095e8a452a3d316f105090d2aff")
        );
        assert_eq!(
            name.p2p_id(&crate::Dialect::default()).0.to_vec(),
            id(ClassifierEncoding::Utf16Le)
        );
    }

    /// R-1.3.1-04, R-3.1.4.4.1-02, R-3.1.4.4.1-05
    #[test]
    fn an_id_is_its_two_halves() {
        let p2p_id = P2pId([0xAA; 16]);
        let location = ServiceLocation::new(0x0102_0304_0506_0708, 0x090a_0b0c_0d0e_0f10);

        let id = PnrpId::new(p2p_id, location);

        assert_eq!(
            id.to_string(),
            format!("{}0102030405060708090a0b0c0d0e0f10", "aa".repeat(16))
        );
        assert_eq!((id.p2p_id(), id.service_location()), (p2p_id, location));
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn the_successor_wraps_around() {
        let last = PnrpId::from_bytes([0xFF; 32]);
        let mut carried = [0; 32];
        carried[31] = 0xFF;

        assert_eq!(last.successor(), PnrpId::ZERO);
        assert_eq!(
            PnrpId::from_bytes(carried).successor().as_bytes()[30..],
            [1, 0]
        );
    }

    #[test]
    fn shared_bits_stop_at_the_first_difference() {
        let other = |index: usize, byte| {
            let mut bytes = [0; 32];
            bytes[index] = byte;
            PnrpId::from_bytes(bytes)
        };

        assert_eq!(PnrpId::ZERO.shared_bits(&PnrpId::ZERO), 256);
        assert_eq!(PnrpId::ZERO.shared_bits(&other(0, 0x80)), 0);
        assert_eq!(PnrpId::ZERO.shared_bits(&other(16, 0x01)), 135);
    }

    #[test]
    fn text_that_is_not_64_digits_is_refused() {
        for text in [
            "",
            "00",
            &"0".repeat(63),
            &"0".repeat(65),
            &"g".repeat(64),
            &"é".repeat(32),
        ] {
            assert_eq!(text.parse::<PnrpId>(), Err(PnrpIdParseError), "{text}");
        }
    }
}
