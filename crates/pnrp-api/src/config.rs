//! How a node in this process is set up.

use std::{collections::BTreeMap, net::SocketAddrV6, path::PathBuf};

use pnrp_node::cloud::Limits;

use crate::{CloudScope, DialectRecord, Error, Host};

/// Settings of an embedded node.
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub(crate) state_dir: Option<PathBuf>,
    pub(crate) port: Option<u16>,
    pub(crate) interfaces: Vec<String>,
    pub(crate) peers: Vec<SocketAddrV6>,
    pub(crate) seeds: Vec<String>,
    pub(crate) no_ssdp: bool,
    pub(crate) ssdp_notifies: bool,
    pub(crate) policies: BTreeMap<CloudScope, ScopePolicy>,
    pub(crate) loopback: bool,
    pub(crate) listens_at_once: bool,
    pub(crate) dialect: DialectRecord,
    pub(crate) is_dialect_final: bool,
    pub(crate) registrations: Option<usize>,
    pub(crate) resolves: Option<usize>,
}

impl Config {
    /// Every interface that is up, port 3540 if it is free, and a key made for this run.
    pub fn new() -> Self {
        Self::default()
    }

    /// One cloud on the loopback interface, started at once; port 0 takes any that is free.
    ///
    /// For tests and demonstrations: several nodes of one host can be in it.
    pub fn loopback(port: u16) -> Self {
        Self {
            port: Some(port),
            loopback: true,
            ..Self::default()
        }
    }

    /// Keeps the node's keys, and what it learns of others, in a directory, which is created when it is missing.
    #[must_use]
    pub fn state_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.state_dir = Some(directory.into());
        self
    }

    /// Listens in every cloud from the start, so that others can turn to this node before it is
    /// used. It sends nothing by itself.
    #[must_use]
    pub fn listen_at_once(mut self) -> Self {
        self.listens_at_once = true;
        self
    }

    /// Begins with these readings of the wire format instead of the defaults.
    #[must_use]
    pub fn dialect(mut self, dialect: DialectRecord) -> Self {
        self.dialect = dialect;
        self
    }

    /// Keeps to the configured dialect, whatever peers of another make send.
    #[must_use]
    pub fn no_calibration(mut self) -> Self {
        self.is_dialect_final = true;
        self
    }

    /// Listens on this UDP port, or not at all.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Adds an interface to use; without any, all but loopback are used.
    #[must_use]
    pub fn interface(mut self, name: impl Into<String>) -> Self {
        self.interfaces.push(name.into());
        self
    }

    /// Adds a node to ask when nobody else is known: a [`Host`], in the clouds that its address is
    /// of. One with a name is asked in the global cloud; a [`ScopePolicy`] brings it to others.
    ///
    /// What is no host is told when the node is opened.
    #[must_use]
    pub fn seed(mut self, host: impl Into<String>) -> Self {
        self.seeds.push(host.into());
        self
    }

    /// Neither searches for other nodes by multicast nor answers their searches.
    #[must_use]
    pub fn no_ssdp(mut self) -> Self {
        self.no_ssdp = true;
        self
    }

    /// Says by multicast that the node has come, and that it goes, without being asked. No Windows
    /// node is known to do so.
    #[must_use]
    pub fn ssdp_notifies(mut self) -> Self {
        self.ssdp_notifies = true;
        self
    }

    /// Sets what may be done in the clouds of a scope. Without it everything may, but nothing in
    /// site-local clouds.
    #[must_use]
    pub fn policy(mut self, scope: CloudScope, policy: ScopePolicy) -> Self {
        self.policies.insert(scope, policy);
        self
    }

    /// Takes so many names in each cloud, half of them persistent ones at most; 256 by default.
    #[must_use]
    pub fn registrations(mut self, most: usize) -> Self {
        self.registrations = Some(most);
        self
    }

    /// Resolves so many names in each cloud at the same time, 256 by default.
    #[must_use]
    pub fn resolves(mut self, most: usize) -> Self {
        self.resolves = Some(most);
        self
    }

    /// The bounds of a cloud's tables.
    pub(crate) fn limits(&self) -> Limits {
        let default = Limits::default();
        Limits {
            registrations: self.registrations.unwrap_or(default.registrations),
            resolves: self.resolves.unwrap_or(default.resolves),
            ..default
        }
    }

    /// What may be done in the clouds of a scope.
    pub(crate) fn policy_of(&self, scope: CloudScope) -> ScopePolicy {
        let set = self.policies.get(&scope).cloned();
        set.unwrap_or_else(|| ScopePolicy::default_of(scope))
    }

    /// Refuses seeds that are none.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let of_scopes = self.policies.values().flat_map(|policy| &policy.seeds);
        let mut seeds = self.seeds.iter().chain(of_scopes);
        seeds.try_for_each(|seed| seed.parse::<Host>().map(drop))
    }

    /// Adds a node to synchronize with, in the cloud that its address and zone belong to.
    #[must_use]
    pub fn peer(mut self, peer: SocketAddrV6) -> Self {
        self.peers.push(peer);
        self
    }
}

/// What may be done in the clouds of one scope, as the policies of Windows have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScopePolicy {
    /// The clouds are listed, and nothing is done in them.
    pub disabled: bool,
    /// Names are looked up in them, and none is published.
    pub resolve_only: bool,
    /// Nothing is said or heard by multicast.
    pub no_ssdp: bool,
    /// Nodes to ask there when nobody else is known, beside those of all scopes: each a [`Host`].
    pub seeds: Vec<String>,
}

impl ScopePolicy {
    /// What holds when nothing is set: RFC 3879 has ended the use of site-local addresses.
    pub fn default_of(scope: CloudScope) -> Self {
        Self {
            disabled: scope == CloudScope::SiteLocal,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn site_local_clouds_are_off_until_they_are_wanted() {
        let config = Config::new();
        assert!(config.policy_of(CloudScope::SiteLocal).disabled);
        assert!(!config.policy_of(CloudScope::Global).disabled);

        let config = config.policy(CloudScope::SiteLocal, ScopePolicy::default());
        assert!(!config.policy_of(CloudScope::SiteLocal).disabled);
    }

    #[test]
    fn seeds_that_are_no_hosts_are_refused() {
        let with = |seed: &str| ScopePolicy {
            seeds: vec![seed.to_owned()],
            ..ScopePolicy::default()
        };

        assert!(Config::new().seed("seed.example").check().is_ok());
        assert!(Config::new().seed("two words").check().is_err());
        let config = Config::new().policy(CloudScope::LinkLocal, with("192.0.2.1"));
        assert!(config.check().is_err());
    }
}
