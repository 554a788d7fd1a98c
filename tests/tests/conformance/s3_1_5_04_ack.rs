//! Receiving ACK. MS-PNRP §3.1.5.4.

use pnrp_tests::scenario::{Peer, Scenario, Sent, config, endpoint};
use pnrp_wire::{Ack, Advertise, Body, MessageId, PnrpId};

use super::seconds;

/// A cloud that has told a new leaf of its own ID and waits for the ACK.
fn flooded() -> (Scenario, Peer, Sent) {
    let (mut scenario, _, local) = Scenario::registered();
    let peer = Peer::beside(local, 1_000, 2);
    scenario.flood_route(peer.endpoint, peer.route());
    let (inquire, _) = scenario.expect_inquire();
    scenario.answer_as(&peer, &inquire);
    let (sent, flood) = scenario.expect_flood();
    assert_eq!((flood.validate, flood.suppress_ack), (peer.id, false));
    let (lookup, _) = scenario.expect_lookup();
    scenario.answer_as(&peer, &lookup);
    scenario.peers.push(peer.clone());
    scenario.serve();
    (scenario, peer, sent)
}

/// R-3.1.5.4-01
#[test]
fn an_ack_of_nothing_changes_nothing() {
    let (mut scenario, peer, sent) = flooded();
    let tables = scenario.cloud.table_sizes();
    let acked = MessageId(sent.message.id.0.wrapping_add(1));
    let id_not_found = true;

    scenario.deliver(
        sent.to,
        Body::Ack(Ack {
            acked,
            id_not_found,
        }),
    );

    scenario.expect_silence();
    assert_eq!(scenario.cloud.table_sizes(), tables);
    assert!(scenario.knows(peer.id));
    scenario.advance(seconds(1));
    assert_eq!(scenario.expect_flood().0.payload, sent.payload);
}

/// R-3.1.5.4-02
#[test]
fn an_acknowledged_flood_is_not_repeated() {
    let (mut scenario, peer, sent) = flooded();

    scenario.acknowledge(&sent, false);

    scenario.advance(seconds(5));
    scenario.expect_silence();
    assert!(scenario.knows(peer.id));
}

/// R-3.1.5.4-02: nor is a REQUEST.
#[test]
fn an_acknowledged_request_is_not_repeated() {
    let mut scenario = Scenario::with(config().with_peers(vec![endpoint(2)]));
    let (sent, solicit) = scenario.expect_solicit();
    scenario.deliver(
        sent.to,
        Body::Advertise(Advertise {
            acked: sent.message.id,
            ids: vec![PnrpId::from_bytes([1; 32])],
            hashed_nonce: solicit.hashed_nonce,
        }),
    );
    let (request, _) = scenario.expect_request();

    scenario.acknowledge(&request, false);

    scenario.advance(seconds(5));
    scenario.expect_silence();
}

/// R-3.1.5.4-03: the node has told that the ID is gone.
#[test]
fn a_flood_denied_with_n_removes_the_id() {
    let (mut scenario, peer, sent) = flooded();
    assert!(scenario.knows(peer.id));

    scenario.acknowledge(&sent, true);

    assert!(!scenario.knows(peer.id));
    scenario.advance(seconds(5));
    scenario.expect_silence();
}
