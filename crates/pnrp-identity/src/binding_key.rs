//! The Ed25519 key pair beside an identity's RSA key.
//!
//! PNRP fixes RSA with 1,024 bits, which a well-funded attacker has to be assumed able to factor.
//! The binding key is drawn on its own, never derived from the RSA key, so that whoever factors
//! the one does not hold the other. What it signs is the application's affair; PNRP does not know
//! it.

use std::{fmt, str::FromStr};

use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey, pkcs8::KeypairBytes};
use pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding, SecretDocument};
use rsa::rand_core::OsRng;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::key::KeyError;

/// An Ed25519 key pair, which is overwritten when dropped and never printed.
pub struct BindingKey(SigningKey);

impl BindingKey {
    /// Draws a new key.
    ///
    /// # Panics
    /// When the operating system's generator fails.
    pub fn generate() -> Self {
        Self(SigningKey::generate(&mut OsRng))
    }

    /// Reads what [`to_pkcs8_pem`](Self::to_pkcs8_pem) or another tool wrote, with the public key
    /// inside (RFC 5958) or without (RFC 5208).
    ///
    /// # Errors
    /// When the text is not an unencrypted PKCS#8 Ed25519 key, or its two halves do not belong
    /// together.
    pub fn from_pkcs8_pem(pem: &str) -> Result<Self, KeyError> {
        SigningKey::from_pkcs8_pem(pem)
            .map(Self)
            .map_err(KeyError::binding)
    }

    /// The private key as PKCS#8 in PEM, without the public key: OpenSSL 3.0 reads no other form.
    ///
    /// # Errors
    /// When the key cannot be encoded.
    pub fn to_pkcs8_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        self.without_public_key()
            .to_pkcs8_pem(LineEnding::LF)
            .map_err(KeyError::library)
    }

    /// What others verify its signatures with.
    pub fn public(&self) -> BindingPublicKey {
        BindingPublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs by RFC 8032, without randomness: the same bytes give the same signature.
    pub fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        self.0.sign(bytes).to_bytes()
    }

    pub(crate) fn from_pkcs8_der(der: &[u8]) -> Result<Self, KeyError> {
        SigningKey::from_pkcs8_der(der)
            .map(Self)
            .map_err(KeyError::binding)
    }

    pub(crate) fn to_pkcs8_der(&self) -> Result<SecretDocument, KeyError> {
        self.without_public_key()
            .to_pkcs8_der()
            .map_err(KeyError::library)
    }

    fn without_public_key(&self) -> KeypairBytes {
        KeypairBytes {
            secret_key: self.0.to_bytes(),
            public_key: None,
        }
    }
}

impl fmt::Debug for BindingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BindingKey({})", self.public())
    }
}

/// The public half of a [`BindingKey`]: 32 bytes, as RFC 8032 has them. Not all are a key: what is
/// none verifies nothing.
///
/// As text, 64 hexadecimal digits; upper-case ones are read too.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BindingPublicKey(pub [u8; 32]);

impl BindingPublicKey {
    /// Whether the holder of the key signed these bytes.
    ///
    /// Strict: a key or signature that fits more than one message or has more than one form is
    /// refused.
    #[must_use]
    pub fn verify(&self, bytes: &[u8], signature: &[u8; 64]) -> bool {
        let signature = Signature::from_bytes(signature);
        VerifyingKey::from_bytes(&self.0)
            .is_ok_and(|key| key.verify_strict(bytes, &signature).is_ok())
    }
}

impl fmt::Display for BindingPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for BindingPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BindingPublicKey({self})")
    }
}

impl FromStr for BindingPublicKey {
    type Err = BindingPublicKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(character) = text.chars().find(|c| !c.is_ascii_hexdigit()) {
            return Err(BindingPublicKeyError::Character(character));
        }
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return Err(BindingPublicKeyError::Length(digits.len()));
        }
        let mut key = [0; 32];
        for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = pair.iter().fold(0, |value, &d| value << 4 | hex_value(d));
        }
        Ok(Self(key))
    }
}

/// Why a text is no binding key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BindingPublicKeyError {
    /// A character is no hexadecimal digit.
    #[error("{0:?} is not a hexadecimal digit")]
    Character(char),
    /// There are more or fewer digits.
    #[error("a binding key has 64 hexadecimal digits, and there are {0}")]
    Length(usize),
}

/// The value of a hexadecimal digit.
fn hex_value(digit: u8) -> u8 {
    match digit.to_ascii_lowercase() {
        letter @ b'a'..=b'f' => letter - b'a' + 10,
        other => other.saturating_sub(b'0'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032, section 7.1, the second test.
    #[test]
    fn a_signature_is_the_one_of_the_standard() {
        let mut seed = [0; 32];
        seed.copy_from_slice(&bytes(
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        ));
        let key = BindingKey(SigningKey::from_bytes(&seed));

        let signature = key.sign(&[0x72]);

        assert_eq!(
            key.public().to_string(),
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
        );
        assert_eq!(
            signature[..],
            bytes(
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
                 085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
            )
        );
        assert!(key.public().verify(&[0x72], &signature));
    }

    #[test]
    fn a_change_to_any_byte_is_noticed() {
        let key = BindingKey::generate();
        let (message, signature) = (b"message".to_vec(), key.sign(b"message"));

        for index in 0..64 {
            let mut changed = signature;
            changed[index] ^= 1;
            assert!(!key.public().verify(&message, &changed));
        }
        for index in 0..message.len() {
            let mut changed = message.clone();
            changed[index] ^= 1;
            assert!(!key.public().verify(&changed, &signature));
        }
        for index in 0..32 {
            let mut changed = key.public();
            changed.0[index] ^= 1;
            assert!(!changed.verify(&message, &signature));
        }
    }

    /// With the neutral element as key and commitment, the equation holds for every message.
    #[test]
    fn a_key_that_verifies_everything_is_refused() {
        let neutral = BindingPublicKey(std::array::from_fn(|index| u8::from(index == 0)));
        let mut signature = [0; 64];
        signature[0] = 1;

        assert!(!neutral.verify(b"anything", &signature));
    }

    #[test]
    fn public_keys_survive_text_in_either_case() {
        let key = BindingKey::generate().public();

        let text = key.to_string();

        assert_eq!(text.parse(), Ok(key));
        assert_eq!(text.to_uppercase().parse(), Ok(key));
        assert_eq!(
            text[1..].parse::<BindingPublicKey>(),
            Err(BindingPublicKeyError::Length(63))
        );
        assert_eq!(
            format!("{text}g").parse::<BindingPublicKey>(),
            Err(BindingPublicKeyError::Character('g'))
        );
    }

    /// R-5.1-01: keys are not logged.
    #[test]
    fn debug_shows_the_public_key_alone() {
        let key = BindingKey::generate();

        assert_eq!(format!("{key:?}"), format!("BindingKey({})", key.public()));
    }

    #[test]
    fn keys_of_other_kinds_are_refused() {
        assert!(BindingKey::from_pkcs8_pem(crate::fixture::KEY_PEM).is_err());
        assert!(BindingKey::from_pkcs8_pem("").is_err());
    }

    fn bytes(hex: &str) -> Vec<u8> {
        hex.as_bytes()
            .chunks(2)
            .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect()
    }
}
