//! What can go wrong when an identity leaves or enters.

use std::error;

use pkcs8::ObjectIdentifier;
use pnrp_wire::{Authority, PeerName, PeerNameError};
use thiserror::Error;

use super::{MAX_IMPORT, work::MAX_MEMORY};
use crate::key::KeyError;

/// Why an identity could not be exported.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExportError {
    /// A key could not be written.
    #[error("the keys cannot be written")]
    Key(#[from] KeyError),
    /// Nothing would protect the key.
    #[error("the password is empty")]
    EmptyPassword,
    /// The name belongs to another identity.
    #[error("the name {name} is under another authority than the key, {authority}")]
    NameOfAnotherKey {
        /// The name.
        name: PeerName,
        /// The key's authority.
        authority: Authority,
    },
    /// The name has characters that XML cannot hold: control characters or half a surrogate pair.
    #[error("the name {0} has a character that XML cannot hold")]
    NameNotXml(PeerName),
    /// The bytes are no X.509 certificate.
    #[error("the certificate is malformed")]
    MalformedCertificate(#[source] Box<dyn error::Error + Send + Sync>),
    /// The certificate is for another key.
    #[error("the certificate is for another key")]
    CertificateOfAnotherKey,
    /// A cipher refused.
    #[error("the keys cannot be encrypted")]
    Encryption(#[source] Box<dyn error::Error + Send + Sync>),
}

/// Why an identity could not be imported.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The text is longer than any export.
    #[error("the text has {length} bytes, and {MAX_IMPORT} is the most")]
    TooLarge {
        /// Its length in bytes.
        length: usize,
    },
    /// The text is in none of the forms that can be read.
    #[error("the text is neither an identity that Windows exported nor a key in PEM")]
    UnknownForm,
    /// The keys are there for everyone to read, which has to be asked for:
    /// [`import_unencrypted`](super::import_unencrypted).
    #[error("the keys are not encrypted")]
    NotEncrypted,
    /// The keys are encrypted, and were expected not to be.
    #[error("the keys are encrypted")]
    Encrypted,
    /// A text or a key in it cannot be used.
    #[error("the keys cannot be used")]
    Key(#[from] KeyError),
    /// The text begins as XML and is none.
    #[error("the text is not XML")]
    Xml(#[source] Box<dyn error::Error + Send + Sync>),
    /// The XML is something else.
    #[error("the XML is a {found:?}, and a PEERIDENTITYEXPORT is needed")]
    NotAnExport {
        /// The name of its outermost element.
        found: String,
    },
    /// The export is of a version that is not known.
    #[error("the export has the version {0:?}, and 1.0 is known")]
    Version(String),
    /// The XML lacks an element.
    #[error("the export has no element {0}")]
    MissingElement(&'static str),
    /// The XML has an element twice.
    #[error("the export has more than one element {0}")]
    RepeatedElement(&'static str),
    /// An element holds more than text: a comment or another element.
    #[error("the element {0} of the export holds more than text")]
    NotText(&'static str),
    /// The key's element is not base64.
    #[error("the key in the export is not base64")]
    Base64,
    /// The PKCS#12 ends before its end.
    #[error("the PKCS#12 in the export is cut off: {found} of {expected} bytes")]
    Truncated {
        /// Bytes that there are.
        found: usize,
        /// Bytes that there should be.
        expected: usize,
    },
    /// The bytes are no PKCS#12, or one with an error in it.
    #[error("the PKCS#12 in the export is malformed")]
    Malformed(#[source] Box<dyn error::Error + Send + Sync>),
    /// Nothing shows whether the PKCS#12 was changed.
    #[error("the PKCS#12 in the export has no MAC")]
    NoMac,
    /// The PKCS#12 or the key is protected in a way that is not known.
    #[error("{what} {oid} is not known")]
    Unsupported {
        /// What it is.
        what: &'static str,
        /// Its object identifier, in dotted decimal.
        oid: String,
    },
    /// The parameters would cost more time than any export does.
    #[error("the work to derive the key exceeds what any export needs")]
    TooMuchWork,
    /// The parameters would take more memory than any export does.
    #[error("deriving the key takes more than {} MiB of memory", MAX_MEMORY >> 20)]
    TooMuchMemory,
    /// The password is wrong; or, where nothing tells one from the other, the text is damaged.
    #[error("the password is wrong, or the text is damaged")]
    WrongPassword,
    /// The PKCS#12 holds no private key.
    #[error("the export holds no private key")]
    NoKey,
    /// The PKCS#12 holds several private keys.
    #[error("the export holds more than one private key")]
    SeveralKeys,
    /// The private key in the PKCS#12 is not RSA.
    #[error("the private key in the export is for the algorithm {0}, and RSA is needed")]
    ForeignKey(String),
    /// The name in the export is no peer name.
    #[error("the name in the export is no peer name")]
    Name(#[source] PeerNameError),
    /// The export says to be of another identity than its key: somebody changed it.
    #[error("the export is of {named}, and its key of {found}")]
    NameOfAnotherKey {
        /// Whom it says to be of.
        named: Authority,
        /// Whose key it holds.
        found: Authority,
    },
    /// The PKCS#12 has a certificate that cannot be read.
    #[error("a certificate in the export is malformed")]
    MalformedCertificate(#[source] Box<dyn error::Error + Send + Sync>),
    /// The PKCS#12 has certificates, and none is for its key.
    #[error("no certificate in the export is for its key")]
    CertificateOfAnotherKey,
}

impl ExportError {
    pub(super) fn encryption(error: impl error::Error + Send + Sync + 'static) -> Self {
        Self::Encryption(Box::new(error))
    }
}

impl ImportError {
    pub(super) fn malformed(error: impl error::Error + Send + Sync + 'static) -> Self {
        Self::Malformed(Box::new(error))
    }

    pub(super) fn unsupported(what: &'static str, oid: ObjectIdentifier) -> Self {
        Self::Unsupported {
            what,
            oid: oid.to_string(),
        }
    }
}
