//! Clouds as applications see them.

use std::{collections::BTreeMap, fmt, net::SocketAddrV6, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};

use super::{Address, NodeEndpoint, units};
use crate::Error;

/// A cloud this host can take part in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CloudInfo {
    /// `Global_`, or `LinkLocal_ff00::%<interface index>/8`.
    pub name: String,
    /// How far it reaches.
    pub scope: CloudScope,
    /// Interface index of a link-local cloud, 0 otherwise.
    pub scope_id: u32,
    /// What it is doing.
    pub state: CloudState,
    /// Why it is alone, has no network, is turned off or is not started: a sentence without its
    /// full stop.
    #[serde(default)]
    pub why: Option<String>,
    /// What is special about it.
    pub flags: Vec<CloudFlag>,
    /// Local addresses in it.
    pub addresses: Vec<Address>,
    /// The UDP port it listens on, once it is started.
    pub port: Option<u16>,
    /// Route entries cached.
    pub cached: usize,
    /// Names registered at this node.
    pub registered: usize,
    /// Estimated number of IDs in the cloud.
    pub size_estimate: Option<f64>,
}

impl CloudInfo {
    /// Where the node listens in this cloud; nothing before the cloud is started.
    pub fn listening(&self) -> Vec<SocketAddrV6> {
        let Some(port) = self.port else {
            return Vec::new();
        };
        let listening = |address: &Address| {
            let zone = if address.zone.is_some() {
                self.scope_id
            } else {
                0
            };
            SocketAddrV6::new(address.ip, port, 0, zone)
        };
        self.addresses.iter().map(listening).collect()
    }
}

/// Something that happened to a cloud.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CloudEvent {
    /// What.
    pub kind: CloudEventKind,
    /// The cloud as it is then, or was last.
    pub cloud: CloudInfo,
}

/// What happens to clouds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CloudEventKind {
    /// It is there, from now on or since before.
    Added,
    /// Its state, addresses, port or flags are others.
    Changed,
    /// It is gone.
    Removed,
}

impl fmt::Display for CloudEventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Removed => "removed",
        })
    }
}

/// How far a cloud reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CloudScope {
    /// The internet (1).
    Global,
    /// A site (2).
    SiteLocal,
    /// One link (3).
    LinkLocal,
}

impl fmt::Display for CloudScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Global => "global",
            Self::SiteLocal => "site-local",
            Self::LinkLocal => "link-local",
        })
    }
}

/// Which clouds to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScopeFilter {
    /// All (0).
    #[default]
    Any,
    /// The global cloud (1).
    Global,
    /// Site-local clouds (2).
    SiteLocal,
    /// Link-local clouds (3).
    LinkLocal,
}

impl ScopeFilter {
    /// Whether clouds of this scope are listed.
    pub fn admits(self, scope: CloudScope) -> bool {
        match self {
            Self::Any => true,
            Self::Global => scope == CloudScope::Global,
            Self::SiteLocal => scope == CloudScope::SiteLocal,
            Self::LinkLocal => scope == CloudScope::LinkLocal,
        }
    }
}

impl fmt::Display for ScopeFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Any => "any",
            Self::Global => "global",
            Self::SiteLocal => "site-local",
            Self::LinkLocal => "link-local",
        })
    }
}

impl FromStr for ScopeFilter {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Ok(match text {
            "any" => Self::Any,
            "global" => Self::Global,
            "site-local" => Self::SiteLocal,
            "link-local" => Self::LinkLocal,
            _ => {
                return Err(Error::InvalidRequest {
                    reason: format!("{text:?} is not any, global, site-local or link-local"),
                });
            }
        })
    }
}

/// What a cloud is doing, by the names Windows gives the states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CloudState {
    /// Not started: nothing was registered or resolved in it.
    Virtual,
    /// Looking for other nodes.
    Synchronizing,
    /// Other nodes are known.
    Active,
    /// It stopped working.
    Dead,
    /// It is turned off by configuration.
    Disabled,
    /// Its network is gone.
    NoNet,
    /// No other node was found.
    Alone,
}

impl fmt::Display for CloudState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Virtual => "Virtual",
            Self::Synchronizing => "Synchronizing",
            Self::Active => "Active",
            Self::Dead => "Dead",
            Self::Disabled => "Disabled",
            Self::NoNet => "No Net",
            Self::Alone => "Alone",
        })
    }
}

/// What is special about a cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CloudFlag {
    /// Its name means nothing on other hosts (1).
    NameLocal,
    /// Nothing can be registered in it from here (2).
    ResolveOnly,
    /// Names can be registered and resolved (4).
    FullParticipant,
}

impl fmt::Display for CloudFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NameLocal => "NAME_LOCAL",
            Self::ResolveOnly => "RESOLVE_ONLY",
            Self::FullParticipant => "FULL_PARTICIPANT",
        })
    }
}

/// Which clouds to register or resolve in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CloudSelector {
    /// Every cloud: `all`.
    #[default]
    All,
    /// Every link-local cloud: `link-local`, or `PEER_PNRP_ALL_LINKS`.
    AllLinkLocal,
    /// One cloud: by its name, by its interface, or `global`.
    Named(String),
}

impl fmt::Display for CloudSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::All => "all",
            Self::AllLinkLocal => "link-local",
            Self::Named(name) => name,
        })
    }
}

impl FromStr for CloudSelector {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "all" => Self::All,
            "link-local" | "PEER_PNRP_ALL_LINKS" => Self::AllLinkLocal,
            name => Self::Named(name.to_owned()),
        })
    }
}

/// A cached route entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheEntry {
    /// The ID, as 64 hexadecimal digits.
    pub pnrp_id: String,
    /// Where its node listens.
    pub endpoints: Vec<NodeEndpoint>,
    /// The cache level it is in, when the cache has levels.
    pub level: Option<u32>,
    /// Whether it is in a leaf set.
    pub leaf: bool,
    /// Time since it was last heard of.
    #[serde(rename = "age_s", with = "units::seconds")]
    pub age: Duration,
}

/// What a cloud has done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CloudStats {
    /// The cloud's name.
    pub name: String,
    /// What it is doing.
    pub state: CloudState,
    /// Route entries cached.
    pub cached: usize,
    /// Names registered at this node.
    pub registered: usize,
    /// Estimated number of IDs in the cloud.
    pub size_estimate: Option<f64>,
    /// Datagrams by type and direction, discards by reason.
    pub counters: BTreeMap<String, u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_read_as_they_print() {
        let named = |name: &str| CloudSelector::Named(name.to_owned());
        let selectors = [
            ("all", CloudSelector::All),
            ("link-local", CloudSelector::AllLinkLocal),
            ("Global_", named("Global_")),
            ("eth0", named("eth0")),
            ("LinkLocal_ff00::%2/8", named("LinkLocal_ff00::%2/8")),
        ];
        for (text, selector) in selectors {
            assert_eq!(text.parse(), Ok(selector.clone()));
            assert_eq!(selector.to_string(), text);
        }
        assert_eq!(
            "PEER_PNRP_ALL_LINKS".parse(),
            Ok(CloudSelector::AllLinkLocal)
        );
    }

    #[test]
    fn a_cloud_listens_on_its_addresses_once_it_has_a_port() {
        let mut cloud = CloudInfo {
            name: "LinkLocal_ff00::%2/8".to_owned(),
            scope: CloudScope::LinkLocal,
            scope_id: 2,
            state: CloudState::Virtual,
            why: None,
            flags: vec![CloudFlag::NameLocal],
            addresses: vec!["fe80::1%eth0".parse().unwrap()],
            port: None,
            cached: 0,
            registered: 0,
            size_estimate: None,
        };
        assert_eq!(cloud.listening(), []);

        cloud.port = Some(3540);

        let listening = SocketAddrV6::new("fe80::1".parse().unwrap(), 3540, 0, 2);
        assert_eq!(cloud.listening(), [listening]);
    }

    #[test]
    fn flags_and_states_have_the_names_windows_gives_them() {
        let json = serde_json::to_string(&(CloudFlag::NameLocal, CloudState::Alone)).unwrap();

        assert_eq!(json, r#"["NAME_LOCAL","Alone"]"#);
        assert_eq!(CloudFlag::NameLocal.to_string(), "NAME_LOCAL");
    }
}
