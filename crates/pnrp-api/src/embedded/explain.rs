//! Why a cloud is in its state, in a plain sentence.

use pnrp_node::{
    cloud::{Scope, Seed},
    driver::{CloudSnapshot, DiscoverySnapshot, SeedSnapshot},
};

use super::convert;
use crate::{CloudState, ScopePolicy};

/// What bears on the state of a cloud.
#[derive(Clone, Debug)]
pub(super) struct Facts<'a> {
    pub(super) scope: Scope,
    pub(super) interface: Option<String>,
    pub(super) has_address: bool,
    pub(super) policy: ScopePolicy,
    pub(super) is_stopped: bool,
    /// Why it could not be started.
    pub(super) failure: Option<&'a str>,
    /// `None` when it does not run.
    pub(super) snapshot: Option<&'a CloudSnapshot>,
}

impl Facts<'_> {
    pub(super) fn state(&self) -> CloudState {
        match self.snapshot {
            _ if self.policy.disabled => CloudState::Disabled,
            Some(_) if !self.has_address => CloudState::NoNet,
            Some(snapshot) => convert::state(snapshot.state),
            None => CloudState::Virtual,
        }
    }

    /// Nothing is to be said about a cloud that works.
    pub(super) fn why(&self) -> Option<String> {
        match self.state() {
            CloudState::Disabled => Some(self.why_disabled()),
            CloudState::NoNet => Some(self.why_no_net()),
            CloudState::Virtual => Some(self.why_virtual()),
            CloudState::Alone => self.snapshot.map(|it| why_alone(&it.discovery)),
            CloudState::Synchronizing | CloudState::Active | CloudState::Dead => None,
        }
    }

    fn why_disabled(&self) -> String {
        match self.scope {
            Scope::SiteLocal => {
                "site-local clouds are off unless [site_local] has disabled = false".to_owned()
            }
            Scope::Global => "turned off by disabled in [global]".to_owned(),
            Scope::LinkLocal => "turned off by disabled in [link_local]".to_owned(),
        }
    }

    fn why_no_net(&self) -> String {
        match (&self.interface, self.scope) {
            _ if self.has_address => "its address cannot be listened on yet".to_owned(),
            (Some(interface), _) => format!("{interface} has no link-local address any more"),
            (None, Scope::Global) => "no interface has a global address any more".to_owned(),
            (None, Scope::SiteLocal | Scope::LinkLocal) => {
                "no interface has an address of it any more".to_owned()
            }
        }
    }

    fn why_virtual(&self) -> String {
        match (self.failure, self.snapshot) {
            (Some(failure), None) => failure.to_owned(),
            _ if self.is_stopped => "stopped; it starts again when it is used".to_owned(),
            (_, None) => "not started: nothing has been registered or resolved in it".to_owned(),
            (_, Some(_)) => {
                "listening; it looks for others once something is registered or resolved".to_owned()
            }
        }
    }
}

/// What was tried.
fn why_alone(discovery: &DiscoverySnapshot) -> String {
    let mut tried = Vec::new();
    let mut trouble = Vec::new();
    if let Some(multicast) = &discovery.multicast {
        if multicast.searches_sent > 0 {
            let times = count(multicast.searches_sent, "time");
            tried.push(format!("searched {times} by multicast"));
        }
        trouble.extend(multicast.failure.clone());
    }
    let asked = |number: usize, what: &str| {
        let number = u64::try_from(number).unwrap_or(u64::MAX);
        format!("asked {}", count(number, what))
    };
    let is_found = |seed: &&SeedSnapshot| !seed.addresses.is_empty();
    let found = discovery.seeds.iter().filter(is_found).count();
    if found > 0 {
        tried.push(asked(found, "seed"));
    }
    let lost = discovery.seeds.iter().filter_map(|seed| {
        let (Seed::Name(name, _), Some(failure)) = (&seed.seed, &seed.failure) else {
            return None;
        };
        Some(format!("the seed {name} is not found: {failure}"))
    });
    trouble.extend(lost);
    if !discovery.known.is_empty() {
        tried.push(asked(discovery.known.len(), "known node"));
    }
    let mut sentence = match tried.as_slice() {
        [] => "there is nobody to ask: multicast is off, and no peer or seed is given".to_owned(),
        tried => format!("{}, nobody has answered", tried.join(" and ")),
    };
    for what in trouble {
        sentence = format!("{sentence}; {what}");
    }
    sentence
}

fn count(number: u64, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        number => format!("{number} {what}s"),
    }
}

#[cfg(test)]
mod tests {
    use pnrp_node::{cloud::DiscoveryMode, driver::MulticastSnapshot};

    use super::*;

    fn facts() -> Facts<'static> {
        Facts {
            scope: Scope::LinkLocal,
            interface: Some("eth0".to_owned()),
            has_address: true,
            policy: ScopePolicy::default(),
            is_stopped: false,
            failure: None,
            snapshot: None,
        }
    }

    fn discovery() -> DiscoverySnapshot {
        DiscoverySnapshot {
            mode: DiscoveryMode::Ssdp,
            known: Vec::new(),
            multicast: None,
            seeds: Vec::new(),
        }
    }

    fn seed(text: &str, addresses: &[&str], failure: Option<&str>) -> SeedSnapshot {
        SeedSnapshot {
            seed: text.parse().unwrap(),
            addresses: addresses.iter().map(|at| at.parse().unwrap()).collect(),
            failure: failure.map(str::to_owned),
        }
    }

    #[test]
    fn a_cloud_that_is_alone_says_what_it_has_tried() {
        let multicast = MulticastSnapshot {
            searches_sent: 3,
            ..MulticastSnapshot::default()
        };
        let tried = DiscoverySnapshot {
            multicast: Some(multicast),
            seeds: vec![
                seed("seed.example", &["2001:db8::1"], None),
                seed("no.example", &[], Some("no such name")),
            ],
            ..discovery()
        };

        assert_eq!(
            why_alone(&tried),
            "searched 3 times by multicast and asked 1 seed, nobody has answered; \
             the seed no.example is not found: no such name"
        );
        assert_eq!(
            why_alone(&discovery()),
            "there is nobody to ask: multicast is off, and no peer or seed is given"
        );
    }

    #[test]
    fn what_does_not_run_is_virtual_and_says_why() {
        let stopped = Facts {
            is_stopped: true,
            ..facts()
        };
        let failed = Facts {
            failure: Some("cannot listen on [fe80::1]:3540: in use"),
            ..facts()
        };

        for (facts, text) in [
            (facts(), "not started"),
            (stopped, "stopped"),
            (failed, "cannot listen"),
        ] {
            assert_eq!(facts.state(), CloudState::Virtual);
            let why = facts.why().unwrap();
            assert!(why.starts_with(text), "{why}");
        }
    }

    #[test]
    fn a_disabled_cloud_names_the_setting() {
        let disabled = Facts {
            policy: ScopePolicy {
                disabled: true,
                ..ScopePolicy::default()
            },
            ..facts()
        };

        assert_eq!(disabled.state(), CloudState::Disabled);
        assert_eq!(
            disabled.why().unwrap(),
            "turned off by disabled in [link_local]"
        );
    }
}
