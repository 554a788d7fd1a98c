//! RSASSA-PKCS1-v1_5 over SHA-1, behind two traits. MS-PNRP §3.2.5.9, §3.1.5.9.
//!
//! The protocol needs someone who signs and someone who verifies, and not to know how: a
//! simulation of thousands of nodes passes a cheap stand-in, and the RSA library can be replaced
//! without a change above this crate.

use std::{error, fmt};

use pnrp_wire::{ByteOrder, InvalidValue, PublicKey, Signature};
use rsa::Pkcs1v15Sign;
use sha1::{Digest, Sha1};
use thiserror::Error;

use crate::{binding_key::BindingKey, key::decode_public_key};

/// Whoever can sign as one peer.
pub trait Signer: fmt::Debug + Send + Sync {
    /// The key that verifies what this signer signs.
    fn public_key(&self) -> PublicKey;

    /// Signs bytes; the result is in the order of RFC 8017. MS-PNRP §3.2.5.9.
    ///
    /// # Errors
    /// When the key cannot be used.
    fn sign(&self, bytes: &[u8]) -> Result<Signature, SignError>;

    /// The key of the stronger binding, for whoever has one.
    fn binding_key(&self) -> Option<&BindingKey> {
        None
    }
}

/// Whoever can check signatures.
pub trait Verifier: fmt::Debug + Send + Sync {
    /// Checks a received signature, as it was received and then with its bytes reversed, and
    /// says which of the two fitted. MS-PNRP §3.1.5.9.
    ///
    /// The specification names RFC 8017, whose order is [`ByteOrder::BigEndian`]; the usual
    /// library on Windows makes the other.
    ///
    /// # Errors
    /// When neither fits, or the key is none.
    fn verify(
        &self,
        key: &PublicKey,
        bytes: &[u8],
        signature: &Signature,
    ) -> Result<ByteOrder, SignatureMismatch>;
}

/// Checks RSA signatures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RsaVerifier;

impl Verifier for RsaVerifier {
    fn verify(
        &self,
        key: &PublicKey,
        bytes: &[u8],
        signature: &Signature,
    ) -> Result<ByteOrder, SignatureMismatch> {
        let key = decode_public_key(key).map_err(|_| SignatureMismatch::UnusableKey)?;
        let hash = Sha1::digest(bytes);
        let fits = |data: &[u8]| key.verify(Pkcs1v15Sign::new::<Sha1>(), &hash, data).is_ok();
        let mut data = signature.0;
        if fits(&data) {
            return Ok(ByteOrder::BigEndian);
        }
        data.reverse();
        if fits(&data) {
            return Ok(ByteOrder::LittleEndian);
        }
        Err(SignatureMismatch::NeitherOrder)
    }
}

/// Why a signature proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SignatureMismatch {
    /// The public key is not an RSA key of the size and exponent PNRP uses.
    #[error("the public key is not an RSA key of 1024 bits with exponent 65537")]
    UnusableKey,
    /// The key did not sign these bytes.
    #[error("the signature fits in neither byte order")]
    NeitherOrder,
}

/// Why nothing was signed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SignError {
    /// The key failed.
    #[error("the private key cannot sign")]
    Key(#[source] Box<dyn error::Error + Send + Sync>),
    /// The statements name another key than the signer's.
    #[error("the public key in the CPA is not the signer's")]
    OtherKey,
    /// A stronger binding is wanted, and the signer has no key for it.
    #[error("the identity has no binding key")]
    NoBindingKey,
    /// The statements cannot be encoded.
    #[error("the statements cannot be encoded")]
    Inexpressible(#[from] InvalidValue),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::identity;

    #[test]
    fn a_signature_fits_in_the_order_of_rfc_8017() {
        let signature = identity().sign(b"bytes").unwrap();

        assert_eq!(verify(b"bytes", &signature), Ok(ByteOrder::BigEndian));
    }

    #[test]
    fn a_reversed_signature_fits_in_the_other_order() {
        let mut signature = identity().sign(b"bytes").unwrap();
        signature.0.reverse();

        assert_eq!(verify(b"bytes", &signature), Ok(ByteOrder::LittleEndian));
    }

    #[test]
    fn blinding_does_not_show_in_the_signature() {
        let (first, second) = (identity().sign(b"bytes"), identity().sign(b"bytes"));

        assert_eq!(first.unwrap(), second.unwrap());
    }

    #[test]
    fn a_signature_over_other_bytes_does_not_fit() {
        let signature = identity().sign(b"bytes").unwrap();

        assert_eq!(
            verify(b"other", &signature),
            Err(SignatureMismatch::NeitherOrder)
        );
    }

    #[test]
    fn extreme_signatures_do_not_fit() {
        for byte in [0x00, 0x01, 0xff] {
            let signature = Signature([byte; 128]);
            assert_eq!(
                verify(b"bytes", &signature),
                Err(SignatureMismatch::NeitherOrder)
            );
        }
    }

    #[test]
    fn a_key_that_is_no_key_is_told_from_a_bad_signature() {
        let signature = identity().sign(b"bytes").unwrap();
        for key in [PublicKey([0; 140]), PublicKey([0xff; 140])] {
            let outcome = RsaVerifier.verify(&key, b"bytes", &signature);
            assert_eq!(outcome, Err(SignatureMismatch::UnusableKey));
        }
    }

    /// MS-PNRP §2.2.3.1.4: a 140-byte key may still hide another size or exponent.
    #[test]
    fn a_key_with_another_exponent_is_unusable() {
        let signature = identity().sign(b"bytes").unwrap();
        let mut key = identity().public_key();
        key.0[139] = 0x03;

        let outcome = RsaVerifier.verify(&key, b"bytes", &signature);

        assert_eq!(outcome, Err(SignatureMismatch::UnusableKey));
    }

    fn verify(bytes: &[u8], signature: &Signature) -> Result<ByteOrder, SignatureMismatch> {
        RsaVerifier.verify(&identity().public_key(), bytes, signature)
    }
}
