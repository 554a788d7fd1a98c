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
mod tests;
