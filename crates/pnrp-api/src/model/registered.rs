//! What is published, and how it is named.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{AppEndpoint, CloudSelector};
use crate::Error;

/// Names a registration of a node, whatever clouds it is in: 16 hexadecimal digits.
///
/// It is drawn at random, so no other registration of any node has it, and a persistent
/// registration keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegistrationId(pub(crate) u64);

impl fmt::Display for RegistrationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:016x}", self.0))
    }
}

impl FromStr for RegistrationId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let is_id = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let id = u64::from_str_radix(text, 16).ok().filter(|_| is_id);
        id.map(Self).ok_or_else(|| Error::InvalidRequest {
            reason: format!("{text:?} is no ID of a registration, which has 16 hexadecimal digits"),
        })
    }
}

/// Says which registration is meant: its ID, or its name and, when several have that, its clouds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistrationSelector {
    /// By its ID.
    Id(RegistrationId),
    /// By its name, among those that the calling process may change.
    Name {
        /// The peer name.
        name: String,
        /// The clouds that it was registered for.
        cloud: Option<CloudSelector>,
    },
}

impl From<RegistrationId> for RegistrationSelector {
    fn from(id: RegistrationId) -> Self {
        Self::Id(id)
    }
}

impl FromStr for RegistrationSelector {
    type Err = Error;

    /// No peer name has 16 digits and nothing else, so the two cannot be confused.
    fn from_str(text: &str) -> Result<Self, Error> {
        if let Ok(id) = text.parse() {
            return Ok(Self::Id(id));
        }
        crate::request::parse_name(text)?;
        Ok(Self::Name {
            name: text.to_owned(),
            cloud: None,
        })
    }
}

impl fmt::Display for RegistrationSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "{id}"),
            Self::Name { name, cloud: None } => f.write_str(name),
            Self::Name {
                name,
                cloud: Some(cloud),
            } => write!(f, "{name} in {cloud}"),
        }
    }
}

/// What a node says when it has registered a name, or changed what it publishes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationReceipt {
    /// Names the registration from now on.
    pub id: RegistrationId,
    /// The clouds it is published in.
    pub entries: Vec<RegistrationEntry>,
}

/// A registration in one cloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationEntry {
    /// The cloud.
    pub cloud: String,
    /// The ID of the registration there, as 64 hexadecimal digits.
    pub pnrp_id: String,
    /// The endpoints published there.
    pub endpoints: Vec<AppEndpoint>,
}

/// A name registered at this node, in one cloud; a persistent one is listed without a cloud, too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisteredName {
    /// Names the registration, which may be in several clouds.
    pub id: RegistrationId,
    /// The name.
    pub name: String,
    /// The cloud; while a persistent one is in none, those it is meant for.
    pub cloud: String,
    /// The ID of the registration there, as 64 hexadecimal digits; empty while it is in no cloud.
    pub pnrp_id: String,
    /// The endpoints published there.
    pub endpoints: Vec<AppEndpoint>,
    /// The comment.
    pub comment: Option<String>,
    /// The process that registered it; 0 when it is persistent, and belongs to the node.
    pub owner: u32,
    /// Whether the node makes it again at its next start.
    pub persistent: bool,
    /// Whether another node was told.
    pub announced: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_as_it_prints() {
        let id = RegistrationId(0xab);

        assert_eq!(id.to_string(), "00000000000000ab");
        assert_eq!(id.to_string().parse::<RegistrationId>().unwrap(), id);
        for text in ["", "ab", "+0000000000000ab", "00000000000000xy"] {
            let error = text.parse::<RegistrationId>().unwrap_err();
            assert!(matches!(error, Error::InvalidRequest { .. }), "{text:?}");
        }
    }

    #[test]
    fn a_text_means_an_id_or_a_name() {
        let read = |text: &str| text.parse::<RegistrationSelector>();

        let id = RegistrationSelector::Id(RegistrationId(0xab));
        assert_eq!(read("00000000000000ab").unwrap(), id);
        let name = RegistrationSelector::Name {
            name: "0.web".to_owned(),
            cloud: None,
        };
        assert_eq!(read("0.web").unwrap(), name);
        assert!(matches!(read("web"), Err(Error::InvalidName { .. })));
    }
}
