//! One X.509 certificate of a chain, and the extensions PNRP gives it. MS-PNRP §2.2.3.5.1.
//!
//! ```text
//! SEQUENCE
//!   SEQUENCE                           what is signed
//!     [0] INTEGER 2                    version 3
//!     INTEGER (16 bytes)               serial number
//!     SEQUENCE sha1WithRSAEncryption
//!     Name                             issuer
//!     SEQUENCE Time Time               validity
//!     Name                             subject
//!     SEQUENCE rsaEncryption, key      1,024 bits, exponent 65537
//!     [3] SEQUENCE OF extension
//!   SEQUENCE sha1WithRSAEncryption
//!   BIT STRING                         signature by the issuer's key
//! ```
//!
//! A certificate is parsed once, into a [`Certificate`] that satisfies what the section says of
//! every certificate; what it says of the first, the last and their neighbours is for `chain`.

mod der;
mod error;
mod extensions;
mod issue;
mod parse;
mod text;

use std::fmt;

use pnrp_wire::{Authority, Classifier, FileTime, PublicKey, Signature};

pub use error::CertificateError;
pub use text::Text;

pub(crate) use issue::{Subject, issue};

/// A certificate that satisfies MS-PNRP §2.2.3.5 by itself. Its signature has not been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    serial_number: [u8; 16],
    issuer: Text,
    subject: Text,
    not_before: FileTime,
    not_after: FileTime,
    public_key: PublicKey,
    extensions: Extensions,
    /// The bytes under the signature, as received.
    signed: Vec<u8>,
    signature: Signature,
}

/// What the extensions say. MS-PNRP §2.2.3.5.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Extensions {
    pub(crate) kind: CertificateKind,
    pub(crate) subject_alt_name: Option<Text>,
    pub(crate) issuer_alt_name: Option<Text>,
    pub(crate) peer_name: Option<Text>,
    pub(crate) roles: Option<Vec<Role>>,
    /// As they stand there: whether they are classifiers is a check of its own.
    pub(crate) classifiers: Option<Vec<Text>>,
}

/// PnrpCertificateType. MS-PNRP §2.2.3.5.1.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateKind {
    /// certTypeMember: it was delegated by the certificate before it.
    Member,
    /// certTypeRoot: it is the first of a chain.
    Root,
}

/// What a certificate may list, and its holder publish. MS-PNRP §2.2.3.5.1.4.
///
/// It says nothing about the certificates that its holder issues in turn: by the rules of
/// MS-PNRP §2.2.3.5.1.5.1 these are judged by their own role. So a member of `fish` can issue an
/// admin certificate for `fish food`, to another key or to its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// roleAdmin: what begins with a classifier of the list.
    Admin,
    /// roleMember: the classifiers of the list, and no other.
    Member,
    /// roleInvitingMember: the same as [`Admin`](Self::Admin); applications tell them apart.
    InvitingMember,
}

impl Role {
    /// Whether the beginning of a classifier is enough. MS-PNRP §2.2.3.5.1.5.1.
    pub fn extends_to_prefixes(self) -> bool {
        self != Self::Member
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Admin => "admin",
            Self::Member => "member",
            Self::InvitingMember => "inviting-member",
        })
    }
}

impl std::str::FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Admin, Self::Member, Self::InvitingMember]
            .into_iter()
            .find(|role| role.to_string() == text)
            .ok_or_else(|| RoleError(text.to_owned()))
    }
}

/// A text that names no role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a role; there are admin, member and inviting-member")]
pub struct RoleError(String);

impl Certificate {
    /// Reads a certificate in DER.
    ///
    /// # Errors
    /// When it is not one, or breaks a rule of MS-PNRP §2.2.3.5 about every certificate.
    pub fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        parse::certificate(der)
    }

    /// Its number, as its issuer drew it.
    pub fn serial_number(&self) -> &[u8; 16] {
        &self.serial_number
    }

    /// Who issued it, in the issuer's words.
    pub fn issuer(&self) -> &Text {
        &self.issuer
    }

    /// Whose it is, in the issuer's words.
    pub fn subject(&self) -> &Text {
        &self.subject
    }

    /// From when it holds.
    pub fn not_before(&self) -> FileTime {
        self.not_before
    }

    /// Until when it holds.
    pub fn not_after(&self) -> FileTime {
        self.not_after
    }

    /// The key it is about.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The authority of the key it is about.
    pub fn authority(&self) -> Authority {
        self.public_key.authority()
    }

    /// First of a chain, or not.
    pub fn kind(&self) -> CertificateKind {
        self.extensions.kind
    }

    /// The peer name it mentions, which nothing but its neighbours gives a meaning.
    pub fn peer_name(&self) -> Option<&Text> {
        self.extensions.peer_name.as_ref()
    }

    /// What its holder may do; nothing in a root.
    pub fn roles(&self) -> &[Role] {
        self.extensions.roles.as_deref().unwrap_or_default()
    }

    /// Whether one of its roles lets its holder go on from the beginning of a classifier.
    pub(crate) fn extends_to_prefixes(&self) -> bool {
        self.roles().iter().any(|role| role.extends_to_prefixes())
    }

    /// The classifiers it is about, and an empty list when it is about all.
    ///
    /// # Errors
    /// The first text that is not a classifier. MS-PNRP §3.1.5.10 step 5.
    pub fn classifiers(&self) -> Result<Vec<Classifier>, pnrp_wire::PeerNameError> {
        let list = self.extensions.classifiers.as_deref().unwrap_or_default();
        list.iter()
            .map(|text| Classifier::from_utf16(text.units().to_vec()))
            .collect()
    }

    pub(crate) fn extensions(&self) -> &Extensions {
        &self.extensions
    }

    /// The bytes under the signature.
    pub fn signed_bytes(&self) -> &[u8] {
        &self.signed
    }

    /// The signature, most significant byte first as X.509 has it.
    pub fn signature(&self) -> &Signature {
        &self.signature
    }
}

#[cfg(test)]
pub(crate) mod tests;
