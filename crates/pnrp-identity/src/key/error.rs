//! What can be wrong with a key.

use std::error;

use thiserror::Error;

use super::{KEY_BITS, PUBLIC_EXPONENT};

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
    /// The text has no `BEGIN` line.
    #[error("the text holds no key in PEM")]
    NoBlock,
    /// The last block has no `END` line.
    #[error("the text ends in the middle of a key")]
    NoEnd,
    /// Between the keys, or after them, stands something else.
    #[error("line {line} is neither in a key nor empty")]
    Junk {
        /// Which line, from 1.
        line: usize,
    },
    /// A block is not an unencrypted PKCS#8 key.
    #[error("the text holds {label:?} in PEM, and a PRIVATE KEY is needed")]
    Label {
        /// What it says to be.
        label: String,
    },
    /// A key is for another algorithm than RSA and Ed25519.
    #[error("the key's algorithm is {oid}, neither RSA nor Ed25519")]
    Algorithm {
        /// The algorithm's object identifier.
        oid: String,
    },
    /// There are keys, and no RSA key.
    #[error("the text holds no RSA key")]
    NoRsaKey,
    /// There are two RSA keys, and so two identities.
    #[error("the text holds a second RSA key")]
    SecondRsaKey,
    /// The bytes are no Ed25519 key, or its two halves do not belong together.
    #[error("not a usable Ed25519 key")]
    BindingKey(#[source] Box<dyn error::Error + Send + Sync>),
    /// There are two Ed25519 keys.
    #[error("the text holds a second Ed25519 key")]
    SecondBindingKey,
    /// The Ed25519 key is missing, or another than was written.
    #[error("the text was written with the binding key {announced}, and does not hold it")]
    OtherBindingKey {
        /// What the remark before the keys says.
        announced: String,
    },
    /// The key could not be made or written.
    #[error("the RSA library failed")]
    Library(#[source] Box<dyn error::Error + Send + Sync>),
}

impl KeyError {
    pub(crate) fn library(error: impl error::Error + Send + Sync + 'static) -> Self {
        Self::Library(Box::new(error))
    }

    pub(crate) fn binding(error: impl error::Error + Send + Sync + 'static) -> Self {
        Self::BindingKey(Box::new(error))
    }

    pub(super) fn malformed(error: impl error::Error + Send + Sync + 'static) -> Self {
        Self::Malformed(Box::new(error))
    }
}
