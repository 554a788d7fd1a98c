//! Nonce and HashedNonce. MS-PNRP §2.2.2.1, §2.2.2.3.

use sha1::{Digest, Sha1};

use crate::{DecodeError, reader::Reader};

/// Sixteen random bytes that tie an answer to its question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nonce(pub [u8; 16]);

impl Nonce {
    /// What stands for a nonce that was not supplied. MS-PNRP §3.2.5.6.
    pub const ZERO: Self = Self([0; 16]);

    /// SHA-1 of the nonce. MS-PNRP §3.1.4.3.
    pub fn hashed(&self) -> HashedNonce {
        HashedNonce(Sha1::digest(self.0).into())
    }

    pub(crate) fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        r.array("Nonce").map(Self)
    }
}

/// SHA-1 of a conversation's nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HashedNonce(pub [u8; 20]);

impl HashedNonce {
    pub(crate) fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        r.array("HashedNonce").map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{counting, hex};

    /// R-2.2.2.3-01: the nonce of a REQUEST is what the SOLICIT carried the hash of.
    ///
    /// Computed with another SHA-1: of the bytes 10, 11, ... 1f.
    #[test]
    fn the_hash_is_sha_1() {
        let nonce = Nonce(counting(0x10));

        let hash = nonce.hashed();

        assert_eq!(
            hash.0.as_slice(),
            hex("ca148d05e875bcb8cce4fd2c2c720bfd2e64753b")
        );
    }
}
