//! Receiving LOOKUP. MS-PNRP §3.2.5.2.

use std::collections::BTreeMap;

use pnrp_tests::scenario::{GAP, Peer, STRANGER, Scenario, endpoint, lookup, registration};
use pnrp_wire::{Body, Dialect, Endpoint, Lookup, Message, MessageId, PnrpId, Reason};

/// An ID in the lower 128 bits, far from any name.
fn id(place: u128) -> PnrpId {
    let mut bytes = [0x11; 32];
    bytes[16..].copy_from_slice(&place.to_be_bytes());
    PnrpId::from_bytes(bytes)
}

/// A cloud without registrations that has cached these IDs, at `fe80::2` and on.
fn caching(places: &[u128]) -> Scenario {
    let mut scenario = Scenario::default();
    for (number, place) in (2..).zip(places) {
        scenario.introduce(&Peer::anywhere(id(*place), number));
    }
    scenario
}

/// What is answered, if it is an entry.
fn referral(scenario: &mut Scenario, question: Lookup) -> Option<PnrpId> {
    scenario.ask(question).route.map(|route| route.id())
}

fn bytes_of(lookup: Lookup) -> Vec<u8> {
    let body = Body::Lookup(lookup);
    let id = MessageId(9);
    Message { id, body }.encode(&Dialect::default())
}

/// R-3.2.5.2-01
#[test]
fn a_malformed_lookup_is_not_answered() {
    let mut scenario = caching(&[100]);
    let question = Lookup {
        best_match: Some(scenario.peer(2).route()),
        ..lookup(id(100), id(200))
    };
    let datagram = bytes_of(question);
    for length in 12..datagram.len() {
        scenario.deliver_bytes(endpoint(STRANGER), &datagram[..length]);
        scenario.expect_silence();
    }
    scenario.deliver_bytes(endpoint(STRANGER), &datagram);
    assert!(scenario.take_answer(MessageId(9)).route.is_some());
}

/// R-3.2.5.2-02, R-2.2.2.8-07: all 256 of them.
#[test]
fn the_reason_does_not_matter() {
    let mut scenario = caching(&[100]);
    let question = lookup(id(100), PnrpId::ZERO);
    let mut datagram = bytes_of(question.clone());
    let other = bytes_of(Lookup {
        reason: Reason::SplitDetection,
        ..question
    });
    let place = (0..other.len()).find(|&at| datagram[at] != other[at]);
    for reason in 0..=0xFF {
        datagram[place.unwrap()] = reason;

        scenario.deliver_bytes(endpoint(STRANGER), &datagram);

        let answer = scenario.take_answer(MessageId(9));
        assert_eq!(answer.route.unwrap().id(), id(100), "{reason:#x}");
    }
}

/// R-3.2.5.2-03, R-3.2.5.1-01
#[test]
fn the_entry_in_a_lookup_is_examined() {
    let mut scenario = Scenario::default();
    let peer = Peer::anywhere(id(7), 2);
    let question = Lookup {
        best_match: Some(peer.route()),
        ..lookup(id(100), PnrpId::ZERO)
    };

    scenario.ask(question);

    let (sent, inquire) = scenario.expect_inquire();
    assert_eq!((sent.to, inquire.validate), (peer.endpoint, peer.id));
    scenario.expect_silence();
}

/// R-3.2.5.2-04, R-3.2.5.2-13
#[test]
fn an_id_that_is_not_registered_is_denied() {
    let (mut scenario, registered, local) = Scenario::registered();
    for (validate, is_denied) in [
        (PnrpId::ZERO, false),
        (local, false),
        (local.successor(), true),
    ] {
        let answer = scenario.ask(lookup(id(1), validate));
        assert_eq!(answer.id_not_found, is_denied, "{validate}");
    }
    scenario.unregister(registered);
    assert!(scenario.ask(lookup(id(1), local)).id_not_found);
}

/// R-3.2.5.2-05: the closest of the local IDs, unless this node was visited.
#[test]
fn a_visited_node_does_not_name_its_own_ids() {
    let mut scenario = Scenario::default();
    let (_, first) = scenario.register(registration());
    let mut other = registration();
    other.name = "0.other".parse().unwrap();
    let (_, second) = scenario.register(other);
    for local in [first, second] {
        let question = lookup(local.successor(), PnrpId::ZERO);
        assert_eq!(referral(&mut scenario, question.clone()), Some(local));

        let visited = vec![endpoint(STRANGER), endpoint(1)];
        let question = Lookup {
            visited,
            ..question
        };
        assert_eq!(referral(&mut scenario, question), None);
    }
}

/// R-3.2.5.2-06
#[test]
fn a_local_id_is_named_only_if_it_is_closer_than_the_one_asked() {
    let mut scenario = Scenario::default();
    let (_, first) = scenario.register(registration());
    let mut other = registration();
    other.name = "0.other".parse().unwrap();
    let (_, second) = scenario.register(other);
    for (asked, closest, expected) in [
        (first, second, Some(second)),
        (second, second, None),
        (first, first, None),
        (id(1), first, Some(first)),
    ] {
        let question = lookup(closest.successor(), asked);
        assert_eq!(referral(&mut scenario, question), expected);
    }
}

/// R-3.2.5.2-07: though they are the closest.
#[test]
fn visited_nodes_are_not_named() {
    let mut scenario = caching(&[100, 101, 300]);
    for (visited, expected) in [
        (vec![STRANGER], id(100)),
        (vec![STRANGER, 2], id(101)),
        (vec![2, 3, STRANGER], id(300)),
    ] {
        // The exact target wins where there is one; else the choice is among what is left.
        let question = Lookup {
            visited: visited.into_iter().map(endpoint).collect(),
            ..lookup(expected, PnrpId::ZERO)
        };
        assert_eq!(referral(&mut scenario, question), Some(expected));
    }
    let question = Lookup {
        visited: [2, 3, 4].map(endpoint).to_vec(),
        ..lookup(id(100), PnrpId::ZERO)
    };
    assert_eq!(referral(&mut scenario, question), None);
}

/// R-3.2.5.2-08: with A clear.
#[test]
fn a_remote_id_is_named_only_if_it_is_closer_than_the_one_asked() {
    let mut scenario = caching(&[100]);
    for (target, asked, accept_not_closer, is_named) in [
        (0, 200, false, true),
        (0, 50, false, false),
        (0, 100, false, false),
        (0, 50, true, true),
    ] {
        let question = Lookup {
            accept_not_closer,
            ..lookup(id(target), id(asked))
        };
        assert_eq!(
            referral(&mut scenario, question),
            is_named.then_some(id(100)),
            "{asked}, {accept_not_closer}"
        );
    }
}

/// R-3.2.5.2-09: of three candidates all are named, and the closer the more often.
#[test]
fn the_choice_is_random_and_prefers_the_closest() {
    let mut scenario = caching(&[100, 200, 300]);
    let mut counts: BTreeMap<PnrpId, u32> = BTreeMap::new();
    for _ in 0..700 {
        let named = referral(&mut scenario, lookup(id(0), PnrpId::ZERO)).unwrap();
        *counts.entry(named).or_default() += 1;
    }

    let [near, middle, far] = [100, 200, 300].map(|place| counts[&id(place)]);
    assert!(
        near > middle + 50 && middle > far + 25 && far > 0,
        "{counts:?}"
    );
}

/// R-3.2.5.2-10, R-3.2.5.2-14: L says that the target should have been known here.
#[test]
fn a_target_missing_from_a_leaf_set_is_suspicious() {
    let (mut scenario, _, local) = Scenario::amid_leaves();
    let leaves: Vec<Endpoint> = scenario.peers.iter().map(|peer| peer.endpoint).collect();
    let within = Peer::beside(local, GAP / 2, 90).id;
    let beyond = Peer::beside(local, 6 * GAP, 90).id;
    for (target, visited, is_suspicious) in [
        (within, &leaves[..], true),
        (beyond, &leaves[..], false),
        (within, &leaves[..5], false),
    ] {
        let question = Lookup {
            visited: visited.to_vec(),
            ..lookup(target, PnrpId::ZERO)
        };
        let answer = scenario.ask(question);
        assert_eq!(answer.missing_from_leaf_set, is_suspicious);
    }
}

/// R-3.2.5.2-11, R-3.2.5.2-12, R-2.2.2.6.1-09: the closer of the two matches, or the only one, or none.
#[test]
fn the_closer_match_is_named() {
    let (mut scenario, _, local) = Scenario::registered();
    let peer = Peer::beside(local, 1_000, 2);
    scenario.introduce(&peer);
    let at = |offset| Peer::beside(local, offset, 90).id;
    for (offset, visited, expected) in [
        (100, vec![STRANGER], Some(local)),
        (900, vec![STRANGER], Some(peer.id)),
        (900, vec![2], Some(local)),
        (100, vec![1], Some(peer.id)),
        (100, vec![1, 2], None),
    ] {
        let question = Lookup {
            visited: visited.into_iter().map(endpoint).collect(),
            ..lookup(at(offset), PnrpId::ZERO)
        };
        assert_eq!(referral(&mut scenario, question), expected, "{offset}");
    }
}

/// R-3.2.5.2-15
#[test]
fn the_answer_goes_to_whoever_asked() {
    let mut scenario = Scenario::default();
    let question = Body::Lookup(lookup(id(1), PnrpId::ZERO));

    let asked = scenario.deliver(endpoint(STRANGER), question);

    let sent = scenario.take_all();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].to, endpoint(STRANGER));
    assert!(matches!(&sent[0].message.body, Body::Authority(answer) if answer.acked == asked));
}
