//! A daemon that is killed without a word, and comes back.

use std::{fs, time::Duration};

use futures_util::future;
use pnrp_api::CloudScope;
use pnrp_tests::{clock::now, lab::Lab, skip::skip};
use serde_json::Value;

use crate::{
    crowd::Crowd,
    host::{Host, ONE_TRY, addresses, name_of, until},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_daemon_is_forgotten_and_comes_back_by_the_peers_it_saved() {
    if let Err(reason) = Lab::available() {
        return skip(&reason);
    }
    let lab = Lab::new(HOSTS);
    let mut crowd = Crowd::start(&lab).await;
    for host in &crowd.hosts[1..] {
        host.finds(&name_of(1), "eth0", SETTLED_WITHIN).await;
    }
    let killed = crowd.hosts.remove(0);
    killed
        .is_active(CloudScope::LinkLocal, SETTLED_WITHIN)
        .await;
    has_saved_peers(&killed).await;

    let remains = killed.daemon.kill();

    is_forgotten(&crowd.hosts).await;
    let started = now();
    let daemon = remains.launch(&["--no-ssdp"]);
    let mut host = Host::of(1, daemon).await;
    host.publish_own().await;
    let found = host.finds(&name_of(2), "eth0", BACK_WITHIN).await;
    println!("it finds a name {:?} after its start", started.elapsed());
    assert_eq!(addresses(&found), [Lab::link_local(2)]);
    let found = crowd.hosts[0].finds(&name_of(1), "eth0", BACK_WITHIN).await;
    let elapsed = started.elapsed();
    println!("its name is found {elapsed:?} after its start");
    assert_eq!(addresses(&found), [Lab::link_local(1)]);
    assert!(elapsed < BACK_WITHIN);
    let found = crowd.hosts[1].finds_by_command(&name_of(1), "eth0");
    assert_eq!(found["endpoints"][0]["address"], "fe80::1%eth0");

    is_alone_without_them(&lab).await;
}

/// Waits until peers of the link-local cloud have a place to outlast the daemon in. Each cloud of a
/// daemon writes its own when it has found some, so those of the global one may be there before.
async fn has_saved_peers(host: &Host) {
    let file = host.daemon.state_dir().join("peers.json");
    until("saved peers", SAVED_WITHIN, async || {
        let text = fs::read_to_string(&file).map_err(|error| error.to_string())?;
        let saved: Value = serde_json::from_str(&text).unwrap();
        match saved["link-local eth0"].as_array() {
            Some(peers) if !peers.is_empty() => Ok(()),
            _ => Err(text),
        }
    })
    .await;
}

/// Nobody finds the name of host 1 any more.
async fn is_forgotten(others: &[Host]) {
    let killed = now();
    let name = name_of(1);
    until("end of the name", FORGOTTEN_WITHIN, async || {
        let found = others
            .iter()
            .map(|host| host.resolve(&name, "eth0", ONE_TRY));
        let found: Vec<_> = future::join_all(found).await;
        match found.into_iter().flatten().next() {
            None => Ok(()),
            Some(found) => Err(format!("{found:?}")),
        }
    })
    .await;
    let elapsed = killed.elapsed();
    println!("found by nobody {elapsed:?} after the kill");
    assert!(elapsed < FORGOTTEN_WITHIN);
}

/// A daemon that has no saved peers and may not search finds nobody.
async fn is_alone_without_them(lab: &Lab) {
    let newcomer = Host::with(lab, HOSTS, &["--no-ssdp"]).await;
    let found = newcomer.resolve(&name_of(2), "eth0", ONE_TRY).await;
    assert!(found.is_err(), "{found:?}");
}

const HOSTS: u16 = 8;
const SETTLED_WITHIN: Duration = Duration::from_secs(30);
const SAVED_WITHIN: Duration = Duration::from_secs(10);
const FORGOTTEN_WITHIN: Duration = Duration::from_secs(60);
const BACK_WITHIN: Duration = Duration::from_secs(5);
