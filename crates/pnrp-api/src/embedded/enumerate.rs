//! Which clouds there are, and what belongs to which.

use std::{
    io,
    net::{Ipv6Addr, SocketAddrV6},
};

use pnrp_node::{
    cloud::Scope,
    driver::{CloudSpec, InterfaceOptions, enumerate_clouds},
};
use tracing::warn;

use crate::{Address, CloudSelector, Config};

/// The clouds that the configured interfaces are in. The loopback interface has one when it is
/// named.
pub(super) fn specs(config: &Config) -> io::Result<Vec<CloudSpec>> {
    let (loopback, zone) = loopback_interface()?;
    let only: Vec<_> = config
        .interfaces
        .iter()
        .filter(|name| **name != loopback)
        .cloned()
        .collect();
    let wants_loopback = config.loopback || only.len() < config.interfaces.len();
    let wants_others = !only.is_empty() || !wants_loopback;
    let mut specs = match wants_others {
        true => enumerate_clouds(&InterfaceOptions {
            only,
            // A cloud that is turned off is listed all the same.
            site_local: true,
        })?,
        false => Vec::new(),
    };
    if wants_loopback {
        specs.push(loopback_cloud(loopback, zone));
    }
    Ok(specs)
}

/// Name and index of the loopback interface.
fn loopback_interface() -> io::Result<(String, u32)> {
    let interfaces = if_addrs::get_if_addrs()?;
    let loopback = interfaces
        .into_iter()
        .find(|interface| interface.is_loopback());
    Ok(loopback.map_or(("lo".to_owned(), 1), |found| {
        (found.name, found.index.unwrap_or(1))
    }))
}

fn loopback_cloud(interface: String, zone: u32) -> CloudSpec {
    CloudSpec {
        name: format!("LinkLocal_ff00::%{zone}/8"),
        scope: Scope::LinkLocal,
        zone,
        interface: Some(interface),
        addresses: vec![Ipv6Addr::LOCALHOST],
        links: Vec::new(),
    }
}

/// Whether a selector means this cloud.
pub(super) fn is_selected(spec: &CloudSpec, selector: &CloudSelector) -> bool {
    match selector {
        CloudSelector::All => true,
        CloudSelector::AllLinkLocal => spec.scope == Scope::LinkLocal,
        CloudSelector::Named(name) => {
            let is_global = spec.scope == Scope::Global && name.eq_ignore_ascii_case("global");
            is_global || *name == spec.name || Some(name) == spec.interface.as_ref()
        }
    }
}

/// Whether a zone, as a user writes it, is that of a cloud.
pub(super) fn is_zone_of(zone: &str, spec: &CloudSpec) -> bool {
    spec.interface.as_deref() == Some(zone) || zone == spec.zone.to_string()
}

/// Those peers that are in this cloud.
pub(super) fn peers_of(spec: &CloudSpec, peers: &[SocketAddrV6]) -> Vec<SocketAddrV6> {
    peers
        .iter()
        .filter(|peer| is_peer_of(peer, spec))
        .copied()
        .collect()
}

fn is_peer_of(peer: &SocketAddrV6, spec: &CloudSpec) -> bool {
    let is_link_local = peer.ip().is_unicast_link_local();
    is_in_scope(peer.ip(), spec) && (!is_link_local || peer.scope_id() == spec.zone)
}

/// Whether an address can be one of a node in the cloud.
pub(super) fn is_address_of(address: &Address, spec: &CloudSpec) -> bool {
    let is_on_link = |zone: &String| is_zone_of(zone, spec);
    let zone = address.zone.as_ref();
    is_in_scope(&address.ip, spec) && zone.is_none_or(is_on_link)
}

fn is_in_scope(ip: &Ipv6Addr, spec: &CloudSpec) -> bool {
    let is_loopback_cloud = spec.addresses.iter().any(Ipv6Addr::is_loopback);
    Scope::of(ip) == Some(spec.scope) && ip.is_loopback() == is_loopback_cloud
}

/// Says which peers no cloud of this host can reach.
pub(super) fn warn_of_lost_peers(specs: &[CloudSpec], peers: &[SocketAddrV6]) {
    for peer in peers
        .iter()
        .filter(|peer| !specs.iter().any(|spec| is_peer_of(peer, spec)))
    {
        warn!(%peer, "this host has no cloud that the peer could be in; it is left out until then");
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn link(interface: &str, zone: u32) -> CloudSpec {
        CloudSpec {
            name: format!("LinkLocal_ff00::%{zone}/8"),
            scope: Scope::LinkLocal,
            zone,
            interface: Some(interface.to_owned()),
            addresses: vec!["fe80::1".parse().unwrap()],
            links: vec![zone],
        }
    }

    pub(in super::super) fn global() -> CloudSpec {
        CloudSpec {
            name: "Global_".to_owned(),
            scope: Scope::Global,
            zone: 0,
            interface: None,
            addresses: vec!["2001:db8::1".parse().unwrap()],
            links: vec![2],
        }
    }

    fn named(name: &str) -> CloudSelector {
        CloudSelector::Named(name.to_owned())
    }

    #[test]
    fn a_cloud_is_selected_by_name_or_interface() {
        let eth0 = link("eth0", 2);

        for selector in [
            CloudSelector::All,
            CloudSelector::AllLinkLocal,
            named("eth0"),
        ] {
            assert!(is_selected(&eth0, &selector), "{selector}");
        }
        assert!(is_selected(&eth0, &named("LinkLocal_ff00::%2/8")));
        assert!(!is_selected(&eth0, &named("eth1")));
        assert!(!is_selected(&eth0, &named("global")));
    }

    #[test]
    fn the_global_cloud_is_selected_by_its_two_names() {
        for name in ["Global_", "global", "GLOBAL"] {
            assert!(is_selected(&global(), &named(name)), "{name}");
        }
        assert!(!is_selected(&global(), &CloudSelector::AllLinkLocal));
    }

    #[test]
    fn a_peer_belongs_to_the_cloud_of_its_zone() {
        let on_link = SocketAddrV6::new("fe80::9".parse().unwrap(), 3540, 0, 2);
        let remote = SocketAddrV6::new("2001:db8::9".parse().unwrap(), 3540, 0, 0);
        let here = SocketAddrV6::new(Ipv6Addr::LOCALHOST, 3540, 0, 0);
        let peers = [on_link, remote, here];

        assert_eq!(peers_of(&link("eth0", 2), &peers), [on_link]);
        assert_eq!(peers_of(&link("eth1", 3), &peers), []);
        assert_eq!(peers_of(&global(), &peers), [remote]);
        assert_eq!(
            peers_of(&loopback_cloud("lo".to_owned(), 1), &peers),
            [here]
        );
    }

    #[test]
    fn a_node_on_loopback_is_in_one_cloud() {
        let specs = specs(&Config::loopback(0)).unwrap();

        assert_eq!(specs.len(), 1);
        assert_eq!(specs[0].addresses, [Ipv6Addr::LOCALHOST]);
    }
}
