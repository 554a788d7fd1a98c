//! Keys for tests in which a signature is not the point.

use pnrp_identity::{SignError, SignatureMismatch, Signer, Verifier};
use pnrp_wire::{ByteOrder, PublicKey, Signature};

/// One of 128 keys that sign with a checksum of key and bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheapKey(pub u8);

/// Checks what a [`CheapKey`] signs.
#[derive(Clone, Copy, Debug)]
pub struct CheapVerifier;

impl Signer for CheapKey {
    fn public_key(&self) -> PublicKey {
        PublicKey::from_modulus(&[0x80 | self.0; 128]).expect("a modulus of 1024 bits")
    }

    fn sign(&self, bytes: &[u8]) -> Result<Signature, SignError> {
        Ok(checksum(&self.public_key(), bytes))
    }
}

impl Verifier for CheapVerifier {
    fn verify(
        &self,
        key: &PublicKey,
        bytes: &[u8],
        signature: &Signature,
    ) -> Result<ByteOrder, SignatureMismatch> {
        let expected = checksum(key, bytes);
        if *signature == expected {
            return Ok(ByteOrder::BigEndian);
        }
        (*signature == expected.reversed())
            .then_some(ByteOrder::LittleEndian)
            .ok_or(SignatureMismatch::NeitherOrder)
    }
}

/// FNV-1a over both, in the first eight bytes.
fn checksum(key: &PublicKey, bytes: &[u8]) -> Signature {
    let mut sum = 0xcbf2_9ce4_8422_2325_u64;
    for byte in key.0.iter().chain(bytes) {
        sum = (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let mut signature = [0; 128];
    signature[..8].copy_from_slice(&sum.to_be_bytes());
    Signature(signature)
}
