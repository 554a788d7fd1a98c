//! Which endpoints a registration has in which cloud.

use std::net::Ipv6Addr;

use pnrp_node::{cloud::Scope, driver::CloudSpec};
use pnrp_wire::AppEndpoint;

use super::enumerate::{is_selected, is_zone_of};
use crate::{CloudSelector, EndpointSpec, Error, Registration};

/// The selected clouds with the endpoints that can be published in each; none without any, unless
/// only a payload is published.
pub(super) fn place(
    selected: Vec<CloudSpec>,
    registration: &Registration,
) -> Result<Vec<(CloudSpec, Vec<AppEndpoint>)>, Error> {
    let names: Vec<_> = selected.iter().map(|spec| spec.name.clone()).collect();
    let mut placed: Vec<_> = selected
        .into_iter()
        .map(|spec| {
            let here = endpoints_in(&spec, registration);
            (spec, here)
        })
        .collect();
    if !registration.endpoints.is_empty() {
        placed.retain(|(_, endpoints): &(_, Vec<_>)| !endpoints.is_empty());
    }
    match (placed.is_empty(), registration.endpoints.first()) {
        (true, Some(first)) => {
            let reason = format!("no endpoint belongs to {}", names.join(" or "));
            Err(Error::invalid_endpoint(&first.to_string(), &reason))
        }
        _ => Ok(placed),
    }
}

/// Gives link-local addresses without a zone that of the only link, so that they stay there when
/// others come. Without it, and with several links, they mean nothing.
pub(super) fn fill_in_zones(
    registration: &mut Registration,
    all: &[CloudSpec],
) -> Result<(), Error> {
    let links: Vec<&CloudSpec> = all
        .iter()
        .filter(|spec| spec.scope == Scope::LinkLocal)
        .collect();
    for endpoint in &mut registration.endpoints {
        let text = endpoint.to_string();
        let Some(address) = &mut endpoint.address else {
            continue;
        };
        if !address.ip.is_unicast_link_local() {
            continue;
        }
        let reason = match (&address.zone, links.as_slice()) {
            (Some(zone), links) if links.iter().any(|spec| is_zone_of(zone, spec)) => continue,
            (Some(zone), _) => format!("no cloud is on the interface {zone}"),
            (None, []) => continue,
            (None, [only]) => {
                address.zone.clone_from(&only.interface);
                continue;
            }
            (None, _) => "a link-local address needs its interface, as in fe80::1%eth0".to_owned(),
        };
        return Err(Error::invalid_endpoint(&text, &reason));
    }
    Ok(())
}

/// The same clouds by a name that holds at the next start: interface numbers change, names less.
pub(super) fn lasting(selector: CloudSelector, all: &[CloudSpec]) -> CloudSelector {
    let CloudSelector::Named(name) = &selector else {
        return selector;
    };
    let interface = all
        .iter()
        .find(|spec| spec.name == *name && spec.scope == Scope::LinkLocal)
        .and_then(|spec| spec.interface.clone());
    interface.map_or(selector, CloudSelector::Named)
}

/// Whether two selectors mean the same clouds on this host.
pub(super) fn are_same(one: &CloudSelector, other: &CloudSelector, all: &[CloudSpec]) -> bool {
    use CloudSelector::Named;
    let (Named(_), Named(_)) = (one, other) else {
        return one == other;
    };
    one == other
        || all
            .iter()
            .any(|spec| is_selected(spec, one) && is_selected(spec, other))
}

/// What the endpoints of a registration mean in one cloud.
pub(super) fn endpoints_in(spec: &CloudSpec, registration: &Registration) -> Vec<AppEndpoint> {
    let endpoints = registration.endpoints.iter();
    endpoints
        .flat_map(|endpoint| endpoint_in(spec, endpoint))
        .collect()
}

/// What an endpoint means in one cloud.
fn endpoint_in(spec: &CloudSpec, endpoint: &EndpointSpec) -> Vec<AppEndpoint> {
    let at = |address: Ipv6Addr| AppEndpoint {
        address,
        port: endpoint.port,
        protocol: endpoint.protocol.number(),
    };
    let Some(address) = &endpoint.address else {
        return spec.addresses.iter().copied().map(at).collect();
    };
    let belongs = !address.ip.is_unicast_link_local()
        || spec.scope == Scope::LinkLocal
            && address
                .zone
                .as_ref()
                .is_none_or(|zone| is_zone_of(zone, spec));
    belongs.then(|| at(address.ip)).into_iter().collect()
}

/// The upper half of the service location. MS-PNRP §3.2.4.1 step 3.
pub(super) fn location_prefix(hint: Ipv6Addr) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = hint.octets();
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

#[cfg(test)]
mod tests {
    use super::{
        super::enumerate::tests::{global, link},
        *,
    };

    fn placed(clouds: &[CloudSpec], endpoints: &[&str]) -> Result<Vec<(String, usize)>, Error> {
        let mut registration = Registration::new("0.web");
        registration.endpoints = endpoints.iter().map(|text| text.parse().unwrap()).collect();
        fill_in_zones(&mut registration, clouds)?;
        let placed = place(clouds.to_vec(), &registration)?;
        Ok(placed
            .into_iter()
            .map(|(spec, endpoints)| (spec.name, endpoints.len()))
            .collect())
    }

    fn entry(name: &str, endpoints: usize) -> (String, usize) {
        (name.to_owned(), endpoints)
    }

    #[test]
    fn a_link_local_endpoint_goes_to_the_cloud_of_its_link_only() {
        let clouds = [global(), link("eth0", 2), link("eth1", 3)];

        for text in ["[fe80::9%eth1]:80", "[fe80::9%3]:80"] {
            assert_eq!(
                placed(&clouds, &[text]).unwrap(),
                [entry("LinkLocal_ff00::%3/8", 1)]
            );
        }
    }

    #[test]
    fn a_global_endpoint_goes_to_every_cloud() {
        let clouds = [global(), link("eth0", 2)];

        let expected = [entry("Global_", 1), entry("LinkLocal_ff00::%2/8", 1)];
        assert_eq!(placed(&clouds, &["[2001:db8::9]:80"]).unwrap(), expected);
    }

    #[test]
    fn a_port_alone_means_the_addresses_of_each_cloud() {
        let mut two = global();
        two.addresses.push("2001:db8::2".parse().unwrap());

        let expected = [entry("Global_", 4), entry("LinkLocal_ff00::%2/8", 2)];
        assert_eq!(
            placed(&[two, link("eth0", 2)], &[":80", ":53/udp"]).unwrap(),
            expected
        );
    }

    #[test]
    fn a_link_local_endpoint_needs_a_zone_when_there_are_several_links() {
        let one = [global(), link("eth0", 2)];
        let two = [link("eth0", 2), link("eth1", 3)];

        let expected = [entry("LinkLocal_ff00::%2/8", 1)];
        assert_eq!(placed(&one, &["[fe80::9]:80"]).unwrap(), expected);
        let error = placed(&two, &["[fe80::9]:80"]).unwrap_err().to_string();
        assert!(error.contains("needs its interface"), "{error}");
    }

    #[test]
    fn an_endpoint_that_no_cloud_can_take_is_refused() {
        let error = placed(&[global()], &["[fe80::9]:80"])
            .unwrap_err()
            .to_string();
        assert!(error.contains("no endpoint belongs to Global_"), "{error}");
        let error = placed(&[global()], &["[fe80::9%eth7]:80"])
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("no cloud is on the interface eth7"),
            "{error}"
        );
    }

    #[test]
    fn a_payload_alone_goes_to_every_cloud() {
        assert_eq!(placed(&[global()], &[]).unwrap(), [entry("Global_", 0)]);
    }

    #[test]
    fn a_cloud_is_meant_by_its_interface_from_start_to_start() {
        let clouds = [global(), link("eth0", 2)];
        let named = |name: &str| CloudSelector::Named(name.to_owned());

        let lasting = |selector| lasting(selector, &clouds);
        assert_eq!(lasting(named("LinkLocal_ff00::%2/8")), named("eth0"));
        assert_eq!(lasting(named("Global_")), named("Global_"));
        assert_eq!(lasting(CloudSelector::All), CloudSelector::All);
        assert!(are_same(
            &named("eth0"),
            &named("LinkLocal_ff00::%2/8"),
            &clouds
        ));
        assert!(are_same(&named("global"), &named("Global_"), &clouds));
        assert!(!are_same(&named("eth0"), &named("Global_"), &clouds));
        assert!(!are_same(&named("Global_"), &CloudSelector::All, &clouds));
    }

    #[test]
    fn the_location_prefix_is_the_upper_half_of_the_hint() {
        let hint = "2001:db8:1:2:3:4:5:6".parse().unwrap();

        assert_eq!(location_prefix(hint), 0x2001_0db8_0001_0002);
    }
}
