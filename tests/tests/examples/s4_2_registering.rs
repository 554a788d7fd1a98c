//! Registering a name. MS-PNRP §4.2.

use std::{collections::BTreeSet, time::Duration};

use pnrp_tests::{
    scenario::{GAP, Peer, Scenario, Sent, config, endpoint, flood_of, registration},
    wire::{Wire, placed},
};
use pnrp_wire::{Body, PnrpId, Reason};

/// Until the registration is announced, and before any maintenance.
const ANNOUNCED: Duration = Duration::from_secs(4);
/// Until the new node has had two maintenances. A leaf that the floods have missed is found then.
const SETTLED: Duration = Duration::from_secs(30);

/// A ring into which `new` registers its name, knowing only `known` so far: the ring, the ID, and
/// what was sent.
fn registered(ring: &[u16], new: u16, known: u16) -> (Wire, PnrpId, Vec<Sent>) {
    let mut wire = Wire::ring(ring, 1);
    wire.open(new, config());
    let flood = flood_of(wire.route(known));
    wire.send(endpoint(known), new, Body::Flood(flood));
    wire.run(Duration::from_secs(1));
    assert_eq!(wire.node(new).cache().len(), 1);
    assert!(wire.is_silent());
    wire.take_log();
    let (_, id) = wire.register(new, placed(new));
    wire.run(ANNOUNCED);
    let log = wire.take_log();
    (wire, id, log)
}

/// Nodes 1 to 11, where node 6 comes last and knows node 2.
fn eleven() -> (Wire, PnrpId, Vec<Sent>) {
    registered(&[1, 2, 3, 4, 5, 7, 8, 9, 10, 11], 6, 2)
}

/// R-4.2-01: the target is 7 where 6 is registered, and each LOOKUP brings the entry of 6.
#[test]
fn the_registering_node_resolves_the_next_id() {
    let (_, id, log) = eleven();
    let lookups = log.iter().filter_map(|sent| Some((sent, sent.lookup()?)));
    let announcing: Vec<_> = lookups
        .filter(|(_, lookup)| lookup.reason == Reason::Registration)
        .collect();

    assert_eq!(announcing[0].0.destination(), 2);
    assert!(announcing.len() > 1, "{announcing:?}");
    for (sent, lookup) in announcing {
        assert_eq!(sent.source(), 6);
        assert_eq!(lookup.target, id.successor());
        assert_eq!(lookup.best_match.as_ref().map(|route| route.id()), Some(id));
    }
}

/// R-4.2-01: the first node asked cannot have heard of 6 from anybody else.
#[test]
fn the_nodes_that_are_asked_adopt_the_new_id() {
    let (wire, id, log) = eleven();
    let asked: BTreeSet<_> = log
        .iter()
        .filter(|sent| {
            let lookup = sent.lookup();
            lookup.is_some_and(|lookup| lookup.reason == Reason::Registration)
        })
        .map(Sent::destination)
        .collect();

    assert!(asked.is_subset(&wire.holding(&id)), "{asked:?}");
    let first = log.iter().find(|sent| sent.inquires(id)).unwrap();
    assert_eq!(first.source(), 2);
    let is_earlier = |sent: &&Sent| sent.at < first.at;
    assert!(!log.iter().filter(is_earlier).any(|sent| sent.floods(id)));
}

/// R-4.2-01: nobody is too far away in a ring of eleven.
#[test]
fn every_leaf_set_of_eleven_nodes_is_right_afterwards() {
    let (mut wire, id, _) = eleven();
    wire.run(SETTLED);

    assert_eq!(wire.below(6), [5, 4, 3, 2, 1]);
    assert_eq!(wire.above(6), [7, 8, 9, 10, 11]);
    assert_eq!(wire.holding(&id), [1, 2, 3, 4, 5, 7, 8, 9, 10, 11].into());
    assert_eq!(wire.wrong_leaf_sets(), Vec::<u16>::new());
}

/// R-4.2-01: where appropriate, that is not in those of 1, 2, 14 and 15.
#[test]
fn nodes_for_which_the_new_id_is_too_far_do_not_adopt_it() {
    let ring = [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15];
    let (mut wire, id, _) = registered(&ring, 8, 2);
    wire.run(SETTLED);

    assert_eq!(wire.holding(&id), [3, 4, 5, 6, 7, 9, 10, 11, 12, 13].into());
    assert_eq!(wire.wrong_leaf_sets(), Vec::<u16>::new());
}

/// R-4.2-01: an entry in an answer becomes a leaf when its node has proven it.
#[test]
fn the_new_leaf_set_is_filled_from_answers() {
    let mut scenario = Scenario::default();
    let first = Peer::located(1 << 100, 2);
    scenario.introduce(&first);
    let (registered, local) = scenario.register(registration());
    let neighbour = Peer::beside(local, GAP, 7);
    scenario.peers.push(neighbour.clone());
    let (sent, _) = scenario.expect_lookup();
    assert_eq!(sent.to, endpoint(2));

    scenario.refer(&sent, &neighbour);

    let leaves = |scenario: &Scenario| {
        let local = scenario.cloud.registration(registered).unwrap();
        local.leaves().above().to_vec()
    };
    assert!(!leaves(&scenario).contains(&neighbour.id));
    let proof = loop {
        let (sent, inquire) = scenario.expect_proof_inquire();
        if inquire.validate == neighbour.id {
            break sent;
        }
    };
    scenario.answer_as(&neighbour, &proof);
    assert!(leaves(&scenario).contains(&neighbour.id));
}
