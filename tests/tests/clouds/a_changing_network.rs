//! Addresses and interfaces that come, go and are renamed while daemons run.

use std::{net::Ipv6Addr, time::Duration};

use futures_util::future::{join, join3};
use pnrp_api::{CloudInfo, CloudScope, CloudState, ScopeFilter};
use pnrp_tests::{
    clock::now,
    lab::{Addresses, Cable, Lab, Link},
    skip::skip,
};

use crate::host::{Host, ONE_TRY, addresses, name_of, until};

/// Three hosts that know each other; each has published its own name.
async fn three(lab: &Lab) -> [Host; 3] {
    let hosts = [1, 2, 3].map(|number| started(lab, number));
    let [one, two, three] = hosts;
    let hosts: [Host; 3] = join3(one, two, three).await.into();
    for host in &hosts {
        host.finds(&name_of(host.number % 3 + 1), "eth0", SETTLED_WITHIN)
            .await;
    }
    hosts
}

async fn started(lab: &Lab, number: u16) -> Host {
    let mut host = Host::start(lab, number).await;
    host.publish_own().await;
    host
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_changes_and_its_name_follows() {
    if let Err(reason) = Lab::available() {
        return skip(&reason);
    }
    let lab = Lab::new(3);
    let [mut publisher, resolver, _third] = three(&lab).await;
    let eth0 = lab.interface(1, "eth0");
    let changes = [
        ("eth0", Lab::link_local(1), Lab::link_local(0xaa)),
        ("global", Link::A.global(1), Link::A.global(0xaa)),
    ];
    for (cloud, old, new) in changes {
        let found = resolver.finds(&name_of(1), cloud, SETTLED_WITHIN).await;
        assert_eq!(addresses(&found), [old]);
        eth0.add(new);
        eth0.remove(old);
    }

    let [link, global] = changes.map(|(cloud, _, new)| follows(&resolver, cloud, new));
    join(link, global).await;

    let found = resolver.finds_by_command(&name_of(1), "eth0");
    assert_eq!(found["endpoints"][0]["address"], "fe80::aa%eth0");
    assert!(publisher.daemon.is_running());
}

/// The name of host 1 is found at its new address in time, and from then on at no other; once the
/// time is over it is found always.
async fn follows(resolver: &Host, cloud: &str, new: Ipv6Addr) {
    let changed = now();
    let (mut first, mut last_miss) = (None, None);
    while changed.elapsed() < FOLLOWED_WITHIN {
        let found = resolver.resolve(&name_of(1), cloud, ONE_TRY).await;
        match found.as_ref().map(addresses) {
            Ok(at) if at == [new] => _ = first.get_or_insert(changed.elapsed()),
            Ok(at) => assert_eq!(first, None, "{at:?} again"),
            Err(_) if first.is_some() => last_miss = Some(changed.elapsed()),
            Err(_) => {}
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert!(first.is_some(), "{new} is not found");
    println!("{new} found {first:?} after the change, last miss thereafter {last_miss:?}");
    for _ in 0..20 {
        let found = resolver.resolve(&name_of(1), cloud, ONE_TRY).await;
        let found = found.as_ref().map(addresses);
        assert_eq!(found, Ok(vec![new]), "in {cloud}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interface_goes_down_and_comes_back() {
    if let Err(reason) = Lab::available() {
        return skip(&reason);
    }
    let cable = Cable {
        interface: "eth0",
        link: Link::A,
        addresses: Addresses::LinkLocal,
    };
    let lab = Lab::with_cables(vec![vec![cable]; 3]);
    let [mut publisher, resolver, _third] = three(&lab).await;
    let before = publisher.pnrp.names().await.unwrap();
    let eth0 = lab.interface(1, "eth0");

    eth0.down();
    until("state NoNet", FOLLOWED_WITHIN, async || {
        let clouds = publisher.clouds_by_command();
        match clouds.as_slice() {
            [cloud] if cloud["state"] == "NoNet" => Ok(()),
            _ => Err(format!("{clouds:?}")),
        }
    })
    .await;
    let gone = resolver.resolve(&name_of(1), "eth0", ONE_TRY).await;
    assert!(gone.is_err(), "{gone:?}");

    let up = now();
    eth0.up();
    eth0.add(Lab::link_local(1));
    publisher
        .is_active(CloudScope::LinkLocal, FOLLOWED_WITHIN)
        .await;
    println!("active {:?} after the interface", up.elapsed());
    let found = resolver.finds(&name_of(1), "eth0", FOLLOWED_WITHIN).await;
    println!("found {:?} after the interface", up.elapsed());
    assert_eq!(addresses(&found), [Lab::link_local(1)]);
    let after = publisher.pnrp.names().await.unwrap();
    assert_eq!(before[0].pnrp_id, after[0].pnrp_id);
    assert_eq!(found.pnrp_id, after[0].pnrp_id);
    assert_eq!(after.len(), 1);
    assert!(publisher.daemon.is_running());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interface_appears_and_gets_a_cloud_with_the_names_of_all() {
    if let Err(reason) = Lab::available() {
        return skip(&reason);
    }
    let on = |interface, link| Cable {
        interface,
        link,
        addresses: Addresses::LinkLocal,
    };
    let mut lab = Lab::with_cables(vec![
        vec![on("eth0", Link::A)],
        vec![on("eth0", Link::B)],
        vec![on("eth0", Link::A)],
    ]);
    let mut publisher = started(&lab, 1).await;
    let resolver = started(&lab, 2).await;
    let third = started(&lab, 3).await;
    third.finds(&name_of(1), "eth0", SETTLED_WITHIN).await;

    lab.add_cable(1, on("eth1", Link::B));
    let added = now();
    until("second cloud", FOLLOWED_WITHIN, async || {
        let clouds = publisher.pnrp.clouds(ScopeFilter::LinkLocal).await.unwrap();
        match clouds.len() {
            2 => Ok(()),
            _ => Err(format!("{clouds:?}")),
        }
    })
    .await;
    let found = resolver.finds(&name_of(1), "eth0", FOLLOWED_WITHIN).await;
    println!("found on a new interface after {:?}", added.elapsed());
    assert_eq!(addresses(&found), [Lab::link_local(1)]);
    let names = publisher.pnrp.names().await.unwrap();
    assert_eq!(names.len(), 2, "{names:?}");
    let found = publisher.finds_by_command(&name_of(2), "eth1");
    assert_eq!(found["endpoints"][0]["address"], "fe80::2%eth1");
    third.finds(&name_of(1), "eth0", SETTLED_WITHIN).await;
    assert!(publisher.daemon.is_running());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interface_is_renamed_and_its_cloud_with_it() {
    if let Err(reason) = Lab::available() {
        return skip(&reason);
    }
    let lab = Lab::new(3);
    let [mut publisher, resolver, third] = three(&lab).await;
    let before = publisher.link_cloud().await.unwrap();

    let _lan0 = lab.interface(1, "eth0").rename("lan0");

    let after = until("renamed cloud", FOLLOWED_WITHIN, async || {
        let cloud = publisher.link_cloud().await;
        match cloud {
            Some(cloud) if zones(&cloud) == ["lan0"] => Ok(cloud),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
    assert_eq!(before.name, after.name);
    assert_eq!(before.port, after.port);
    let active = [CloudState::Active, CloudState::Active];
    assert_eq!([before.state, after.state], active);
    let found = resolver.finds(&name_of(1), "eth0", FOLLOWED_WITHIN).await;
    assert_eq!(addresses(&found), [Lab::link_local(1)]);
    publisher.finds(&name_of(3), "lan0", FOLLOWED_WITHIN).await;
    let found = publisher.finds_by_command(&name_of(2), "lan0");
    assert_eq!(found["endpoints"][0]["address"], "fe80::2%lan0");
    third.finds(&name_of(1), "eth0", FOLLOWED_WITHIN).await;
    assert!(publisher.daemon.is_running());
}

/// The zones of a cloud's addresses.
fn zones(cloud: &CloudInfo) -> Vec<&str> {
    let zones = cloud.addresses.iter().map(|address| {
        let zone = address.zone.as_deref();
        zone.unwrap_or_default()
    });
    zones.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tentative_address_is_waited_for() {
    if let Err(reason) = Lab::available() {
        return skip(&reason);
    }
    let cable = |addresses| Cable {
        interface: "eth0",
        link: Link::A,
        addresses,
    };
    let lab = Lab::with_cables(vec![
        vec![cable(Addresses::None)],
        vec![cable(Addresses::LinkLocal)],
    ]);
    let resolver = started(&lab, 2).await;
    let eth0 = lab.interface(1, "eth0");
    eth0.add_tentative(Lab::link_local(1));
    // For six seconds more; the daemon may wait for it before it answers.
    assert!(eth0.is_tentative());

    let mut publisher = Host::start(&lab, 1).await;

    until("cloud", FOLLOWED_WITHIN, async || {
        let cloud = publisher.link_cloud().await;
        match cloud {
            Some(cloud) if cloud.addresses.len() == 1 => Ok(()),
            other => Err(format!("{other:?}\n{}", publisher.daemon.log_tail())),
        }
    })
    .await;
    publisher.publish_own().await;
    let found = resolver.finds(&name_of(1), "eth0", SETTLED_WITHIN).await;
    assert_eq!(addresses(&found), [Lab::link_local(1)]);
    let found = publisher.finds_by_command(&name_of(2), "eth0");
    assert_eq!(found["endpoints"][0]["address"], "fe80::2%eth0");
}

const SETTLED_WITHIN: Duration = Duration::from_secs(30);
const FOLLOWED_WITHIN: Duration = Duration::from_secs(20);
