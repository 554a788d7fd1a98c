//! Two links that share a host: what is said on one is not heard on the other.

use std::{collections::BTreeSet, net::Ipv6Addr, time::Duration};

use futures_util::future;
use pnrp_api::{CloudScope, CloudSelector};
use pnrp_tests::{
    lab::{Addresses, Cable, Lab, Link},
    skip::skip,
};

use crate::host::{Host, addresses, name_of};

/// Hosts 1 to 3 are on link A, 4 to 6 on link B, and 7 on both: `eth0` on A, `eth1` on B.
fn lab(addresses: Addresses) -> Lab {
    let on = |interface, link| Cable {
        interface,
        link,
        addresses,
    };
    let (a, b) = (on("eth0", Link::A), on("eth0", Link::B));
    let both = vec![a.clone(), on("eth1", Link::B)];
    let mut cables = vec![vec![a]; 3];
    cables.extend(vec![vec![b]; 3]);
    cables.push(both);
    Lab::with_cables(cables)
}

const ON_A: [u16; 3] = [1, 2, 3];
const ON_B: [u16; 3] = [4, 5, 6];
const ON_BOTH: u16 = 7;

struct Links {
    hosts: Vec<Host>,
    #[expect(dead_code, reason = "the hosts are there for as long as this is held")]
    lab: Lab,
}

impl Links {
    /// Starts a daemon on each host, which publishes a name of its own.
    async fn start(addresses: Addresses) -> Self {
        let lab = lab(addresses);
        let hosts = lab.hosts().map(async |number| {
            let mut host = Host::start(&lab, number).await;
            host.publish_own().await;
            host
        });
        Self {
            hosts: future::join_all(hosts).await,
            lab,
        }
    }

    fn host(&self, number: u16) -> &Host {
        &self.hosts[usize::from(number) - 1]
    }

    async fn publish(&mut self, number: u16, name: &str) {
        let host = &mut self.hosts[usize::from(number) - 1];
        host.publish(name, CloudSelector::All).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_links_stay_apart() {
    if let Err(reason) = Lab::available() {
        return skip(&reason);
    }
    let mut links = Links::start(Addresses::LinkLocal).await;
    links.publish(1, "0.on-a").await;
    links.publish(2, "0.on-both").await;
    links.publish(5, "0.on-both").await;
    let both = links.host(ON_BOTH);

    // Each finds its own link's.
    for (asker, cloud, publisher) in [
        (2, "eth0", 1),
        (3, "eth0", 1),
        (ON_BOTH, "eth0", 1),
        (ON_BOTH, "eth1", 4),
        (5, "eth0", 4),
        (6, "eth0", ON_BOTH),
        (3, "eth0", ON_BOTH),
    ] {
        let (host, name) = (links.host(asker), name_of(publisher));
        let found = host.finds(&name, cloud, SETTLED_WITHIN).await;
        assert_eq!(addresses(&found), [Lab::link_local(publisher)], "{asker}");
    }
    for (asker, cloud, publisher) in [
        (1, "eth0", 2),
        (4, "eth0", 5),
        (ON_BOTH, "eth0", 2),
        (ON_BOTH, "eth1", 5),
    ] {
        let host = links.host(asker);
        let found = host.finds("0.on-both", cloud, SETTLED_WITHIN).await;
        assert_eq!(addresses(&found), [Lab::link_local(publisher)], "{asker}");
    }
    let found = both.finds_by_command("0.on-both", "eth1");
    assert_eq!(found["endpoints"][0]["address"], "fe80::5%eth1");

    // Nobody finds the other link's.
    assert!(
        links
            .host(2)
            .resolve("0.on-a", "eth0", ONE_RESOLVE)
            .await
            .is_ok()
    );
    let misses = ON_B.map(|number| links.host(number).resolve("0.on-a", "all", ONE_RESOLVE));
    let misses = future::join_all(misses).await;
    assert!(misses.iter().all(Result::is_err), "{misses:?}");
    assert!(both.resolve("0.on-a", "eth1", ONE_RESOLVE).await.is_err());

    for (cloud, hosts) in [("eth0", ON_A), ("eth1", ON_B)] {
        knows_only(both, cloud, &hosts).await;
    }
    println!("names and caches of two links are apart");
}

/// Checks that a cloud of the host on both links has cached some hosts of its link, and no others.
async fn knows_only(host: &Host, cloud: &str, others: &[u16]) {
    let cached = host.pnrp.cache(cloud).await.unwrap();
    let cached: BTreeSet<_> = cached.iter().flat_map(|entry| &entry.endpoints).collect();
    let known: BTreeSet<Ipv6Addr> = cached.iter().map(|endpoint| endpoint.address.ip).collect();
    let allowed = others.iter().chain([&host.number]);
    let allowed: BTreeSet<_> = allowed.map(|&number| Lab::link_local(number)).collect();
    assert!(!known.is_empty(), "nobody is known on {cloud}");
    assert!(known.is_subset(&allowed), "{cloud}: {known:?}");
    for endpoint in cached {
        assert_eq!(endpoint.address.zone.as_deref(), Some(cloud), "{endpoint}");
    }
}

/// The host on both links takes part in one global cloud, and tells either side of the other. Those
/// addresses lead nowhere, which only costs time.
#[tokio::test(flavor = "multi_thread")]
async fn a_global_cloud_reaches_as_far_as_its_routes() {
    if let Err(reason) = Lab::available() {
        return skip(&reason);
    }
    let links = Links::start(Addresses::All).await;
    let both = links.host(ON_BOTH);
    both.is_active(CloudScope::Global, SETTLED_WITHIN).await;

    for (asker, publisher, link) in [
        (ON_BOTH, 1, Link::A),
        (ON_BOTH, 4, Link::B),
        (2, 1, Link::A),
        (5, 4, Link::B),
    ] {
        let host = links.host(asker);
        let name = name_of(publisher);
        let found = host.finds(&name, "global", SETTLED_WITHIN).await;
        assert_eq!(addresses(&found), [link.global(publisher)], "{asker}");
    }
    let found = links.host(3).finds_by_command(&name_of(1), "global");
    assert_eq!(found["endpoints"][0]["address"], "2001:db8:1::1");

    let misses = ON_B.map(async |number| {
        let host = links.host(number);
        host.resolve(&name_of(1), "global", ONE_RESOLVE).await
    });
    let misses = future::join_all(misses).await;
    assert!(misses.iter().all(Result::is_err), "{misses:?}");
}

const SETTLED_WITHIN: Duration = Duration::from_secs(30);
const ONE_RESOLVE: Duration = Duration::from_secs(10);
