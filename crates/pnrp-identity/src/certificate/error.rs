//! Why a certificate breaks MS-PNRP §2.2.3.5.

use thiserror::Error;

/// The first rule of MS-PNRP §2.2.3.5 that a certificate breaks.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// The bytes are not an X.509 certificate in DER.
    #[error("it is not an X.509 certificate: {0}")]
    Malformed(der::Error),
    /// The version is not 3.
    #[error("its version is {found}, and PNRP uses 3")]
    Version {
        /// The version, counted from 1.
        found: u64,
    },
    /// It is, or says it is, signed with something else than RSA over SHA-1.
    #[error("it is signed with {found}, and PNRP uses sha1WithRSAEncryption")]
    Algorithm {
        /// The object identifier found.
        found: String,
    },
    /// The serial number has another length.
    #[error("its serial number has {found} bytes, and PNRP uses 16")]
    SerialNumber {
        /// Its length in bytes.
        found: usize,
    },
    /// It has an issuer or a subject unique identifier.
    #[error("it has a unique identifier of {0}, which PNRP forbids")]
    UniqueId(&'static str),
    /// The key is an RSA key of another size.
    #[error("its RSA key has {bits} bits, and PNRP uses 1024")]
    KeySize {
        /// Bits of the modulus.
        bits: usize,
    },
    /// The key is not an RSA key with the exponent of PNRP.
    #[error("its key is not an RSA key with exponent 65537")]
    Key,
    /// A name is longer than 255 characters.
    #[error("its {field} has {found} characters, and PNRP allows 255")]
    NameTooLong {
        /// Which name.
        field: &'static str,
        /// Its length in UTF-16 units.
        found: usize,
    },
    /// A name or its text cannot be read.
    #[error("its {0} is not a name that can be read as text")]
    UnreadableName(&'static str),
    /// It has a critical extension whose meaning is unknown here. MS-PNRP §2.2.3.5.1.
    #[error("it has the critical extension {0}, whose meaning is not known here")]
    UnknownCriticalExtension(String),
    /// An extension stands in it twice.
    #[error("it has the extension {0} twice")]
    RepeatedExtension(String),
    /// It lacks an extension that every certificate has.
    #[error("it has no {0}")]
    MissingExtension(&'static str),
    /// An extension has another form than its section says.
    #[error("its {0} is malformed")]
    MalformedExtension(&'static str),
    /// PnrpCertificateType is neither 1 nor 2.
    #[error("its PnrpCertificateType is {0}, and there are 1 and 2")]
    UnknownKind(u32),
    /// PnrpCertificateVersion is not 1.2.
    #[error("its PnrpCertificateVersion is {0:02x?}, and it has to be 01 00 02 00")]
    CertificateVersion([u8; 4]),
    /// PnrpRole has a UUID that is no role.
    #[error("its PnrpRole has the unknown role {0}")]
    UnknownRole(String),
    /// PnrpRole has no role.
    #[error("its PnrpRole is empty")]
    NoRole,
}
