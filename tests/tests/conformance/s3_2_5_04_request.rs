//! Receiving REQUEST. MS-PNRP §3.2.5.4, and the Conversation Timer of §3.2.6.1.

use pnrp_tests::scenario::{Peer, STRANGER, Scenario, endpoint};
use pnrp_wire::{Body, Dialect, Message, MessageId, MessageType, Nonce, PnrpId, Request, Solicit};

use super::{millis, seconds};

const NONCE: Nonce = Nonce([3; 16]);

/// A cloud with five peers in its cache, which a stranger has solicited, and their IDs.
fn solicited() -> (Scenario, Vec<PnrpId>) {
    let mut scenario = Scenario::default();
    let peers: Vec<Peer> = (2..7)
        .map(|number| Peer::located(u128::from(number) << 100, number))
        .collect();
    for peer in &peers {
        scenario.introduce(peer);
    }
    let body = Body::Solicit(Solicit {
        solicit_type: None,
        route: None,
        hashed_nonce: NONCE.hashed(),
    });
    scenario.deliver(endpoint(STRANGER), body);
    scenario.expect_advertise();
    (scenario, peers.iter().map(|peer| peer.id).collect())
}

fn request(nonce: Nonce, ids: &[PnrpId]) -> Body {
    let ids = ids.to_vec();
    Body::Request(Request { nonce, ids })
}

/// R-3.2.5.4-01
#[test]
fn a_malformed_request_is_not_acknowledged() {
    let (mut scenario, ids) = solicited();
    let body = request(NONCE, &ids);
    let id = MessageId(9);
    let datagram = Message { id, body }.encode(&Dialect::default());
    for length in 12..datagram.len() {
        scenario.deliver_bytes(endpoint(STRANGER), &datagram[..length]);
        scenario.expect_silence();
    }
    scenario.deliver_bytes(endpoint(STRANGER), &datagram);
    scenario.expect_ack();
}

/// R-3.2.5.4-02: the conversation belongs to an address and a port.
#[test]
fn a_request_without_a_conversation_is_ignored() {
    let (mut scenario, ids) = solicited();
    let other_port = pnrp_wire::Endpoint {
        port: 4000,
        ..endpoint(STRANGER)
    };
    for from in [endpoint(40), other_port] {
        scenario.deliver(from, request(NONCE, &ids));
        scenario.expect_silence();
    }
}

/// R-3.2.5.4-03: and the conversation stays.
#[test]
fn a_request_with_another_nonce_is_dropped() {
    let (mut scenario, ids) = solicited();

    scenario.deliver(endpoint(STRANGER), request(Nonce([4; 16]), &ids));
    scenario.expect_silence();

    scenario.deliver(endpoint(STRANGER), request(NONCE, &ids));
    scenario.expect_ack();
}

/// R-3.2.5.4-04, R-3.2.5.4-05: the ACK first, then an entry for each ID, which nobody has to
/// acknowledge and which is not repeated.
#[test]
fn a_request_brings_an_ack_and_a_flood_for_each_id() {
    let (mut scenario, ids) = solicited();

    let acked = scenario.deliver(endpoint(STRANGER), request(NONCE, &ids));

    let sent = scenario.take_all();
    assert!(sent.iter().all(|sent| sent.to == endpoint(STRANGER)));
    let Body::Ack(ack) = &sent[0].message.body else {
        panic!("{:?}", sent[0]);
    };
    assert_eq!((ack.acked, ack.id_not_found), (acked, false));
    let mut flooded = Vec::new();
    for sent in &sent[1..] {
        let Body::Flood(flood) = &sent.message.body else {
            panic!("{sent:?}");
        };
        assert!(flood.suppress_ack);
        flooded.push(flood.content.route.as_ref().unwrap().id());
    }
    assert_eq!(flooded, ids);
    scenario.advance(seconds(5));
    scenario.expect_silence();
}

/// R-3.2.5.4-06: a repetition, whose ACK may have been lost, brings the ACK alone, and soon nothing.
#[test]
fn a_request_ends_the_conversation() {
    let (mut scenario, ids) = solicited();
    scenario.deliver(endpoint(STRANGER), request(NONCE, &ids));
    scenario.take_all();

    scenario.deliver(endpoint(STRANGER), request(NONCE, &ids));
    let kinds: Vec<_> = scenario
        .take_all()
        .iter()
        .map(|sent| sent.message.message_type())
        .collect();
    assert_eq!(kinds, [MessageType::Ack]);

    scenario.advance(seconds(3));
    scenario.deliver(endpoint(STRANGER), request(NONCE, &ids));
    scenario.expect_silence();
}

/// R-3.2.6.1-01, R-3.2.2-01
#[test]
fn a_conversation_lasts_fifteen_seconds() {
    for (wait, is_alive) in [(millis(14_999), true), (seconds(15), false)] {
        let (mut scenario, ids) = solicited();
        scenario.advance(wait);
        scenario.take_all();

        scenario.deliver(endpoint(STRANGER), request(NONCE, &ids));

        assert_eq!(scenario.take_all().is_empty(), !is_alive);
    }
}
