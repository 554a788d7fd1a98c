//! Local IPv6 addresses, gathered into clouds. MS-PNRP §3.1.4.1.

use std::{collections::BTreeMap, io, net::Ipv6Addr};

use if_addrs::{IfAddr, IfOperStatus, Interface};
use pnrp_wire::limits::MAX_SERVICE_ADDRESSES;

use super::CloudSpec;
use crate::cloud::Scope;

/// Which interfaces may have clouds.
#[derive(Clone, Debug, Default)]
pub struct InterfaceOptions {
    /// Names of the interfaces to use; empty means every one that is up and is not loopback.
    pub only: Vec<String>,
}

impl InterfaceOptions {
    fn admits(&self, interface: &Interface) -> bool {
        if self.only.is_empty() {
            !interface.is_loopback() && interface.oper_status != IfOperStatus::Down
        } else {
            self.only.contains(&interface.name)
        }
    }
}

/// The clouds this host can take part in: one link-local cloud for each interface that has a
/// link-local address, and the global cloud when there is a global address.
///
/// The loopback interface has a link-local cloud of its own when it is asked for by name.
///
/// # Errors
/// When the system does not say which addresses it has.
pub fn enumerate_clouds(options: &InterfaceOptions) -> io::Result<Vec<CloudSpec>> {
    let interfaces = if_addrs::get_if_addrs()?;
    Ok(gather(
        interfaces
            .iter()
            .filter(|interface| options.admits(interface)),
    ))
}

fn gather<'a>(interfaces: impl Iterator<Item = &'a Interface>) -> Vec<CloudSpec> {
    let mut link_local: BTreeMap<u32, CloudSpec> = BTreeMap::new();
    let mut global: Vec<Ipv6Addr> = Vec::new();
    for interface in interfaces {
        let IfAddr::V6(address) = &interface.addr else {
            continue;
        };
        match (Scope::of(&address.ip), interface.index) {
            (Some(Scope::LinkLocal), Some(zone)) => {
                let spec = link_local
                    .entry(zone)
                    .or_insert_with(|| link_cloud(zone, interface));
                add(&mut spec.addresses, address.ip);
            }
            (Some(Scope::Global), _) => add(&mut global, address.ip),
            (Some(Scope::LinkLocal | Scope::SiteLocal) | None, _) => {}
        }
    }
    let global = (!global.is_empty()).then(|| CloudSpec {
        name: "Global_".to_owned(),
        scope: Scope::Global,
        zone: 0,
        interface: None,
        addresses: global,
    });
    global.into_iter().chain(link_local.into_values()).collect()
}

fn link_cloud(zone: u32, interface: &Interface) -> CloudSpec {
    CloudSpec {
        name: format!("LinkLocal_ff00::%{zone}/8"),
        scope: Scope::LinkLocal,
        zone,
        interface: Some(interface.name.clone()),
        addresses: Vec::new(),
    }
}

/// At most four addresses to a cloud. MS-PNRP §3.1.4.1.
fn add(addresses: &mut Vec<Ipv6Addr>, address: Ipv6Addr) {
    if addresses.len() < MAX_SERVICE_ADDRESSES && !addresses.contains(&address) {
        addresses.push(address);
    }
}

#[cfg(test)]
mod tests {
    use if_addrs::Ifv6Addr;

    use super::*;

    /// R-3.1.4.1-04: the addresses of a cloud share scope and zone.
    #[test]
    fn each_link_has_its_cloud_and_all_global_addresses_share_one() {
        let interfaces = [
            interface("eth0", 2, "fe80::1"),
            interface("eth0", 2, "2001:db8::1"),
            interface("eth1", 3, "fe80::2"),
            interface("eth1", 3, "2001:db8:1::1"),
        ];

        let clouds = gather(interfaces.iter());

        let summary: Vec<_> = clouds
            .iter()
            .map(|cloud| (cloud.name.as_str(), cloud.zone, cloud.addresses.len()))
            .collect();
        assert_eq!(
            summary,
            [
                ("Global_", 0, 2),
                ("LinkLocal_ff00::%2/8", 2, 1),
                ("LinkLocal_ff00::%3/8", 3, 1)
            ]
        );
    }

    /// R-3.1.4.1-03: a node uses no more than four addresses.
    #[test]
    fn a_cloud_has_at_most_four_addresses() {
        let interfaces: Vec<_> = (1..=6)
            .map(|n| interface("eth0", 2, &format!("fe80::{n}")))
            .collect();

        assert_eq!(gather(interfaces.iter())[0].addresses.len(), 4);
    }

    fn interface(name: &str, index: u32, address: &str) -> Interface {
        Interface {
            name: name.to_owned(),
            addr: IfAddr::V6(Ifv6Addr {
                ip: address.parse().unwrap(),
                netmask: Ipv6Addr::UNSPECIFIED,
                prefixlen: 64,
                broadcast: None,
            }),
            index: Some(index),
            oper_status: IfOperStatus::Up,
            is_p2p: false,
        }
    }
}
