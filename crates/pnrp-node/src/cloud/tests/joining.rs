//! Finding the first other nodes. MS-PNRP §3.1.4.2, §3.1.4.3, §3.2.5.3, §3.2.5.4.

use std::time::Duration;

use pnrp_wire::{Advertise, Body, Endpoint, Message, MessageId, Nonce, Request, Solicit};

use super::link::{Link, endpoint};
use crate::cloud::CloudState;

/// R-3.1.4.3-02, R-3.1.5.3-06, R-3.2.5.4-05: the SOLICIT carries the hash of the nonce that the REQUEST reveals.
#[test]
fn a_conversation_brings_the_peers_entry() {
    let mut link = Link::new(1);
    let first = link.add(vec![]);
    link.register(first, "0.first");

    let second = link.add(vec![endpoint(first)]);
    link.run(Duration::from_secs(1));

    let hashed = link.log.iter().find_map(|message| {
        let Body::Solicit(solicit) = &message.body else {
            return None;
        };
        Some(solicit.hashed_nonce)
    });
    let nonce = link.log.iter().find_map(|message| {
        let Body::Request(request) = &message.body else {
            return None;
        };
        Some(request.nonce)
    });
    assert!(hashed.is_some());
    assert_eq!(hashed, nonce.map(|nonce| nonce.hashed()));
    assert_eq!(link.nodes[second].cache().len(), 1);
    assert_eq!(link.nodes[second].state(), CloudState::Active);
}

/// R-3.2.5.3-09: the route entry of a SOLICIT is examined too.
#[test]
fn a_solicit_makes_the_sender_known() {
    let mut link = Link::new(1);
    let first = link.add(vec![]);
    let second = link.add(vec![]);
    link.register(second, "0.second");

    let now = link.now;
    link.nodes[second].handle_discovered(endpoint(first), now);
    link.collect();
    link.run(Duration::from_secs(1));

    assert_eq!(link.nodes[first].cache().len(), 1);
}

/// R-3.1.4.3-04, R-3.1.6.3-02, R-3.1.6.3-03: Retry Count 2 means one resend, then failure.
#[test]
fn an_unanswered_solicit_is_sent_twice() {
    let mut link = Link::new(1);
    link.add(vec![endpoint(7)]);
    link.run(Duration::from_secs(5));

    assert_eq!(link.nodes[0].stats().sent.total(), 2);
    assert_eq!(link.nodes[0].stats().unanswered, 1);
    assert_eq!(link.nodes[0].state(), CloudState::Alone);
}

/// R-3.1.6.2-01: a node that knows no other looks again at each maintenance.
#[test]
fn a_node_that_is_alone_looks_again() {
    let mut link = Link::new(1);
    let first = link.add(vec![endpoint(1)]);
    link.run(Duration::from_secs(5));

    let second = link.add(vec![]);
    link.register(second, "0.second");
    link.run(Duration::from_secs(11));

    assert_eq!(link.nodes[first].cache().len(), 1);
}

/// A chain in which nobody has registered anything yet: the first registration is found at once
/// from the far end, through peers that had nothing to say until then.
#[test]
fn the_first_name_of_a_cold_chain_is_found_within_a_second() {
    for quiet in [0, 5, 60] {
        let mut link = Link::chain(3, 1);
        link.run(Duration::from_secs(quiet));
        link.register(0, "0.first");

        let outcome = link.resolve(2, "0.first");

        assert_eq!(outcome.result, Ok(()));
        assert!(
            outcome.elapsed < Duration::from_secs(1),
            "{:?}",
            outcome.elapsed
        );
    }
}

/// A node that nobody has asked for anything is silent.
#[test]
fn an_unused_cloud_sends_nothing() {
    let mut link = Link::new(1);
    link.add(vec![]);

    link.run(Duration::from_secs(120));

    assert_eq!(link.log.len(), 0);
    assert_eq!(link.nodes[0].state(), CloudState::Virtual);
}

/// R-3.1.5.3-03: an ADVERTISE with another nonce has no effect, and does not end the conversation.
#[test]
fn an_advertise_with_another_nonce_is_dropped() {
    let mut link = Link::new(1);
    let node = link.add(vec![endpoint(7)]);
    let solicit = link.log[0].clone();
    let forged = Advertise {
        acked: solicit.id,
        ids: vec![pnrp_wire::PnrpId::from_bytes([9; 32])],
        hashed_nonce: Nonce([1; 16]).hashed(),
    };

    link.inject(node, endpoint(7), &encoded(Body::Advertise(forged)));

    assert_eq!(link.nodes[node].stats().discarded["wrong_hashed_nonce"], 1);
    assert_eq!(
        link.nodes[node].table_sizes()[0],
        1,
        "the SOLICIT is pending still"
    );
}

/// R-3.2.5.4-02, R-3.2.5.4-04: a REQUEST outside a conversation is ignored; one that is repeated is acknowledged
/// again, and brings no second FLOOD.
#[test]
fn only_the_requests_of_a_conversation_are_served() {
    let mut link = Link::new(1);
    let node = link.add(vec![]);
    link.register(node, "0.name");
    let local = link.nodes[node].registrations().next().unwrap().1.pnrp_id();
    let nonce = Nonce([3; 16]);
    let request = encoded(Body::Request(Request {
        nonce,
        ids: vec![local],
    }));

    link.inject(node, endpoint(5), &request);
    assert_eq!(link.nodes[node].stats().discarded["no_conversation"], 1);

    let solicit = Solicit {
        solicit_type: None,
        route: None,
        hashed_nonce: nonce.hashed(),
    };
    link.inject(node, endpoint(5), &encoded(Body::Solicit(solicit)));
    link.log.clear();
    link.inject(node, endpoint(5), &request);
    link.inject(node, endpoint(5), &request);

    let sent: Vec<_> = link.log.iter().map(Message::message_type).collect();
    use pnrp_wire::MessageType::{Ack, Flood};
    assert_eq!(sent, [Ack, Flood, Ack]);
}

/// R-3.2.5.3-04: without room for a conversation, nothing is advertised.
#[test]
fn a_full_conversation_table_refuses_with_an_empty_list() {
    let mut link = Link::new(1);
    let node = link.add(vec![]);
    link.register(node, "0.name");

    for peer in 0..65 {
        let hashed_nonce = Nonce([peer; 16]).hashed();
        let solicit = Solicit {
            solicit_type: None,
            route: None,
            hashed_nonce,
        };
        let from = Endpoint {
            address: endpoint(5).address,
            port: 5_000 + u16::from(peer),
        };
        link.inject(node, from, &encoded(Body::Solicit(solicit)));
    }

    let counts: Vec<_> = link
        .log
        .iter()
        .filter_map(|message| {
            let Body::Advertise(advertise) = &message.body else {
                return None;
            };
            Some(advertise.ids.len())
        })
        .collect();
    assert_eq!(counts.len(), 65);
    assert!(counts[..64].iter().all(|&count| count == 1));
    assert_eq!(counts[64], 0);
}

fn encoded(body: Body) -> Vec<u8> {
    Message {
        id: MessageId(0x0102_0304),
        body,
    }
    .encode(&pnrp_wire::Dialect::default())
}
