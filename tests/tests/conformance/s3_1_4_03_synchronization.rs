//! Initiating a synchronization conversation. MS-PNRP §3.1.4.3, and the timers of its SOLICIT in
//! §3.1.6.3, §3.2.6.3.

use pnrp_tests::scenario::{Scenario, config, endpoint, registration};
use pnrp_wire::{Advertise, Body, PnrpId};

use super::{millis, seconds};

fn with_peers(numbers: &[u16]) -> Scenario {
    let peers = numbers.iter().map(|&number| endpoint(number)).collect();
    Scenario::with(config().with_peers(peers))
}

/// R-3.1.4.3-01, R-3.1.4.3-02: the nonce in the REQUEST has the hash in the SOLICIT, and no two
/// conversations have the same.
#[test]
fn every_conversation_has_a_nonce_of_its_own() {
    let mut scenario = with_peers(&[2, 3, 4]);
    let mut nonces = Vec::new();
    for _ in 0..3 {
        let (sent, solicit) = scenario.expect_solicit();
        scenario.deliver(
            sent.to,
            Body::Advertise(Advertise {
                acked: sent.message.id,
                ids: vec![PnrpId::from_bytes([1; 32])],
                hashed_nonce: solicit.hashed_nonce,
            }),
        );

        let (_, request) = scenario.expect_request();

        assert_eq!(request.nonce.hashed(), solicit.hashed_nonce);
        assert!(!nonces.contains(&request.nonce));
        nonces.push(request.nonce);
    }
}

/// R-3.1.4.2-01, R-3.1.4.2-02: a conversation is begun with each node known from elsewhere.
#[test]
fn every_known_node_is_solicited() {
    let mut scenario = with_peers(&[2, 3, 4]);

    let targets = [(); 3].map(|()| scenario.expect_solicit().0.to);

    assert_eq!(targets, [2, 3, 4].map(endpoint));
    scenario.expect_silence();
}

/// R-3.1.4.3-04, R-3.1.2-03, R-3.1.6.3-01, R-3.1.6.3-02, R-3.1.6.3-03: two transmissions of the
/// same bytes, a second apart, and failure after another second.
#[test]
fn an_unanswered_solicit_is_sent_twice() {
    let mut scenario = with_peers(&[2]);
    let (first, _) = scenario.expect_solicit();

    scenario.advance(millis(999));
    scenario.expect_silence();
    scenario.advance(millis(1));
    let (second, _) = scenario.expect_solicit();
    assert_eq!(second.payload, first.payload);
    assert_eq!((second.to, second.at), (first.to, seconds(1)));

    assert_eq!(scenario.cloud.table_sizes()[0], 1);
    scenario.advance(seconds(1));
    assert_eq!(scenario.cloud.table_sizes()[0], 0);
    scenario.advance(seconds(5));
    scenario.expect_silence();
}

/// R-2.2.2.1-05, R-2.2.2.1-06: a SOLICIT brings an entry once there is an ID of which it can be.
#[test]
fn a_solicit_introduces_a_node_that_has_an_id() {
    let mut scenario = with_peers(&[2]);
    assert_eq!(scenario.expect_solicit().1.route, None);
    scenario.advance(seconds(2));
    scenario.take_all();

    let (_, local) = scenario.register(registration());

    let route = scenario.expect_solicit().1.route.unwrap();
    assert_eq!(route.id(), local);
    assert_eq!(route.endpoints().collect::<Vec<_>>(), [endpoint(1)]);
}

/// R-3.2.6.3-02: with its SOLICIT the conversation is given up.
#[test]
fn an_advertise_after_the_last_second_is_too_late() {
    for (wait, is_in_time) in [(millis(1_999), true), (seconds(2), false)] {
        let mut scenario = with_peers(&[2]);
        let (sent, solicit) = scenario.expect_solicit();
        scenario.advance(wait);
        scenario.take_all();

        scenario.deliver(
            sent.to,
            Body::Advertise(Advertise {
                acked: sent.message.id,
                ids: vec![PnrpId::from_bytes([1; 32])],
                hashed_nonce: solicit.hashed_nonce,
            }),
        );

        assert_eq!(scenario.take_all().len(), usize::from(is_in_time));
    }
}
