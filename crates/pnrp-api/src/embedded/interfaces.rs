//! The interfaces of this host, with and without addresses, and why one has no cloud.

use std::{
    collections::BTreeMap,
    fs, io,
    net::{Ipv6Addr, UdpSocket},
};

use nix::{
    ifaddrs::getifaddrs,
    net::if_::{InterfaceFlags, if_nameindex},
};
use pnrp_node::{cloud::Scope, driver::CloudSpec};

use crate::Config;

/// An interface as the system describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Interface {
    pub(super) name: String,
    pub(super) index: u32,
    pub(super) is_up: bool,
    pub(super) is_loopback: bool,
    pub(super) is_multicast: bool,
    /// IPv6 is turned off on it by the administrator.
    pub(super) lacks_ipv6: bool,
    pub(super) addresses: Vec<Ipv6Addr>,
}

/// Whether sockets of IPv6 can be made.
pub(super) fn has_ipv6() -> bool {
    UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0)).is_ok()
}

/// All interfaces, by index.
pub(super) fn interfaces() -> io::Result<Vec<Interface>> {
    let mut found: BTreeMap<String, Interface> = BTreeMap::new();
    for interface in &if_nameindex()? {
        let name = interface.name().to_string_lossy().into_owned();
        let described = Interface {
            index: interface.index(),
            is_up: false,
            is_loopback: false,
            is_multicast: false,
            lacks_ipv6: lacks_ipv6(&name),
            addresses: Vec::new(),
            name: name.clone(),
        };
        found.insert(name, described);
    }
    for entry in getifaddrs()? {
        let Some(interface) = found.get_mut(&entry.interface_name) else {
            continue;
        };
        interface.is_up |= entry.flags.contains(InterfaceFlags::IFF_UP);
        interface.is_loopback |= entry.flags.contains(InterfaceFlags::IFF_LOOPBACK);
        interface.is_multicast |= entry.flags.contains(InterfaceFlags::IFF_MULTICAST);
        let address = entry
            .address
            .as_ref()
            .and_then(|at| at.as_sockaddr_in6())
            .map(|at| at.ip());
        interface.addresses.extend(address);
    }
    let mut found: Vec<Interface> = found.into_values().collect();
    found.sort_by_key(|interface| interface.index);
    Ok(found)
}

/// Only Linux has this switch; elsewhere an interface without IPv6 has no address.
fn lacks_ipv6(interface: &str) -> bool {
    let switch = format!("/proc/sys/net/ipv6/conf/{interface}/disable_ipv6");
    fs::read_to_string(switch).is_ok_and(|value| value.trim() == "1")
}

/// Why there are not more clouds, a sentence each.
pub(super) fn missing(
    config: &Config,
    interfaces: &[Interface],
    specs: &[CloudSpec],
) -> Vec<String> {
    let wanted: Vec<&Interface> = interfaces
        .iter()
        .filter(|interface| is_wanted(config, interface))
        .collect();
    let unknown = config
        .interfaces
        .iter()
        .filter(|name| !interfaces.iter().any(|interface| interface.name == **name));
    let mut sentences: Vec<String> = unknown
        .map(|name| format!("There is no interface {name}."))
        .collect();
    if config.loopback {
        return sentences;
    }
    if wanted.is_empty() && config.interfaces.is_empty() {
        sentences.push("This host has no interface but loopback.".to_owned());
    }
    let has_cloud = |interface: &Interface| {
        specs.iter().any(|spec| {
            spec.scope == Scope::LinkLocal && spec.interface.as_ref() == Some(&interface.name)
        })
    };
    let without = wanted.iter().filter(|interface| !has_cloud(interface));
    sentences.extend(without.map(|interface| reason(interface)));
    let is_global = |spec: &CloudSpec| spec.scope == Scope::Global && !spec.addresses.is_empty();
    let others = wanted.iter().any(|interface| !interface.is_loopback);
    if others && !specs.iter().any(is_global) {
        sentences.push("No global cloud: no interface has a global IPv6 address.".to_owned());
    }
    sentences
}

/// Why an interface has no cloud of its link.
fn reason(interface: &Interface) -> String {
    let Interface { name, .. } = interface;
    if !interface.is_up {
        format!("No cloud on {name}: it is down.")
    } else if interface.lacks_ipv6 {
        format!("No cloud on {name}: IPv6 is turned off (net.ipv6.conf.{name}.disable_ipv6).")
    } else if interface.addresses.is_empty() {
        format!("No cloud on {name}: it has no IPv6 address.")
    } else {
        format!("No cloud on {name}: it has no link-local address.")
    }
}

pub(super) fn is_wanted(config: &Config, interface: &Interface) -> bool {
    match config.interfaces.is_empty() {
        true => !interface.is_loopback && !config.loopback,
        false => config.interfaces.contains(&interface.name),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::{
        super::enumerate::tests::{global, link},
        *,
    };

    pub(in super::super) fn interface(name: &str, index: u32, addresses: &[&str]) -> Interface {
        Interface {
            name: name.to_owned(),
            index,
            is_up: true,
            is_loopback: name == "lo",
            is_multicast: true,
            lacks_ipv6: false,
            addresses: addresses.iter().map(|text| text.parse().unwrap()).collect(),
        }
    }

    #[test]
    fn this_host_has_a_loopback_interface() {
        let found = interfaces().unwrap();

        let loopback = found.iter().find(|interface| interface.is_loopback);
        assert!(loopback.unwrap().index > 0);
    }

    #[test]
    fn each_missing_cloud_has_its_reason() {
        let mut down = interface("eth1", 3, &[]);
        down.is_up = false;
        let mut off = interface("eth2", 4, &[]);
        off.lacks_ipv6 = true;
        let host = [
            interface("lo", 1, &["::1"]),
            interface("eth0", 2, &["fe80::1"]),
            down,
            off,
            interface("eth3", 5, &[]),
            interface("tun0", 6, &["2001:db8::1"]),
        ];

        let found = missing(&Config::new(), &host, &[link("eth0", 2), global()]);

        let expected = [
            "No cloud on eth1: it is down.",
            "No cloud on eth2: IPv6 is turned off (net.ipv6.conf.eth2.disable_ipv6).",
            "No cloud on eth3: it has no IPv6 address.",
            "No cloud on tun0: it has no link-local address.",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_host_without_a_global_address_and_a_misspelt_interface_are_told() {
        let host = [
            interface("lo", 1, &["::1"]),
            interface("eth0", 2, &["fe80::1"]),
        ];
        let no_global = "No global cloud: no interface has a global IPv6 address.";

        let found = missing(&Config::new(), &host, &[link("eth0", 2)]);
        assert_eq!(found, [no_global]);
        let found = missing(&Config::new(), &host[..1], &[]);
        assert_eq!(found, ["This host has no interface but loopback."]);
        let config = Config::new().interface("eth9").interface("eth0");
        let found = missing(&config, &host, &[link("eth0", 2), global()]);
        assert_eq!(found, ["There is no interface eth9."]);
    }
}
