//! A program of another maker that speaks SSDP, on the same host as pnrpd.

use std::time::Duration;

use futures_util::future::join;
use pnrp_node::ssdp::Response;
use pnrp_tests::{
    lab::Lab,
    skip::skip,
    ssdp::{Answering, PNRP_ON_THE_LINK, ROOT_DEVICE, Sharing, search, shout},
    tshark::{self, Capture, Traffic},
};

use crate::{
    host::{Host, addresses, name_of, until},
    ssdp_traffic::{are_those_of_windows, searches},
};

/// Host 1 has pnrpd and the program, host 2 pnrpd alone, host 3 neither.
async fn get_along(other_is_first: bool, sharing: Sharing) {
    if let Err(reason) = Lab::available().and_then(|()| tshark::available()) {
        return skip(&reason);
    }
    let directory = tempfile::tempdir().unwrap();
    let lab = Lab::new(3);
    let capture = Capture::at_host(
        &lab,
        3,
        "eth0",
        Traffic::Ssdp,
        &directory.path().join("seen.pcap"),
    );
    let start_other = || Answering::start(&lab, 1, ROOT_DEVICE, sharing);
    let early = other_is_first.then(start_other);
    let (mut one, mut two) = join(Host::start(&lab, 1), Host::start(&lab, 2)).await;
    let late = (!other_is_first).then(start_other);
    assert!(early.is_some() != late.is_some());
    join(one.publish_own(), two.publish_own()).await;

    both_answer(&lab).await;
    they_find_each_other(&one, &two).await;
    for _ in 0..SHOUTS {
        shout(&lab, 3);
    }
    both_answer(&lab).await;
    they_find_each_other(&one, &two).await;
    let found = two.finds_by_command(&name_of(1), "eth0");
    assert_eq!(found["endpoints"][0]["address"], "fe80::1%eth0");
    assert!(one.daemon.is_running() && two.daemon.is_running());

    let seen = capture.stop();
    let from_daemons: Vec<_> = searches(&seen)
        .into_iter()
        .filter(|search| *search.source.ip() != Lab::link_local(3))
        .collect();
    println!("{} searches of the daemons seen", from_daemons.len());
    assert!(!from_daemons.is_empty());
    are_those_of_windows(&from_daemons);
}

/// A stranger gets the answers of both: of the device, and of the nodes.
async fn both_answer(lab: &Lab) {
    until("answer of the device", ANSWERED_WITHIN, async || {
        let answers = search(lab, 3, ROOT_DEVICE, LISTEN_FOR);
        match &answers[..] {
            [device] if device.from == Lab::link_local(1) => Ok(()),
            _ => Err(format!("{answers:?}")),
        }
    })
    .await;
    until("answers of PNRP nodes", ANSWERED_WITHIN, async || {
        let answers = search(lab, 3, PNRP_ON_THE_LINK, LISTEN_FOR);
        let mut nodes: Vec<_> = answers
            .iter()
            .map(|answer| {
                let response = Response::parse(answer.text.as_bytes()).unwrap();
                let endpoint = response.endpoint().unwrap();
                assert_eq!(endpoint.address, answer.from);
                endpoint.address
            })
            .collect();
        nodes.sort();
        match nodes == [1, 2].map(Lab::link_local) {
            true => Ok(()),
            false => Err(format!("{answers:?}")),
        }
    })
    .await;
}

async fn they_find_each_other(one: &Host, two: &Host) {
    let found = one.finds(&name_of(2), "eth0", FOUND_WITHIN).await;
    assert_eq!(addresses(&found), [Lab::link_local(2)]);
    let found = two.finds(&name_of(1), "eth0", FOUND_WITHIN).await;
    assert_eq!(addresses(&found), [Lab::link_local(1)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_came_first_shares_the_port_with_pnrpd() {
    get_along(true, Sharing::Address).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_comes_later_shares_the_port_with_pnrpd() {
    get_along(false, Sharing::AddressAndPort).await;
}

const SHOUTS: usize = 20;
const ANSWERED_WITHIN: Duration = Duration::from_secs(20);
/// Answers may come later than at once, but not by more than a search allows.
const LISTEN_FOR: Duration = Duration::from_millis(3_500);
const FOUND_WITHIN: Duration = Duration::from_secs(30);
