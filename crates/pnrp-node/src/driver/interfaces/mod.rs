//! Local IPv6 addresses, gathered into clouds. MS-PNRP §3.1.4.1.

use std::{collections::BTreeMap, io, net::Ipv6Addr};

use if_addrs::{IfAddr, IfOperStatus, Interface};
use pnrp_wire::limits::MAX_SERVICE_ADDRESSES;

use super::{
    CloudSpec,
    system::{Condition, address_conditions},
};
use crate::cloud::Scope;

mod watch;

pub use watch::InterfaceWatch;

/// Which interfaces may have clouds, and which clouds.
#[derive(Clone, Debug, Default)]
pub struct InterfaceOptions {
    /// Names of the interfaces to use; empty means every one that is up and is not loopback.
    pub only: Vec<String>,
    /// Whether site-local addresses (RFC 3879 has ended their use) have a cloud.
    pub site_local: bool,
}

impl InterfaceOptions {
    fn admits(&self, interface: &Interface) -> bool {
        // Some drivers do not say whether they are up.
        let is_up = matches!(
            interface.oper_status,
            IfOperStatus::Up | IfOperStatus::Unknown
        );
        let is_wanted = match self.only.is_empty() {
            true => !interface.is_loopback(),
            false => self.only.contains(&interface.name),
        };
        is_up && is_wanted
    }
}

/// The clouds this host can take part in: one link-local cloud for each interface that has a
/// link-local address, the global cloud when there is a global address, and that of the site if it
/// is wanted and there is an address of it.
///
/// Addresses that are here to stay come first in each. One that is still being checked for
/// duplicates counts while the cloud has no other, and binding it waits.
///
/// # Errors
/// When the system does not say which addresses it has.
pub fn enumerate_clouds(options: &InterfaceOptions) -> io::Result<Vec<CloudSpec>> {
    let interfaces = if_addrs::get_if_addrs()?;
    let conditions = address_conditions();
    let local = interfaces
        .iter()
        .filter(|interface| options.admits(interface))
        .filter_map(|interface| LocalAddress::new(interface, &conditions));
    Ok(gather(local.collect(), options.site_local))
}

/// An IPv6 address of an interface.
#[derive(Clone, Debug)]
struct LocalAddress {
    ip: Ipv6Addr,
    interface: String,
    index: u32,
    condition: Condition,
}

impl LocalAddress {
    fn new(
        interface: &Interface,
        conditions: &BTreeMap<(u32, Ipv6Addr), Condition>,
    ) -> Option<Self> {
        let IfAddr::V6(address) = &interface.addr else {
            return None;
        };
        let index = interface.index?;
        let condition = conditions.get(&(index, address.ip)).copied();
        Some(Self {
            ip: address.ip,
            interface: interface.name.clone(),
            index,
            condition: condition.unwrap_or_default(),
        })
    }
}

fn gather(mut local: Vec<LocalAddress>, site_local: bool) -> Vec<CloudSpec> {
    local.retain(|address| !address.condition.is_duplicate);
    local.sort_by_key(|address| {
        let condition = address.condition;
        (
            condition.is_tentative,
            condition.is_deprecated,
            condition.is_temporary,
        )
    });
    let mut clouds: BTreeMap<(Scope, u32), CloudSpec> = BTreeMap::new();
    for address in &local {
        let key = match Scope::of(&address.ip) {
            Some(Scope::LinkLocal) => (Scope::LinkLocal, address.index),
            Some(Scope::Global) => (Scope::Global, 0),
            Some(Scope::SiteLocal) if site_local => (Scope::SiteLocal, SITE),
            Some(Scope::SiteLocal) | None => continue,
        };
        let cloud = clouds
            .entry(key)
            .or_insert_with(|| empty_cloud(key, &address.interface));
        add(cloud, address);
    }
    clouds.into_values().collect()
}

/// Names in the form that Microsoft documents.
fn empty_cloud((scope, zone): (Scope, u32), interface: &str) -> CloudSpec {
    let name = match scope {
        Scope::Global => "Global_".to_owned(),
        Scope::SiteLocal => format!("SiteLocal_{zone}"),
        Scope::LinkLocal => format!("LinkLocal_ff00::%{zone}/8"),
    };
    CloudSpec {
        name,
        scope,
        zone,
        interface: (scope == Scope::LinkLocal).then(|| interface.to_owned()),
        addresses: Vec::new(),
        links: Vec::new(),
    }
}

/// At most four addresses to a cloud. MS-PNRP §3.1.4.1.
fn add(cloud: &mut CloudSpec, address: &LocalAddress) {
    let has_better = address.condition.is_tentative && !cloud.addresses.is_empty();
    let is_full = cloud.addresses.len() >= MAX_SERVICE_ADDRESSES;
    if has_better || is_full || cloud.addresses.contains(&address.ip) {
        return;
    }
    cloud.addresses.push(address.ip);
    if !cloud.links.contains(&address.index) {
        cloud.links.push(address.index);
    }
}

/// A host is in one site.
const SITE: u32 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    /// R-3.1.4.1-04: the addresses of a cloud share scope and zone.
    #[test]
    fn each_link_has_its_cloud_and_all_global_addresses_share_one() {
        let local = [
            at("eth0", 2, "fe80::1"),
            at("eth0", 2, "2001:db8::1"),
            at("eth1", 3, "fe80::2"),
            at("eth1", 3, "2001:db8:1::1"),
        ];

        let clouds = gather(local.to_vec(), false);

        let summary: Vec<_> = clouds
            .iter()
            .map(|cloud| (cloud.name.as_str(), cloud.zone, cloud.links.as_slice()))
            .collect();
        assert_eq!(
            summary,
            [
                ("Global_", 0, [2, 3].as_slice()),
                ("LinkLocal_ff00::%2/8", 2, &[2]),
                ("LinkLocal_ff00::%3/8", 3, &[3])
            ]
        );
        assert_eq!(clouds[0].addresses.len(), 2);
    }

    /// R-3.1.4.1-03: a node uses no more than four addresses.
    #[test]
    fn a_cloud_has_at_most_four_addresses() {
        let local = (1..=6).map(|n| at("eth0", 2, &format!("fe80::{n}")));

        assert_eq!(gather(local.collect(), false)[0].addresses.len(), 4);
    }

    #[test]
    fn a_site_has_its_cloud_when_it_is_wanted() {
        let local = [at("eth0", 2, "fec0::1")];

        assert_eq!(gather(local.to_vec(), false), []);
        let clouds = gather(local.to_vec(), true);
        assert_eq!(clouds[0].name, "SiteLocal_1");
        assert_eq!((clouds[0].scope, clouds[0].zone), (Scope::SiteLocal, 1));
    }

    #[test]
    fn addresses_that_stay_come_first_and_duplicates_never() {
        let with = |mut address: LocalAddress, change: fn(&mut Condition)| {
            change(&mut address.condition);
            address
        };
        let local = [
            with(at("eth0", 2, "2001:db8::d"), |it| it.is_deprecated = true),
            with(at("eth0", 2, "2001:db8::e"), |it| it.is_temporary = true),
            with(at("eth0", 2, "2001:db8::f"), |it| it.is_duplicate = true),
            at("eth0", 2, "2001:db8::1"),
            with(at("eth0", 2, "2001:db8::2"), |it| it.is_tentative = true),
            with(at("eth1", 3, "fe80::2"), |it| it.is_tentative = true),
        ];

        let clouds = gather(local.to_vec(), false);

        let texts = |cloud: &CloudSpec| cloud.addresses.iter().map(ToString::to_string).collect();
        let addresses: Vec<Vec<String>> = clouds.iter().map(texts).collect();
        assert_eq!(addresses[0], ["2001:db8::1", "2001:db8::e", "2001:db8::d"]);
        assert_eq!(addresses[1], ["fe80::2"]);
    }

    fn at(interface: &str, index: u32, address: &str) -> LocalAddress {
        LocalAddress {
            ip: address.parse().unwrap(),
            interface: interface.to_owned(),
            index,
            condition: Condition::default(),
        }
    }
}
