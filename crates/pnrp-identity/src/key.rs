//! The RSA key pair behind a peer's secure names. MS-PNRP §1.3.1.1, §2.2.3.1.4.
//!
//! Owns the only source of randomness in this crate, the operating system's generator, for new
//! keys and for the blinding of signatures. Private keys are overwritten when dropped and never
//! printed.

use std::{error, fmt};

use pnrp_wire::{Authority, PublicKey, Signature};
use rsa::{
    BigUint, Pkcs1v15Sign, RsaPrivateKey, RsaPublicKey,
    pkcs1::{DecodeRsaPublicKey, EncodeRsaPublicKey},
    pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding},
    rand_core::OsRng,
    traits::PublicKeyParts,
};
use sha1::{Digest, Sha1};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::signature::{SignError, Signer};

/// A key pair, and so the right to publish the names under its authority.
///
/// The key has 1,024 bits and the public exponent 65537, as MS-PNRP §2.2.3.1.4 fixes.
pub struct PeerIdentity {
    key: RsaPrivateKey,
    public_key: PublicKey,
}

impl PeerIdentity {
    /// Draws a new key, which takes from some milliseconds to a tenth of a second.
    ///
    /// # Errors
    /// When no key could be made.
    ///
    /// # Panics
    /// When the operating system's generator fails.
    pub fn generate() -> Result<Self, KeyError> {
        let key = RsaPrivateKey::new(&mut OsRng, KEY_BITS).map_err(KeyError::library)?;
        Self::from_key(key)
    }

    /// Reads what [`to_pkcs8_pem`](Self::to_pkcs8_pem) or another tool wrote.
    ///
    /// # Errors
    /// When the text is not an unencrypted PKCS#8 RSA key, its numbers contradict each other, or
    /// its size or exponent is not the one PNRP uses.
    pub fn from_pkcs8_pem(pem: &str) -> Result<Self, KeyError> {
        let key = RsaPrivateKey::from_pkcs8_pem(pem)
            .map_err(|error| KeyError::Malformed(Box::new(error)))?;
        Self::from_key(key)
    }

    /// The private key as PKCS#8 in PEM. Whoever holds it can publish under this authority.
    ///
    /// # Errors
    /// When the key cannot be encoded.
    pub fn to_pkcs8_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        self.key
            .to_pkcs8_pem(LineEnding::LF)
            .map_err(KeyError::library)
    }

    /// The authority of this peer's secure names. MS-PNRP §2.2.3.1.
    pub fn authority(&self) -> Authority {
        self.public_key.authority()
    }

    fn from_key(key: RsaPrivateKey) -> Result<Self, KeyError> {
        check_parameters(&key)?;
        let der = key
            .to_public_key()
            .to_pkcs1_der()
            .map_err(KeyError::library)?;
        let public_key = PublicKey(der.as_bytes().try_into().map_err(KeyError::library)?);
        Ok(Self { key, public_key })
    }
}

impl Signer for PeerIdentity {
    fn public_key(&self) -> PublicKey {
        self.public_key
    }

    /// Signs with blinding, which hides from a timing observer how the private key is used.
    fn sign(&self, bytes: &[u8]) -> Result<Signature, SignError> {
        let scheme = Pkcs1v15Sign::new::<Sha1>();
        let signature = self
            .key
            .sign_with_rng(&mut OsRng, scheme, &Sha1::digest(bytes))
            .map_err(|error| SignError::Key(Box::new(error)))?;
        let signature = signature.as_slice().try_into();
        signature
            .map(Signature)
            .map_err(|error| SignError::Key(Box::new(error)))
    }
}

impl fmt::Debug for PeerIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PeerIdentity(")?;
        self.authority()
            .to_bytes()
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// Reads a public key that a peer sent.
pub(crate) fn decode_public_key(key: &PublicKey) -> Result<RsaPublicKey, KeyError> {
    let key = RsaPublicKey::from_pkcs1_der(&key.0)
        .map_err(|error| KeyError::Malformed(Box::new(error)))?;
    check_parameters(&key)?;
    Ok(key)
}

/// MS-PNRP §2.2.3.1.4.
fn check_parameters(key: &impl PublicKeyParts) -> Result<(), KeyError> {
    let bits = key.n().bits();
    if bits != KEY_BITS {
        return Err(KeyError::Size { bits });
    }
    if *key.e() != BigUint::from(PUBLIC_EXPONENT) {
        return Err(KeyError::Exponent {
            exponent: key.e().to_string(),
        });
    }
    Ok(())
}

/// Why a key cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The bytes are no RSA key of the expected form, or an inconsistent one.
    #[error("not a usable RSA key")]
    Malformed(#[source] Box<dyn error::Error + Send + Sync>),
    /// The modulus is longer or shorter than PNRP's.
    #[error("the RSA key has {bits} bits, and PNRP uses {KEY_BITS}")]
    Size {
        /// Bits of its modulus.
        bits: usize,
    },
    /// The public exponent is not PNRP's.
    #[error("the RSA key has the public exponent {exponent}, and PNRP uses {PUBLIC_EXPONENT}")]
    Exponent {
        /// Its exponent, in decimal.
        exponent: String,
    },
    /// The key could not be made or written.
    #[error("the RSA library failed")]
    Library(#[source] Box<dyn error::Error + Send + Sync>),
}

impl KeyError {
    fn library(error: impl error::Error + Send + Sync + 'static) -> Self {
        Self::Library(Box::new(error))
    }
}

const KEY_BITS: usize = 1_024;
const PUBLIC_EXPONENT: u32 = 65_537;

#[cfg(test)]
mod tests {
    use rsa::rand_core::OsRng;

    use super::*;
    use crate::{
        RsaVerifier, Verifier,
        fixture::{AUTHORITY, KEY_PEM},
    };

    #[test]
    fn the_authority_is_the_hash_of_the_140_byte_public_key() {
        let identity = PeerIdentity::from_pkcs8_pem(KEY_PEM).unwrap();

        assert_eq!(identity.authority(), Authority::Secure(AUTHORITY));
        assert_eq!(
            identity.public_key().0[..7],
            [0x30, 0x81, 0x89, 0x02, 0x81, 0x81, 0x00]
        );
        assert_eq!(
            identity.public_key().0[135..],
            [0x02, 0x03, 0x01, 0x00, 0x01]
        );
    }

    #[test]
    fn a_generated_key_survives_pem_and_signs() {
        let identity = PeerIdentity::generate().unwrap();

        let again = PeerIdentity::from_pkcs8_pem(&identity.to_pkcs8_pem().unwrap()).unwrap();

        let signature = again.sign(b"bytes").unwrap();
        assert!(
            RsaVerifier
                .verify(&identity.public_key(), b"bytes", &signature)
                .is_ok()
        );
    }

    #[test]
    fn debug_shows_the_authority_and_no_key_material() {
        let identity = PeerIdentity::from_pkcs8_pem(KEY_PEM).unwrap();

        let hex: String = AUTHORITY.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(format!("{identity:?}"), format!("PeerIdentity({hex})"));
    }

    #[test]
    fn a_key_of_another_size_is_refused_by_name() {
        let key = RsaPrivateKey::new(&mut OsRng, 512).unwrap();

        let refused = PeerIdentity::from_pkcs8_pem(&key.to_pkcs8_pem(LineEnding::LF).unwrap());

        let message = refused.unwrap_err().to_string();
        assert_eq!(message, "the RSA key has 512 bits, and PNRP uses 1024");
    }

    #[test]
    fn a_key_with_another_exponent_is_refused_by_name() {
        let key = RsaPrivateKey::new_with_exp(&mut OsRng, 1_024, &BigUint::from(3_u32)).unwrap();

        let refused = PeerIdentity::from_pkcs8_pem(&key.to_pkcs8_pem(LineEnding::LF).unwrap());

        let message = refused.unwrap_err().to_string();
        assert_eq!(
            message,
            "the RSA key has the public exponent 3, and PNRP uses 65537"
        );
    }

    #[test]
    fn a_changed_character_never_yields_another_identity() {
        let original = PeerIdentity::from_pkcs8_pem(KEY_PEM).unwrap();
        for index in 0..KEY_PEM.len() {
            let mut bytes = KEY_PEM.as_bytes().to_vec();
            bytes[index] = if bytes[index] == b'A' { b'B' } else { b'A' };
            let damaged = String::from_utf8(bytes).unwrap();

            if let Ok(read) = PeerIdentity::from_pkcs8_pem(&damaged) {
                assert_eq!(read.authority(), original.authority(), "character {index}");
            }
        }
    }
}
