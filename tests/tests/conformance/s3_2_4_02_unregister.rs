//! Unregistering a peer name. MS-PNRP §3.2.4.2.

use pnrp_identity::{CpaExpectation, validate_cpa};
use pnrp_tests::scenario::{CheapVerifier, Peer, Scenario, Sent, endpoint, inquire, lookup};
use pnrp_wire::{CpaKind, Flood, MessageType, PnrpId};

use super::seconds;

/// A cloud that has unregistered its ID amid ten leaves, and the FLOODs that it sent.
fn departed() -> (Scenario, PnrpId, Vec<(Sent, Flood)>) {
    let (mut scenario, registered, local) = Scenario::amid_leaves();
    scenario.unregister(registered);
    let floods = [(); 4].map(|()| scenario.expect_flood());
    scenario.expect_silence();
    (scenario, local, floods.to_vec())
}

/// R-3.2.4.2-01, R-3.2.4.2-02, R-2.2.3.1-23: to the next ID on either side, and to nobody else.
#[test]
fn the_two_nearest_leaves_get_a_revocation() {
    let (scenario, local, floods) = departed();
    let mut receivers = Vec::new();
    for (sent, flood) in &floods {
        let Some(revoke) = flood.content.revoke.clone() else {
            continue;
        };
        assert_eq!(revoke.cpa().kind, CpaKind::Revoke);
        assert_eq!(revoke.id(), local);
        assert_eq!(revoke.cpa().app_endpoints, []);
        assert!(!flood.suppress_ack);
        let expectation = CpaExpectation::revocation(local);
        let now = scenario.now.utc;
        validate_cpa(revoke, &expectation, now, &CheapVerifier).unwrap();
        receivers.push(sent.to);
    }
    receivers.sort();
    assert_eq!(receivers, [11, 21].map(endpoint));
}

/// R-3.2.4.2-03, R-3.2.4.2-04: who takes the place of the ID in the leaf sets at the edges.
#[test]
fn the_edges_learn_of_the_neighbours() {
    let (scenario, _, floods) = departed();
    let mut told = Vec::new();
    for (sent, flood) in &floods {
        if let Some(route) = &flood.content.route {
            assert!(!flood.suppress_ack);
            told.push((sent.to, route.clone()));
        }
    }
    told.sort_by_key(|(to, _)| *to);
    let route = |number| scenario.peer(number).route();
    assert_eq!(told, [(endpoint(15), route(21)), (endpoint(25), route(11))]);
}

/// R-3.2.4.2-06
#[test]
fn an_unacknowledged_farewell_is_repeated_once() {
    let (mut scenario, _, floods) = departed();
    let (answered, rest) = floods.split_first().unwrap();
    scenario.acknowledge(&answered.0, false);

    scenario.advance(seconds(1));

    let mut repeated: Vec<_> = scenario
        .take_all()
        .into_iter()
        .map(|sent| sent.payload)
        .collect();
    let mut expected: Vec<_> = rest.iter().map(|(sent, _)| sent.payload.clone()).collect();
    repeated.sort();
    expected.sort();
    assert_eq!(repeated, expected);
    scenario.advance(seconds(5));
    let later = scenario.take_all();
    assert!(
        later
            .iter()
            .all(|sent| sent.message.message_type() != MessageType::Flood)
    );
}

/// R-3.2.4.2-07
#[test]
fn what_is_unregistered_is_denied() {
    let (mut scenario, local, _) = departed();

    assert!(scenario.ask(inquire(local)).id_not_found);
    assert!(scenario.ask(lookup(local, local)).id_not_found);
    assert!(!scenario.knows(local));
}

/// R-3.2.4.2-02: a leaf that is next on both sides is told once.
#[test]
fn an_only_neighbour_is_told_once() {
    let (mut scenario, registered, local) = Scenario::registered();
    let peer = Peer::beside(local, 1_000, 2);
    scenario.introduce(&peer);

    scenario.unregister(registered);

    let (sent, flood) = scenario.expect_flood();
    assert_eq!(sent.to, peer.endpoint);
    assert!(flood.content.revoke.is_some());
    scenario.expect_silence();
}
