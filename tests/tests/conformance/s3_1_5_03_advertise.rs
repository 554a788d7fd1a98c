//! Receiving ADVERTISE. MS-PNRP §3.1.5.3.

use pnrp_tests::scenario::{STRANGER, Scenario, Sent, config, endpoint};
use pnrp_wire::{Advertise, Body, HashedNonce, MessageId, PnrpId, Solicit};

use super::{millis, seconds};

/// A cloud that has solicited `fe80::2`.
fn solicited() -> (Scenario, Sent, Solicit) {
    let mut scenario = Scenario::with(config().with_peers(vec![endpoint(2)]));
    let (sent, solicit) = scenario.expect_solicit();
    (scenario, sent, solicit)
}

fn ids(count: u8) -> Vec<PnrpId> {
    (1..=count)
        .map(|byte| PnrpId::from_bytes([byte; 32]))
        .collect()
}

fn advertise(sent: &Sent, solicit: &Solicit) -> Advertise {
    Advertise {
        acked: sent.message.id,
        ids: ids(5),
        hashed_nonce: solicit.hashed_nonce,
    }
}

/// R-3.1.5.3-01, R-3.1.4.3-03: the message ID has to be that of a SOLICIT under way.
#[test]
fn an_advertise_that_answers_no_solicit_is_dropped() {
    let (mut scenario, sent, solicit) = solicited();
    let stray = Advertise {
        acked: MessageId(sent.message.id.0.wrapping_add(1)),
        ..advertise(&sent, &solicit)
    };

    scenario.deliver(sent.to, Body::Advertise(stray));

    scenario.expect_silence();
    scenario.advance(seconds(1));
    assert_eq!(scenario.expect_solicit().0.payload, sent.payload);
}

/// R-3.1.5.3-02
#[test]
fn an_answered_solicit_is_not_repeated() {
    let (mut scenario, sent, solicit) = solicited();

    scenario.deliver(sent.to, Body::Advertise(advertise(&sent, &solicit)));

    let (request, _) = scenario.expect_request();
    scenario.acknowledge(&request, false);
    scenario.advance(seconds(5));
    scenario.expect_silence();
}

/// R-3.1.5.3-03: whoever does not know the hash cannot even end the conversation.
#[test]
fn an_advertise_with_another_hash_is_no_answer() {
    let (mut scenario, sent, solicit) = solicited();
    let forged = Advertise {
        hashed_nonce: HashedNonce([9; 20]),
        ..advertise(&sent, &solicit)
    };

    scenario.deliver(sent.to, Body::Advertise(forged));
    scenario.expect_silence();

    scenario.deliver(sent.to, Body::Advertise(advertise(&sent, &solicit)));
    scenario.expect_request();
}

/// R-3.1.5.3-04
#[test]
fn an_empty_advertise_ends_the_conversation() {
    let (mut scenario, sent, solicit) = solicited();
    let empty = Advertise {
        ids: Vec::new(),
        ..advertise(&sent, &solicit)
    };

    scenario.deliver(sent.to, Body::Advertise(empty));
    scenario.deliver(sent.to, Body::Advertise(advertise(&sent, &solicit)));

    scenario.advance(seconds(5));
    scenario.expect_silence();
}

/// R-3.1.5.3-05, R-3.1.5.3-06: from whatever address the ADVERTISE comes.
#[test]
fn everything_advertised_is_requested_of_its_sender() {
    for from in [2, STRANGER] {
        let (mut scenario, sent, solicit) = solicited();

        scenario.deliver(endpoint(from), Body::Advertise(advertise(&sent, &solicit)));

        let (sent, request) = scenario.expect_request();
        assert_eq!(sent.to, endpoint(from));
        assert_eq!(request.ids, ids(5));
        assert_eq!(request.nonce.hashed(), solicit.hashed_nonce);
        scenario.expect_silence();
    }
}

/// R-3.1.5.3-07: the same bytes once more, and then no more.
#[test]
fn an_unacknowledged_request_is_sent_twice() {
    let (mut scenario, sent, solicit) = solicited();
    scenario.advance(millis(500));
    scenario.deliver(sent.to, Body::Advertise(advertise(&sent, &solicit)));
    let (first, _) = scenario.expect_request();

    scenario.advance(millis(999));
    scenario.expect_silence();
    scenario.advance(millis(1));
    let (second, _) = scenario.expect_request();
    assert_eq!(second.payload, first.payload);

    scenario.advance(seconds(5));
    scenario.expect_silence();
}

/// R-3.1.5.3-08: and the next conversation with the node can begin.
#[test]
fn a_second_advertise_is_not_answered() {
    let (mut scenario, sent, solicit) = solicited();
    scenario.deliver(sent.to, Body::Advertise(advertise(&sent, &solicit)));
    scenario.expect_request();

    scenario.deliver(sent.to, Body::Advertise(advertise(&sent, &solicit)));
    scenario.expect_silence();

    let now = scenario.now;
    scenario.cloud.handle_discovered(sent.to, now);
    scenario.collect();
    let (_, again) = scenario.expect_solicit();
    assert_ne!(again.hashed_nonce, solicit.hashed_nonce);
}
