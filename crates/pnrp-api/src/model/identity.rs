//! Identities, and what one lets another publish.

use std::{path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use super::units;

/// A peer identity: the keys behind secure names, without its secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityInfo {
    /// The authority of its secure names, 40 hexadecimal digits.
    pub authority: String,
    /// What people call it.
    pub friendly_name: String,
    /// Whether it is the machine's, which signs what no identity was named for.
    pub is_default: bool,
    /// The RSA public key in base64, to be handed to whoever delegates a name.
    pub public_key: String,
    /// The Ed25519 public key of the stronger binding, 64 hexadecimal digits.
    pub binding_key: Option<String>,
}

/// The identities of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityList {
    /// The machine's first, then by authority.
    pub identities: Vec<IdentityInfo>,
    /// Files that hold none, as they should.
    pub damaged: Vec<DamagedIdentity>,
}

/// A file among the identities that is of no use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DamagedIdentity {
    /// Where it was.
    pub path: PathBuf,
    /// Where it is now, unless it stays where it was.
    pub set_aside: Option<PathBuf>,
    /// What is wrong with it.
    pub reason: String,
}

/// In which form an identity leaves this machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// PKCS#8 in PEM, encrypted with the password; openssl reads it.
    #[default]
    Pem,
    /// The XML of Windows with a PKCS#12 inside. The Ed25519 key stays behind.
    Windows,
}

/// What to let the holder of another key publish.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DelegationRequest {
    /// The other's public key: in base64 as [`IdentityInfo::public_key`] has it, or PEM.
    pub to: String,
    /// The classifiers; all of them when there are none.
    #[serde(default)]
    pub classifiers: Vec<String>,
    /// `member` for exactly these classifiers, `admin` or `inviting-member` for all that begin
    /// with one of them.
    #[serde(default = "member")]
    pub role: String,
    /// For how long from now.
    #[serde(rename = "lifetime_s", with = "units::seconds")]
    pub lifetime: Duration,
    /// The chain by which the signing identity is a delegate itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<Chain>,
}

impl DelegationRequest {
    /// Lets the holder of a key publish names of every classifier for 30 days, as a member.
    pub fn new(to: impl Into<String>) -> Self {
        Self {
            to: to.into(),
            classifiers: Vec::new(),
            role: member(),
            lifetime: Duration::from_secs(30 * 86_400),
            chain: None,
        }
    }

    /// Adds a classifier.
    #[must_use]
    pub fn classifier(mut self, classifier: impl Into<String>) -> Self {
        self.classifiers.push(classifier.into());
        self
    }

    /// Sets the role.
    #[must_use]
    pub fn role(mut self, role: impl Into<String>) -> Self {
        self.role = role.into();
        self
    }

    /// Sets for how long it holds.
    #[must_use]
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Goes on from a chain that another identity made for the signing one.
    #[must_use]
    pub fn chain(mut self, chain: Chain) -> Self {
        self.chain = Some(chain);
        self
    }
}

fn member() -> String {
    "member".to_owned()
}

/// A certificate chain: the PKCS#7 that goes over the wire. In JSON it is base64.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Chain(#[serde(with = "units::base64_bytes")] pub Vec<u8>);

/// What a chain says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainInfo {
    /// The authority whose names it is about.
    pub authority: String,
    /// The authority of the key that may publish them.
    pub publisher: String,
    /// The certificates, the root first.
    pub certificates: Vec<CertificateInfo>,
}

/// What one certificate of a chain says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateInfo {
    /// The authority of the key it is about.
    pub subject: String,
    /// The serial number, 32 hexadecimal digits.
    pub serial_number: String,
    /// What its holder may do; empty in a root.
    pub roles: Vec<String>,
    /// The classifiers it is about; every one when there are none.
    pub classifiers: Vec<String>,
    /// From when it holds, RFC 3339.
    pub not_before: String,
    /// Until when it holds, RFC 3339.
    pub not_after: String,
}

/// Whether a name still has the publisher it had: a stronger signature than the protocol's, by a
/// key that this node remembers from before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// What came of comparing it with what is remembered.
    pub status: BindingStatus,
    /// The key that signed, 64 hexadecimal digits; none when the binding is missing.
    pub key: Option<String>,
}

/// What a binding tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BindingStatus {
    /// The name was never seen bound before: the key is remembered from now on, and proves nothing
    /// yet.
    FirstSeen,
    /// It is the key that was seen first, or was accepted since.
    Known,
    /// It is another key. Somebody else may be publishing the name.
    Changed,
    /// The name was bound before, and this answer is not. Somebody else may be publishing it.
    Missing,
}
