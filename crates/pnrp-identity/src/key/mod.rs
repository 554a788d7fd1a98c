//! The keys of a peer: the RSA key pair behind its secure names, and an Ed25519 key pair beside it.
//! MS-PNRP §1.3.1.1, §2.2.3.1.4.
//!
//! New keys and the blinding of signatures take their randomness from the operating system's
//! generator. Private keys are overwritten when dropped and never printed.
//!
//! Not everything can be wiped: the RSA library computes with numbers that it leaves in freed
//! memory, and the system may have written any page to its swap.

mod error;
mod text;

use std::fmt;

use pkcs8::{PrivateKeyInfo, SecretDocument, der::pem::PemLabel};
use pnrp_wire::{Authority, PublicKey, Signature};
use rsa::{
    BigUint, Pkcs1v15Sign, RsaPrivateKey, RsaPublicKey,
    pkcs1::{DecodeRsaPublicKey, EncodeRsaPublicKey},
    pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding, ObjectIdentifier},
    rand_core::OsRng,
    traits::PublicKeyParts,
};
use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

pub use self::error::KeyError;
pub(crate) use self::text::Text;
use crate::{
    binding_key::BindingKey,
    signature::{SignError, Signer},
};

/// A key pair, and so the right to publish the names under its authority.
///
/// The key has 1,024 bits and the public exponent 65537, as MS-PNRP §2.2.3.1.4 fixes. Beside it
/// there may be a [`BindingKey`], which PNRP does not know.
pub struct PeerIdentity {
    key: RsaPrivateKey,
    public_key: PublicKey,
    binding_key: Option<BindingKey>,
}

impl PeerIdentity {
    /// Draws new keys, RSA and Ed25519, which takes from some milliseconds to a tenth of a second.
    ///
    /// # Errors
    /// When no key could be made.
    ///
    /// # Panics
    /// When the operating system's generator fails.
    pub fn generate() -> Result<Self, KeyError> {
        let key = RsaPrivateKey::new(&mut OsRng, KEY_BITS).map_err(KeyError::library)?;
        Ok(Self::from_key(key)?.with_binding_key(BindingKey::generate()))
    }

    /// Reads what [`to_pkcs8_pem`](Self::to_pkcs8_pem) or another tool wrote: an RSA key, and an
    /// Ed25519 key or none. Remarks before the first key are passed over.
    ///
    /// # Errors
    /// When a key is encrypted, damaged, there twice or for another algorithm, something else
    /// stands between the keys or after them, the binding key that a remark announces is not
    /// there, or the RSA key's size or exponent is not the one PNRP uses.
    pub fn from_pkcs8_pem(pem: &str) -> Result<Self, KeyError> {
        let text = Text::split(pem)?;
        let mut documents = Vec::with_capacity(text.blocks.len());
        for block in &text.blocks {
            if block.label != PrivateKeyInfo::PEM_LABEL {
                return Err(KeyError::Label {
                    label: block.label.to_owned(),
                });
            }
            let (_, document) = SecretDocument::from_pem(block.pem)
                .map_err(|error| damaged(!documents.is_empty(), error))?;
            documents.push(document);
        }
        let documents = documents.iter().map(SecretDocument::as_bytes);
        Self::from_documents(documents, text.remark(BINDING_KEY))
    }

    /// The private keys as PKCS#8 in PEM, RSA first. Whoever holds them can publish under this
    /// authority.
    ///
    /// A remark before them tells the public binding key, so that a file that lost or changed the
    /// private one is noticed.
    ///
    /// # Errors
    /// When a key cannot be encoded.
    pub fn to_pkcs8_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        let keys = self.to_documents()?;
        let keys = keys
            .iter()
            .map(|key| key.to_pem(PrivateKeyInfo::PEM_LABEL, LineEnding::LF))
            .collect::<Result<Vec<_>, _>>()
            .map_err(KeyError::library)?;
        Ok(join(&self.remark(), &keys))
    }

    /// The authority of this peer's secure names. MS-PNRP §2.2.3.1.
    pub fn authority(&self) -> Authority {
        self.public_key.authority()
    }

    /// The Ed25519 key, unless the identity was made without.
    pub fn binding_key(&self) -> Option<&BindingKey> {
        self.binding_key.as_ref()
    }

    /// Puts a binding key in the place of the one there may be.
    #[must_use]
    pub fn with_binding_key(mut self, binding_key: BindingKey) -> Self {
        self.binding_key = Some(binding_key);
        self
    }

    /// Reads keys in PKCS#8, and compares the binding key with the one that a remark announces.
    pub(crate) fn from_documents<'a>(
        documents: impl Iterator<Item = &'a [u8]>,
        announced: Option<&str>,
    ) -> Result<Self, KeyError> {
        let (mut rsa, mut binding) = (None, None);
        for der in documents {
            let info =
                PrivateKeyInfo::try_from(der).map_err(|error| damaged(rsa.is_some(), error))?;
            match info.algorithm.oid {
                rsa::pkcs1::ALGORITHM_OID if rsa.is_some() => return Err(KeyError::SecondRsaKey),
                rsa::pkcs1::ALGORITHM_OID => rsa = Some(Self::from_pkcs8_der(der)?),
                ED25519 if binding.is_some() => return Err(KeyError::SecondBindingKey),
                ED25519 => binding = Some(BindingKey::from_pkcs8_der(der)?),
                oid => {
                    return Err(KeyError::Algorithm {
                        oid: oid.to_string(),
                    });
                }
            }
        }
        let found = binding.as_ref().map(|key| key.public().to_string());
        if let Some(announced) = announced
            && found.as_deref() != Some(announced)
        {
            return Err(KeyError::OtherBindingKey {
                announced: announced.to_owned(),
            });
        }
        let mut identity = rsa.ok_or(KeyError::NoRsaKey)?;
        identity.binding_key = binding;
        Ok(identity)
    }

    /// The keys in PKCS#8, RSA first.
    pub(crate) fn to_documents(&self) -> Result<Vec<SecretDocument>, KeyError> {
        let rsa = self.to_rsa_document()?;
        let binding = self.binding_key.as_ref().map(BindingKey::to_pkcs8_der);
        [Some(Ok(rsa)), binding].into_iter().flatten().collect()
    }

    /// The RSA key in PKCS#8.
    pub(crate) fn to_rsa_document(&self) -> Result<SecretDocument, KeyError> {
        self.key.to_pkcs8_der().map_err(KeyError::library)
    }

    /// What is written before the keys.
    pub(crate) fn remark(&self) -> String {
        let binding_key = self.binding_key.as_ref();
        binding_key.map_or_else(String::new, |key| {
            format!("{BINDING_KEY}: {}\n", key.public())
        })
    }

    /// Reads an RSA key alone.
    pub(crate) fn from_pkcs8_der(der: &[u8]) -> Result<Self, KeyError> {
        Self::from_key(RsaPrivateKey::from_pkcs8_der(der).map_err(KeyError::malformed)?)
    }

    fn from_key(key: RsaPrivateKey) -> Result<Self, KeyError> {
        check_parameters(&key)?;
        let der = key
            .to_public_key()
            .to_pkcs1_der()
            .map_err(KeyError::library)?;
        let public_key = PublicKey(der.as_bytes().try_into().map_err(KeyError::library)?);
        Ok(Self {
            key,
            public_key,
            binding_key: None,
        })
    }
}

impl Signer for PeerIdentity {
    fn public_key(&self) -> PublicKey {
        self.public_key
    }

    fn binding_key(&self) -> Option<&BindingKey> {
        self.binding_key.as_ref()
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

/// Texts one after the other.
fn join(remark: &str, parts: &[Zeroizing<String>]) -> Zeroizing<String> {
    let length = parts.iter().map(|part| part.len()).sum::<usize>() + remark.len();
    // The room is reserved at once, so that no outgrown buffer keeps a copy of a key.
    let mut text = Zeroizing::new(String::with_capacity(length));
    text.push_str(remark);
    for part in parts {
        text.push_str(part);
    }
    text
}

/// What cannot be read at all is taken for the key that is due: RSA, then Ed25519.
fn damaged(after_rsa: bool, error: impl std::error::Error + Send + Sync + 'static) -> KeyError {
    if after_rsa {
        KeyError::binding(error)
    } else {
        KeyError::malformed(error)
    }
}

/// Reads a public key that a peer sent.
pub(crate) fn decode_public_key(key: &PublicKey) -> Result<RsaPublicKey, KeyError> {
    let key = RsaPublicKey::from_pkcs1_der(&key.0).map_err(KeyError::malformed)?;
    check_parameters(&key)?;
    Ok(key)
}

/// MS-PNRP §2.2.3.1.4.
pub(crate) fn check_parameters(key: &impl PublicKeyParts) -> Result<(), KeyError> {
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

const KEY_BITS: usize = 1_024;
const PUBLIC_EXPONENT: u32 = 65_537;
/// RFC 8410.
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// Before the public binding key, among the remarks.
pub(crate) const BINDING_KEY: &str = "bindingKey";

#[cfg(test)]
mod tests;
