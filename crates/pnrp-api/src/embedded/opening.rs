//! With which options a cloud is opened.

use std::net::SocketAddrV6;

use pnrp_node::{
    cloud::{Scope, Seed},
    driver::{CloudSpec, MulticastOptions, OpenOptions},
};
use pnrp_wire::{Dialect, Endpoint};

use super::{convert, enumerate};
use crate::{Config, Host};

/// What the configuration says about a cloud, and what is known from earlier.
pub(super) fn options(
    config: &Config,
    spec: &CloudSpec,
    dialect: Dialect,
    saved: &[Endpoint],
) -> OpenOptions {
    let policy = config.policy_of(convert::scope(spec.scope));
    OpenOptions {
        port: config.port,
        peers: enumerate::peers_of(spec, &config.peers),
        saved_peers: saved.iter().map(|peer| in_zone(spec, peer)).collect(),
        seeds: seeds_of(config, spec),
        multicast: MulticastOptions {
            searches: !config.no_ssdp && !policy.no_ssdp,
            notifies: config.ssdp_notifies,
        },
        resolve_only: policy.resolve_only,
        dialect,
        calibrates: !config.is_dialect_final,
        limits: config.limits(),
    }
}

/// An endpoint with the zone of its cloud.
pub(super) fn in_zone(spec: &CloudSpec, peer: &Endpoint) -> SocketAddrV6 {
    let zone = match peer.address.is_unicast_link_local() {
        true => spec.zone,
        false => 0,
    };
    SocketAddrV6::new(peer.address, peer.port, 0, zone)
}

/// An address is a seed of the clouds it is of, a name of the global cloud, and of others when
/// their policy says so. What is no host was refused when the node was opened.
pub(super) fn seeds_of(config: &Config, spec: &CloudSpec) -> Vec<Seed> {
    let policy = config.policy_of(convert::scope(spec.scope));
    let general = config
        .seeds
        .iter()
        .map(|text| (text, spec.scope == Scope::Global));
    let own = policy.seeds.iter().map(|text| (text, true));
    let mut seeds = Vec::new();
    for (text, takes_names) in general.chain(own) {
        let seed = match text.parse() {
            Ok(Host::Address(address, port)) if enumerate::is_address_of(&address, spec) => {
                let address = address.ip;
                Seed::Address(Endpoint { address, port })
            }
            Ok(Host::Name(name, port)) if takes_names => Seed::Name(name, port),
            Ok(Host::Address(..) | Host::Name(..)) | Err(_) => continue,
        };
        if !seeds.contains(&seed) {
            seeds.push(seed);
        }
    }
    seeds
}

#[cfg(test)]
mod tests {
    use super::{
        super::enumerate::tests::{global, link},
        *,
    };
    use crate::{CloudScope, ScopePolicy};

    fn seeds(config: &Config, spec: &CloudSpec) -> Vec<Seed> {
        options(config, spec, Dialect::default(), &[]).seeds
    }

    fn seed(text: &str) -> Seed {
        text.parse().unwrap()
    }

    #[test]
    fn a_seed_goes_to_the_clouds_its_address_is_of() {
        let config = Config::new()
            .seed("2001:db8::9")
            .seed("[fe80::9%eth0]:4000")
            .seed("fe80::8%3")
            .seed("seed.example");

        let remote = [seed("2001:db8::9"), seed("seed.example")];
        assert_eq!(seeds(&config, &global()), remote);
        assert_eq!(seeds(&config, &link("eth0", 2)), [seed("[fe80::9]:4000")]);
        assert_eq!(seeds(&config, &link("eth1", 3)), [seed("fe80::8")]);
    }

    #[test]
    fn a_policy_brings_a_name_to_the_clouds_of_its_scope() {
        let policy = ScopePolicy {
            seeds: vec!["printer.example".to_owned()],
            ..ScopePolicy::default()
        };
        let config = Config::new()
            .seed("seed.example")
            .policy(CloudScope::LinkLocal, policy);

        assert_eq!(seeds(&config, &link("eth0", 2)), [seed("printer.example")]);
        assert_eq!(seeds(&config, &global()), [seed("seed.example")]);
    }

    #[test]
    fn multicast_is_turned_off_for_all_clouds_or_those_of_a_scope() {
        let quiet = ScopePolicy {
            no_ssdp: true,
            resolve_only: true,
            ..ScopePolicy::default()
        };
        let searches = |config: &Config, spec: &CloudSpec| {
            options(config, spec, Dialect::default(), &[])
                .multicast
                .searches
        };

        assert!(searches(&Config::new(), &global()));
        assert!(!searches(&Config::new().no_ssdp(), &global()));
        let config = Config::new().policy(CloudScope::Global, quiet);
        assert!(!searches(&config, &global()));
        assert!(searches(&config, &link("eth0", 2)));
        let options = options(&config, &global(), Dialect::default(), &[]);
        assert!(options.resolve_only);
    }

    #[test]
    fn a_saved_peer_has_the_zone_of_its_link() {
        let saved: Endpoint = Endpoint {
            address: "fe80::9".parse().unwrap(),
            port: 4_000,
        };

        let options = options(
            &Config::new(),
            &link("eth0", 2),
            Dialect::default(),
            &[saved],
        );

        let expected = SocketAddrV6::new(saved.address, 4_000, 0, 2);
        assert_eq!(options.saved_peers, [expected]);
    }
}
