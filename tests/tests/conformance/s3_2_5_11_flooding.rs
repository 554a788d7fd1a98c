//! Flooding a new leaf. MS-PNRP §3.2.5.11.

use pnrp_tests::scenario::{GAP, Peer, STRANGER, Scenario, Sent, endpoint, flood_of};
use pnrp_wire::{Body, Endpoint, Flood, MessageType, PnrpId};

use super::seconds;

/// The number of the new leaf, which is between the local ID and peer 11.
const NEW: u16 = 50;

/// What the cloud sends once a new leaf, of which it was told by a FLOOD, has proven itself.
fn adopted(
    from: Endpoint,
    already_flooded: Vec<Endpoint>,
) -> (Scenario, PnrpId, Vec<(Sent, Flood)>) {
    let (mut scenario, _, local) = Scenario::amid_leaves();
    let new = Peer::beside(local, GAP / 2, NEW);
    let flood = Flood {
        already_flooded,
        ..flood_of(new.route())
    };
    scenario.deliver(from, Body::Flood(flood));
    let (sent, _) = scenario.expect_proof_inquire();
    scenario.expect_silence();
    scenario.answer_as(&new, &sent);
    scenario.peers.push(new);
    let floods = floods(&mut scenario);
    (scenario, local, floods)
}

fn floods(scenario: &mut Scenario) -> Vec<(Sent, Flood)> {
    let mut floods = Vec::new();
    for sent in scenario.take_all() {
        if let Body::Flood(flood) = sent.message.body.clone() {
            floods.push((sent, flood));
        }
    }
    floods
}

/// Whom the entry of an ID was sent to.
fn told_of(id: PnrpId, floods: &[(Sent, Flood)]) -> Vec<Endpoint> {
    let of_it = floods.iter().filter(|(_, flood)| {
        let route = flood.content.route.as_ref();
        route.is_some_and(|route| route.id() == id)
    });
    let mut told: Vec<_> = of_it.map(|(sent, _)| sent.to).collect();
    told.sort();
    told
}

/// R-3.2.5.11-01: the INQUIRE comes first, and a leaf that fails it is not passed on.
#[test]
fn a_leaf_is_passed_on_when_it_has_proven_itself() {
    let (scenario, _, floods) = adopted(endpoint(NEW), Vec::new());
    assert!(!told_of(scenario.peer(NEW).id, &floods).is_empty());

    let (mut scenario, _, local) = Scenario::amid_leaves();
    let new = Peer::beside(local, GAP / 2, NEW);
    scenario.flood_route(endpoint(NEW), new.route());
    let (sent, _) = scenario.expect_proof_inquire();
    scenario.answer(&sent, &pnrp_wire::AuthorityBuffer::default());
    scenario.expect_silence();
}

/// R-3.2.5.11-01: an entry outside of every leaf set is cached, and nobody is told.
#[test]
fn what_is_no_leaf_is_not_passed_on() {
    let (mut scenario, _, local) = Scenario::amid_leaves();
    let far = Peer::beside(local, 9 * GAP, NEW);

    let log = scenario.introduce(&far);

    assert!(
        log.iter()
            .all(|sent| sent.message.message_type() != MessageType::Flood)
    );
}

/// R-3.2.5.11-02: what comes to lie beyond the new fifth leaf is none any more.
#[test]
fn a_side_keeps_its_five_nearest() {
    for (with_new, is_leaf) in [(false, true), (true, false)] {
        let (mut scenario, _, local) = Scenario::amid_leaves();
        if with_new {
            scenario.introduce(&Peer::beside(local, GAP / 2, NEW));
        }
        let between = Peer::beside(local, 4 * GAP + GAP / 2, 60);

        scenario.flood_route(between.endpoint, between.route());

        assert_eq!(scenario.expect_inquire().1.want_cpa, is_leaf);
    }
}

/// R-3.2.5.11-03, R-3.2.5.11-05, R-3.2.5.11-08, R-2.2.2.4-06, R-2.2.2.4-09: the next ID on either
/// side, by a FLOOD that names it and is to be acknowledged.
#[test]
fn the_neighbours_of_a_new_leaf_learn_of_it() {
    let (scenario, _, floods) = adopted(endpoint(NEW), Vec::new());
    let new = scenario.peer(NEW);

    assert_eq!(told_of(new.id, &floods), [11, 21].map(endpoint));
    for (sent, flood) in &floods {
        assert!(!flood.suppress_ack);
        if flood.content.route == Some(new.route()) {
            let receiver = scenario.peers.iter().find(|peer| peer.endpoint == sent.to);
            assert_eq!(flood.validate, receiver.unwrap().id);
        }
    }
}

/// R-3.2.5.11-04: then the one after it.
#[test]
fn a_neighbour_that_was_flooded_already_is_skipped() {
    let already = vec![endpoint(11), endpoint(21), endpoint(22)];
    let (scenario, _, floods) = adopted(endpoint(NEW), already);

    assert_eq!(
        told_of(scenario.peer(NEW).id, &floods),
        [12, 23].map(endpoint)
    );
}

/// R-3.2.5.11-06, R-3.2.5.11-07: both receivers, and all that were in the list before.
#[test]
fn the_list_of_flooded_nodes_grows() {
    let already = vec![endpoint(11), endpoint(70), endpoint(71)];
    let (scenario, _, floods) = adopted(endpoint(NEW), already.clone());
    let new = scenario.peer(NEW).route();
    let mut count = 0;
    for (_, flood) in &floods {
        if flood.content.route.as_ref() != Some(&new) {
            continue;
        }
        let receivers = [endpoint(12), endpoint(21)];
        let mut expected = already.iter().chain(&receivers);
        assert!(expected.all(|at| flood.already_flooded.contains(at)));
        count += 1;
    }
    assert_eq!(count, 2);
}

/// R-3.2.5.11-07: of a list that would be too long the two receivers stay.
#[test]
fn the_list_of_flooded_nodes_has_22_entries_at_most() {
    let already: Vec<Endpoint> = (100..122).map(endpoint).collect();
    let (scenario, _, floods) = adopted(endpoint(NEW), already);
    let new = scenario.peer(NEW).route();
    for (_, flood) in &floods {
        assert!(flood.already_flooded.len() <= 22);
        if flood.content.route.as_ref() == Some(&new) {
            let receivers = [endpoint(11), endpoint(21)];
            assert!(
                receivers
                    .iter()
                    .all(|at| flood.already_flooded.contains(at))
            );
        }
    }
}

/// R-3.2.5.11-09: unless it is the new node itself, which hears of the local ID in any case.
#[test]
fn whoever_told_of_a_leaf_learns_of_the_local_id() {
    let (_, local, floods) = adopted(endpoint(STRANGER), Vec::new());
    assert_eq!(told_of(local, &floods), [NEW, STRANGER].map(endpoint));
    assert!(floods.iter().all(|(_, flood)| !flood.suppress_ack));

    let (_, local, floods) = adopted(endpoint(NEW), Vec::new());
    assert_eq!(told_of(local, &floods), [NEW].map(endpoint));
}

/// R-3.2.5.11-10
#[test]
fn a_new_leaf_learns_of_the_local_id() {
    let (scenario, local, floods) = adopted(endpoint(STRANGER), vec![endpoint(NEW)]);
    let of_local = |flood: &Flood| {
        let route = flood.content.route.as_ref();
        route.is_some_and(|route| route.id() == local)
    };

    let mut to_new = floods.iter().filter(|(sent, _)| sent.to == endpoint(NEW));

    let (_, flood) = to_new.next().unwrap();
    assert!(of_local(flood));
    assert_eq!(flood.validate, scenario.peer(NEW).id);
    assert_eq!(to_new.count(), 0);
}

/// R-3.2.5.11-11, R-3.2.6.3-03: once more after a second, and who does not answer is forgotten.
#[test]
fn a_neighbour_that_does_not_acknowledge_is_forgotten() {
    let (mut scenario, _, floods) = adopted(endpoint(NEW), Vec::new());
    let (first, _) = &floods[0];
    let silent = scenario.peers.iter().find(|peer| peer.endpoint == first.to);
    let silent = silent.unwrap().clone();
    for (sent, _) in &floods[1..] {
        scenario.acknowledge(sent, false);
    }
    scenario.serve();
    scenario.advance(seconds(1));
    let (again, _) = scenario.expect_flood();
    assert_eq!(again.payload, first.payload);
    assert!(scenario.knows(silent.id));

    scenario.advance(seconds(1));

    assert!(!scenario.knows(silent.id));
    for number in [11, 21, NEW] {
        let id = scenario.peer(number).id;
        assert_eq!(scenario.knows(id), id != silent.id);
    }
}
